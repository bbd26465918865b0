"""Kernels compiled before they are needed; plans are the same in many threads as in one."""

from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import pytest

from routeopt import Budget, bound, evaluate, solve

NIGHT = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "tasks.yaml"
FLOORS = NIGHT.with_name("floors.yaml")
CODE = """
import importlib, pkgutil, sys
import routeopt
from routeopt import kernels
from routeopt.kernels import compiled

INNER = {"schedule"}  # of kernels alone: it is in their caches

def versions():
    found = {}
    for module in pkgutil.walk_packages(kernels.__path__, "routeopt.kernels."):
        for name, value in vars(importlib.import_module(module.name)).items():
            own = isinstance(getattr(value, "_cache", None), compiled.Cache)
            if own and value.py_func.__module__ == module.name and name not in INNER:
                found[module.name, name] = list(value.overloads)
    return found

routeopt.warm()
ready = versions()
print([name for name, known in ready.items() if not known])
once = routeopt.Budget(iterations=2)
routeopt.solve(routeopt.build(routeopt.read_scenario(sys.argv[2])), once)
problem = routeopt.build(routeopt.read_scenario(sys.argv[1]))
for strategy in ("best_response", "greedy", "beats", "random"):
    plan = routeopt.solve(problem, once, strategy=strategy).plan
routeopt.bound(problem, once, plan)
routeopt.replan(problem, plan, routeopt.Situation(20), once)
print([name for name, known in versions().items() if known != ready[name]])
"""


@pytest.mark.slow
@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled (NUMBA_DISABLE_JIT)")
def test_every_kernel_is_ready_and_plans_of_a_real_night_compile_no_other():
    done = subprocess.run([sys.executable, "-c", CODE, NIGHT, FLOORS], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n[]\n", done.stderr


def all_of(problem):
    """A plan, its bound and its figures."""
    found = solve(problem, Budget(iterations=60), seed=3)
    least = bound(problem, Budget(iterations=3), found.plan)
    return found.plan, found.value, least.value, evaluate(problem, found.plan)


def test_threads_find_what_each_finds_alone(make_problem, make_tasks):
    """Two with a problem of their own, two with the same, two with equal ones, all at once."""
    problems = [make_problem(1), make_tasks(make_problem(2), 2), make_problem(3), make_problem(3)]
    problems += problems[:2]
    alone = [all_of(problem) for problem in problems]
    with ThreadPoolExecutor(len(problems)) as pool:
        assert list(pool.map(all_of, problems)) == alone


def test_the_library_says_what_it_does_and_leaves_handlers_to_its_host(make_problem, caplog):
    for level, least in ((logging.DEBUG, 2), (logging.INFO, 1), (logging.WARNING, 0)):
        caplog.clear()
        with caplog.at_level(level, "routeopt"):
            solve(make_problem(1), Budget(iterations=5))
        assert len(caplog.records) == least
        assert all(record.name == "routeopt.solving" for record in caplog.records)
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "routeopt"]
    assert not any(logging.getLogger(name).handlers for name in names)
