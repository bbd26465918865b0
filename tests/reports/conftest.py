"""A small night whose plan is written by hand, as reports tell it."""

from __future__ import annotations

import pytest

from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.scenario.read import read_scenario

SPOT = {"lat": 26.001, "lon": 119.003}
ORDERS = [
    {"name": "Check the yard", **SPOT, "windows": [["19:30", "19:40"]], "service_min": 10, "mandatory": True},
    {"name": "Meet the owner", **SPOT, "windows": [["20:00", "20:30"]], "service_min": 10},
]


@pytest.fixture
def told(night):
    """`told(visits, **scenario)`: what a report tells of one team's visits."""

    def tell(visits, lang="en", **changes):
        built = build_with_streets(read_scenario(night(**({"tasks": ORDERS} | changes))))
        plan = Plan((Route(0, tuple(visits(built.problem))),))
        return build_model(built, Result(plan, 0.0, "by hand", 0, 0.0, 0), lang)

    return tell


def both_orders(problem):
    rows = problem.activities
    return [Visit(int(problem.tasks.site[q]), start, rows.of_task(q)) for q, start in ((0, 30), (1, 70))]
