"""The outsider's checker, loaded from its file as somebody without the package has it."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from routeopt.evaluation import evaluate
from routeopt.exchange.plan_json import figures_json
from routeopt.exchange.proof import proof
from routeopt.plan import Plan
from routeopt.problem import Problem
from tests.conftest import ROOT

FILE = ROOT / "checker" / "check_plan.py"


@pytest.fixture(scope="session")
def checker() -> Any:
    spec = importlib.util.spec_from_file_location("check_plan", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_plan"] = module  # its named tuples look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def outsider(checker: Any) -> Callable[[Problem, Plan], Any]:
    """What the checker finds of a plan of a problem, whose files it reads."""

    def check(problem: Problem, plan: Plan) -> Any:
        document = {**plan.to_json(problem), "figures": figures_json(problem, evaluate(problem, plan))}
        return checker.check(*(json.loads(json.dumps(one)) for one in (document, proof(problem, plan))))

    return check
