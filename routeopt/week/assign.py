"""Spread visits over nights: which night and team has each of them, so that none is overloaded (CP-SAT)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

EFFORT = 1.5
"""Limit of CP-SAT's deterministic time, about seconds."""
HELD = 1_000_000
"""What holding an errand of weight 1 is worth; more than any load of a night."""
LIGHTER = 10
"""What a step less on the heaviest night is worth, against a night earlier for one errand."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A short visit that fits in with a patrol, whoever does it."""

    key: str
    nights: tuple[int, ...]
    """Nights on which it may be done, from 0."""
    steps: int
    """Its service and the way to it."""

    @property
    def load(self) -> int:
        """Steps of duty that it takes."""
        return self.steps


@dataclass(frozen=True, kw_only=True)
class Errand(Call):
    """A visit that takes a team's time for itself."""

    starts: Mapping[int, Sequence[tuple[int, int]]]
    """Team → steps in which it may leave for it (first, last)."""
    weight: float = 1.0
    crew: int = 1
    """How many teams it takes at the same time."""
    lead: frozenset[int] | None = None
    """Teams of which one at least is in the crew; None for any."""

    @property
    def load(self) -> int:
        """Steps of duty that it takes of all of its crew."""
        return self.steps * self.crew


@dataclass(frozen=True)
class Assignment:
    """The night of each visit by its key, and how full the nights are."""

    night: Mapping[str, int]
    """Of those that are held."""
    load: tuple[int, ...]
    """(n_nights,) steps that the visits of each night take."""
    proven: bool
    """Whether no other assignment holds more errands."""


def assign(
    errands: Sequence[Errand], calls: Sequence[Call], duty: Sequence[int], n_nights: int, seed: int = 0
) -> Assignment:
    """Assign visits to nights so that as many as possible are held, then that the heaviest night is light.

    An errand is an interval of its teams' night, within its windows; no two of a team overlap. Calls then fill the
    nights with the least load, those with the fewest nights first. The same arguments give the same assignment.

    Parameters
    ----------
    errands, calls
        Keys are unique among both.
    duty
        (n_teams,) steps of duty of each team in a night.
    n_nights
        Number of nights, at least 1.
    seed
        Random seed of CP-SAT.
    """
    night_of, proven = _errands(errands, sum(duty), n_nights, seed) if errands else ({}, True)
    load = [0] * n_nights
    for one in errands:
        if one.key in night_of:
            load[night_of[one.key]] += one.load
    night_of |= _lightest(calls, load, sum(duty))
    return Assignment(night_of, tuple(load), proven)


def _errands(errands: Sequence[Errand], duty: int, n_nights: int, seed: int) -> tuple[dict[str, int], bool]:
    """Return the nights of the errands that are held, and whether no others hold more."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    load: list[list[cp_model.LinearExprT]] = [[] for _ in range(n_nights)]
    value: list[cp_model.LinearExprT] = []
    on: dict[tuple[str, int], cp_model.IntVar] = {}
    busy: dict[tuple[int, int], list[cp_model.IntervalVar]] = {}
    for errand in errands:
        _add_errand(model, errand, on, busy)
        model.add_at_most_one(on[errand.key, night] for night in errand.nights)
        worth = round(HELD * errand.weight)
        for rank, night in enumerate(errand.nights):
            load[night].append(errand.load * on[errand.key, night])
            # earlier where nothing else decides, so that there is another chance
            value.append((worth - rank) * on[errand.key, night])
    for intervals in busy.values():
        model.add_no_overlap(intervals)
    heaviest = model.new_int_var(0, duty, "")
    for terms in load:
        model.add(sum(terms) <= heaviest)
    model.maximize(sum(value) - LIGHTER * heaviest)
    first = _lightest(errands, [0] * n_nights, duty)
    for (key, night), chosen in on.items():
        model.add_hint(chosen, first.get(key) == night)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % (1 << 31)
    solver.parameters.max_deterministic_time = EFFORT
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return {}, False
    found = {key: night for (key, night), chosen in on.items() if solver.boolean_value(chosen)}
    worst = solver.best_objective_bound - solver.objective_value
    return found, worst < HELD * min(errand.weight for errand in errands) / 2


def _add_errand(
    model: cp_model.CpModel,
    errand: Errand,
    on: dict[tuple[str, int], cp_model.IntVar],
    busy: dict[tuple[int, int], list[cp_model.IntervalVar]],
) -> None:
    """Add an errand's choices of night, team and start."""
    from ortools.sat.python import cp_model

    every = cp_model.Domain.from_intervals([list(part) for parts in errand.starts.values() for part in parts])
    start = model.new_int_var_from_domain(every, "")
    for night in errand.nights:
        chosen = on[errand.key, night] = model.new_bool_var("")
        by = []
        for team, parts in errand.starts.items():
            does = model.new_bool_var("")
            by.append(does)
            own = cp_model.Domain.from_intervals([list(part) for part in parts])
            if own.flattened_intervals() != every.flattened_intervals():
                model.add_linear_expression_in_domain(start, own).only_enforce_if(does)
            interval = model.new_optional_fixed_size_interval_var(start, errand.steps, does, "")
            busy.setdefault((night, team), []).append(interval)
        model.add(sum(by) == errand.crew * chosen)
        if errand.lead is not None:
            model.add(
                sum(does for team, does in zip(errand.starts, by, strict=True) if team in errand.lead) >= chosen
            )


def _lightest(visits: Sequence[Call], load: list[int], duty: int) -> dict[str, int]:
    """Return nights for visits, those with the fewest first, each the one with the least load, which grows."""
    found: dict[str, int] = {}
    for visit in sorted(visits, key=lambda one: (len(one.nights), -one.load)):
        best = min(visit.nights, key=lambda night: (load[night], night), default=None)
        if best is not None and load[best] + visit.load <= duty:
            found[visit.key] = best
            load[best] += visit.load
    return found
