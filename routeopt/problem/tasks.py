"""Tasks: one-off visits that a night may hold besides its patrol.

A task is done once, by one team or by a crew that begins in the same step: service begins inside one of its
windows (inclusive at both ends) and lasts ``service_steps``; the reward is won once. While it serves, a team is
present and seen like on any visit, and does not count as free, if the task does not say otherwise. Of tasks that
are alternatives one is done: a break at one of several places.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, InputError, Message
from routeopt.guard import is_finite, is_number, kind, number, refuse, whole
from routeopt.plan import Plan
from routeopt.problem import Problem, Tasks
from routeopt.problem.activities import Sort
from routeopt.problem.checked import MOST_STEPS
from routeopt.problem.model import Place, Time

if TYPE_CHECKING:
    from routeopt.problem.spoken import SpokenTask


@dataclass(frozen=True)
class Task:
    """A one-off visit; times in steps of the problem."""

    name: str
    site: int
    """Row of the travel matrix; need not be a place for ordinary stops."""
    windows: tuple[tuple[int, int], ...]
    """(first, last) step in which service may begin, both included."""
    service_steps: int
    reward: float = 0.01
    """Share of the night's demand."""
    mandatory: bool = False
    teams: frozenset[int] | None = None
    """Indices of the teams that may do it; None allows all teams."""
    crew: int = 1
    """How many teams do it together, beginning in the same step."""
    lead: frozenset[int] | None = None
    """Indices of the teams of which one at least is in the crew; None for any."""
    presence: float = 1.0
    """How far a team that does it is seen, in [0, 1]."""
    free: bool = False
    """Whether a team that does it can be called away."""
    sort: Sort = Sort.TASK
    """What it is to people."""
    instead_of: str | None = None
    """Name of the first of the tasks of which this is an alternative."""

    @classmethod
    def of(
        cls,
        problem: Problem,
        name: str,
        place: Place,
        *,
        service_min: float,
        windows: Sequence[tuple[Time, Time]] = (),
        reward: float = 0.01,
        mandatory: bool = False,
        teams: Collection[str] | None = None,
    ) -> Task:
        """Make a task in people's terms: a place by name or position, times of day, minutes, teams by name.

        Windows shrink to whole steps, service grows; without windows it may begin at any time of the plan.

        Raises
        ------
        InputError
            If a name is unknown, or a time or number is out of range; lists all faults.
        """
        given = {
            "name": name, "place": place, "service_min": service_min, "windows": windows, "reward": reward,
            "mandatory": mandatory, "teams": teams,
        }  # fmt: skip
        return cls.from_json(problem, given)

    @classmethod
    def from_json(cls, problem: Problem, document: Mapping[str, Any]) -> Task:
        """Read a task from an object with the keys of `of`, such as `to_json` returns.

        Raises
        ------
        InputError
            If it is not a task of this problem; lists all faults.
        """
        from routeopt.problem.spoken import SpokenTask, read

        refuse(kind("problem", problem, Problem) + kind("document", document, Mapping))
        return spoken_task(problem, read(SpokenTask, problem, document, "task"))

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return the task by names and clock times, for `json.dumps`.

        Raises
        ------
        InputError
            If its place, times or teams are not of this problem; lists all faults.
        """
        refuse(kind("problem", problem, Problem))
        refuse(fault for fault in faults_of(problem, [self]) if fault.code != "RO-460")  # it may be among them
        if self.teams is not None and not self.teams:
            raise InputError(Fault("RO-458", Message("place-task", name=self.name)))
        teams = None if self.teams is None else [problem.team_names[k] for k in sorted(self.teams)]
        return {
            "name": self.name, "place": problem.site_names[self.site],
            "service_min": int(self.service_steps) * problem.clock.step_s / 60,
            "windows": [[problem.time(first), problem.time(last)] for first, last in self.windows],
            "reward": float(self.reward), "mandatory": bool(self.mandatory),
            **({} if teams is None else {"teams": teams}),
        }  # fmt: skip


def spoken_task(problem: Problem, said: SpokenTask) -> Task:
    """Convert a task that was read to steps: without windows it has one, the whole plan."""
    steps = problem.clock.steps(said.service_min, up=True)
    windows = tuple(said.windows) or ((0, problem.n_steps - 1),)
    teams = None if said.teams is None else frozenset(said.teams)
    return Task(said.name, said.place, windows, steps, said.reward, said.mandatory, teams)


def faults_of(problem: Problem, tasks: Sequence[Task]) -> list[Fault]:
    """List the faults of tasks that are to be added to a problem."""
    found = [fault for n, task in enumerate(tasks) for fault in _wrong_types(f"tasks[{n}]", task)]
    return found or [fault for n, task in enumerate(tasks) for fault in _faults(problem, tasks, n, task)]


def with_tasks(problem: Problem, tasks: Sequence[Task]) -> Problem:
    """The problem with more tasks, behind those that it has: plans of the problem stay plans of the new one.

    Raises
    ------
    InputError
        If a task has a name in use, a site, team or step outside the problem, a window that ends before it begins,
        a service of less than 1 step, or a reward that is negative or not finite; lists all faults of all tasks.
    """
    refuse(kind("problem", problem, Problem) + kind("tasks", tasks, Sequence))
    if not tasks:
        return problem
    refuse(faults_of(problem, tasks))
    old = problem.tasks
    windows = [w for task in tasks for w in task.windows]
    everybody = frozenset(range(problem.n_teams))
    allowed, lead = np.zeros((2, len(old) + len(tasks), problem.n_teams), dtype=np.bool_)
    if len(old):
        allowed[: len(old)], lead[: len(old)] = old.allowed, old.lead
    for n, task in enumerate(tasks, len(old)):
        allowed[n, sorted(everybody if task.teams is None else task.teams)] = True
        lead[n, sorted(everybody if task.lead is None else task.lead)] = True
    names = old.names + tuple(task.name for task in tasks)
    group = [names.index(task.name if task.instead_of is None else task.instead_of) for task in tasks]
    ends = old.window_ptr[-1] + np.cumsum([len(task.windows) for task in tasks], dtype=np.int64)
    return replace(
        problem,
        tasks=Tasks(
            names=names,
            site=np.append(old.site, [task.site for task in tasks]).astype(np.int32),
            window_ptr=np.append(old.window_ptr, ends),
            opens=np.append(old.opens, [w[0] for w in windows]).astype(np.int32),
            closes=np.append(old.closes, [w[1] for w in windows]).astype(np.int32),
            service_steps=np.append(old.service_steps, [task.service_steps for task in tasks]).astype(np.int32),
            reward=np.append(old.reward, [task.reward for task in tasks]).astype(np.float64),
            mandatory=np.append(old.mandatory, [task.mandatory for task in tasks]).astype(np.bool_),
            allowed=allowed,
            crew=np.append(old.crew, [task.crew for task in tasks]).astype(np.int32),
            lead=lead,
            group=np.append(old.group, group).astype(np.int32),
            presence=np.append(old.presence, [task.presence for task in tasks]).astype(np.float64),
            free=np.append(old.free, [task.free for task in tasks]).astype(np.bool_),
            sort=np.append(old.sort, [task.sort for task in tasks]).astype(np.int32),
        ),
    )


def _wrong_types(where: str, task: Task) -> list[Fault]:
    """What would be misread: a fraction of a step, a window that is no pair."""
    found = kind(where, task, Task)
    if found:
        return found
    found = kind(f"{where}.name", task.name, str) + kind(f"{where}.windows", task.windows, Sequence)
    for key in ("site", "service_steps", "crew"):
        found += whole(f"{where}.{key}", getattr(task, key), None, MOST_STEPS)
    for key in ("reward", "presence"):
        if not is_number(getattr(task, key)):
            found += number(f"{where}.{key}", getattr(task, key))
    for key in ("mandatory", "free"):
        if type(getattr(task, key)).__name__ != "bool":  # of Python or numpy
            found += kind(f"{where}.{key}", getattr(task, key), bool)
    found += kind(f"{where}.instead_of", task.instead_of, str, optional=True)
    if isinstance(task.windows, Sequence):
        for n, window in enumerate(task.windows):
            if isinstance(window, Sequence) and len(window) == 2:
                found += [fault for step in window for fault in whole(f"{where}.windows[{n}]", step)]
            else:
                found += kind(f"{where}.windows[{n}]", None, tuple)
    for key in ("teams", "lead"):
        teams = getattr(task, key)
        if teams is not None and not kind(where, teams, Collection):
            found += [fault for team in teams for fault in whole(f"{where}.{key}", team)]
        elif teams is not None:
            found += kind(f"{where}.{key}", teams, frozenset)
    return found


def _faults(problem: Problem, tasks: Sequence[Task], n: int, task: Task) -> list[Fault]:
    where = Message("place-task", name=task.name)
    found = []
    if task.name in problem.tasks.names or task.name in [other.name for other in tasks[:n]]:
        found.append(Fault("RO-460", where))
    if not 0 <= task.site < problem.n_sites:
        found.append(Fault("RO-461", where, site=task.site, last=problem.n_sites - 1))
    if task.service_steps < 1:
        found.append(Fault("RO-462", where, value=task.service_steps))
    if not (is_finite(task.reward) and task.reward >= 0):
        found.append(Fault("RO-463", where, value=task.reward))
    if not task.windows:
        found.append(Fault("RO-464", where, last=problem.n_steps - 1))
    for first, last in task.windows:
        if not 0 <= first <= last < problem.n_steps:
            found.append(Fault("RO-465", where, first=first, last=last, steps=problem.n_steps))
    found += [
        Fault("RO-466", where, team=k, last=problem.n_teams - 1)
        for k in sorted({*(task.teams or ()), *(task.lead or ())})
        if not 0 <= k < problem.n_teams
    ]
    if not 1 <= task.crew <= problem.n_teams:
        found.append(Fault("RO-445", where, value=task.crew, teams=problem.n_teams))
    if task.instead_of is not None:
        known = [*problem.tasks.names, *(other.name for other in tasks[:n])]
        if task.instead_of not in known:
            found.append(Fault("RO-446", where, name=task.instead_of))
    return found


def windows(problem: Problem, q: int) -> list[tuple[int, int]]:
    """The windows of task q: first and last step in which its service may begin."""
    part = slice(int(problem.tasks.window_ptr[q]), int(problem.tasks.window_ptr[q + 1]))
    return list(zip(problem.tasks.opens[part].tolist(), problem.tasks.closes[part].tolist(), strict=True))


def with_windows(tasks: Tasks, changed: Mapping[int, Sequence[tuple[int, int]]]) -> Tasks:
    """The tasks with other windows, (first, last) steps, for some of them."""
    listed = []
    for q in range(len(tasks)):
        part = slice(int(tasks.window_ptr[q]), int(tasks.window_ptr[q + 1]))
        listed.append(changed.get(q) or list(zip(tasks.opens[part], tasks.closes[part], strict=True)))
    ends = np.array([end for found in listed for end in found], dtype=np.int32).reshape(-1, 2)
    ptr = np.cumsum([0] + [len(found) for found in listed], dtype=np.int64)
    return replace(tasks, opens=ends[:, 0].copy(), closes=ends[:, 1].copy(), window_ptr=ptr)


def starts(problem: Problem, q: int, team: int) -> list[tuple[int, int]]:
    """The steps in which the team may begin task q (first, last), by its windows and the closures of its place."""
    service, found = int(problem.tasks.service_steps[q]), windows(problem, q)
    for begin, end in problem.access.closed(team, int(problem.tasks.site[q])):
        parts = [((a, min(b, begin - service)), (max(a, end), b)) for a, b in found]
        found = [(a, b) for pair in parts for a, b in pair if a <= b]
    return found


def window_text(problem: Problem, q: int) -> str:
    """The windows of task q as people of any language read them: ``20:00–21:00, 22:30–23:00``."""
    clock = problem.clock
    return ", ".join(
        f"{clock.text(a * clock.step_s)}–{clock.text(b * clock.step_s)}" for a, b in windows(problem, q)
    )


def reachable(problem: Problem) -> NDArray[np.bool_]:
    """(n_tasks, n_teams) whether the team may do the task, and can do it were it the only thing all night."""
    found: NDArray[np.bool_] = problem.tasks.allowed.copy()
    for q in range(len(problem.tasks)):
        site, service = int(problem.tasks.site[q]), int(problem.tasks.service_steps[q])
        for team in np.flatnonzero(found[q]).tolist():
            movement = problem.movement(team)
            begin, finish = int(problem.team_start_step[team]), int(problem.team_end_step[team])
            first = begin + movement.steps(int(problem.team_start_site[team]), site, begin)
            last = movement.leave_by(site, int(problem.team_end_site[team]), finish) - service
            found[q, team] &= any(max(first, a) <= min(last, b) for a, b in starts(problem, q, team))
    return found


def feasible(problem: Problem) -> NDArray[np.bool_]:
    """(n_tasks,) whether some team can do the task, or an alternative, were it the only thing all night."""
    group = problem.tasks.group
    found: NDArray[np.bool_] = np.bincount(group, reachable(problem).any(axis=1), len(group))[group] > 0
    return found


def done(problem: Problem, plan: Plan) -> NDArray[np.int64]:
    """(n_tasks,) how many visits of the plan do each task: as many as its crew, if the plan keeps the rules."""
    times = np.zeros(len(problem.tasks), dtype=np.int64)
    for route in plan.routes:
        for visit in route.visits:
            q = problem.activities.task(visit.activity)
            if q is not None:
                times[q] += 1
    return times
