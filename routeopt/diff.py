"""What changed between two plans: the one answer for re-planning, repair, edited plans, comparisons and reports.

Visits of one team are compared as rows (`unchanged`, `n_changed`, `edits`): re-planning tolerates a shift in time,
repair and edits none. Whole plans, also of different scenarios, are compared by names (`changes`), which tells
stops that moved to another team, were retimed or replaced from those added or dropped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Words, english
from routeopt.plan import Plan, Visit, indexed
from routeopt.problem.model import Problem

Rows = NDArray[np.int64]
"""(n, 3 or more) visits of one team: site, start step, activity."""

SAME_TEAM_S = 3600
"""A team's stop at the same place within this time was retimed; later or earlier it is another stop."""
OTHER_TEAM_S = 1800
"""Another team's stop at the same place within this time is the same stop, moved."""
SAME_TURN_S = 600
"""A team's stop elsewhere within this time took the place of one that is gone."""
KINDS = ("added", "dropped", "moved", "retimed", "replaced")


class PlannedStop(NamedTuple):
    """A stop by names; ``start_s`` is seconds after the midnight of the plan's day."""

    team: str
    site: str
    start_s: int
    dwell_s: int

    def text(self, _: Words = english) -> str:
        """``20:05, 10 min`` in the reader's language."""
        minute = self.start_s // 60 % 1440
        clock = f"{minute // 60:02d}:{minute % 60:02d}"
        return _("{time}, {minutes} min").format(time=clock, minutes=f"{self.dwell_s / 60:g}")


@dataclass(frozen=True)
class StopChange:
    """A stop that differs between two plans."""

    kind: str
    """One of `KINDS`."""
    was: PlannedStop | None
    now: PlannedStop | None

    @property
    def team(self) -> str:
        """The team to list it under: the one that has the stop now, or had it."""
        stop = self.now or self.was
        assert stop is not None
        return stop.team

    def to_json(self) -> dict[str, Any]:
        """Return what it is and both stops by names and clock times, as ``diff --json`` gives them."""

        def one(stop: PlannedStop | None) -> dict[str, Any] | None:
            if stop is None:
                return None
            return {"team": stop.team, "site": stop.site, "start": stop.text()[:5], "minutes": stop.dwell_s / 60}

        return {"what": self.kind, "was": one(self.was), "now": one(self.now)}


def differences(problem: Problem, before: Plan, after: Plan) -> list[StopChange]:
    """List the stops that differ between two plans, by names, in order of team and time (see `KINDS`).

    Raises
    ------
    InputError
        If one of the plans is not of this problem.
    """
    return changes(*(stops_of(problem, indexed(problem, plan, name)) for name, plan in (
        ("before", before), ("after", after),
    )))  # fmt: skip


def changes(before: Sequence[PlannedStop], after: Sequence[PlannedStop]) -> list[StopChange]:
    """List the changes from ``before`` to ``after``, by team and time; the closest pairs are matched first."""
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for *_, a, b in sorted(_pairs(before, after)):
        if a not in partner and b not in taken:
            partner[a] = b
            taken.add(b)
    found = []
    for a, was in enumerate(before):
        if a not in partner:
            found.append(StopChange("dropped", was, None))
            continue
        now = after[partner[a]]
        if was != now:
            kind = "replaced" if was.site != now.site else "moved" if was.team != now.team else "retimed"
            found.append(StopChange(kind, was, now))
    found += [StopChange("added", None, now) for b, now in enumerate(after) if b not in taken]
    return sorted(found, key=lambda c: (c.team, (c.now or c.was).start_s))  # type: ignore[union-attr]


def _pairs(
    before: Sequence[PlannedStop], after: Sequence[PlannedStop]
) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield (kind, shift, change of length, a, b) of the stops that may be the same; the least fit best."""
    near: dict[tuple[str, str], list[int]] = defaultdict(list)
    for b, now in enumerate(after):
        near["site", now.site].append(b)
        near["team", now.team].append(b)
    for a, was in enumerate(before):
        for b in {*near["site", was.site], *near["team", was.team]}:
            now = after[b]
            shift = abs(now.start_s - was.start_s)
            if was.site == now.site and was.team == now.team and shift <= SAME_TEAM_S:
                yield 0, shift, abs(now.dwell_s - was.dwell_s), a, b
            elif was.site == now.site and shift <= OTHER_TEAM_S:
                yield 1, shift, 0, a, b
            elif was.team == now.team and shift <= SAME_TURN_S:
                yield 2, shift, 0, a, b


def stops_of(problem: Problem, plan: Plan) -> list[PlannedStop]:
    """List the stops of a plan by names, without waits and absences."""
    clock, rows = problem.clock, problem.activities.rows
    return [
        PlannedStop(
            problem.team_names[route.team], problem.site_names[v.site],
            clock.start_min * 60 + v.start * clock.step_s, int(problem.visit_steps[v.activity]) * clock.step_s,
        )
        for route in plan.routes for v in route.visits if not rows[v.activity].kind.is_record
    ]  # fmt: skip


def unchanged(old: Rows, new: Rows, same_steps: int, first_task: int) -> tuple[set[int], set[int]]:
    """Find the rows of ``old`` and ``new`` that are the same stop or task, shifted by at most ``same_steps``.

    Activities from ``first_task`` on must be equal; ordinary stops may differ in length.
    """
    kept_old: set[int] = set()
    kept_new: set[int] = set()
    there = new[:, :3].tolist()
    for a, (site, start, activity) in enumerate(old[:, :3].tolist()):
        for b, (other, when, what) in enumerate(there):
            if what != activity and max(what, activity) >= first_task:
                continue
            if b not in kept_new and other == site and abs(when - start) <= same_steps:
                kept_old.add(a)
                kept_new.add(b)
                break
    return kept_old, kept_new


def n_changed(old: Rows, new: Rows, same_steps: int, first_task: int) -> int:
    """Count the stops that are dropped, replaced or added, by `unchanged`."""
    return max(len(old), len(new)) - len(unchanged(old, new, same_steps, first_task)[0])


def n_edited(old: Rows, new: Rows) -> int:
    """Count the stops that are not exactly as they were."""
    same = Counter(map(tuple, old.tolist())) & Counter(map(tuple, new.tolist()))
    return max(len(old), len(new)) - same.total()


def edits(before: Plan, after: Plan) -> tuple[set[tuple[int, int]], list[Visit]]:
    """Find what a person changed: (team, index of the visit) of each new visit, and the visits that are gone."""
    made: set[tuple[int, int]] = set()
    gone: list[Visit] = []
    for old, new in zip(before.routes, after.routes, strict=True):
        there = Counter(old.visits)
        for n, visit in enumerate(new.visits):
            if there[visit] > 0:
                there[visit] -= 1
            else:
                made.add((new.team, n))
        gone += there.elements()
    return made, gone
