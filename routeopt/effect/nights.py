"""The incidents of a trial's nights or places, as they were drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.effect.cells import DAY, SLACK, WEEK, Period
from routeopt.errors import Fault, InputError, Message
from routeopt.scenario.model import Scenario
from routeopt.trial.draw import PATROL, Kind, Unit, check, drawn, read
from routeopt.trial.past import Past, past_incidents


@dataclass(frozen=True)
class TrialCounts:
    """The units of a trial and their incidents."""

    kind: Kind
    seed: int
    units: tuple[Unit, ...]
    """All that were drawn, as a redraw needs them."""
    kept: NDArray[np.bool_]
    """(n_units,) whether incidents are known of the unit."""
    counts: NDArray[np.float64]
    """(n_kept,) incidents."""
    period: Period
    notes: tuple[Message, ...] = ()

    @property
    def patrol(self) -> NDArray[np.bool_]:
        """(n_kept,) whether it had patrol."""
        return _patrol(self.units)[self.kept]

    @property
    def block(self) -> NDArray[np.int64]:
        """(n_kept,) block of each, from 0."""
        own = np.array([unit.block for unit in self.units])[self.kept]
        return np.unique(own, return_inverse=True)[1].astype(np.int64)

    def redraw(self, seed: int) -> NDArray[np.bool_]:
        """Draw again as the trial was drawn; (n_kept,) whether each has patrol."""
        return _patrol(drawn(self.units, seed))[self.kept]


def _patrol(units: Iterable[Unit]) -> NDArray[np.bool_]:
    return np.array([unit.arm == PATROL for unit in units], dtype=np.bool_)


def count_trial(scenario: Scenario, path: Path, progress: Callable[..., None] | None = None) -> TrialCounts:
    """Count a scenario's incidents, in the hours of its shift, on a trial's nights or at its places.

    Raises
    ------
    InputError
        If the trial is not as it was drawn, or there are no incidents of both arms' units.
    """
    from routeopt.streets.osm import read_streets

    found, units = read(path)
    changed = check(path)
    if changed:
        raise InputError(changed)
    start, weeks = _span(path, found, units)
    say = progress or (lambda _what, _done=None: None)
    say("reading streets")
    net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
    past = past_incidents(scenario, net, say, recent_days=None)
    if past is None:
        raise InputError(Fault("RO-612", "routeopt effect"))
    period = Period(start, start + WEEK * weeks - 1)
    least = start + (WEEK - 1 if found["unit"] == "place" else 0)
    if past.first > start + SLACK or past.last < least:
        raise InputError(
            Fault("RO-799", path, period=period.text(), incidents=Period(past.first, past.last).text())
        )
    known = Period(start, min(period.last, past.last))
    of_kind = _of_nights if found["unit"] == "night" else _of_places
    counts, kept, known = of_kind(units, past, known)
    notes = [*past.notes]
    if known.last < period.last:
        notes.append(Message("effect-short", last=known.text(), left=period.last - known.last))
    if found.get("earlier"):
        notes.append(Message("effect-redrawn", count=len(found["earlier"])))
    arms = _patrol(units)[kept]
    if not arms.any() or arms.all():
        raise InputError(
            Fault("RO-799", path, period=period.text(), incidents=Period(past.first, past.last).text())
        )
    return TrialCounts(found["unit"], int(found["seed"]), tuple(units), kept, counts[kept], known, tuple(notes))


def _span(path: Path, found: dict[str, object], units: list[Unit]) -> tuple[int, int]:
    """Return the first night and the weeks of a trial, once its units can be read."""
    try:
        start = (dt.date.fromisoformat(str(found["start"])) - DAY).days
        weeks = int(str(found["weeks"]))
        if found["unit"] == "night":
            for unit in units:
                dt.date.fromisoformat(unit.unit)
        elif found["unit"] != "place" or any(unit.lat is None or unit.lon is None for unit in units):
            raise ValueError("unit")
        if weeks < 1 or not units:
            raise ValueError("weeks")
    except (KeyError, ValueError) as error:
        raise InputError(Fault("RO-575", path, reason=str(error))) from None
    return start, weeks


def _of_nights(
    units: list[Unit], past: Past, known: Period
) -> tuple[NDArray[np.float64], NDArray[np.bool_], Period]:
    night = np.array([(dt.date.fromisoformat(unit.unit) - DAY).days for unit in units])
    counts = np.array([(past.night == one).sum() for one in night], dtype=np.float64)
    return counts, (night >= known.first) & (night <= known.last), known


def _of_places(
    units: list[Unit], past: Past, known: Period
) -> tuple[NDArray[np.float64], NDArray[np.bool_], Period]:
    """Count in the whole weeks of the period."""
    known = Period(known.first, known.first + known.nights // WEEK * WEEK - 1)
    rows = (past.night >= known.first) & (past.night <= known.last)
    own = replace(
        past, lat=past.lat[rows], lon=past.lon[rows], night=past.night[rows], first=known.first, last=known.last
    )
    counts = own.by_place([unit.lat or 0.0 for unit in units], [unit.lon or 0.0 for unit in units]).sum(axis=1)
    return counts, np.ones(len(units), dtype=np.bool_), known
