"""Rules that contradict each other: the fewest of what is required that no plan can hold together, with proof.

The smallest conflict is found by hitting sets (Ignatiev, Previti, Liffiton and Marques-Silva 2015, Smallest MUS
extraction with minimal hitting set dualization, CP): every set of rules that had to be left out for a plan is hit
by every conflict, so the smallest set that hits all those known, once no plan holds it, is the smallest conflict.
Any part of it can be held: it hits fewer. Where that takes too long, rules are left out one by one as long as the
rest has no plan; then each that is left was proven necessary, but there may be a conflict of fewer rules.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.problem import Problem
from routeopt.problem.activities import Sort
from routeopt.search.conflict_model import WEIGHT, Part, RuleModel, solver_within

SECONDS = 20.0
"""Longest time for all conflicts of a problem."""
FEW = 12
"""Among at most this number of mandatory tasks the smallest conflict of all is looked for; else among those that
exclude each other, of which none can be spared."""
OF_TASKS = ("required", "crew", "lead", "window", "who")
"""Kinds of rules of a single task."""
MOST_CONFLICTS = 5
"""Conflicts that are told at once; they have no task in common."""
MOST_ROUNDS = 400
"""Hitting sets that are tried."""


@dataclass(frozen=True)
class Conflict:
    """Rules that no plan can hold together."""

    parts: tuple[Part, ...]
    leave_out: tuple[Part, ...]
    """Rules without which there is a plan of all that is required; empty where none was found in time."""
    necessary: bool
    """Whether each is proven necessary: all but it can be held together."""
    smallest: bool
    """Whether it is proven that no conflict has fewer rules."""
    tasks: tuple[int, ...]
    """Mandatory tasks that it is about, the first of each group of alternatives."""

    def to_json(self) -> dict[str, Any]:
        """Return the rules by kind and title, and what is proven of them."""
        return {
            "rules": [part.to_json() for part in self.parts], "necessary": self.necessary,
            "smallest": self.smallest, "leave_out": [part.to_json() for part in self.leave_out],
        }  # fmt: skip

    def fault(self) -> Fault:
        """Return the fault that tells it."""
        if not self.necessary:
            required = [part for part in self.parts if part.kind == "required"]
            return Fault("RO-486", rules=listed([part.title for part in required or self.parts]))
        rules = listed([part.title for part in self.parts])
        if not self.leave_out:
            return Fault("RO-485", rules=rules)
        return Fault("RO-489", rules=rules, some=listed([part.title for part in self.leave_out]))


def listed(titles: Sequence[Message]) -> Message:
    """Return the titles as one, with semicolons between them."""
    return reduce(lambda first, rest: Message("list-semicolon", first=first, rest=rest), titles)


def refuse_conflicts(problem: Problem, seconds: float = SECONDS) -> None:
    """Raise if the rules of what is required contradict each other.

    Raises
    ------
    InfeasibleError
        With each conflict found; conflicts that share tasks are told one at a time.
    """
    found = conflicts(problem, seconds)
    if found:
        raise InfeasibleError([one.fault() for one in found])


def conflicts(problem: Problem, seconds: float = SECONDS) -> list[Conflict]:
    """Find conflicts among the rules of what is required, without a task in common.

    Parameters
    ----------
    seconds
        Longest time; conflicts that take longer are not found.

    Returns
    -------
    No conflict where a plan holds all of them, or where no answer was found in time.
    """
    until = time.perf_counter() + seconds
    every = _tasks(problem)
    found = _of_breaks(problem, every, until)
    while len(found) < MOST_CONFLICTS and all(part.kind != "rest" for one in found for part in one.parts):
        told = {q for one in found for q in one.tasks}
        left = [q for q in every if problem.tasks.group[q] not in told]
        one = _conflict(problem, left, until) if left else None
        if one is None:
            break
        found.append(one if left == every else replace(one, leave_out=(), smallest=False))
    return found


def _of_breaks(problem: Problem, every: Sequence[int], until: float) -> list[Conflict]:
    """Find conflicts between the breaks and the duty of one team, which take little to find."""
    found: list[Conflict] = []
    breaks = [q for q in every if problem.tasks.sort[q] == Sort.BREAK]
    for team in range(problem.n_teams) if breaks else ():
        own = [q for q in breaks if problem.tasks.allowed[q, team]]
        if not own or len(found) == MOST_CONFLICTS or (own == every and problem.n_teams == 1):
            continue  # the last is all there is
        one = _conflict(problem, own, until, (team,))
        if one is not None and all(one.parts != other.parts for other in found):
            found.append(replace(one, leave_out=(), smallest=False))
    return found


def _conflict(problem: Problem, tasks: list[int], until: float, teams: Sequence[int] = ()) -> Conflict | None:
    """Find a conflict among the rules on some tasks; None if they can be held, or there is no answer in time."""
    whole = len({int(problem.tasks.group[q]) for q in tasks}) <= FEW
    model = RuleModel(problem, tasks, until, strict=not whole, teams=teams)
    if model.holds(model.parts) is not False:
        return None
    core = tasks if whole else _tasks_in_conflict(model)
    small = model if whole else RuleModel(problem, core, until)
    parts, leave_out, smallest = _smallest(small)
    necessary = smallest
    if not smallest:
        parts, necessary = _irreducible(small, parts)
    if not whole:
        leave_out = model.left_out([part for part in model.parts if part.kind != "required"]) or []
    parts = sorted(parts, key=_by_task)
    own = tuple(sorted({part.subject[0] for part in parts if part.kind == "required"}))
    return Conflict(tuple(parts), tuple(leave_out), necessary, smallest and whole, own or tuple(core))


def _by_task(part: Part) -> tuple[bool, int, int]:
    """Sort the rules of one task after the other, then those of no single task."""
    of_task = part.kind in OF_TASKS
    return (
        not of_task,
        part.subject[0] if of_task else 0,
        OF_TASKS.index(part.kind) if of_task else WEIGHT.index(part.kind),
    )


def _tasks(problem: Problem) -> list[int]:
    """List what must be done, with its alternatives, and all breaks where there is a longest time without one."""
    rests = bool((problem.longest_work > 0).any())
    return np.flatnonzero(problem.tasks.mandatory | (rests & (problem.tasks.sort == Sort.BREAK))).tolist()


def _tasks_in_conflict(model: RuleModel) -> list[int]:
    """Leave out tasks as long as the others exclude each other; breaks stay that a longest time of work needs."""
    required = [part for part in model.parts if part.kind == "required"]
    rest = [part for part in model.parts if part.kind != "required"]
    core = model.sufficient(required) or required
    if model.holds(core + rest) is not False:
        core = required
    size = max(1, len(core) // 2)
    while size:  # in halves, then in smaller and smaller groups
        for first in range(0, len(core), size):
            fewer = core[:first] + core[first + size :]
            if len(fewer) < len(core) and model.holds(fewer + rest) is False:
                core = fewer
                break
        else:
            size //= 2
        size = min(size, len(core))
    own = {part.subject[0] for part in core}
    problem = model.problem
    if (problem.longest_work > 0).any():
        own |= {int(problem.tasks.group[q]) for q in model.tasks if problem.tasks.sort[q] == Sort.BREAK}
    return [q for q in model.tasks if int(problem.tasks.group[q]) in own]


def _smallest(model: RuleModel) -> tuple[list[Part], list[Part], bool]:
    """Find the smallest conflict by hitting sets.

    Returns
    -------
    The conflict, the fewest rules to be left out, and whether the conflict is proven the smallest; if it is not,
    all rules.
    """
    corrections: list[list[Part]] = []
    for _ in range(MOST_ROUNDS):
        chosen = _hitting(model.parts, corrections, model.until - time.perf_counter())
        missing = None if chosen is None else model.left_out(chosen)
        if missing is False and chosen is not None:
            return chosen, corrections[0] if corrections else [], True
        if not missing:
            break
        corrections.append(missing)
    return model.parts, corrections[0] if corrections else [], False


def _irreducible(model: RuleModel, parts: Sequence[Part]) -> tuple[list[Part], bool]:
    """Leave out rules as long as the rest has no plan; say whether each that is left is proven necessary."""
    core, proven = list(parts), True
    for part in parts:
        fewer = [other for other in core if other is not part]
        holds = model.holds(fewer)
        if holds is False:
            core = fewer
        proven = proven and holds is not None
    return core, proven


def _hitting(parts: Sequence[Part], sets: Sequence[Sequence[Part]], seconds: float) -> list[Part] | None:
    """Return the fewest parts of which each set has one; None if they were not found in time."""
    from ortools.sat.python import cp_model

    if not sets:
        return []
    model = cp_model.CpModel()
    takes = {part: model.new_bool_var("") for part in parts}
    for one in sets:
        model.add_bool_or([takes[part] for part in one])
    model.minimize(sum(takes.values()))
    solver = solver_within(cp_model, seconds)
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return [part for part, literal in takes.items() if solver.boolean_value(literal)]


def required_holds(problem: Problem, seconds: float = SECONDS) -> bool | None:
    """Whether a plan holds everything that is required; None if there was no answer in time."""
    tasks = _tasks(problem)
    if not tasks:
        return True
    model = RuleModel(problem, tasks, time.perf_counter() + seconds, strict=True)
    return model.holds(model.parts)
