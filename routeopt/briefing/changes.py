"""What is otherwise in tonight's plan, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.briefing.incidents import NEAR_M, Happened
from routeopt.briefing.nights import NightPlan
from routeopt.coordinates import metres_from
from routeopt.demand.forecast.recent import Series
from routeopt.errors import Message
from routeopt.explain.goals import missed, read_goals
from routeopt.explain.plan_diff import object_in
from routeopt.problem.names import plain

Array = NDArray[np.float64]

LEAST_MIN = 5.0
"""Places whose minutes differ by less are as before."""
UP, DOWN = 1.15, 1 / 1.15
"""Times the share of demand that is told as a reason."""
RANK = ("why-carried", "why-task", "why-series", "why-incidents", "why-incident", "why-demand", "why-order")
"""Reasons, the most telling first."""
SHARES = ("visibility", "instant")
"""Figures that are compared; those by minutes and goals besides."""


@dataclass(frozen=True)
class TeamChange:
    """A team of one of the plans."""

    team: str
    before: int | None
    """Stops last night; None if it was not there."""
    now: int | None
    first: str
    """Time and place, or task, of its first stop tonight; "" without one."""
    places: tuple[str, ...]
    """Where it is longest tonight."""


@dataclass(frozen=True)
class PlaceChange:
    """A place with more or less presence than last night."""

    place: str
    before_min: float
    now_min: float
    when: tuple[str, ...]
    """Teams and times of tonight."""
    why: tuple[Message, ...]


@dataclass(frozen=True)
class Figure:
    """A share of both nights; see `routeopt.explain.plan_diff.figure_word` for its name."""

    name: str
    before: float | None
    now: float | None


def team_changes(last: NightPlan, tonight: NightPlan) -> list[TeamChange]:
    """Compare the teams, tonight's first."""
    rows = []
    for team in dict.fromkeys((*tonight.teams, *last.teams)):
        own = [n for n, stop in enumerate(tonight.stops) if stop.team == team]
        before = sum(stop.team == team for stop in last.stops) if team in last.teams else None
        if team not in tonight.teams:
            rows.append(TeamChange(team, before, None, "", ()))
            continue
        time: dict[str, float] = {}
        for n in own:
            time[tonight.title(n)] = time.get(tonight.title(n), 0.0) + tonight.stops[n].dwell_s
        places = tuple(sorted(time, key=lambda name: -time[name])[:3])
        first = f"{tonight.text(own[0])} {tonight.title(own[0])}" if own else ""
        rows.append(TeamChange(team, before, len(own), first, places))
    return rows


def place_changes(
    last: NightPlan, tonight: NightPlan, happened: Sequence[Happened],
    series: Sequence[tuple[Series, float, float, str]],
    demand: tuple[Array, Array], middles: tuple[Array, Array], carried: Iterable[str],
) -> list[PlaceChange]:  # fmt: skip
    """List the places with more or less presence than last night, those with the best reason first.

    Parameters
    ----------
    series
        Each with its latitude, longitude and category.
    demand : (n_segments,) each
        Share of each segment in last night's and tonight's demand.
    middles : (n_segments,) each
        Latitude and longitude of the segments' middles.
    carried
        Names of what is carried over.
    """
    rows = []
    known = {plain(name) for name in carried}
    for place in dict.fromkeys((*tonight.minutes, *last.minutes)):
        before, now = last.minutes.get(place, 0.0), tonight.minutes.get(place, 0.0)
        if abs(now - before) < LEAST_MIN:
            continue
        at = _position(place, tonight) or _position(place, last)
        why = [] if at is None else list(_why(at, now > before, happened, series, demand, middles))
        if now > before and plain(place) in known:
            why.insert(0, Message("why-carried"))
        elif now > before and place in tonight.tasks:
            why.insert(0, Message("why-task"))
        rows.append(PlaceChange(place, before, now, tonight.when(place), tuple(why or [Message("why-order")])))
    return sorted(rows, key=lambda row: (RANK.index(row.why[0].code), -abs(row.now_min - row.before_min)))


def _why(
    at: tuple[float, float], more: bool, happened: Sequence[Happened],
    series: Sequence[tuple[Series, float, float, str]], demand: tuple[Array, Array], middles: tuple[Array, Array],
) -> Iterable[Message]:  # fmt: skip
    """Yield what speaks for the change at a position, most telling first."""
    if more:
        for one, lat, lon, category in series:
            if float(metres_from(*at, np.array([lat]), np.array([lon]))[0]) <= NEAR_M:
                yield Message("why-series", category=category, count=len(one.rows))
        there = (np.array([getattr(one, key) for one in happened]) for key in ("lat", "lon"))
        near = int((metres_from(*at, *there) <= NEAR_M).sum()) if len(happened) else 0
        if near:
            yield Message("why-incidents" if near > 1 else "why-incident", count=near, metres=f"{NEAR_M:g}")
    around = metres_from(*at, *middles) <= NEAR_M
    before, now = (float(one[around].sum()) for one in demand)
    if before > 0 and (now / before >= UP if more else now / before <= DOWN):
        yield Message("why-demand", change=f"{now / before - 1:+.0%}")


def stops_near(tonight: NightPlan | None, lat: float, lon: float) -> tuple[str, ...]:
    """Teams and times of tonight's stops within `NEAR_M` of a position."""
    if tonight is None or not len(tonight.stops):
        return ()
    away = metres_from(lat, lon, tonight.lat, tonight.lon)
    near = np.flatnonzero(away <= NEAR_M).tolist()
    return tuple(tonight.said(n) for n in sorted(near, key=lambda n: tonight.stops[n].start_s))


def _position(place: str, night: NightPlan) -> tuple[float, float] | None:
    found = [n for n in night.at.get(plain(place), ()) if np.isfinite(night.lat[n]) and np.isfinite(night.lon[n])]
    return (float(night.lat[found[0]]), float(night.lon[found[0]])) if found else None


def figures(last: Mapping[str, Any], tonight: Mapping[str, Any]) -> list[Figure]:
    """Compare the shares that a commander looks at: visibility, response coverage and the goals."""
    rows = [Figure(key, last.get(key), tonight.get(key)) for key in SHARES]
    for key in ("within", "handling", "backup"):
        both = [object_in(one, key) for one in (last, tonight)]
        minutes = list(both[1])
        middle = minutes[min(1, len(minutes) - 1)] if minutes else None
        if middle is not None:
            rows.append(Figure(f"{key}: {middle}", both[0].get(middle), both[1].get(middle)))
    goals = [{goal["name"]: float(goal["reached"]) for goal in read_goals(one)} for one in (last, tonight)]
    rows += [Figure(f"goals: {name}", goals[0].get(name), now) for name, now in goals[1].items()]
    return [row for row in rows if row.now is not None]


def not_held(tonight: NightPlan) -> list[Message]:
    """Say which rules, floors and tasks tonight's plan does not hold."""
    found = missed([goal for goal in read_goals(tonight.figures) if "holds" in goal and "at_least" in goal])
    tasks = tonight.figures.get("tasks")
    for name in tasks.get("left_out", []) if isinstance(tasks, Mapping) else []:
        found.append(Message("unmet-task", name=name))
    named = {str(message.values.get("name")) for message in found}
    goals = {goal["name"] for goal in read_goals(tonight.figures)}
    for one in tonight.figures.get("unmet") or []:
        name = one.get("name") if isinstance(one, Mapping) else one
        if name not in goals and str(name) not in named:
            found.append(Message("unmet-other", name=str(name)))
    violations = tonight.document.get("violations")
    found += [
        Message("unmet-rule", text=str(text)) for text in (violations if isinstance(violations, list) else [])
    ]
    return found
