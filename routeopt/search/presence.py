"""Teams that must be present: how many can be, and watches that keep the rule whatever else is planned.

A watch is a time in which one team stays at the sites of a goal. The watches of a goal follow one another, as many
at a time as it asks for teams; each is kept by tables that searches read anyway: the other sites are closed to the
team meanwhile, and it has two short tasks, where the watch begins and where it ends. Whatever is planned with
these tables keeps the rule, though not every plan that keeps it can be made of the watches chosen.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, pairwise, permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.access import Closure
from routeopt.problem.goal_names import scope
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import check

ORDERS = 200
"""Orders of the teams of a goal that are tried at most."""
PLACES = 40
"""Sites at which a watch may begin and end, at most."""
LEAST_LENGTH, MOST_LENGTH = 0.7, 1.3
"""Length of a watch, relative to equal ones, where they are drawn."""


class Watch(NamedTuple):
    """A team stays at the sites of a goal in the steps ``begin ≤ t < end``."""

    team: int
    begin: int
    end: int
    sites: NDArray[np.bool_]


def spans(problem: Problem, goal: Goal) -> list[tuple[int, int]]:
    """List from when until when each team can be at the sites of a goal, steps; (0, 0) for never."""
    sites, found = np.flatnonzero(goal.sites), []
    for team in range(problem.n_teams):
        begin, finish = int(problem.team_start_step[team]), int(problem.team_end_step[team])
        if not problem.team_powers[team]:
            begin = finish = 0
        elif not problem.starts_anywhere(team):
            start, end = int(problem.team_start_site[team]), int(problem.team_end_site[team])
            moves = problem.movement(team)
            there = min(moves.steps(start, site, begin) for site in sites.tolist())
            back = min(finish - moves.leave_by(site, end, finish) for site in sites.tolist())
            begin, finish = begin + (there + 1) // 2, finish - back // 2
        found.append((begin, finish) if begin < finish else (0, 0))
    return found


def refuse_impossible(problem: Problem) -> None:
    """Raise if at some time fewer teams can be where they must be present than are asked for.

    Raises
    ------
    InfeasibleError
        If there are such times; the error lists those of all goals.
    """
    faults = []
    for goal in problem.rules_on_presence:
        most = np.zeros(problem.n_steps, dtype=np.int64)
        for begin, end in spans(problem, goal):
            most[begin:end] += 1
        span = goal.span(problem.n_steps)
        few = np.full(problem.n_steps + 1, goal.responders)
        few[span] = np.minimum(most[span], goal.responders)
        edges = np.flatnonzero(np.diff(few, prepend=goal.responders))
        for begin, end in pairwise(edges.tolist()):
            if few[begin] < goal.responders:
                faults.append(
                    Fault(
                        "RO-468", _place(problem, goal), teams=int(few[begin]), least=goal.responders,
                        since=_text(problem, begin), until=_text(problem, end),
                    )
                )  # fmt: skip
    if faults:
        raise InfeasibleError(faults)


def refuse_broken(problem: Problem, plan: Plan) -> None:
    """Raise if a plan that was found has too few teams somewhere.

    Raises
    ------
    InfeasibleError
        With every such time.
    """
    if problem.rules_on_presence:
        missed = broken(problem, plan)
        if missed:
            raise InfeasibleError([Fault("RO-469", "goals", missed=text) for text in missed])


def broken(problem: Problem, plan: Plan) -> list[Message]:
    """List where a plan has fewer teams than must be present."""
    return [found for found in check(problem, plan) if found.code == "too-few"]


def _place(problem: Problem, goal: Goal) -> Message:
    return Message("place-goal", name=scope(problem, goal).title(goal.name))


def _text(problem: Problem, step: int) -> str:
    return problem.clock.text(step * problem.clock.step_s)


def watches(problem: Problem, rng: np.random.Generator | None = None) -> list[Watch] | None:
    """Share the times of all rules on presence out among teams; None where that is not found.

    Parameters
    ----------
    rng
        Draws the order of the teams and the lengths. Default: about equal lengths, in the teams' order.
    """
    found: list[Watch] = []
    for goal in problem.rules_on_presence:
        free = [span if team not in {w.team for w in found} else (0, 0)
                for team, span in enumerate(spans(problem, goal))]  # fmt: skip
        able = [team for team, (begin, end) in enumerate(free) if begin < end]
        if rng is not None:
            able = rng.permutation(able).tolist()
        for n in range(goal.responders):
            chain = _chain(problem, goal, able[n :: goal.responders], free, rng)
            if chain is None:
                return None
            found += chain
    return found


def _chain(
    problem: Problem, goal: Goal, teams: list[int], free: list[tuple[int, int]], rng: np.random.Generator | None
) -> list[Watch] | None:
    """Let teams watch one after the other, over the whole time of a goal."""
    span = goal.span(problem.n_steps)
    length = span.stop - span.start
    parts = np.ones(len(teams)) if rng is None else rng.uniform(LEAST_LENGTH, MOST_LENGTH, len(teams))
    ends = span.start + np.rint(np.cumsum(parts) / max(parts.sum(), 1e-9) * length).astype(int)
    for order in islice(permutations(teams), ORDERS):
        now, found = span.start, list[Watch]()
        for team, planned in zip(order, ends.tolist(), strict=True):
            begin, end = now, min(int(planned) if team != order[-1] else span.stop, free[team][1])
            if free[team][0] <= begin < end:
                found.append(Watch(team, begin, end, goal.sites))
                now = end
        if now >= span.stop:
            return found
    return None


def kept_by(problem: Problem, shared: list[Watch]) -> Problem:
    """Return the problem, without rules on presence, in which every plan keeps the watches."""
    closures, tasks = list[Closure](), list[Task]()
    for n, watch in enumerate(shared):
        inside = np.flatnonzero(watch.sites).tolist()
        closures += [
            Closure(site, watch.begin, watch.end, watch.team) for site in np.flatnonzero(~watch.sites).tolist()
        ]
        places = _places(problem, watch, inside)
        if watch.begin > problem.team_start_step[watch.team] or not _at_post(problem, watch, start=True):
            tasks += _short(problem, f"watch {n} begins", watch.team, places, watch.begin)
        if watch.end < problem.team_end_step[watch.team] or not _at_post(problem, watch, start=False):
            tasks += _short(problem, f"watch {n} ends", watch.team, places, watch.end - 1)
    others = tuple(goal for goal in problem.goals if not goal.is_rule)
    own = problem.tasks
    allowed = own.allowed.copy()
    for watch in shared:  # who does a task that holds it does not count as present
        allowed[watch.sites[own.site] & ~own.free & ~own.mandatory, watch.team] = False
    return with_tasks(replace(problem, goals=others, tasks=replace(own, allowed=allowed)), tasks).closed(closures)


def _at_post(problem: Problem, watch: Watch, *, start: bool) -> bool:
    post = problem.team_start_site if start else problem.team_end_site
    return bool(watch.sites[post[watch.team]])


def _places(problem: Problem, watch: Watch, inside: list[int]) -> list[int]:
    """List sites at which a watch may begin or end: those with tasks first, then the nearest for stops."""
    post, moves = int(problem.team_start_site[watch.team]), problem.movement(watch.team)
    tasks = set(problem.tasks.site.tolist())
    able = [site for site in inside if site in tasks or problem.site_stoppable[site]] or inside
    return sorted(able, key=lambda site: (site not in tasks, moves.steps(post, site, watch.begin)))[:PLACES]


def _short(problem: Problem, name: str, team: int, places: list[int], step: int) -> list[Task]:
    """Make the alternatives of a task of one step, that a team must do at one of some sites."""
    taken = set(problem.tasks.names)
    while name in taken:
        name += "'"
    return [
        Task(
            name if n == 0 else f"{name} at {site}", site, ((step, step),), 1, 0.0, mandatory=True,
            teams=frozenset([team]), free=True, instead_of=None if n == 0 else name,
        )
        for n, site in enumerate(places)
    ]  # fmt: skip


def without_watches(problem: Problem, plan: Plan) -> Plan | None:
    """Return a plan of `kept_by` as one of the problem; None if it breaks a rule of it."""
    last = problem.activities.first_task + len(problem.tasks)
    wait = problem.activities.wait(1)
    for keeps in (False, True):
        routes = []
        for route in plan.routes:
            visits = [v for v in route.visits if keeps or v.activity < last]
            short = [Visit(v.site, v.start, wait) if v.activity >= last else v for v in visits]
            routes.append(Route(route.team, tuple(short)))
        found = Plan(tuple(routes))
        if not check(problem, found):
            return found
    return None
