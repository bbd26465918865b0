"""Compare two plans: stops added, dropped, moved to another team, retimed or replaced, and their figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from routeopt.errors import Fault, InputError, Words, english
from routeopt.plan import Plan
from routeopt.problem import Problem

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

    def json(self) -> dict[str, Any]:
        """As ``diff --json`` gives it."""

        def one(stop: PlannedStop | None) -> dict[str, Any] | None:
            if stop is None:
                return None
            return {"team": stop.team, "site": stop.site, "start": stop.text()[:5], "minutes": stop.dwell_s / 60}

        return {"what": self.kind, "was": one(self.was), "now": one(self.now)}


def changes(before: Sequence[PlannedStop], after: Sequence[PlannedStop]) -> list[StopChange]:
    """List the changes from ``before`` to ``after``, by team and time; the closest pairs are matched first."""
    near: dict[tuple[str, str], list[int]] = defaultdict(list)
    for b, now in enumerate(after):
        near["site", now.site].append(b)
        near["team", now.team].append(b)
    pairs = []
    for a, was in enumerate(before):
        for b in {*near["site", was.site], *near["team", was.team]}:
            now = after[b]
            shift = abs(now.start_s - was.start_s)
            if was.site == now.site and was.team == now.team and shift <= SAME_TEAM_S:
                pairs.append((0, shift, abs(now.dwell_s - was.dwell_s), a, b))
            elif was.site == now.site and shift <= OTHER_TEAM_S:
                pairs.append((1, shift, 0, a, b))
            elif was.team == now.team and shift <= SAME_TURN_S:
                pairs.append((2, shift, 0, a, b))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for *_, a, b in sorted(pairs):
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


def stops_of(problem: Problem, plan: Plan) -> list[PlannedStop]:
    """List the stops of a plan by names."""
    clock = problem.clock
    return [
        PlannedStop(
            problem.team_names[route.team], problem.site_names[v.site],
            clock.start_min * 60 + v.start * clock.step_s, int(problem.visit_steps[v.activity]) * clock.step_s,
        )
        for route in plan.routes for v in route.visits
    ]  # fmt: skip


def stops_in(path: Path, document: Mapping[str, Any]) -> list[PlannedStop]:
    """Read the stops of a plan.json of any scenario.

    Raises
    ------
    InputError
        If a field that gives them is missing or invalid.
    """
    try:
        clock, dwells = document["clock"], document["dwell_steps"]
        begin, step_s = int(clock["start_min"]) * 60, int(clock["step_s"])
        return [
            PlannedStop(
                str(route["team"]), str(visit["site"]), begin + int(visit["start_step"]) * step_s,
                int(visit["service_steps"] if "task" in visit else dwells[visit["dwell"]]) * step_s,
            )
            for route in document["routes"] for visit in route["visits"]
        ]  # fmt: skip
    except (KeyError, IndexError, TypeError, ValueError) as error:
        field = error.args[0] if isinstance(error, KeyError) else "visits"
        raise InputError(Fault("RO-510", path, field=field)) from None


def object_in(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under ``key``; empty if it is missing."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def other_inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the input files that differ between both plans."""
    known = [object_in(doc, "inputs") for doc in (before, after)]
    return [name for name in {**known[0], **known[1]} if known[0].get(name) != known[1].get(name)]


def by_team(found: Sequence[StopChange]) -> dict[str, dict[str, int]]:
    """Team → kind → number of changes."""
    counts = Counter((change.team, change.kind) for change in found)
    teams = dict.fromkeys(change.team for change in found)
    return {team: {kind: counts[team, kind] for kind in KINDS if counts[team, kind]} for team in teams}


def figure_rows(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, float | None, float | None]]:
    """(name, before, after) of every share that either has; communities are named ``zones: …``."""
    flat = [_flat(before), _flat(after)]
    return [(name, flat[0].get(name), flat[1].get(name)) for name in {**flat[0], **flat[1]}]


def _flat(figures: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, value in figures.items():
        if key == "tasks" and isinstance(value, Mapping):
            if value.get("of"):  # a night without tasks has no such figure
                found["tasks done"] = value.get("done", 0) / value["of"]
        elif isinstance(value, Mapping):
            found |= {f"{key}: {inner}": float(x) for inner, x in value.items() if isinstance(x, (int, float))}
        elif isinstance(value, (int, float)):
            found[key] = float(value)
    return found


def kind_word(kind: str, _: Words) -> str:
    """What happened to a stop; ``kind`` is one of `KINDS`."""
    known = {
        "added": _("added"), "dropped": _("dropped"), "moved": _("moved"), "retimed": _("retimed"),
        "replaced": _("replaced"),
    }  # fmt: skip
    return known[kind]


def figure_word(name: str, _: Words) -> str:
    """Label of a figure of `figure_rows`."""
    known = {
        "value": _("visibility with rewards"), "visibility": _("visibility, effective"),
        "instant": _("visibility, instant"), "band: low": _("  range under model uncertainty, from"),
        "band: high": _("  to"), "tasks done": _("tasks done"),
    }  # fmt: skip
    kind, _colon, inner = name.partition(": ")
    of_kind = {
        "zones": _("community {name}"), "within": _("seen within {name} min"),
        "handling": _("a team within {name} min"), "backup": _("a second team within {name} min"),
    }  # fmt: skip
    return of_kind[kind].format(name=inner) if kind in of_kind else known.get(name, name)
