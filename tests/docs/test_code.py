"""Python on the pages and in examples/ runs, and the worked example of the model is what `evaluate` says."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import routeopt.rules
from docs.make.examples import TITLES
from routeopt import check, solve
from routeopt.budget import Budget
from routeopt.clock import Clock
from routeopt.evaluation import visibility
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.rules import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline
from tests.docs.blocks import DOCS, ROOT, blocks
from tests.test_evaluation import tiny

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.fixture
def soon(monkeypatch):
    """Searches end after a moment."""
    monkeypatch.setitem(vars(routeopt), "Budget", lambda **_: Budget(seconds=0.1))


@pytest.mark.parametrize(
    "page", ["README.md", "README.zh.md", "docs/how-to/shift-in-progress.md", "docs/how-to/week.md"]
)
def test_code_of_a_page_runs(page, wuliting, soon, monkeypatch, capsys):
    """Block after block, with what the blocks before have defined."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setitem(vars(routeopt), "build", lambda scenario: wuliting.problem)
    code = [block.text for block in blocks(ROOT / page) if block.language == "python"]
    assert code
    defined = {}
    for text in code:
        exec(compile(text, page, "exec"), defined)
    assert capsys.readouterr().out


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example_runs(path, night, tmp_path, soon, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [path.name, str(night()), str(tmp_path / "plan")])
    runpy.run_path(str(path), run_name="__main__")
    assert "%" in capsys.readouterr().out
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


def test_every_example_is_on_its_page():
    assert [path.name for path in EXAMPLES] == sorted(TITLES)


def test_the_rule_of_the_how_to_is_kept_by_plans(make_problem, monkeypatch):
    """Where it is listed; without it, the same search goes back to places."""
    names = {"np": np, "Iterator": Iterator, "Limits": Limits, "Problem": Problem, "Timeline": Timeline}
    names |= {"Rule": Rule, "Violation": Violation, "of_stop": of_stop}
    code = [block.text for block in blocks(DOCS / "how-to" / "extend.md") if block.language == "python"]
    exec(compile(code[0], "extend.md", "exec"), names)
    problem, budget = make_problem(1), Budget(iterations=20)
    before = solve(problem, budget).plan
    monkeypatch.setattr(routeopt.rules, "RULES", (*routeopt.rules.RULES, names["NeverTwice"]()))
    assert {violation.code for violation in check(problem, before)} == {"never-twice"}
    assert check(problem, solve(problem, budget).plan) == []


@pytest.mark.parametrize(("minutes", "told"), [(10, "**0.584**"), (5, "0.243")])
def test_the_example_by_hand(minutes, told):
    """The post sees nothing that counts, and is ten minutes away."""
    base = tiny()
    far = replace(base.profiles[0], travel_steps=np.array([[0, 10], [10, 0]], dtype=np.int32))
    problem = replace(
        base,
        clock=Clock(start_min=0, n_steps=60),
        demand=np.array([[0.0] * 60, [1.0] * 60]),
        dwell_steps=np.array([5, 10], dtype=np.int32),
        dwell_effect=np.array([0.30, 0.85]),
        tau_s=3600.0,
        profiles=(far,),
        team_end_step=np.full(1, 60, dtype=np.int32),
    )
    plan = Plan((Route(0, (Visit(1, 10, int(minutes == 10)),)),))
    assert f"{visibility(problem, plan):.3f}" == told.strip("*")
    assert told in (DOCS / "explanation" / "model.md").read_text(encoding="utf-8")
