"""What a profile answers, against its arrays; and that nobody else reads these."""

import ast
from pathlib import Path

import numpy as np
import pytest

from routeopt.problem import UNREACHABLE

ROOT = Path(__file__).resolve().parents[2]
ARRAYS = {"travel_steps", "travel_m", "pass_ptr", "pass_point", "pass_step", "pass_present", "pass_leaves"}
ARRAYS |= {"leg_ptr", "leg_target"}


@pytest.fixture
def profile(make_problem):
    return make_problem(3, cut=True).profiles[1]


def test_a_leg_is_looked_up_by_its_ends(profile):
    steps, metres = profile.travel_steps, profile.travel_m
    for i in range(profile.n_sites):
        assert profile.steps_from(i).tolist() == steps[i].tolist()
        assert profile.steps_to(i).tolist() == steps[:, i].tolist()
        for k in range(profile.n_sites):
            assert profile.steps(i, k) == steps[i, k]
            assert profile.metres(i, k) == metres[i, k]
            assert profile.reachable(i, k) == (steps[i, k] < UNREACHABLE)
    few = [5, 0, 13]
    assert profile.pairs(few).tolist() == steps[few][:, few].tolist()
    assert profile.pairs([]).shape == (0, 0)


def test_two_unreachable_legs_do_not_overflow(profile):
    last = profile.n_sites - 1
    there_and_back = profile.steps_from(last) + profile.steps_to(last)
    assert there_and_back.min() == 0
    assert there_and_back.max() == 2 * int(UNREACHABLE)
    assert profile.pairs([0, last]).sum() == 2 * int(UNREACHABLE)


def test_passages_of_all_legs_are_those_of_the_table_in_order(profile):
    n = profile.n_sites
    found = [profile.passage(i, k) for i in range(n) for k in range(n)]
    for name, column in zip(found[0]._fields, zip(*found, strict=True), strict=True):
        assert np.concatenate(column).tolist() == getattr(profile, f"pass_{name}").tolist()
    present, leaves = profile.greatest_passage(profile.n_points)
    for j in range(profile.n_points):
        at = profile.pass_point == j
        assert present[j] == profile.pass_present[at].max(initial=0.0)
        assert leaves[j] == profile.pass_leaves[at].max(initial=0.0)


def test_what_is_seen_from_all_sites_is_the_table_in_order(profile):
    found = [profile.seen(i) for i in range(profile.n_sites)]
    assert np.concatenate([seen.point for seen in found]).tolist() == profile.sight_point.tolist()
    assert np.concatenate([seen.rho for seen in found]).tolist() == profile.sight_rho.tolist()
    assert np.bincount(profile.sight_site).tolist() == [len(seen.point) for seen in found]


def test_only_the_module_of_movement_reads_the_arrays_of_all_pairs():
    readers = set()
    for folder in ("routeopt", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, ast.Attribute) and node.attr in ARRAYS for node in ast.walk(tree)):
                readers.add(path.relative_to(ROOT).as_posix())
    assert readers == {"routeopt/problem/movement.py"}
