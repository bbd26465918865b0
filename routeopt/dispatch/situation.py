"""The situation of a shift in progress, and what it does to the plan in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from routeopt.errors import Fault, InputError
from routeopt.guard import kind, refuse, whole
from routeopt.kernels.visibility.solution import SEALED
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.activities import Kind
from routeopt.problem.tasks import Task, with_tasks
from routeopt.search.state import Visits, rows
from routeopt.timeline import end_of, gap_between


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


def standing(
    problem: Problem, plan: Plan, situation: Situation, lead_steps: int
) -> tuple[list[Visits], list[int]]:
    """Return the plan as it stands: what may not change sealed, what is planned after that free to change.

    A visit is sealed when it is done, or the team is under way to it, or there, or due there within
    ``lead_steps``. A team in ``situation.teams`` keeps what it has done, is then away until it is free, and has no
    plans. Planned visits to closed places are dropped.

    Returns
    -------
    routes
        Rows of each team, (n, 4) (see `routeopt.search.state.Visits`).
    open
        Teams that may be given anything more.
    """
    routes, teams = [], []
    for route in plan.routes:
        state = situation.teams.get(route.team)
        if state is None:
            done, planned = _as_planned(problem, route, situation, lead_steps)
        else:
            done, planned = _sent(problem, route, situation.step, state), []
        routes.append(rows([*((*visit[:3], visit.fixed | SEALED) for visit in done), *planned]))
        gap = gap_between(problem, route.team, done[-1] if done else None, None)
        if max(gap.free, situation.step) < gap.due and gap.arrive <= gap.due:
            teams.append(route.team)
    return routes, teams


def _as_planned(
    problem: Problem, route: Route, situation: Situation, lead_steps: int
) -> tuple[list[Visit], list[Visit]]:
    """Split the visits of a team that is where the plan has it: those that stand, and those planned.

    Where what may change would begin in the past, the team is taken to have waited until now: at its end site if
    it had nothing more to do, else at its last stop, from where it was under way to a place that has closed.
    """
    team, now = route.team, situation.step
    done: list[Visit] = []
    for visit in route.visits:
        free = gap_between(problem, team, done[-1] if done else None, visit).free
        if _shut(problem, visit, situation) or not (free <= now or visit.start <= now + lead_steps):
            break
        done.append(visit)
    planned = [visit for visit in route.visits[len(done) :] if not _shut(problem, visit, situation)]
    home = gap_between(problem, team, done[-1] if done else None, None)
    if home.free < now:
        site, since = (home.site, home.free) if len(done) < len(route.visits) else (home.target, home.arrive)
        until = min(max(now, since + 1), home.due)
        if since < until:
            done.append(Visit(site, since, problem.activities.wait(until - since)))
    return done, planned


def _shut(problem: Problem, visit: Visit, situation: Situation) -> bool:
    """Whether the visit has not begun and its place is closed."""
    if visit.site not in situation.closed or visit.start <= situation.step:
        return False
    return bool(problem.activities.kind[visit.activity] != Kind.AWAY)


def _sent(problem: Problem, route: Route, now: int, state: TeamState) -> list[Visit]:
    """List what a team that was sent away has done by now, and its absence until it is free.

    A stop that was cut short counts as waiting there. A team that could not be at its end site in time, or is off
    duty, stays away until the end of its shift.
    """
    team, rows_of = route.team, problem.activities
    done = [visit for visit in route.visits if end_of(problem, visit) <= now]
    begun = route.visits[len(done)] if len(done) < len(route.visits) else None
    since = max(now, gap_between(problem, team, done[-1] if done else None, None).free)
    if begun is not None and begun.start < now:
        if rows_of.kind[begun.activity] == Kind.AWAY:
            since = begun.start
        else:
            done.append(Visit(begun.site, begun.start, rows_of.wait(now - begun.start)))
    free = max(state.free_step, since + 1)
    home, finish = int(problem.team_end_site[team]), int(problem.team_end_step[team])
    if free < problem.n_steps and state.on_duty:
        back = gap_between(problem, team, Visit(state.site, since, rows_of.away(free - since)), None)
        if free < finish and back.arrive <= finish:
            return [*done, Visit(state.site, since, rows_of.away(free - since))]
    return [*done, Visit(home, since, rows_of.away(finish - since))] if since < finish else done
