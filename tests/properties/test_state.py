"""The tables of a search: what is added and removed again leaves no trace, and they are always what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt.problem import Problem
from routeopt.search.state import NOTHING, Search
from tests.conftest import random_plan
from tests.properties.variants import KINDS, SEEDS

pytestmark = pytest.mark.slow

NIGHTS = st.tuples(st.sampled_from(["plain", "changing", "tasked"]), SEEDS, SEEDS)


def tables(search: Search) -> dict[str, np.ndarray]:
    """Everything that a search knows of its plan, copied."""
    found = {f"coverage.{name}": table.copy() for name, table in search.coverage._asdict().items()}
    found["counts"], found["gap"] = search.counts.copy(), search.solution.gap.copy()
    found |= {f"route {k}": search.route(k).copy() for k in range(len(search.counts))}
    found["marks.size"] = search.marks.size.copy()
    return found


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, table in one.items():
        np.testing.assert_allclose(other[name], table, rtol=1e-9, atol=1e-9, err_msg=name)


def begun(problem: Problem, other: int) -> Search:
    search = Search(problem)
    search.set_plan(search.rows_of(random_plan(search.problem, other)))
    return search


@given(NIGHTS)
def test_adding_a_visit_and_removing_it_restores_every_table(night):
    """And the other way round; a search that has never seen it has the same tables."""
    kind, seed, other = night
    search = begun(KINDS[kind](seed), other)
    rng = np.random.default_rng(other)
    team = int(rng.integers(search.problem.n_teams))
    visits = search.route(team).copy()
    if not len(visits):
        return
    n = int(rng.integers(len(visits)))
    whole = tables(search)
    search.take_out(team, n, n + 1)
    search.settle()
    without = tables(search)
    for _ in range(3):
        search.splice(team, n, n, visits[n : n + 1])
        search.refresh()
        assert_same(whole, tables(search))
        search.take_out(team, n, n + 1)
        search.settle()
        assert_same(without, tables(search))
    search.splice(team, n, n, visits[n : n + 1])
    search.refresh()
    afresh = Search(search.problem)
    afresh.set_plan(search.current_routes())
    assert_same(tables(afresh), tables(search))


@given(NIGHTS)
def test_a_team_that_comes_and_goes_leaves_no_trace(night):
    kind, seed, other = night
    search = begun(KINDS[kind](seed), other)
    before = tables(search)
    for team in np.random.default_rng(other).permutation(search.problem.n_teams).tolist():
        visits = search.route(team).copy()
        search.set_route(team, None)
        search.refresh()
        search.set_route(team, NOTHING)
        search.refresh()
        search.set_route(team, visits)
        search.refresh()
    assert_same(before, tables(search))


@given(NIGHTS)
def test_a_stretch_solved_again_and_put_back_restores_every_table(night):
    kind, seed, other = night
    search = begun(KINDS[kind](seed), other)
    rng = np.random.default_rng(other)
    team = int(rng.integers(search.problem.n_teams))
    stretches = search.stretches(team)
    first, last = stretches[int(rng.integers(len(stretches)))]
    before, visits = tables(search), search.route(team)[first:last].copy()
    search.take_out(team, first, last)
    found = search.best_stretch(team, first)
    search.splice(team, first, first, found)
    search.refresh()
    search.settle()
    search.splice(team, first, first + len(found), visits)
    search.refresh()
    search.settle()
    assert_same(before, tables(search))
