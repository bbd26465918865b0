"""Windows of breaks: what they allow keeps the longest time without one, and forbids no more than it must."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from routeopt.problem.activities import Sort
from routeopt.problem.tasks import Task, windows, with_tasks
from routeopt.rules import restricted
from tests.conftest import random_problem

BEGIN, FINISH = 10, 90


def narrowed(most, *breaks, **more):
    """Windows left to breaks of team 0 (first and last start, length), on duty from step 10 to 90."""
    problem = random_problem(0, n_steps=100)
    ends = np.array([BEGIN, 0, 0], dtype=np.int32), np.array([FINISH, 99, 99], dtype=np.int32)
    tasks = [
        Task(str(n), 1, ((first, last),), length, 0.0, True, frozenset({0}), presence=0.0, sort=Sort.BREAK)
        for n, (first, last, length) in enumerate(breaks)
    ]
    problem = with_tasks(replace(problem, team_start_step=ends[0], team_end_step=ends[1]), tasks)
    problem = replace(problem, longest_work=np.array([most, 0, 0], dtype=np.int32), **more)
    narrow = restricted(problem)
    return [windows(narrow, q) if narrow.tasks.allowed[q, 0] else [] for q in range(len(breaks))]


def test_one_break_is_wherever_it_keeps_the_longest_time():
    """With 5 steps of break, and at most 40 before it and after it: from 90 - 40 - 5 = 45 to 10 + 40 = 50."""
    assert narrowed(40, (0, 95, 5)) == [[(45, 50)]]
    assert narrowed(40, (46, 95, 5)) == [[(46, 50)]]
    assert narrowed(40, (0, 48, 5)) == [[(45, 48)]]
    assert narrowed(80, (0, 95, 5)) == [[(5, 90)]]
    assert narrowed(0, (0, 95, 5)) == [[(0, 95)]]


def test_several_breaks_share_the_time_between_them():
    """With at most 30 steps, worked by hand."""
    assert narrowed(30, (0, 95, 5), (0, 95, 5)) == [[(30, 40)], [(55, 65)]]
    # the second ends its windows at 62: the first begins no earlier than half an hour and its length before
    assert narrowed(30, (20, 40, 5), (60, 62, 5)) == [[(27, 40)], [(60, 62)]]
    # nothing to share where the windows are near to each other
    assert narrowed(40, (40, 45, 5), (60, 70, 5)) == [[(40, 45)], [(60, 70)]]


def test_three_breaks_share_the_time_between_each_two():
    """With at most 20 steps and breaks of 2, 3 and 4 steps, worked by hand."""
    rests = (0, 95, 2), (0, 95, 3), (0, 95, 4)
    assert narrowed(20, *rests) == [[(25, 30)], [(45, 47)], [(66, 68)]]
    rests = (28, 95, 2), (28, 95, 3), (28, 95, 4)
    assert narrowed(20, *rests) == [[(29, 30)], [(47, 51)], [(66, 70)]]


def test_a_break_may_begin_where_any_of_its_places_lets_it():
    about = {"presence": 0.0, "sort": Sort.BREAK}
    only = frozenset({0})
    tasks = [
        Task("here", 1, ((5, 60), (70, 80)), 5, 0.0, True, only, **about),
        Task("there", 2, ((2, 50),), 5, 0.0, True, only, **about, instead_of="here"),
    ]
    ends = np.array([BEGIN, 0, 0], dtype=np.int32), np.array([FINISH, 99, 99], dtype=np.int32)
    problem = replace(random_problem(0, n_steps=100), team_start_step=ends[0], team_end_step=ends[1])
    longest = np.array([85, 0, 0], dtype=np.int32)
    narrow = restricted(replace(with_tasks(problem, tasks), longest_work=longest))
    assert [windows(narrow, q) for q in (0, 1)] == [[(5, 60), (70, 80)], [(2, 50)]]


def holds(most, starts, lengths):
    """Whether breaks that begin in these steps keep the longest time, by plain reckoning."""
    spans = [(BEGIN, 0), *zip(starts, lengths, strict=True), (FINISH, 0)]
    return all(after - (start + length) <= most for (start, length), (after, _) in pairwise(spans))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_begins_within_the_windows_keeps_the_rule(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 4))
    cuts = np.linspace(BEGIN, FINISH, n + 1).astype(int).tolist()
    breaks = [(a, b - 8, int(rng.integers(1, 8))) for a, b in pairwise(cuts)]
    lengths, kept = [length for *_, length in breaks], 0
    for most in range(80 // (n + 1) - 4, 60, 7):
        found = narrowed(most, *breaks)
        if all(found):
            ((one,), *others) = found
            ends = [one, *(part for (part,) in others)]
            kept += 1
            assert all(holds(most, starts, lengths) for starts in product(*ends))
            assert all(lo >= first and hi <= last for (lo, hi), (first, last, _) in zip(ends, breaks, strict=True))
    assert kept


def test_breaks_are_those_that_only_the_team_has_to_take():
    problem = random_problem(0, n_steps=100)
    about = {"presence": 0.0, "sort": Sort.BREAK}
    tasks = [
        Task("shared", 1, ((0, 99),), 5, 0.0, True, **about),
        Task("at will", 1, ((0, 99),), 5, 0.0, False, frozenset({0}), **about),
        Task("another's", 1, ((0, 99),), 5, 0.0, True, frozenset({1}), **about),
        Task("work", 1, ((0, 99),), 5, 0.0, True, frozenset({0})),
        Task("own", 1, ((0, 60), (70, 80)), 5, 0.0, True, frozenset({0}), **about),
        Task("elsewhere", 2, ((0, 99),), 5, 0.0, True, frozenset({0}), **about, instead_of="own"),
    ]
    ends = np.array([10, 0, 0], dtype=np.int32), np.array([90, 99, 99], dtype=np.int32)
    problem = replace(with_tasks(problem, tasks), team_start_step=ends[0], team_end_step=ends[1])
    narrow = restricted(replace(problem, longest_work=np.array([65, 0, 0], dtype=np.int32)))
    assert [windows(narrow, q) for q in range(6)] == [[(0, 99)]] * 4 + [[(20, 60), (70, 75)], [(20, 75)]]
