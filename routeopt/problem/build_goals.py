"""Put a scenario's goals on the demand points and steps of its problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from routeopt.clock import Clock
from routeopt.errors import Fault, Message, ScenarioError
from routeopt.problem import Problem
from routeopt.problem.goal_names import scope
from routeopt.problem.goals import Goal
from routeopt.scenario.model import Goal as Written
from routeopt.scenario.model import Scenario, SitePlace
from routeopt.scenario.parts import text_of
from routeopt.scenario.read import fault_in, goal_named
from routeopt.validation import similar


def unknown_zones(scenario: Scenario, places: Iterable[SitePlace]) -> list[Fault]:
    """Find goals for communities that no place belongs to."""
    known = sorted({place.zone for place in places} - {""})
    return [
        fault_in(
            scenario, "RO-409", ("goals", n, "zone"), who=goal_named(n, goal), zone=goal.zone,
            known=known or Message("value-nothing"), hint=similar(goal.zone, known),
        )
        for n, goal in enumerate(scenario.goals)
        if goal.zone is not None and goal.zone not in known
    ]  # fmt: skip


def add_goals(problem: Problem, scenario: Scenario) -> tuple[Problem, list[Message]]:
    """Add the scenario's goals to the problem, with a note for those that leave out hours without demand.

    Raises
    ------
    ScenarioError
        If a goal has no steps or no demand, or the name of another; lists all.
    """
    goals: list[Goal] = []
    faults: list[Fault] = []
    notes: list[Message] = []
    for n, written in enumerate(scenario.goals):
        found, empty = _floors(problem, scenario, written)
        who = goal_named(n, written)
        if not found:
            begin, end = written.spans(scenario.shift)[0][0], written.spans(scenario.shift)[-1][1]
            values = {"who": who, "begin": text_of(begin), "end": text_of(end)}
            if empty:
                faults.append(fault_in(scenario, "RO-440", ("goals", n), **values))
            else:
                faults.append(fault_in(scenario, "RO-159", ("goals", n), **values, step_s=problem.clock.step_s))
        elif empty:
            notes.append(Message("build-goal-hours", who=who, hours=empty))
        taken = {goal.name for goal in goals}
        faults += [fault_in(scenario, "RO-143", ("goals", n), who=who) for one in found if one.name in taken]
        goals += found
    if faults:
        raise ScenarioError(faults)
    return (replace(problem, goals=tuple(goals)) if goals else problem), notes


def _floors(problem: Problem, scenario: Scenario, written: Written) -> tuple[list[Goal], list[str]]:
    """Convert an entry to its floors; hours without demand are listed instead."""
    radius = None if written.within_min is None else problem.handling_min.index(written.within_min)
    points = np.empty(0, dtype=np.bool_)
    if written.zone is not None:
        points = np.array(problem.point_zone) == written.zone
        if not points.any():
            return [], [written.zone]
    found, empty = [], []
    for begin, end in written.spans(scenario.shift):
        steps = _steps(problem.clock, begin, end)
        if steps is not None and steps[0] > steps[1]:
            continue
        goal = Goal("", written.at_least, radius, points, steps)
        what = scope(problem, goal)
        if not goal.demand(problem.demand).any():
            empty.append(f"{what.begin}–{what.end}")
            continue
        name = written.name or str(what.message())
        if written.name and written.every_hour and what.begin:
            name = f"{written.name} {what.begin}–{what.end}"
        found.append(replace(goal, name=name))
    return found, empty


def _steps(clock: Clock, begin: int, end: int) -> tuple[int, int] | None:
    """First and last step that begins from ``begin`` to before ``end``; None for all of them."""
    first, last = (-(-(time - clock.start_min) * 60 // clock.step_s) for time in (begin, end))
    return None if (first, last) == (0, clock.n_steps) else (first, last - 1)
