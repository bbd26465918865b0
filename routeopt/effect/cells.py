"""Incidents before and after in areas with patrol, in others, and around them: from a table, or from incidents.

The table (CSV, TSV, XLSX or HTML) has the columns area, period, count and, if the periods differ in
length, nights, in English or Chinese. An area is `ROLES` or their Chinese words, a period before or after; rows of
the same area and period are added.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.border import bordered
from routeopt.effect.estimates import Cell, pearson
from routeopt.errors import Fault, InputError, Message
from routeopt.exchange.done import sheets_of
from routeopt.problem.names import plain
from routeopt.scenario.model import Scenario
from routeopt.validation import similar

TREATED, COMPARISON, AROUND, AROUND_COMPARISON = "treated", "comparison", "around", "around comparison"
ROLES: dict[str, tuple[str, ...]] = {
    TREATED: ("treated", "treatment", "patrol", "试点", "巡逻", "干预"),
    COMPARISON: ("comparison", "control", "对照"),
    AROUND: ("around", "displacement", "周边", "试点周边"),
    AROUND_COMPARISON: ("around comparison", "around control", "displacement control", "对照周边"),
}
"""Role of an area → the words for it."""
PERIODS: dict[str, tuple[str, ...]] = {
    "before": ("before", "pre", "之前", "前"),
    "after": ("after", "post", "之后", "后"),
}
HEADERS: dict[str, tuple[str, ...]] = {
    "area": ("area", "areas", "区域", "地区"),
    "period": ("period", "时期", "时段"),
    "count": ("count", "incidents", "警情数", "数量", "起数"),
    "nights": ("nights", "days", "夜数", "天数"),
}
WEEK = 7
SLACK = 7
"""Nights by which the first and last incident may lie inside the periods: nights may have none."""
DAY = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Counts:
    """What is compared."""

    cells: Mapping[str, Cell]
    """Role → incidents."""
    nights: tuple[float, float] = (1.0, 1.0)
    """Of the periods; equal where not given."""
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Role → zones; of a table none."""
    periods: tuple[str, str] = ("", "")
    """First to last night; of a table empty."""
    dispersion: float = 1.0
    notes: tuple[Message, ...] = ()

    @property
    def weight(self) -> float:
        """Nights after over nights before."""
        return self.nights[1] / self.nights[0]


class Period(NamedTuple):
    """Nights, days since 1970, both included."""

    first: int
    last: int

    @property
    def nights(self) -> int:
        """How many."""
        return self.last - self.first + 1

    def text(self) -> str:
        """First to last night, as dates."""
        return f"{night_date(self.first)} – {night_date(self.last)}"


def night_date(night: int) -> dt.date:
    """Convert days since 1970 to a date."""
    return DAY + dt.timedelta(days=night)


@bordered()
def read_counts(path: Path) -> Counts:
    """Read a table of counts.

    Raises
    ------
    InputError
        If it lacks columns or areas, or a cell cannot be read; lists all faults.
    """
    faults: list[Fault] = []
    sums, nights = _sums(path, faults)
    given = {area for area, _period in sums}
    missing = [
        f"{area}, {p}" for area in ROLES if area in given | {TREATED} for p in PERIODS if (area, p) not in sums
    ]
    if missing and not faults:
        faults.append(Fault("RO-794", path, missing=missing))
    if any(len(found) > 1 for found in nights.values()) or bool(nights["before"]) != bool(nights["after"]):
        faults.append(Fault("RO-795", path))
    faults += _lonely(given, path)
    if faults:
        raise InputError(faults)
    cells = {area: Cell(sums[area, "before"], sums[area, "after"]) for area in ROLES if area in given}
    lengths = tuple(next(iter(nights[p]), 1.0) for p in PERIODS)
    return Counts(cells, (lengths[0], lengths[1]))


def _sums(path: Path, faults: list[Fault]) -> tuple[dict[tuple[str, str], float], dict[str, set[float]]]:
    """Add the counts of each area and period; also the nights that are given for each period.

    Raises
    ------
    InputError
        If there is no table.
    """
    sums: dict[tuple[str, str], float] = {}
    nights: dict[str, set[float]] = {name: set() for name in PERIODS}
    rows = list(_rows(path))
    if not rows:
        raise InputError(Fault("RO-790", path))
    for line, told in rows:
        area, period = _known(told["area"], ROLES), _known(told["period"], PERIODS)
        if area is None:
            faults.append(Fault("RO-791", path, line, value=told["area"][:40], known=list(ROLES)))
        if period is None:
            faults.append(Fault("RO-791", path, line, value=told["period"][:40], known=list(PERIODS)))
        count = _number(path, line, "count", told["count"], 0.0, faults)
        length = _number(path, line, "nights", told["nights"], 1.0, faults) if told.get("nights") else None
        if area is not None and period is not None and count is not None:
            sums[area, period] = sums.get((area, period), 0.0) + count
            nights[period] |= {length} if length is not None else set()
    return sums, nights


def _lonely(given: set[str], where: object) -> list[Fault]:
    """Find what areas that are given are compared with, and is not given."""
    pairs = ((AROUND, COMPARISON), (AROUND_COMPARISON, AROUND))
    needs = [needed for area, needed in pairs if area in given and needed not in given]
    return [Fault("RO-794", where, missing=needs)] if needs else []


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line and cells by key of each row of the table that has all columns."""
    known = {word: key for key, words in HEADERS.items() for word in words}
    for _sheet, lines in sheets_of(path, "RO-790"):
        columns: dict[str, int] | None = None
        for line, cells in lines:
            if columns is None:
                found = {known[name]: k for k, cell in enumerate(cells) if (name := plain(cell)) in known}
                columns = found if {"area", "period", "count"} <= set(found) else None
                continue
            told = {key: cells[at].strip() if at < len(cells) else "" for key, at in columns.items()}
            if any(told.values()):
                yield line, told


def _known(text: str, words: Mapping[str, tuple[str, ...]]) -> str | None:
    said = plain(text.replace("_", " ").replace("-", " "))
    return next((key for key, listed in words.items() if said in map(plain, listed)), None)


def _number(path: Path, line: int, key: str, text: str, least: float, faults: list[Fault]) -> float | None:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (least <= value < math.inf and value == round(value)):
        faults.append(Fault("RO-793", path, line, key=key, value=text[:40], least=f"{least:.0f}"))
        return None
    return value


def count_zones(
    scenario: Scenario,
    roles: Mapping[str, Sequence[str]],
    before: Period,
    after: Period,
    progress: Callable[..., None] | None = None,
) -> Counts:
    """Count a scenario's incidents, in the hours of its shift, in its zones before and after.

    Parameters
    ----------
    roles
        Role → names of zones.

    Raises
    ------
    InputError
        If a zone does not exist or has two roles, there are no incidents, or they do not cover the periods.
    """
    from routeopt.problem.build_zones import read_zones
    from routeopt.streets.network import project
    from routeopt.streets.osm import read_streets
    from routeopt.trial.past import past_incidents

    say = progress or (lambda _what, _done=None: None)
    say("reading streets")
    net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
    zones, faults = read_zones(scenario, net)
    faults += _misnamed(roles, [name for layer in zones.layers for name in layer.zones])
    faults += _lonely({role for role, names in roles.items() if names}, "routeopt effect")
    past = past_incidents(scenario, net, say, recent_days=None)
    if past is None:
        faults.append(Fault("RO-612", "routeopt effect"))
    else:
        faults += _uncovered(Period(past.first, past.last), before, after)
    if faults or past is None:
        raise InputError(faults)
    x, y = project(net, past.lat, past.lon)
    inside = {role: np.zeros(len(x), dtype=np.bool_) for role in roles}
    for layer in zones.layers:
        zone = layer.of(x, y)
        for role, names in roles.items():
            inside[role] |= np.isin(zone, [k for k, name in enumerate(layer.zones) if name in names])
    nights = {role: past.night[rows] for role, rows in inside.items() if roles[role]}
    cells = {role: Cell(_within(found, before), _within(found, after)) for role, found in nights.items()}
    return Counts(
        cells, (before.nights, after.nights), {role: tuple(names) for role, names in roles.items() if names},
        (before.text(), after.text()), dispersion_of_weeks(nights.values(), (before, after)), past.notes,
    )  # fmt: skip


def _misnamed(roles: Mapping[str, Sequence[str]], zones: Sequence[str]) -> list[Fault]:
    """Find names of no zone, and those that stand for several or are given twice."""
    known = sorted(set(zones))
    named = [name for names in roles.values() for name in names]
    faults = [
        Fault("RO-797", f"--{role.replace(' ', '-')}", zone=name, known=known or Message("value-nothing"),
              hint=similar(name, known))
        for role, names in roles.items() for name in names if name not in known
    ]  # fmt: skip
    twice = [name for name in dict.fromkeys(named) if named.count(name) > 1 or zones.count(name) > 1]
    return faults + [Fault("RO-798", name) for name in twice]


def _uncovered(known: Period, before: Period, after: Period) -> list[Fault]:
    """Find periods of which not all incidents are known."""
    return [
        Fault("RO-799", f"--{key}", period=period.text(), incidents=known.text())
        for key, period in (("before", before), ("after", after))
        if period.first < known.first - SLACK or period.last > known.last + SLACK
    ]


def _within(night: NDArray[np.int64], period: Period) -> float:
    return float(((night >= period.first) & (night <= period.last)).sum())


def dispersion_of_weeks(nights: Iterable[NDArray[np.int64]], periods: Sequence[Period]) -> float:
    """Compute variance over mean of weekly counts about the mean of their area and period; at least 1.

    Parameters
    ----------
    nights
        The nights of the incidents of each area.
    """
    counts, means, free = [], [], 0
    for found in nights:
        for period in periods:
            weeks = period.nights // WEEK
            if weeks < 2:
                continue
            week = (found - period.first) // WEEK
            own = np.bincount(week[(week >= 0) & (week < weeks)], minlength=weeks).astype(np.float64)
            if own.sum() > 0:
                counts.append(own)
                means.append(np.full(weeks, own.mean()))
                free += weeks - 1
    if not counts:
        return 1.0
    mean = np.concatenate(means)
    return pearson(np.concatenate(counts), mean, mean, free)
