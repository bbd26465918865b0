"""Nights of every kind by a seed, and the same night with other teams, other numbers for things, another clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace

import numpy as np
from hypothesis import strategies as st

from routeopt.errors import InputError
from routeopt.plan import Plan, Route
from routeopt.problem import Closure, Problem, Profile
from routeopt.problem.movement import take_rows
from routeopt.problem.must_visits import MustVisits
from tests.checker.hard import hard_problem
from tests.conftest import random_problem, random_tasks
from tests.strategies.test_exact import small
from tests.strategies.test_operations import operations

SEEDS = st.integers(0, 99_999)


def plain(seed: int) -> Problem:
    return random_problem(seed, n_sites=8, n_points=12, n_steps=60, cut=seed % 3 == 0)


def changing(seed: int) -> Problem:
    """Legs change with the time of day."""
    return random_problem(seed, n_sites=8, n_points=12, n_steps=60, cut=seed % 3 == 0, periods=True)


def tasked(seed: int) -> Problem:
    """Tasks, some of them mandatory, and closed places."""
    rng = np.random.default_rng(seed)
    problem = random_tasks(changing(seed) if seed % 2 else plain(seed), seed, 5, n_mandatory=seed % 3)
    return problem.closed(Closure(int(rng.integers(1, 8)), int(t), int(t) + 9) for t in rng.integers(0, 50, 3))


def operated(seed: int) -> Problem:
    """Breaks, posts, crews and time between stops, of one, two and a few teams."""
    return operations(plain(seed), seed)


def with_rules(seed: int) -> Problem:
    """About half of the rules; of the next seed where chance gives a zone with a floor no demand."""
    try:
        return hard_problem(seed)
    except InputError:
        return with_rules(seed + 1)


def ruled(seed: int) -> Problem:
    """The same; places that may not be left alone become tasks only where a night is built."""
    return replace(with_rules(seed), must_visits=MustVisits())


KINDS: dict[str, Callable[[int], Problem]] = {
    "plain": plain, "changing": changing, "tasked": tasked, "operated": operated, "ruled": ruled,
}  # fmt: skip
NIGHTS = st.builds(lambda kind, seed: (kind, seed), st.sampled_from(sorted(KINDS)), SEEDS)
"""A kind and a seed: what is drawn stays small, and a failure says which night it is."""


def quarters(seed: int, n_sites: int = 3, n_tasks: int = 2) -> Problem:
    """A night small enough for its optimum: quarters of an hour, two teams, passages, and tasks."""
    return random_tasks(small(random_problem, seed, n_sites=n_sites), seed, n_tasks)


def with_teams(problem: Problem, teams: Sequence[int]) -> Problem:
    """The problem with these of its teams, in this order."""
    chosen = list(teams)
    of_teams = {
        field.name: _taken(getattr(problem, field.name), chosen)
        for field in fields(problem)
        if field.name.startswith("team_") or field.name in ("longest_work", "leaving_price")
    }
    tasks = replace(
        problem.tasks, allowed=problem.tasks.allowed[:, chosen], lead=problem.tasks.lead[:, chosen]
    ) if len(problem.tasks) else problem.tasks  # fmt: skip
    access = replace(problem.access, team_class=_taken(problem.access.team_class, chosen))
    return replace(problem, tasks=tasks, access=access, **of_teams)


def plan_of_teams(plan: Plan, teams: Sequence[int]) -> Plan:
    return Plan(tuple(Route(n, plan.routes[k].visits) for n, k in enumerate(teams)))


def _taken(table, chosen: Sequence[int]):
    """Its rows; nothing of a table that the problem does without."""
    if isinstance(table, tuple):
        return tuple(table[k] for k in chosen) if table else ()
    return table[chosen] if len(table) else table


def with_sites(problem: Problem, order: Iterable[int]) -> Problem:
    """The problem with its sites numbered otherwise: new site n is old site ``order[n]``."""
    old = np.asarray(list(order))
    new, n_sites = np.argsort(old), problem.n_sites
    blocks = len(problem.profiles)
    rows = (np.arange(blocks)[:, None] * n_sites + old).ravel()
    response = [take_rows(ptr, rows) for ptr in problem.response_ptr]
    access = problem.access
    if len(access.begin):
        classes = np.arange((len(access.ptr) - 1) // n_sites)[:, None]
        ptr, entries = take_rows(access.ptr, (classes * n_sites + old).ravel())
        access = replace(access, ptr=ptr, begin=access.begin[entries], end=access.end[entries])
    return replace(
        problem,
        profiles=tuple(_renumbered(profile, old) for profile in problem.profiles),
        response_ptr=tuple(ptr for ptr, _ in response),
        response_point=tuple(
            point[entries] for point, (_, entries) in zip(problem.response_point, response, strict=True)
        ),
        access=replace(access, no_return=_taken(access.no_return, old.tolist())),
        tasks=replace(problem.tasks, site=new[problem.tasks.site]),
        must_visits=replace(problem.must_visits, site=new[problem.must_visits.site]),
        team_start_site=new[problem.team_start_site], team_end_site=new[problem.team_end_site],
        zone_layers=tuple(replace(layer, site=layer.site[old]) for layer in problem.zone_layers),
        **{
            name: _taken(getattr(problem, name), old.tolist())
            for name in ("site_names", "site_lat", "site_lon", "site_stoppable", "site_zone", "site_area")
        },
    )  # fmt: skip


def plan_of_sites(plan: Plan, order: Iterable[int]) -> Plan:
    new = np.argsort(list(order)).tolist()
    return Plan(
        tuple(
            Route(r.team, tuple(visit._replace(site=new[visit.site]) for visit in r.visits)) for r in plan.routes
        )
    )


def _renumbered(profile: Profile, old) -> Profile:
    n = profile.n_sites
    sight_ptr, sight = take_rows(profile.sight_ptr, old)
    pass_ptr, passed = take_rows(profile.pass_ptr, (old[:, None] * n + old).ravel())
    tables = ("pass_point", "pass_step", "pass_present", "pass_leaves")
    return replace(
        profile, travel_steps=profile.travel_steps[np.ix_(old, old)], travel_m=profile.travel_m[np.ix_(old, old)],
        sight_ptr=sight_ptr, sight_point=profile.sight_point[sight], sight_rho=profile.sight_rho[sight],
        pass_ptr=pass_ptr, **{name: getattr(profile, name)[passed] for name in tables},
    )  # fmt: skip


def later(problem: Problem, steps: int) -> Problem:
    """The same night after ``steps`` steps in which nothing is asked for: all that has a time is so much later."""
    n_steps = problem.n_steps + steps
    access, tasks = problem.access, problem.tasks
    before = ((0, 0), (steps, 0))
    return replace(
        problem,
        clock=replace(problem.clock, start_min=problem.clock.start_min - steps, n_steps=n_steps),
        demand=np.pad(problem.demand, before),
        level0=np.zeros(problem.n_points),
        team_start_step=problem.team_start_step + steps, team_end_step=problem.team_end_step + steps,
        tasks=replace(tasks, opens=tasks.opens + steps, closes=tasks.closes + steps),
        access=replace(access, begin=access.begin + steps, end=access.end + steps),
        periods=replace(
            problem.periods,
            begin=np.where(problem.periods.begin > 0, problem.periods.begin + steps, 0).astype(np.int32),
        ),
    )  # fmt: skip


def plan_later(plan: Plan, steps: int) -> Plan:
    """What `later` makes of a plan."""
    later = (tuple(visit._replace(start=visit.start + steps) for visit in r.visits) for r in plan.routes)
    return Plan(tuple(Route(r.team, visits) for r, visits in zip(plan.routes, later, strict=True)))
