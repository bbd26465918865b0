"""Police patrol routes on real streets that maximise visibility where and when it matters."""

# The public names load on first use, so that importing the package loads neither numpy nor numba. No module has
# the name of a public function: a loaded submodule becomes an attribute of the package and would hide it.

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routeopt.budget import Budget as Budget
    from routeopt.diff import differences as differences
    from routeopt.dispatch.replan import replan as replan
    from routeopt.dispatch.situation import Situation as Situation
    from routeopt.dispatch.situation import TeamState as TeamState
    from routeopt.errors import RouteoptError as RouteoptError
    from routeopt.evaluation import evaluate as evaluate
    from routeopt.exchange.plan_json import read_plan as read_plan
    from routeopt.exchange.plan_json import write_plan as write_plan
    from routeopt.lagrangian import bound as bound
    from routeopt.partition import draw_areas as draw_areas
    from routeopt.plan import Change as Change
    from routeopt.plan import Plan as Plan
    from routeopt.plan import Result as Result
    from routeopt.plan import Route as Route
    from routeopt.plan import Visit as Visit
    from routeopt.problem import Problem as Problem
    from routeopt.problem.build import build as build
    from routeopt.problem.tasks import Task as Task
    from routeopt.problem.tasks import with_tasks as with_tasks
    from routeopt.rules import check as check
    from routeopt.scenario.model import Scenario as Scenario
    from routeopt.scenario.read import read_scenario as read_scenario
    from routeopt.solving import solve as solve
    from routeopt.warming import warm as warm

_HOME = {
    "Budget": "budget",
    "Change": "plan",
    "Plan": "plan",
    "Problem": "problem",
    "Result": "plan",
    "Route": "plan",
    "RouteoptError": "errors",
    "Scenario": "scenario.model",
    "Situation": "dispatch.situation",
    "Task": "problem.tasks",
    "TeamState": "dispatch.situation",
    "Visit": "plan",
    "bound": "lagrangian",
    "build": "problem.build",
    "check": "rules",
    "differences": "diff",
    "draw_areas": "partition",
    "evaluate": "evaluation",
    "read_plan": "exchange.plan_json",
    "read_scenario": "scenario.read",
    "replan": "dispatch.replan",
    "solve": "solving",
    "warm": "warming",
    "with_tasks": "problem.tasks",
    "write_plan": "exchange.plan_json",
}
"""Public name → its module."""

__all__ = [  # noqa: PLE0604 RUF100
    "Budget",
    "Change",
    "Plan",
    "Problem",
    "Result",
    "Route",
    "RouteoptError",
    "Scenario",
    "Situation",
    "Task",
    "TeamState",
    "Visit",
    "bound",
    "build",
    "check",
    "differences",
    "draw_areas",
    "evaluate",
    "read_plan",
    "read_scenario",
    "replan",
    "solve",
    "warm",
    "with_tasks",
    "write_plan",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"routeopt.{_HOME[name]}"), name)
    raise AttributeError(f"module 'routeopt' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
