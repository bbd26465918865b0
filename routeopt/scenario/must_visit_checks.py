"""What must-visits and dates of a scenario have to keep that spans several keys."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.errors import Fault, Message
from routeopt.scenario.faults import KeyPath, Say
from routeopt.scenario.model import Scenario


def check_must_visits(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Check the rules that span several keys: which places, what is asked for, dates in order."""
    for n, rule in enumerate(s.must_visits):
        place: KeyPath = ("must_visits", n)
        who = Message("place-must-visit", number=n + 1)
        if not rule.places and rule.zone is None and rule.file is None:
            yield fault("RO-176", place, who=who)
        if rule.every_nights is None and rule.max_gap_min is None:
            yield fault("RO-180", place, who=who)
        for key in ("max_gap_min", "least_min"):
            minutes = getattr(rule, key)
            most = 1440 if key == "max_gap_min" else max(s.shift.end - s.shift.start, 0)
            if minutes is not None and not s.shift.step_s / 60 <= minutes <= most:
                values = {"got": f"{minutes:g}", "least": f"{s.shift.step_s / 60:g}", "most": most}
                yield fault("RO-182", (*place, key), who=who, **values)
    for n, task in enumerate(s.tasks):
        if task.since is not None and task.due is not None and task.due < task.since:
            who = Message("place-task", name=task.name)
            yield fault("RO-179", ("tasks", n, "due"), who=who, due=str(task.due), since=str(task.since))


def without_date(s: Scenario) -> Iterator[KeyPath]:
    """Find the keys that need to know which night it is, where the shift has no date."""
    if s.shift.date is None:
        for n, task in enumerate(s.tasks):
            given = [key for key in ("due", "since", "every_days", "weekdays") if getattr(task, key)]
            if given:
                yield "tasks", n, given[0]
        for n, rule in enumerate(s.must_visits):
            if rule.every_nights is not None:
                yield "must_visits", n, "every_nights"
