"""Problems with every rule in them, and plans that keep or break a few: for two implementations to agree on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Closure, Problem
from routeopt.problem.activities import Sort
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.must_visits import MustVisits
from routeopt.problem.tasks import Task, with_tasks
from routeopt.problem.zones import ZoneLayer
from tests.conftest import random_plan, random_problem, random_tasks


def hard_problem(seed: int) -> Problem:
    """Three or four teams, one perhaps without powers; about half of the rules, each with its table."""
    rng = np.random.default_rng(1000 + seed)

    def sometimes() -> bool:
        return bool(rng.random() < 0.4)

    n_teams = 3 + seed % 2
    problem = random_problem(seed, n_teams=n_teams, cut=seed % 3 == 0, periods=seed % 2 == 0)
    n_sites, n_points, n_steps = problem.n_sites, problem.n_points, problem.n_steps
    problem = random_tasks(problem, seed, n_tasks=4)
    zones = ZoneLayer(
        "kind", ("north", "south"), rng.integers(-1, 2, n_points).astype(np.int32),
        rng.integers(-1, 2, n_sites).astype(np.int32),
    )  # fmt: skip
    problem = replace(
        problem, team_powers=np.arange(n_teams) != seed % 5, zone_layers=(zones,),
        spacing_steps=int(rng.integers(4, 16)) if sometimes() else 0,
        longest_work=np.full(n_teams, int(rng.integers(50, 120)) if sometimes() else 0, dtype=np.int32),
        level0=problem.level0 if sometimes() else np.zeros(n_points),
        absent0=rng.choice([1.0, 0.5], (n_points, n_steps)) if sometimes() else np.empty((0, 0)),
        keep0=rng.choice([1.0, 1.0, 0.9], (n_points, n_steps)) if sometimes() else np.empty((0, 0)),
        goals=(
            Goal("seen", 0.3, points=zones.point == 0, steps=(10, 90)),
            Goal("reached", 0.2, radius=1, responders=2),
            Goal("unseen", 0.5, measure=Measure.UNSEEN),
            Goal("fair", 0.9, points=zones.point == 1, measure=Measure.FAIR),
            Goal("time", 0.4, steps=(5, 70), measure=Measure.TIME, sites=zones.site == 1),
            Goal("there", 1.0, steps=(30, 90), responders=1 + seed % 2, measure=Measure.PRESENCE,
                 sites=zones.site == 0, fixed_price=seed % 3 == 0, price=0.2),
        ),
    )  # fmt: skip
    if sometimes():
        problem = replace(problem, team_zone=rng.integers(-1, 2, n_teams).astype(np.int32))
    if sometimes():
        problem = replace(problem, team_reserve=np.arange(n_teams) == 1)
    if sometimes():
        problem = replace(
            problem, area_names=("A", "B"), site_area=rng.integers(-1, 2, n_sites).astype(np.int32),
            team_area=rng.integers(-1, 2, n_teams).astype(np.int32),
        )  # fmt: skip
    if sometimes():
        problem = replace(
            problem,
            must_visits=MustVisits(np.array([2, 5]), rng.integers(30, 120, 2), rng.integers(1, 12, 2)),
        )
    shut = [
        Closure(int(rng.integers(1, n_sites)), begin, begin + 15, int(rng.integers(n_teams)) if n % 2 else None)
        for n, begin in enumerate(rng.integers(0, n_steps, 4).tolist())
    ]
    problem = problem.closed(shut if sometimes() else [])
    if sometimes():
        problem = replace(problem, access=replace(problem.access, no_return=rng.random(n_sites) < 0.3))
    whole = ((10, n_steps - 20),)
    extra = [
        Task("rest", 3, whole, 10, 0.0, presence=0.0, sort=Sort.BREAK),
        Task("rest elsewhere", 4, whole, 10, 0.0, presence=0.0, instead_of="rest", sort=Sort.BREAK),
        Task("post", 5, whole, 15, 0.02, sometimes(), presence=0.5, free=True, sort=Sort.POST),
        Task("pair", 6, whole, 8, 0.05, crew=2, lead=frozenset({0, 2})),
    ]
    return with_tasks(problem, extra)


def changed_plan(problem: Problem, seed: int, changes: int) -> Plan:
    """A plan that keeps the travel times and most of the rules, with a few visits changed at random."""
    rng = np.random.default_rng(seed)
    routes = [list(route.visits) for route in random_plan(problem, seed).routes]
    table, n_steps = problem.activities, problem.n_steps
    for _ in range(changes):
        k = int(rng.integers(len(routes)))
        visits = routes[k]
        n = int(rng.integers(len(visits) + 1))
        what = str(rng.choice(["shift", "move", "drop", "kind", "add", "task", "crew"]))
        if what == "crew":
            start = int(rng.integers(20, n_steps - 20))
            row = table.of_task(problem.tasks.names.index("pair"))
            for m, team in enumerate(rng.permutation(problem.n_teams)[: rng.integers(1, 4)].tolist()):
                late = int(rng.random() < 0.2) * m
                routes[team] = sorted([*routes[team][:1], Visit(6, start + late, row)], key=lambda one: one.start)
        elif what == "add" or n == len(visits):
            start = visits[-1].start + int(problem.visit_steps[visits[-1].activity]) if visits else 30
            start = min(start + int(rng.integers(0, 12)), n_steps - 1)
            visits.append(Visit(int(rng.integers(problem.n_sites)), start, _any(problem, rng)))
        elif what == "shift":
            visits[n] = visits[n]._replace(
                start=int(np.clip(visits[n].start + rng.integers(-8, 9), 0, n_steps - 1))
            )
        elif what == "move":
            visits[n] = visits[n]._replace(site=int(rng.integers(problem.n_sites)))
        elif what == "drop":
            del visits[n]
        elif what == "task":
            q = int(rng.integers(len(problem.tasks)))
            visits[n] = visits[n]._replace(site=int(problem.tasks.site[q]), activity=table.of_task(q))
        else:
            visits[n] = visits[n]._replace(activity=_any(problem, rng))
    return Plan(tuple(Route(k, tuple(visits)) for k, visits in enumerate(routes)))


def _any(problem: Problem, rng: np.random.Generator) -> int:
    """An activity of any kind."""
    table, steps = problem.activities, int(rng.integers(1, 20))
    rows = (
        table.wait(steps), table.away(steps), table.stop_of(steps), int(rng.integers(problem.n_dwells)),
        table.of_task(int(rng.integers(len(problem.tasks)))),
    )  # fmt: skip
    return int(rng.choice(rows))
