"""The package as others import it."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest

import routeopt


@pytest.mark.parametrize("name", routeopt.__all__)
def test_public_name_is_there_and_documented(name):
    assert getattr(routeopt, name).__doc__


def test_names_that_modules_share_are_the_functions():
    for name in ("build", "check", "evaluate", "solve"):
        assert callable(getattr(routeopt, name))


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
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
