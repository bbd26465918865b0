"""The rules of a scenario that a planner may do without: each as the problem without it.

`relaxations` lists those that a problem has; a kind of rules is one function of `KINDS`. Posts, times of duty,
streets and the demand are no such rules: they say what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, InputError, Message, nearest
from routeopt.problem import Problem
from routeopt.problem.access import Access
from routeopt.problem.activities import Sort
from routeopt.problem.goal_names import scope
from routeopt.problem.goals import Goal
from routeopt.problem.must_visits import MustVisits
from routeopt.problem.tasks import reachable, windows, with_windows

if TYPE_CHECKING:
    from routeopt.problem.build import Built


@dataclass(frozen=True)
class Relaxation:
    """A rule, and how to do without it."""

    code: str
    """What programs and options call it, such as ``areas`` or ``goal:market``."""
    title: Message | str
    """What people call it."""
    without: Callable[[Problem], Problem]
    """Returns a problem without this rule; plans that keep the rule are plans of that problem."""
    is_part: bool = False
    """Whether it is part of another one of the list: one of the mandatory tasks."""


@dataclass(frozen=True)
class _StreetChange(Relaxation):
    """An entry of the scenario's streets that are closed or slow; several are left out together."""

    built: Built = field(kw_only=True)
    number: int = field(kw_only=True)


def relaxations(problem: Problem, built: Built | None = None) -> list[Relaxation]:
    """List the rules of a problem, kind by kind.

    Parameters
    ----------
    built
        What the problem was built from: streets that change are then rules too.
    """
    return [one for kind in KINDS for one in kind(problem, built)]


def without(problem: Problem, rules: Iterable[Relaxation]) -> Problem:
    """Return the problem without any of these rules."""
    rules = list(rules)
    changes = [rule for rule in rules if isinstance(rule, _StreetChange)]
    for rule in rules:
        if not isinstance(rule, _StreetChange):
            problem = rule.without(problem)
    return _with_streets(problem, changes[0].built, {rule.number for rule in changes}) if changes else problem


def named(rules: Sequence[Relaxation], code: str, place: str = "rule") -> Relaxation:
    """Return the rule of that code.

    Raises
    ------
    InputError
        If the problem has no such rule; names the one most like it.
    """
    for rule in rules:
        if rule.code == code:
            return rule
    known = [rule.code for rule in rules]
    if not known:
        raise InputError(Fault("RO-488", place, rule=code))
    near = nearest(code, known)
    raise InputError(Fault("RO-487", place, rule=code, known=[near] if near else known))


def same_bound(problem: Problem, other: Problem) -> bool:
    """Whether `routeopt.lagrangian.bound` of the one bounds the other as well: it reads the same of both."""
    return (
        problem.profiles is other.profiles
        and problem.periods is other.periods
        and np.array_equal(problem.site_stoppable, other.site_stoppable)
        and np.array_equal(problem.tasks.reward, other.tasks.reward)
        and np.array_equal(reachable(problem).any(axis=1), reachable(other).any(axis=1))
    )


def _goals(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Floors; those of the hours of one entry together."""
    groups: dict[tuple[object, ...], tuple[str, Message | str, list[str]]] = {}
    for goal in problem.goals:
        name, title = _base(problem, goal)
        key = name, goal.radius, goal.points.tobytes(), goal.measure, goal.responders
        groups.setdefault(key, (name, title, []))[2].append(goal.name)
    for name, title, names in groups.values():
        code = f"goal:{name if len(names) > 1 else names[0]}"
        yield Relaxation(code, Message("rule-goal", goal=title), partial(_no_goals, names=tuple(names)))


def _base(problem: Problem, goal: Goal) -> tuple[str, Message | str]:
    """Return the name and the title of a goal without its hours."""
    what = scope(problem, goal)
    whole = what._replace(begin=None, end=None)
    if what.begin is None or goal.name == str(what.message()):
        name = str(whole.message()) if what.begin is not None else goal.name
        return name, whole.title(name)
    name = goal.name.removesuffix(f" {what.begin}–{what.end}")
    return name, name


def _no_goals(problem: Problem, names: Sequence[str]) -> Problem:
    return replace(problem, goals=tuple(goal for goal in problem.goals if goal.name not in names))


def _areas(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Areas that teams keep to, all together."""
    if (problem.team_area >= 0).any():
        nothing = np.empty(0, dtype=np.int32)
        yield Relaxation(
            "areas",
            Message("rule-areas"),
            lambda p: replace(p, area_names=(), site_area=nothing, team_area=nothing),
        )


def _homeless(problem: Problem) -> Problem:
    return replace(problem, team_zone=np.empty(0, dtype=np.int32), leaving_price=np.empty(0))


def _homes(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Zones that teams keep to, all together, and those that they leave at a price."""
    teams = range(problem.n_teams)
    if any(problem.home(team) >= 0 for team in teams):

        def free(p: Problem) -> Problem:
            own = np.array([-1 if p.home(team) >= 0 else int(p.team_zone[team]) for team in teams], dtype=np.int32)
            return replace(p, team_zone=own) if (own >= 0).any() else _homeless(p)

        yield Relaxation("zones", Message("rule-zones"), free)
    if (problem.leaving_price > 0).any():
        yield Relaxation(
            "leaving-zones",
            Message("rule-leaving-zones"),
            lambda p: replace(p, leaving_price=np.minimum(p.leaving_price, 0.0)) if len(p.team_zone) else p,
        )


def _reserves(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Reserves, all together: they patrol without the rule."""
    if problem.team_reserve.any():
        nobody = np.empty(0, dtype=np.bool_)
        yield Relaxation("reserves", Message("rule-reserves"), lambda p: replace(p, team_reserve=nobody))


STREETS = {"closed": "rule-street-closed", "slow": "rule-street-slow", "oneway": "rule-street-oneway"}
"""Kind of change of the streets → code of its title."""


def _street_changes(_problem: Problem, built: Built | None) -> Iterator[Relaxation]:
    """Streets that are closed or slow for a time, entry by entry."""
    if built is None:
        return
    clock = built.problem.clock
    for n, change in enumerate(built.changes):
        begin, end = (clock.text(step * clock.step_s) for step in (change.begin, change.end))
        if change.kind == "no_stop":
            continue  # one of the places that are closed for a time
        code = STREETS[change.kind]
        yield _StreetChange(
            f"street-change:{n + 1}",
            Message(code, number=n + 1, begin=begin, end=end),
            partial(_with_streets, built=built, left_out={n}),
            built=built,
            number=n,
        )


def _with_streets(problem: Problem, built: Built, left_out: Collection[int]) -> Problem:
    """Return the problem on the streets of a scenario without some entries of its changes."""
    from routeopt.problem.build import build_with_streets

    scenario = built.scenario
    kept = [change for n, change in enumerate(scenario.streets.changes) if n not in left_out]
    streets = scenario.streets.model_copy(update={"changes": kept})
    other = build_with_streets(scenario.model_copy(update={"streets": streets})).problem
    return replace(
        problem, profiles=other.profiles, periods=other.periods, response_ptr=other.response_ptr,
        response_point=other.response_point,
    )  # fmt: skip


def _mandatory(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Tasks that must be done, all together and each by itself: they are optional without the rule."""
    tasks = _must(problem, Sort.TASK)
    if tasks:
        yield Relaxation("mandatory", Message("rule-mandatory"), partial(_optional, tasks=tasks))
    for q in tasks:
        if problem.tasks.is_first[q]:
            name = problem.tasks.names[q]
            same = [other for other in tasks if problem.tasks.group[other] == q]
            title = Message("rule-task", name=name)
            yield Relaxation(f"task:{name}", title, partial(_optional, tasks=same), is_part=True)


def _posts(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Fixed posts that must be held, all together: they are optional without the rule."""
    posts = _must(problem, Sort.POST)
    if posts:
        yield Relaxation("fixed-posts", Message("rule-fixed-posts"), partial(_optional, tasks=posts))


def _breaks(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Breaks, all together, with the longest time without one."""
    breaks = _must(problem, Sort.BREAK)
    if breaks or (problem.longest_work > 0).any():
        yield Relaxation("breaks", Message("rule-breaks"), partial(_no_breaks, breaks=breaks))


def _no_breaks(problem: Problem, breaks: Sequence[int]) -> Problem:
    return _any_work(_optional(problem, breaks))


def _rests(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """The longest time without a break."""
    if (problem.longest_work > 0).any():
        yield Relaxation("longest-without-break", Message("rule-longest-work"), _any_work)


def _any_work(problem: Problem) -> Problem:
    return replace(problem, longest_work=np.empty(0, dtype=np.int32))


def _spacing(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Most stops of a team in an hour."""
    if problem.spacing_steps:
        yield Relaxation("stops-per-hour", Message("rule-spacing"), lambda p: replace(p, spacing_steps=0))


def _must(problem: Problem, sort: Sort) -> list[int]:
    tasks, own = problem.tasks, _of_gaps(problem)
    return np.flatnonzero(tasks.mandatory & (tasks.sort == sort) & ~own).tolist()


def _of_gaps(problem: Problem) -> NDArray[np.bool_]:
    """Return which tasks are there to keep the longest gap at a place, (n_tasks,)."""
    tasks = problem.tasks
    found: NDArray[np.bool_] = tasks.mandatory & (tasks.reward == 0) & (tasks.sort == Sort.TASK)
    return found & np.isin(tasks.site, problem.must_visits.site)


def _gaps(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Longest time without a visit at a place, all together."""
    if len(problem.must_visits):
        visits = np.flatnonzero(_of_gaps(problem)).tolist()
        yield Relaxation("longest-gap", Message("rule-longest-gap"), partial(_no_gaps, visits=visits))


def _no_gaps(problem: Problem, visits: Sequence[int]) -> Problem:
    return replace(_optional(problem, visits), must_visits=MustVisits())


def _optional(problem: Problem, tasks: Sequence[int]) -> Problem:
    mandatory = problem.tasks.mandatory.copy()
    mandatory[list(tasks)] = False
    return replace(problem, tasks=replace(problem.tasks, mandatory=mandatory))


def _windows(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Times at which tasks must begin, all together; those of breaks and fixed posts are what these are."""
    whole = (0, problem.n_steps - 1)
    tasks = np.flatnonzero((problem.tasks.sort == Sort.TASK) & ~_of_gaps(problem)).tolist()
    held = [q for q in tasks if windows(problem, q) != [whole]]
    if held:
        anytime = {q: [whole] for q in held}
        yield Relaxation(
            "windows", Message("rule-windows"), lambda p: replace(p, tasks=with_windows(p.tasks, anytime))
        )


def _teams(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Which teams may do tasks and fixed posts, or must be among those who do, all together."""
    tasks = problem.tasks
    shared = (tasks.sort != Sort.BREAK)[:, None]
    if (shared & ~(tasks.allowed & tasks.lead)).any():
        yield Relaxation(
            "teams",
            Message("rule-teams"),
            lambda p: replace(
                p, tasks=replace(p.tasks, allowed=p.tasks.allowed | shared, lead=p.tasks.lead | shared)
            ),
        )


def _closures(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Places that are closed for a time, all together."""
    if len(problem.access.begin):
        yield Relaxation(
            "closed-places",
            Message("rule-closed-places"),
            lambda p: replace(p, access=Access(no_return=p.access.no_return)),
        )


def _returns(problem: Problem, _built: Built | None) -> Iterator[Relaxation]:
    """Places to which no team returns, all together."""
    if problem.access.no_return.any():
        nowhere = Access().no_return
        yield Relaxation(
            "no-return",
            Message("rule-no-return"),
            lambda p: replace(p, access=replace(p.access, no_return=nowhere)),
        )


KINDS: tuple[Callable[[Problem, Built | None], Iterator[Relaxation]], ...] = (
    _goals, _areas, _homes, _reserves, _street_changes, _breaks, _rests, _posts, _spacing, _mandatory, _gaps,
    _windows, _teams, _closures, _returns,
)  # fmt: skip
"""Every kind of rules: yields those that a problem has."""
