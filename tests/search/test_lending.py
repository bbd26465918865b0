"""A search that is lent again finds what a new one finds."""

from __future__ import annotations

from routeopt import Budget, Situation, TeamState, replan, solve
from routeopt.search import lending
from routeopt.search.lending import borrowed


def test_a_search_is_lent_again_for_the_same_problem_alone(make_problem):
    one, other = make_problem(1), make_problem(2)
    with borrowed(one) as first:
        pass
    with borrowed(one) as again:
        assert again is first
        with borrowed(one) as second:  # the first is in use
            assert second is not first
    with borrowed(other) as third:
        assert third.problem is not first.problem


def test_re_planning_does_not_depend_on_what_was_lent_before(make_problem, make_tasks):
    problem = make_tasks(make_problem(5), 5)
    plan = solve(problem, Budget(iterations=40), seed=2).plan
    situations = [Situation(30 + 10 * n, {n % 3: TeamState(n + 2, 60 + 10 * n)}) for n in range(4)]
    new = []
    for now in situations:
        lending._KEPT.clear()
        new.append(replan(problem, plan, now, Budget(iterations=30), seed=1))
    again = [replan(problem, plan, now, Budget(iterations=30), seed=1) for now in situations]
    assert [one.plan for one in again] == [one.plan for one in new]
    assert [one.value for one in again] == [one.value for one in new]
