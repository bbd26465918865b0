"""Police patrol routes on real streets that maximise visibility where and when it matters.

The public names load on first use, so that importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routeopt.dispatch.replan import replan as replan
    from routeopt.dispatch.situation import Situation as Situation
    from routeopt.dispatch.situation import TeamState as TeamState
    from routeopt.errors import RouteoptError as RouteoptError
    from routeopt.evaluate import evaluate as evaluate
    from routeopt.lagrangian import bound as bound
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
    from routeopt.solve import solve as solve
    from routeopt.stop import AnyOf as AnyOf
    from routeopt.stop import MaxIterations as MaxIterations
    from routeopt.stop import MaxRuntime as MaxRuntime
    from routeopt.stop import NoImprovement as NoImprovement

_HOME = {
    "AnyOf": "stop",
    "MaxIterations": "stop",
    "MaxRuntime": "stop",
    "NoImprovement": "stop",
    "Plan": "plan",
    "Problem": "problem.model",
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
    "evaluate": "evaluate",
    "read_scenario": "scenario.read",
    "replan": "dispatch.replan",
    "solve": "solve",
    "with_tasks": "problem.tasks",
}

__all__ = [  # noqa: PLE0604 RUF100
    "AnyOf",
    "MaxIterations",
    "MaxRuntime",
    "NoImprovement",
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
    "evaluate",
    "read_scenario",
    "replan",
    "solve",
    "with_tasks",
]


class _Package(type(importlib)):  # type: ignore[misc]
    """Public functions share their names with their modules (`build`, `check`, `solve`): the function wins."""

    def __getattribute__(self, name: str) -> Any:
        if name in _HOME:
            return getattr(importlib.import_module(f"routeopt.{_HOME[name]}"), name)
        return super().__getattribute__(name)


def __dir__() -> list[str]:
    return __all__


import sys  # noqa: E402

sys.modules[__name__].__class__ = _Package
