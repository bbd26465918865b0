"""The package as others import it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pkgutil import walk_packages

import pytest

import routeopt
from routeopt.errors import InputError

CLASSES = [
    "Budget", "Change", "Plan", "Problem", "Result", "Route", "RouteoptError", "Scenario", "Situation", "Task",
    "TeamState", "Visit",
]  # fmt: skip
FUNCTIONS = [
    "bound", "build", "check", "evaluate", "read_plan", "read_scenario", "replan", "solve", "warm", "with_tasks",
    "write_plan",
]  # fmt: skip


def modules() -> list[str]:
    """Every module of the package but the one that runs it."""
    found = walk_packages(routeopt.__path__, "routeopt.")
    return [module.name for module in found if not module.name.endswith(".__main__")]


def python(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_public_names_are_these_and_no_others():
    assert routeopt.__all__ == sorted(CLASSES + FUNCTIONS)
    assert dir(routeopt) == routeopt.__all__


@pytest.mark.parametrize("name", CLASSES + FUNCTIONS)
def test_public_name_has_its_kind_and_a_docstring(name):
    thing = getattr(routeopt, name)
    assert inspect.isclass(thing) if name in CLASSES else inspect.isfunction(thing)
    assert thing.__name__ == name
    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}("), "dataclass writes such a line where there is no docstring"


def test_no_module_has_the_name_of_a_public_name():
    """A loaded submodule becomes an attribute of its package and would hide the function."""
    assert {name for name in routeopt.__all__ if f"routeopt.{name}" in modules()} == set()


@pytest.mark.parametrize(
    "imports",
    [
        "import routeopt.evaluation, routeopt.solving, routeopt.lagrangian",
        "import routeopt.problem.build, routeopt.rules, routeopt.dispatch.replan",
        "from routeopt import solving, problem, rules, evaluation, lagrangian, budget, plan, errors",
    ],
)
def test_public_functions_stay_functions_once_modules_are_loaded(imports):
    functions = ", ".join(FUNCTIONS)
    loaded = f"{imports}; from routeopt import {functions}; import routeopt; "
    said = "print(all(callable(f) and f is getattr(routeopt, f.__name__) for f in"
    assert python(f"{loaded}{said} ({functions})))") == "True\n"


@pytest.mark.slow
def test_every_module_can_be_imported_first():
    """Circles hide where something else was imported before."""
    assert (
        python(f"""
import importlib, sys
for name in {modules()!r}:
    for loaded in [m for m in sys.modules if m.split(".")[0] == "routeopt"]:
        del sys.modules[loaded]
    importlib.import_module(name)
print("all")
""")
        == "all\n"
    )


def test_ten_lines(night):
    from routeopt import Budget, build, check, evaluate, read_scenario, solve

    problem = build(read_scenario(night()))
    result = solve(problem, Budget(iterations=5), seed=1)
    assert check(problem, result.plan) == []
    assert evaluate(problem, result.plan).visibility == pytest.approx(result.value)


def test_typed():
    assert (files("routeopt") / "py.typed").is_file()


def test_import_loads_nothing_heavy():
    """The time itself is the benchmark's; what would cost it is known by name."""
    code = "import sys, routeopt; print(*[m for m in ('numpy', 'numba', 'osmnx', 'pydantic') if m in sys.modules])"
    assert python(code) == "\n"


def test_what_is_no_path_or_scenario_is_refused():
    with pytest.raises(routeopt.RouteoptError, match=r"path: must be of type str \(got int\)"):
        routeopt.read_scenario(5)
    with pytest.raises(routeopt.RouteoptError, match=r"scenario: must be of type Scenario \(got str\)"):
        routeopt.build("night.yaml")


def test_a_wrong_type_is_an_input_error_of_the_argument(make_problem):
    """Of every argument of every public function; the others are sound."""
    problem, budget, task = make_problem(1), routeopt.Budget(iterations=1), routeopt.Task("a", 1, ((0, 3),), 1)
    plan, now = routeopt.solve(problem, budget).plan, routeopt.Situation(2)
    calls = {
        "problem": [
            lambda: routeopt.solve(1), lambda: routeopt.bound(1, budget), lambda: routeopt.check(1, plan),
            lambda: routeopt.evaluate(1, plan), lambda: routeopt.replan(1, plan, now),
            lambda: routeopt.with_tasks(1, []),
        ],
        "plan": [
            lambda: routeopt.check(problem, 1), lambda: routeopt.evaluate(problem, 1),
            lambda: routeopt.replan(problem, 1, now), lambda: routeopt.bound(problem, budget, 1),
            lambda: routeopt.solve(problem, budget, initial=1),
        ],
        "budget": [
            lambda: routeopt.solve(problem, 1), lambda: routeopt.bound(problem, 1),
            lambda: routeopt.replan(problem, plan, now, 1),
        ],
        "seed": [
            lambda: routeopt.solve(problem, budget, seed="1"),
            lambda: routeopt.replan(problem, plan, now, budget, seed=[]),
        ],
        "progress": [
            lambda: routeopt.solve(problem, budget, progress=1),
            lambda: routeopt.bound(problem, budget, progress=1),
        ],
        "threads": [lambda: routeopt.solve(problem, budget, threads=None)],
        "strategy": [lambda: routeopt.solve(problem, budget, strategy=["exact"])],
        "covered": [lambda: routeopt.evaluate(problem, plan, 1)],
        "situation": [lambda: routeopt.replan(problem, plan, 1)],
        "price": [lambda: routeopt.replan(problem, plan, now, budget, price="1")],
        "tasks": [lambda: routeopt.with_tasks(problem, 1), lambda: routeopt.with_tasks(problem, [1])],
        "tasks[0].mandatory": [lambda: routeopt.with_tasks(problem, [replace(task, mandatory="yes")])],
        "scenario": [lambda: routeopt.build(1)],
        "path": [lambda: routeopt.read_scenario(1)],
    }  # fmt: skip
    for name, wrong in calls.items():
        for call in wrong:
            with pytest.raises(InputError) as refused:
                call()
            assert name in str(refused.value)
