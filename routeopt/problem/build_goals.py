"""Put a scenario's goals on the demand points and steps of its problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.errors import Fault, Message, ScenarioError
from routeopt.problem import Problem
from routeopt.problem.goal_names import Scope, scope
from routeopt.problem.goals import MOST_PRICE, Goal, Measure
from routeopt.problem.zones import zone_named
from routeopt.scenario.model import Goal as Written
from routeopt.scenario.model import Scenario
from routeopt.scenario.parts import text_of
from routeopt.scenario.read import fault_in, goal_named
from routeopt.scenario.zones import ALL


def add_goals(problem: Problem, scenario: Scenario, streets: Sequence[str] = ()) -> tuple[Problem, list[Message]]:
    """Add the scenario's goals to the problem, with a note for those that leave out hours without demand.

    Parameters
    ----------
    streets
        (n_sites,) street of each site, for caps on presence on streets.

    Raises
    ------
    ScenarioError
        If a goal has no steps or no demand, or the name of another; lists all.
    """
    goals: list[Goal] = []
    faults: list[Fault] = []
    notes: list[Message] = []
    for n, written in enumerate(scenario.goals):
        found, empty, bare = _floors(problem, scenario, written, streets)
        who = goal_named(n, written)
        if not found:
            begin, end = written.spans(scenario.shift)[0][0], written.spans(scenario.shift)[-1][1]
            values = {"who": who, "begin": text_of(begin), "end": text_of(end)}
            if empty or bare:
                faults.append(fault_in(scenario, "RO-440", ("goals", n), **values))
            else:
                faults.append(fault_in(scenario, "RO-159", ("goals", n), **values, step_s=problem.clock.step_s))
        elif empty or bare:
            notes += [Message("build-goal-hours", who=who, hours=empty)] if empty else []
            notes += [Message("build-goal-zones", who=who, zones=bare)] if bare else []
        taken = {goal.name for goal in goals}
        faults += [fault_in(scenario, "RO-143", ("goals", n), who=who) for one in found if one.name in taken]
        goals += found
    if faults:
        raise ScenarioError(faults)
    return (replace(problem, goals=tuple(goals)) if goals else problem), notes


def _floors(
    problem: Problem, scenario: Scenario, written: Written, streets: Sequence[str]
) -> tuple[list[Goal], list[str], list[str]]:
    """Convert an entry to its floors; hours and zones without demand are listed instead."""
    found: list[Goal] = []
    empty: list[str] = []
    bare: list[str] = []
    for title, points, sites in _places(problem, written, streets):
        on_presence = written.most_min is not None or written.least_teams is not None
        if on_presence and not sites.any():
            bare.append(title)
            continue
        if not on_presence and len(points) and not problem.demand[points].any():
            bare.append(title)
            continue
        for begin, end in written.spans(scenario.shift):
            steps = _steps(problem.clock, begin, end)
            if steps is not None and steps[0] > steps[1]:
                continue
            goal = _goal(problem, written, points, steps, sites)
            what = scope(problem, goal)
            if not on_presence and not goal.demand(problem.demand).any():
                where = f"{what.zone} " if written.zones and what.zone else ""
                empty.append(f"{where}{what.begin}–{what.end}")
                continue
            found.append(replace(goal, name=_name(written, what)))
    return found, empty, bare


def _places(
    problem: Problem, written: Written, streets: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
    """List the parts of the town that an entry is on, with their points and sites; the whole town as none."""
    if written.street is not None:
        points, sites = (
            np.array([name == written.street for name in of], dtype=np.bool_)
            for of in (problem.point_names, streets)
        )
        return [(written.street, points, sites)]
    if written.zone is not None:
        zones = [zone_named(problem.zones, written.zone)]
    elif written.zones is not None:
        zones = [zone for zone in problem.zones if written.zones in (ALL, zone.layer.name)]
    else:
        return [("", np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.bool_))]
    return [(zone.title, zone.points, zone.sites) for zone in zones]


def _goal(
    problem: Problem, written: Written, points: NDArray[np.bool_], steps: tuple[int, int] | None,
    sites: NDArray[np.bool_],
) -> Goal:  # fmt: skip
    """Convert an entry to the floor on some points and steps, without name."""
    radius = None if written.within_min is None else problem.handling_min.index(written.within_min)
    responders = 2 if written.second else 1
    if written.most_min is not None:
        goal = Goal("", 1.0, None, points, steps, measure=Measure.TIME, sites=sites)
        return replace(goal, at_least=1 - written.most_min / _minutes(problem, goal))
    if written.least_teams is not None:
        teams = written.least_teams
        goal = Goal("", 1.0, None, points, steps, responders=teams, measure=Measure.PRESENCE, sites=sites)
        if written.missing_price is None:
            return goal
        price = written.missing_price * _minutes(problem, goal) * teams
        return replace(goal, price=min(price, MOST_PRICE), fixed_price=True)
    if written.fair is not None:
        return Goal("", written.fair, None, points, steps, measure=Measure.FAIR)
    if written.at_most is not None:
        return Goal("", 1 - written.at_most, None, points, steps, measure=Measure.UNSEEN)
    assert written.at_least is not None  # one of the five is given
    return Goal("", written.at_least, radius, points, steps, responders=responders)


def _minutes(problem: Problem, goal: Goal) -> float:
    """Return how long the time of a goal is, minutes."""
    n_steps = len(range(*goal.span(problem.n_steps).indices(problem.n_steps)))
    return n_steps * problem.clock.step_s / 60


def _name(written: Written, what: Scope) -> str:
    """Name a floor: as the planner does, with what tells it from the others of the entry; or what it asks for."""
    if not written.name:
        where = written.street if what.zone is None else None  # also of a street without demand
        return str(what._replace(street=where).message())
    parts = [written.name]
    if written.zones is not None and what.zone:
        parts.append(what.zone)
    if written.every_hour and what.begin:
        parts.append(f"{what.begin}–{what.end}")
    return " ".join(parts)


def _steps(clock: Clock, begin: int, end: int) -> tuple[int, int] | None:
    """First and last step that begins from ``begin`` to before ``end``; None for all of them."""
    first, last = (clock.step_at(time, up=True) for time in (begin, end))
    return None if (first, last) == (0, clock.n_steps) else (first, last - 1)
