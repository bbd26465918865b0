"""The briefing: everything that its page shows, worked out once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.briefing.changes import (
    Figure,
    PlaceChange,
    TeamChange,
    figures,
    not_held,
    place_changes,
    stops_near,
    team_changes,
)
from routeopt.briefing.incidents import (
    Happened,
    HourCheck,
    by_category,
    checked,
    middles_of,
    since,
)
from routeopt.briefing.nights import NightPlan, read_night, start_of
from routeopt.briefing.work import Due, Work, due_tonight, read_carried, work_of
from routeopt.clock import Clock
from routeopt.demand.combine import CombinedDemand, combined_demand
from routeopt.demand.forecast.recent import Series, recent_series
from routeopt.errors import Fault, InputError, Message
from routeopt.exchange.done import Done, DoneRow, read_done, told_of
from routeopt.scenario.model import Scenario
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.ground import Ground, read_ground
from routeopt.streets.names import PlaceNames
from routeopt.streets.network import StreetNetwork
from routeopt.streets.osm import read_streets

Array = NDArray[np.float64]
Say = Callable[..., None]

SLICE_S = 900
"""Steps of the forecasts."""
GROUND = 4000
"""Points of the outlines of waters and parks on the maps at most."""
SHARE = 0.02
"""Of the streets' length, that is called the busiest."""
REPEAT_M, REPEAT_DAYS = 200.0, 7.0
"""Of series, where the scenario has no source of incidents."""


@dataclass(frozen=True)
class NewSeries:
    """A series that goes on."""

    category: str
    street: str
    lat: float
    lon: float
    count: int
    new: int
    """Since last night began."""
    first: dt.date
    last: dt.date
    usual: float | None
    tonight: tuple[str, ...]
    """Teams and times of tonight's stops near it."""


@dataclass(frozen=True)
class Dispute:
    """A dispute since last night, and what is planned near it tonight."""

    street: str
    when: np.datetime64
    category: str
    tonight: tuple[str, ...]


@dataclass(frozen=True)
class Briefing:
    """What the meeting needs."""

    name: str
    last: NightPlan
    tonight: NightPlan | None
    scenario: Scenario
    """Of tonight, with its date."""
    net: StreetNetwork
    grounds: tuple[Ground, ...]
    share: float
    """Of the streets' length, that is called the busiest."""
    knows_incidents: bool
    """Whether there is a source of incidents since."""
    from_before: bool
    """Whether last night's forecast is by earlier incidents, and not by those of the night itself."""
    happened: tuple[Happened, ...]
    hours: tuple[HourCheck, ...]
    work: Work
    due: tuple[Due, ...]
    disputes: tuple[Dispute, ...]
    series: tuple[NewSeries, ...]
    figures: tuple[Figure, ...]
    teams: tuple[TeamChange, ...]
    places: tuple[PlaceChange, ...]
    unmet: tuple[Message, ...]
    heat: tuple[Array, Array]
    """(n_segments,) each: demand of last night, as it was forecast, and of tonight; of all streets together 1."""
    notes: tuple[Message, ...]

    @property
    def of_plan(self) -> list[Happened]:
        """The incidents in the hours of last night's plan."""
        return [one for one in self.happened if one.in_plan]

    @property
    def missed(self) -> list[Happened]:
        """Of them, those that were not on the busiest streets."""
        return [one for one in self.of_plan if not one.inside]

    @property
    def expected(self) -> float:
        """Share of last night's incidents that the forecast put on the busiest streets, hour by hour."""
        n = sum(hour.incidents for hour in self.hours)
        if n:
            return sum(hour.expected * hour.incidents for hour in self.hours) / n
        return float(np.mean([hour.expected for hour in self.hours])) if self.hours else 0.0

    @property
    def categories(self) -> list[tuple[str, int]]:
        """Category → incidents since last night began, the most first."""
        return by_category(self.happened)


def gather(
    scenario: Scenario,
    last_file: Path,
    *,
    done_file: Path | None = None,
    incidents_file: Path | None = None,
    plan_file: Path | None = None,
    carry_file: Path | None = None,
    share: float = SHARE,
    progress: Say | None = None,
) -> Briefing:
    """Work out the briefing.

    Parameters
    ----------
    scenario
        Tonight's. Its demand forecasts both nights: each by the incidents that were known before it.
    last_file, plan_file
        plan.json of last night and of tonight.
    done_file
        What was done of last night's plan (`routeopt.exchange.done`).
    incidents_file
        Incidents since; default: those of the scenario's own sources.
    carry_file
        What earlier nights left (`routeopt.briefing.work.read_carried`). Default: the scenario's own file.
    share
        Of the streets' length, that counts as the busiest.

    Raises
    ------
    InputError
        If a file cannot be used, a date is missing, or last night is not before tonight.
    """
    say = progress or (lambda _what, _done=None: None)
    last = read_night(last_file)
    tonight = None if plan_file is None else read_night(plan_file)
    scenario, last = _dated(scenario, last, tonight)
    told_done, notes = _read_done(done_file, last)
    carried, more = read_carried(scenario, carry_file)
    notes += more
    due = due_tonight(scenario, carried, tonight)
    say("reading streets")
    net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
    say("demand")
    before, now = (_forecast(scenario, net, night, say) for night in (last.clock, scenario.clock))
    late = [note for note in before.notes if note.code != "incidents-late"]  # those are what it is compared with
    notes += [*late, *now.notes]
    has_source = incidents_file is not None or any(isinstance(one, IncidentDemand) for one in scenario.demand)
    begin, end = start_of(last.clock), start_of(scenario.clock)
    happened: list[Happened] = []
    if has_source:
        happened, more = since(scenario, net, incidents_file, begin, end, last, _categories(now, begin), say)
        notes += [] if incidents_file is None else more
    made = [None if row is None else row.done for row in told_done.said]
    clock = _quarters(last.clock)
    told, hours = checked(happened, last, made, net, before.at(np.arange(net.n_segments)), clock, share)
    heat = before.total / before.total.sum(), now.total / now.total.sum()
    series = _series(net, now, told, begin, end)
    found = [_new_series(one, name, net, tonight) for one, name in series]
    rows, teams, places, unmet = _tonight(
        last, tonight, told, list(zip(series, found, strict=True)), heat, net, due
    )
    return Briefing(
        scenario.name, last, tonight, scenario, net, read_ground(scenario.streets, scenario.folder, GROUND), share,
        has_source, all(note.code != "incidents-all-late" for note in before.notes), tuple(told), tuple(hours),
        work_of(last, told_done.done, told_done.said, told_done.spare, due, tonight), tuple(due),
        tuple(_disputes(told, tonight)), tuple(found), tuple(rows),
        tuple(teams), tuple(places), tuple(unmet), heat, tuple(dict.fromkeys(notes)),
    )  # fmt: skip


class _Told(NamedTuple):
    """What was told of last night's work."""

    done: Done | None
    said: list[DoneRow | None]
    """Of each stop."""
    spare: list[DoneRow]
    """Of no stop."""


def _read_done(file: Path | None, last: NightPlan) -> tuple[_Told, list[Message]]:
    """Read what was done of last night's plan, with notes; nothing without a file."""
    if file is None:
        return _Told(None, [None] * len(last.stops), []), []
    done = read_done(file, last.clock, last.teams)
    said, spare = told_of(last.stops, done, last.tasks)
    return _Told(done, said, spare), list(done.notes)


def _categories(demand: CombinedDemand, until: np.datetime64) -> list[str]:
    """List the categories of the incidents before a time that a forecast stands on."""
    known = (estimate.incidents for _source, estimate in demand.estimates)
    return [it.categories[n] for it in known for n in it.category[it.middle < until].tolist()]


def _tonight(
    last: NightPlan, tonight: NightPlan | None, told: Sequence[Happened],
    series: Sequence[tuple[tuple[Series, str], NewSeries]], heat: tuple[Array, Array], net: StreetNetwork,
    due: Sequence[Due],
) -> tuple[list[Figure], list[TeamChange], list[PlaceChange], list[Message]]:  # fmt: skip
    """Compare tonight's plan, if there is one, with last night's: figures, teams, places, and rules not held."""
    if tonight is None:
        return [], [], [], []
    where = [(one, new.lat, new.lon, name) for (one, name), new in series]
    names = [one.name for one in due if one.carried]
    middles = middles_of(net, np.arange(net.n_segments, dtype=np.int32))
    places = place_changes(last, tonight, told, where, heat, middles, names)
    return figures(last.figures, tonight.figures), team_changes(last, tonight), places, not_held(tonight)


def _dated(scenario: Scenario, last: NightPlan, tonight: NightPlan | None) -> tuple[Scenario, NightPlan]:
    """Find both nights' days: of tonight its plan's, the scenario's, or the day after the last."""
    day = (tonight.clock.date if tonight else None) or scenario.shift.date
    one = dt.timedelta(days=1)
    if day is None and last.clock.date is None:
        raise InputError(Fault("RO-666", last.path))
    if day is None and last.clock.date is not None:
        day = last.clock.date + one
    if last.clock.date is None and day is not None:
        last = replace(last, clock=replace(last.clock, date=day - one))
    if start_of(last.clock) >= start_of(replace(scenario.clock, date=day)):
        raise InputError(Fault("RO-667", last.path, last=last.clock.date, tonight=day))
    return scenario.model_copy(update={"shift": scenario.shift.model_copy(update={"date": day})}), last


def _quarters(clock: Clock) -> Clock:
    return replace(clock, n_steps=-(-clock.duration_s // SLICE_S), step_s=SLICE_S)


def _forecast(scenario: Scenario, net: StreetNetwork, clock: Clock, say: Say) -> CombinedDemand:
    """λ of a night, by what was known before it."""
    shift = scenario.shift.model_copy(update={"date": clock.date})
    return combined_demand(
        scenario.model_copy(update={"shift": shift}), net, _quarters(clock),
        progress=lambda what, done: say(f"{what} {done:.0%}"),
    )  # fmt: skip


def _series(
    net: StreetNetwork, demand: CombinedDemand, happened: Sequence[Happened],
    begin: np.datetime64, end: np.datetime64,
) -> list[tuple[Series, str]]:  # fmt: skip
    """Find the series with an incident since last night, with their categories."""
    segment = [np.array([one.segment for one in happened], dtype=np.int32)]
    when = [np.array([one.when for one in happened], dtype="datetime64[m]")]
    names = [one.kind for one in happened]
    shown = {one.kind: one.category for one in happened}  # each series has one of them
    metres, days = REPEAT_M, REPEAT_DAYS
    for source, estimate in demand.estimates:
        it = estimate.incidents
        past = np.flatnonzero(it.middle < begin)  # later ones are among those that happened
        segment.append(estimate.segment[past])
        when.append(it.middle[past].astype("datetime64[m]"))
        names += [it.categories[n] for n in it.category[past].tolist()]
        metres, days = source.repeat_m, source.repeat_days
    kinds = {name: n for n, name in enumerate(dict.fromkeys(names))}
    category = np.array([kinds[name] for name in names], dtype=np.int64)
    found = recent_series(net, np.concatenate(segment), np.concatenate(when), category, begin, end, metres, days)
    listed = list(kinds)
    return [(one, shown[listed[one.category]]) for one in found]


def _new_series(one: Series, category: str, net: StreetNetwork, tonight: NightPlan | None) -> NewSeries:
    lat, lon = (float(x[0]) for x in middles_of(net, np.array([one.segment], dtype=np.int32)))
    near = stops_near(tonight, lat, lon)
    first, last = (day.astype("datetime64[D]").item() for day in (one.first, one.last))
    street = PlaceNames(net).of(one.segment)
    return NewSeries(category, street, lat, lon, len(one.rows), one.new, first, last, one.usual, near)


def _disputes(happened: Sequence[Happened], tonight: NightPlan | None) -> list[Dispute]:
    return [
        Dispute(one.street, one.when, one.category, stops_near(tonight, one.lat, one.lon))
        for one in happened if one.is_dispute
    ]  # fmt: skip
