"""A trial as it is before its start: its units drawn, what past incidents let expect, and what it can tell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from routeopt.demand.busiest import heat
from routeopt.errors import Fault, InputError, Message
from routeopt.guard import number, refuse
from routeopt.problem.build_tasks import numbered
from routeopt.scenario.model import Scenario
from routeopt.streets.osm import read_streets
from routeopt.trial.draw import PATROL, Kind, Unit, drawn, nights, places
from routeopt.trial.past import Past, dispersion_of_nights, dispersion_of_places, past_incidents, spread_of_places
from routeopt.trial.power import LEVEL, POWER, count_needed, least_fall, power

FALLS = (0.10, 0.20, 0.30, 0.40, 0.50, 0.60)
"""Of the table."""
LENGTHS = (4, 8, 12, 26, 52)
"""Weeks of the table, besides the trial's own."""
USUAL = 0.16
"""The mean fall of incidents at hot spots with patrol, over 53 studies (Braga and Weisburd 2022)."""
HARDLY = 0.5
"""A trial of less power tells hardly anything."""
FOR_SURE = 0.2
"""A trial of less power tells nothing."""
MOST_WEEKS = 520
"""Longer trials are not proposed."""


@dataclass(frozen=True)
class Expected:
    """What past incidents let expect."""

    a_week: float
    """Incidents of the arm without patrol, each week."""
    dispersion: float
    """Variance over mean, at least 1."""
    source: str
    """``history``, or ``given``."""
    nights: int
    """Nights of the history; 0 where the number was given."""
    incidents: int
    spread: float = 0.0
    """What differences between the places drawn add to the dispersion, per week of the trial."""

    def dispersion_in(self, weeks: int) -> float:
        """Variance over mean of the counts of a trial of some weeks."""
        return self.dispersion + self.spread * weeks


@dataclass(frozen=True)
class Trial:
    """A trial that has not begun."""

    kind: Kind
    weeks: int
    start: dt.date
    units: tuple[Unit, ...]
    seed: int
    expected: Expected
    fall: float
    """The fall that is hoped for."""
    notes: tuple[Message, ...]

    @property
    def share(self) -> float:
        """Of all units, those with patrol."""
        return sum(unit.arm == PATROL for unit in self.units) / len(self.units)

    @property
    def count(self) -> float:
        """Expected incidents of the arm without patrol."""
        return self.expected.a_week * self.weeks

    @property
    def dispersion(self) -> float:
        """Variance over mean of its counts."""
        return self.expected.dispersion_in(self.weeks)

    def power_in(self, weeks: int, fall: float) -> float:
        """Compute the chance that a fall is found in some weeks."""
        return power(self.expected.a_week * weeks, fall, self.expected.dispersion_in(weeks), share=self.share)

    @property
    def power(self) -> float:
        """The chance that the fall hoped for is found."""
        return self.power_in(self.weeks, self.fall)

    @property
    def least_fall(self) -> float | None:
        """The least fall that `POWER` finds; None where not even the end of all incidents is found."""
        return least_fall(self.count, self.dispersion, share=self.share)

    @property
    def weeks_needed(self) -> int | None:
        """Weeks in which the fall hoped for is found with `POWER`; None where incidents are too few."""
        if self.expected.a_week <= 0:
            return None
        if self.expected.spread > 0:
            return next((n for n in range(1, MOST_WEEKS + 1) if self.power_in(n, self.fall) >= POWER), None)
        need = count_needed(self.fall, self.expected.dispersion, share=self.share) / self.expected.a_week
        return math.ceil(need - 1e-9) if math.isfinite(need) else None

    def table(self) -> list[tuple[int, float, list[float]]]:
        """Weeks, incidents without patrol, and the power for each of `FALLS`."""
        rows = []
        for weeks in sorted({*LENGTHS, self.weeks}):
            count = self.expected.a_week * weeks
            rows.append((weeks, count, [self.power_in(weeks, fall) for fall in FALLS]))
        return rows

    def words(self) -> list[Message]:
        """Say plainly what the trial can tell."""
        least, needed = self.least_fall, self.weeks_needed
        said = [Message("trial-expects", weeks=self.weeks, count=f"{self.count:.0f}")]
        if least is None:
            said.append(Message("trial-blind"))
        else:
            said.append(Message("trial-least", power=f"{POWER:.0%}", fall=f"{least:.0%}"))
        chance = {"fall": f"{self.fall:.0%}", "chance": f"{self.power:.0%}"}
        if self.power >= POWER:
            said.append(Message("trial-worth", **chance))
            return said
        code = (
            "trial-nothing" if self.power < FOR_SURE else "trial-hardly" if self.power < HARDLY else "trial-weak"
        )
        said.append(Message(code, **chance))
        if needed is not None and needed <= MOST_WEEKS:
            said.append(Message("trial-longer", weeks=needed))
        else:
            said.append(Message("trial-never", weeks=MOST_WEEKS))
        return said

    def figures(self) -> dict[str, Any]:
        """Return what is known of its power, as JSON."""
        least = self.least_fall
        return {
            "incidents_without_patrol": round(self.count, 2), "incidents_a_week": round(self.expected.a_week, 4),
            "dispersion": round(self.dispersion, 4), "from": self.expected.source,
            "history_nights": self.expected.nights, "history_incidents": self.expected.incidents,
            "share_with_patrol": round(self.share, 6), "level": LEVEL, "wanted": POWER, "fall": self.fall,
            "power": round(self.power, 4), "least_fall": None if least is None else round(least, 4),
            "weeks_needed": self.weeks_needed, "falls": list(FALLS),
            "table": [
                {"weeks": n, "incidents_without_patrol": round(count, 2), "power": [round(p, 4) for p in row]}
                for n, count, row in self.table()
            ],
            "words": [message.text() for message in self.words()],
        }  # fmt: skip


def design(
    scenario: Scenario,
    *,
    weeks: int = 8,
    kind: Kind = "night",
    start: dt.date,
    seed: int,
    blocks: bool = True,
    n_places: int = 20,
    per_cell: float | None = None,
    fall: float = USUAL,
    progress: Callable[..., None] | None = None,
) -> Trial:
    """Draw a trial, and compute what it can tell.

    Parameters
    ----------
    start
        Its first night.
    blocks
        Draw in blocks, so that weekdays, or demand, balance between the arms.
    n_places
        Of the busiest places, for ``kind`` place; made even, as those that there are.
    per_cell
        Incidents expected without patrol, instead of those of the scenario's past.
    fall
        The fall that is hoped for, 0 to 1.

    Raises
    ------
    InputError
        If a number is out of range, the nights go beyond the calendar, the scenario has no two places, or nothing
        says how many incidents to expect.
    DemandError
        If the scenario's demand cannot be read.
    """
    wrong = number("--effect", fall, 0.01, 0.99)
    refuse(wrong if per_cell is None else [*number("--per-cell", per_cell, 0.0), *wrong])
    notes: tuple[Message, ...] = ()
    say = progress or (lambda _what, _done=None: None)
    net = None
    if kind == "place" or per_cell is None:
        say("reading streets")
        net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
    if kind == "place":
        assert net is not None
        busy = heat(scenario, net, say, n_places).places
        names = numbered((place.street.text() for place in busy), set())
        named = [(name, place.lat, place.lon, place.share) for name, place in zip(names, busy, strict=True)]
        n_even = len(named) // 2 * 2
        if not n_even:
            raise InputError(Fault("RO-686", scenario.source, places=len(named)))
        if n_even < n_places:
            notes = (Message("trial-fewer-places", asked=n_places, places=n_even),)
        listed = places(named[:n_even], blocks=blocks)
    else:
        listed = nights(start, weeks, blocks=blocks)
    units = drawn(listed, seed)
    without = [unit for unit in units if unit.arm != PATROL]
    if per_cell is not None:
        expected = Expected(per_cell / weeks, 1.0, "given", 0, 0)
        return Trial(kind, weeks, start, tuple(units), seed, expected, fall, notes)
    assert net is not None
    past = past_incidents(scenario, net, say)
    if past is None:
        raise InputError(Fault("RO-685", scenario.source))
    expected = _of_nights(past, len(without), weeks) if kind == "night" else _of_places(past, units)
    return Trial(kind, weeks, start, tuple(units), seed, expected, fall, (*notes, *past.notes))


def _of_nights(past: Past, without: int, weeks: int) -> Expected:
    counts = past.by_night()
    a_week = float(counts.mean()) * without / weeks
    found = dispersion_of_nights(counts, past.first)
    return Expected(a_week, found, "history", past.nights, int(counts.sum()))


def _of_places(past: Past, units: Sequence[Unit]) -> Expected:
    counts = past.by_place([unit.lat or 0.0 for unit in units], [unit.lon or 0.0 for unit in units])
    # of both arms together: which of them has more is chance
    share = sum(unit.arm != PATROL for unit in units) / len(units)
    a_week = float(counts.sum()) / counts.shape[1] * share
    found = dispersion_of_places(counts)
    spread = spread_of_places(counts, [unit.block for unit in units], found)
    return Expected(a_week, found, "history", past.nights, int(counts.sum()), spread)
