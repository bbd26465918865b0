"""The situation of a shift in progress, and the rest of the shift as a problem of its own.

Each team becomes two: one that has done what is done (its route is fixed), and one that begins where and when
the team is free. Levels carry over by themselves, because the past teams are part of the problem.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from routeopt.errors import Fault, InputError
from routeopt.guard import kind, refuse, whole
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.tasks import Task, with_tasks


@dataclass(frozen=True)
class TeamState:
    """A team that is not where the plan has it: sent away, delayed, off duty, or back."""

    site: int
    """Site nearest to where the team will be free."""
    free_step: int
    """First step in which it may leave from there."""
    on_duty: bool = True


@dataclass(frozen=True)
class Situation:
    """The situation known to a command room at one moment. Teams not in ``teams`` follow the plan."""

    step: int
    """Now."""
    teams: Mapping[int, TeamState] = field(default_factory=dict)
    """Team index → where it is and when it is free."""
    closed: frozenset[int] = frozenset()
    """Sites closed from now on, for tasks too."""
    tasks_added: tuple[Task, ...] = ()
    """Tasks that have come up; plans then belong to ``with_tasks(problem, situation.tasks_added)``."""


@dataclass(frozen=True)
class Rest:
    """The rest of the night: past teams 0 … n − 1 with fixed routes, then the same teams from now on."""

    problem: Problem
    past: tuple[Route, ...]
    """What each team has done, with what it has begun or what is held."""
    planned: tuple[tuple[Visit, ...], ...]
    """What the plan in force has each team do after that."""
    pinned: tuple[int, ...]
    """How many of those stand as they are: the last stay done or held, so that staying on there is one stay."""


def in_ints(situation: Situation) -> Situation:
    """The situation with numpy's whole numbers made Python's.

    Raises
    ------
    InputError
        With everything that is of a wrong type.
    """
    refuse(kind("situation", situation, Situation))
    faults = whole("situation.step", situation.step)
    faults += kind("situation.teams", situation.teams, Mapping)
    faults += kind("situation.closed", situation.closed, Collection)
    faults += kind("situation.tasks_added", situation.tasks_added, tuple)
    refuse(faults)
    for team, state in situation.teams.items():
        where = f"situation.teams[{team}]"
        faults += whole(where, team)
        wrong = kind(where, state, TeamState)
        if not wrong:
            wrong = whole(f"{where}.site", state.site) + whole(f"{where}.free_step", state.free_step)
            wrong += kind(f"{where}.on_duty", state.on_duty, bool)
        faults += wrong
    faults += [fault for site in situation.closed for fault in whole("situation.closed", site)]
    for n, task in enumerate(situation.tasks_added):
        faults += kind(f"situation.tasks_added[{n}]", task, Task)
    refuse(faults)
    return replace(
        situation,
        step=int(situation.step),
        teams={
            int(team): replace(state, site=int(state.site), free_step=int(state.free_step))
            for team, state in situation.teams.items()
        },
        closed=frozenset(int(site) for site in situation.closed),
    )


def refuse_impossible(problem: Problem, situation: Situation) -> None:
    """Raise if the situation does not fit the problem; the error lists all faults.

    Raises
    ------
    InputError
        If a step, team or site is outside the problem, or a task is invalid (see `with_tasks`).
    """
    faults = []
    if not 0 <= situation.step < problem.n_steps:
        faults.append(Fault("RO-470", "situation.step", step=situation.step, last=problem.n_steps - 1))
    for team, state in situation.teams.items():
        where = f"situation.teams[{team}]"
        if not 0 <= team < problem.n_teams:
            faults.append(Fault("RO-466", where, team=team, last=problem.n_teams - 1))
        if not 0 <= state.site < problem.n_sites:
            faults.append(Fault("RO-461", where, site=state.site, last=problem.n_sites - 1))
        if not situation.step <= state.free_step:
            faults.append(Fault("RO-471", where, value=state.free_step, now=situation.step))
    faults += [
        Fault("RO-461", "situation.closed", site=site, last=problem.n_sites - 1)
        for site in sorted(situation.closed)
        if not 0 <= site < problem.n_sites
    ]
    try:
        with_tasks(problem, situation.tasks_added)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)


def rest_of_night(problem: Problem, plan: Plan, situation: Situation, lead_steps: int) -> Rest:
    """Split every route at the moment from which it may change.

    A visit is pinned when the team is under way to it, or there, or due there within ``lead_steps``; a team in
    ``situation.teams`` keeps only what it has finished.
    """
    n, now = problem.n_teams, situation.step
    ends = np.empty((2 * n, 4), dtype=np.int32)  # start site, end site, start step, end step
    past, planned, pinned = [], [], []
    for team, route in enumerate(plan.routes):
        profile = problem.profiles[problem.team_profile[team]]
        start, home = int(problem.team_start_site[team]), int(problem.team_end_site[team])
        begin, finish = int(problem.team_start_step[team]), int(problem.team_end_step[team])
        state = situation.teams.get(team)
        done, at, free = 0, start, begin
        for visit in route.visits:
            end = visit.start + int(problem.visit_steps[visit.activity])
            held = free <= now or visit.start <= now + lead_steps
            if (end > now) if state is not None else not held or visit.site in situation.closed:
                break
            done, at, free = done + 1, visit.site, end
        home_bound = done == len(route.visits) and free < now
        pinned.append(int(state is None and done > 0 and not home_bound))
        while 0 < pinned[team] < done and route.visits[done - pinned[team] - 1].site == at:
            pinned[team] += 1
        past.append(Route(team, route.visits[: done - pinned[team]]))
        if state is None:
            here, then = at, min(max(free, now, begin), problem.n_steps)
            if pinned[team]:
                before, free = after(problem, route, done - pinned[team])
                then = free + int(profile.travel_steps[before, at])
            elif home_bound:  # on its way home, or there
                here = at = home
                free = min(finish, free + int(profile.travel_steps[after(problem, route, done)[0], home]))
                then = min(max(free, now, begin), finish)
            ends[team] = start, at, begin, then
            todo = (v for v in route.visits[done:] if v.site not in situation.closed)
            planned.append((*route.visits[done - pinned[team] : done], *todo))
        else:
            here, then = state.site, min(state.free_step, problem.n_steps)
            # where it stood when it was sent: at the place it had reached, if any
            if done < len(route.visits) and route.visits[done].start <= now:
                at = route.visits[done].site
            ends[team] = start, at, begin, max(free, min(now, problem.n_steps))
            ends[team, 3] = max(
                ends[team, 3], free + int(profile.travel_steps[after(problem, route, done)[0], at])
            )
            planned.append(())
        back = int(profile.travel_steps[here, home])
        if (state is not None and not state.on_duty) or then >= finish or back >= UNREACHABLE:
            ends[n + team] = here, here, then, then
            planned[team] = ()
        else:
            ends[n + team] = here, home, then, min(max(finish, then + back), problem.n_steps)
            if then + back > problem.n_steps:
                ends[n + team] = here, here, then, then
    stoppable = problem.site_stoppable.copy()
    stoppable[list(situation.closed)] = False
    allowed = np.hstack([problem.tasks.allowed.reshape(len(problem.tasks), n)] * 2)
    allowed[np.isin(problem.tasks.site, list(situation.closed)), n:] = False
    rest = replace(
        problem,
        team_profile=np.tile(problem.team_profile, 2),
        team_factor=np.tile(problem.team_factor, 2),
        team_powers=np.tile(problem.team_powers, 2),
        team_start_site=ends[:, 0].copy(), team_end_site=ends[:, 1].copy(),
        team_start_step=ends[:, 2].copy(), team_end_step=ends[:, 3].copy(),
        team_names=tuple(f"{name}, until now" for name in problem.team_names) + problem.team_names,
        site_stoppable=stoppable,
        tasks=replace(problem.tasks, allowed=allowed),
    )  # fmt: skip
    return Rest(rest, tuple(past), tuple(planned), tuple(pinned))


def after(problem: Problem, route: Route, done: int) -> tuple[int, int]:
    """Site and step of the end of the first ``done`` visits."""
    if done == 0:
        return int(problem.team_start_site[route.team]), int(problem.team_start_step[route.team])
    last = route.visits[done - 1]
    return last.site, last.start + int(problem.visit_steps[last.activity])
