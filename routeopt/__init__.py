"""Police patrol routes on real streets that maximise visibility where and when it matters.

The public names load on first use, so that importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routeopt.build import build as build
    from routeopt.check import check as check
    from routeopt.dispatch.replan import replan as replan
    from routeopt.dispatch.situation import Situation as Situation
    from routeopt.dispatch.situation import TeamState as TeamState
    from routeopt.errors import RouteoptError as RouteoptError
    from routeopt.evaluate import evaluate as evaluate
    from routeopt.plan import Plan as Plan
    from routeopt.plan import Result as Result
    from routeopt.plan import Route as Route
    from routeopt.plan import Visit as Visit
    from routeopt.problem import Problem as Problem
    from routeopt.scenario import Scenario as Scenario
    from routeopt.scenario_file import read_scenario as read_scenario
    from routeopt.solve import solve as solve
    from routeopt.stop import AnyOf as AnyOf
    from routeopt.stop import MaxIterations as MaxIterations
    from routeopt.stop import MaxRuntime as MaxRuntime
    from routeopt.stop import NoImprovement as NoImprovement
    from routeopt.strategies.bound import bound as bound
    from routeopt.tasks import Task as Task
    from routeopt.tasks import with_tasks as with_tasks

_HOME = {
    "AnyOf": "stop",
    "MaxIterations": "stop",
    "MaxRuntime": "stop",
    "NoImprovement": "stop",
    "Plan": "plan",
    "Problem": "problem",
    "Result": "plan",
    "Route": "plan",
    "RouteoptError": "errors",
    "Scenario": "scenario",
    "Situation": "dispatch.situation",
    "Task": "tasks",
    "TeamState": "dispatch.situation",
    "Visit": "plan",
    "bound": "strategies.bound",
    "build": "build",
    "check": "check",
    "evaluate": "evaluate",
    "read_scenario": "scenario_file",
    "replan": "dispatch.replan",
    "solve": "solve",
    "with_tasks": "tasks",
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
