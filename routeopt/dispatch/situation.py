"""The situation of a shift in progress, and what it does to the plan in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from routeopt.dispatch.gaps import sound
from routeopt.errors import Fault, InputError
from routeopt.guard import kind, refuse, whole
from routeopt.kernels.visibility.solution import SEALED
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.activities import Kind
from routeopt.problem.model import Place, Time
from routeopt.problem.tasks import Task, spoken_task, with_tasks
from routeopt.search.state import Visits, with_anchors
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

    @classmethod
    def of(
        cls,
        problem: Problem,
        now: Time,
        *,
        teams: Mapping[str, Mapping[str, Any]] | None = None,
        closed: Collection[Place] = (),
        tasks: Collection[Mapping[str, Any]] = (),
    ) -> Situation:
        """Make a situation in people's terms: names, positions and times of day.

        Parameters
        ----------
        now
            What time it is.
        teams
            Team → a mapping with ``place`` and ``free``, where and from when it will be free (default: now); or
            with ``on_duty`` False.
        closed
            Places closed from now on.
        tasks
            Tasks that have come up, each a mapping of what `Task.of` takes.

        Raises
        ------
        InputError
            If a name is unknown, or a time or number is out of range; lists all faults.
        """
        refuse(kind("problem", problem, Problem))
        teams = {} if teams is None else teams
        return _spoken(problem, {"now": now, "teams": teams, "closed": closed, "tasks": tasks})

    @classmethod
    def from_json(cls, problem: Problem, document: Mapping[str, Any]) -> Situation:
        """Read a situation from what `to_json` returns (see `routeopt.dispatch.spoken`).

        Raises
        ------
        InputError
            If it is not a situation of this problem; lists all faults, each with its place, such as
            ``situation.teams["Foot 1"].free``.
        """
        refuse(kind("problem", problem, Problem) + kind("document", document, Mapping))
        version = document.get("format"), document.get("version")
        faults = []
        if version != (FORMAT, VERSION):
            faults.append(Fault("RO-511", "document", expected=FORMAT, version=VERSION, got=version))
        given, date = document.get("date"), problem.clock.date
        if given is not None and date is not None and given != date.isoformat():
            faults.append(Fault("RO-497", "document.date", got=given, expected=date))
        refuse(faults)
        return _spoken(problem, {key: value for key, value in document.items() if key not in HEAD})

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return the situation by names and clock times, for `json.dumps`.

        Parameters
        ----------
        problem
            Without the tasks added.

        Raises
        ------
        InputError
            If the situation does not fit the problem; lists all faults.
        """
        refuse(kind("problem", problem, Problem))
        plain = in_ints(self)
        refuse_impossible(problem, plain)
        clock = problem.clock
        return {
            "format": FORMAT, "version": VERSION, "scenario": problem.name,
            "date": clock.date.isoformat() if clock.date else None, "now": problem.time(plain.step),
            "teams": {
                problem.team_names[team]: {
                    "place": problem.site_names[state.site],
                    "free": clock.exact(state.free_step * clock.step_s), "on_duty": bool(state.on_duty),
                }
                for team, state in plain.teams.items()
            },
            "closed": [problem.site_names[site] for site in sorted(plain.closed)],
            "tasks": [task.to_json(problem) for task in plain.tasks_added],
        }  # fmt: skip


FORMAT, VERSION = "routeopt-situation", 1
HEAD = ("format", "version", "scenario", "date")
"""Fields that say what a document is."""


def _spoken(problem: Problem, document: Mapping[str, Any]) -> Situation:
    """Make a situation of what people say: a team off duty is at its end site, one without a time free now."""
    from routeopt.dispatch.spoken import read_situation

    said = read_situation(problem, document)
    teams = {}
    for team, state in said.teams.items():
        site = int(problem.team_end_site[team]) if state.place is None else state.place
        teams[team] = TeamState(site, said.now if state.free is None else state.free, state.on_duty)
    tasks = tuple(spoken_task(problem, task) for task in said.tasks)
    situation = Situation(said.now, teams, frozenset(said.closed), tasks)
    refuse_impossible(problem, situation)
    return situation


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
    plans. Planned visits to closed places are dropped, and those that it then could not be in time for.

    Where streets have closed, a way that was taken through them counts as an absence, and of the planned visits
    those are dropped that the team cannot be in time for any more.

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
            done, planned = sent_visits(problem, route, situation.step, state), []
        routes.append(with_anchors(problem, [*((*visit[:3], visit.fixed | SEALED) for visit in done), *planned]))
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
    stand = 0
    for visit in route.visits:
        gap = gap_between(problem, team, done[-1] if done else None, visit)
        if _shut(problem, visit, situation) or not (gap.free <= now or visit.start <= now + lead_steps):
            break
        if problem.periods.change and gap.arrive > visit.start > now:
            break
        done = held(problem, team, [*done, visit], len(done))
        stand += 1
    ahead = route.visits[stand:]
    planned = [visit for visit in ahead if not _shut(problem, visit, situation)]
    home = gap_between(problem, team, done[-1] if done else None, None)
    if home.free < now:
        site, since = (home.site, home.free) if ahead else (home.target, home.arrive)
        until = min(max(now, since + 1), home.due)
        if since < until:
            done.append(Visit(site, since, problem.activities.wait(until - since)))
    if len(planned) < len(ahead) or (problem.periods.change and _late(problem, team, done[-1:], planned)):
        kept = [visit._replace(fixed=True) for visit in done]
        planned = sound(problem, team, [*kept, *planned])[len(done) :]
    return done, planned


def _late(problem: Problem, team: int, before: Sequence[Visit], planned: Sequence[Visit]) -> bool:
    """Whether a team cannot be in time for some planned visit, or at its end site."""
    ends = (*(before or (None,)), *planned, None)
    gaps = (gap_between(problem, team, *ends[n : n + 2]) for n in range(len(ends) - 1))
    return any(gap.arrive > gap.due for gap in gaps)


def held(problem: Problem, team: int, visits: Sequence[Visit], first: int = 0) -> list[Visit]:
    """Put an absence where a way that was taken takes longer by now, as its streets have closed meanwhile.

    Parameters
    ----------
    first
        The visits before this one are known to hold.
    """
    found = list(visits[:first])
    for visit in visits[first:]:
        gap = gap_between(problem, team, found[-1] if found else None, visit)
        if problem.periods.change and gap.free < visit.start < gap.arrive:
            found.append(Visit(visit.site, gap.free, problem.activities.away(visit.start - gap.free)))
        found.append(visit)
    return found


def _shut(problem: Problem, visit: Visit, situation: Situation) -> bool:
    """Whether the visit has not begun and its place is closed."""
    if visit.site not in situation.closed or visit.start <= situation.step:
        return False
    return bool(problem.activities.kind[visit.activity] != Kind.AWAY)


def sent_visits(problem: Problem, route: Route, now: int, state: TeamState) -> list[Visit]:
    """List what a team that was sent away has done by now, and its absence until it is free.

    A stop that was cut short counts as waiting there. A team that could not be at its end site in time, or is off
    duty, stays away until the end of its shift.
    """
    team, rows_of = route.team, problem.activities
    past = [visit for visit in route.visits if end_of(problem, visit) <= now]
    begun = route.visits[len(past)] if len(past) < len(route.visits) else None
    done = held(problem, team, past)
    since = max(now, gap_between(problem, team, done[-1] if done else None, None).free)
    if begun is not None and begun.start < now:
        if rows_of.kind[begun.activity] == Kind.AWAY:
            since = begun.start
        else:
            waited = Visit(begun.site, begun.start, rows_of.wait(now - begun.start))
            done = held(problem, team, [*done, waited], len(done))
    free = max(state.free_step, since + 1)
    home, finish = int(problem.team_end_site[team]), int(problem.team_end_step[team])
    if free < problem.n_steps and state.on_duty:
        back = gap_between(problem, team, Visit(state.site, since, rows_of.away(free - since)), None)
        if free < finish and back.arrive <= finish:
            return [*done, Visit(state.site, since, rows_of.away(free - since))]
    return [*done, Visit(home, since, rows_of.away(finish - since))] if since < finish else done
