"""What is repeated, promised and drawn, worked out by hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from routeopt.errors import InputError
from routeopt.plan import Plan, Route, Visit
from routeopt.portfolio.draw import Drawn, draw, number
from routeopt.portfolio.guarantee import guarantee, places, presence, unseen_runs, unseen_share
from routeopt.portfolio.overlap import expected, repeat_share, repeats, return_entropy, start_entropy, stops


def rows(*stops_of):
    """Stops (site, first step) of ten steps."""
    return np.array([(site, begin, begin + 10) for site, begin in stops_of], dtype=np.int64).reshape(-1, 3)


def test_visits_one_after_the_other_are_one_stop_and_tasks_are_none(make_problem, make_tasks):
    problem = make_tasks(make_problem(1), 1)
    task = problem.n_dwells
    long = Route(0, (Visit(2, 10, 1), Visit(2, 20, 0), Visit(3, 40, 1), Visit(2, 60, 1)))
    found = stops(problem, Plan((long, Route(1, (Visit(5, 30, task),)), Route(2))))
    assert found.tolist() == [[2, 10, 25], [3, 40, 50], [2, 60, 70]]


def test_a_stop_is_repeated_within_ten_minutes_at_the_same_place(make_problem):
    problem = make_problem(1)
    first, second = rows((1, 30), (1, 60), (2, 30)), rows((1, 40), (2, 41))
    shares = repeats(problem, [first, second])
    assert shares[0, 1] == pytest.approx(1 / 3)
    assert shares[1, 0] == pytest.approx(1 / 2)
    assert repeat_share(shares) == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert repeat_share(np.ones((1, 1))) == 1.0
    assert expected(problem, rows((1, 3)))[1].nonzero()[0].tolist() == list(range(14))


def test_minutes_are_not_steps(make_problem):
    problem = make_problem(1)
    fine = replace(problem, clock=replace(problem.clock, step_s=30))
    assert repeats(fine, [rows((1, 30)), rows((1, 50))])[0, 1] == 1.0
    assert repeats(fine, [rows((1, 30)), rows((1, 51))])[0, 1] == 0.0


def test_entropy_of_starts_and_returns(make_problem):
    problem = make_problem(1)  # 120 steps: six classes of 20 minutes
    same, spread = [rows((1, 5)), rows((1, 15))], [rows((1, 5)), rows((1, 25))]
    assert start_entropy(problem, same) == pytest.approx((0.0, np.log2(6)))
    assert start_entropy(problem, spread)[0] == pytest.approx(1.0)
    assert start_entropy(problem, [*spread, rows((2, 5), (2, 9))])[0] == pytest.approx(0.5)
    assert return_entropy(problem, [rows((1, 0), (1, 30))]) == pytest.approx(1.0)  # in half an hour, and never
    assert return_entropy(problem, [rows((1, 0)), rows((1, 30))]) == 0.0
    assert start_entropy(problem, [])[0] == 0.0


def test_the_guarantee_is_of_all_plans_together(make_problem):
    problem = make_problem(1)
    seen = np.zeros((2, 2, problem.n_steps), dtype=np.bool_)
    seen[0, 0, 40:50] = True
    seen[1, 0, 100:] = True
    found = guarantee(problem, list(seen))
    assert found.gap_steps.tolist() == [50, 120]
    assert found.gap_begin.tolist() == [50, 0]
    assert found.unseen.tolist() == [1.0, 1.0]
    share = unseen_share(problem, list(seen))
    assert share[0, 20] == 0.5  # 20 to 49: the first plan comes
    assert share[0, 10] == 1.0
    assert list(unseen_runs(np.array([True, False, False, True, False]))) == [(1, 3), (4, 5)]
    assert list(unseen_runs(np.ones(3, dtype=np.bool_))) == []


def test_presence_is_that_of_the_evaluation(make_problem, make_plan):
    problem = make_problem(2)
    at, plan = places(problem), make_plan(problem, 2)
    assert set(at.site) <= set(np.flatnonzero(problem.site_stoppable))
    found = presence(problem, plan, at)
    some = next((r.team, v) for r in plan.routes for v in r.visits if v.site in at.site)
    team, visit = some
    points, rho = problem.movement(team).seen(visit.site)
    for place, point in enumerate(at.point.tolist()):
        if point in points[rho > 0]:
            assert found[place, visit.start : visit.start + int(problem.visit_steps[visit.activity])].all()


def test_a_draw_follows_from_seed_and_digest_alone():
    drawn, new = draw("2026-11-27", "d1", 20)
    assert new
    assert drawn.date == "2026-11-27"
    assert drawn.plan == int(hashlib.sha256(f"d1:{drawn.seed}".encode()).hexdigest(), 16) % 20 + 1
    again, new = draw(drawn.seed, "d1", 20, [])
    assert (again.plan, new) == (drawn.plan, True)
    assert draw("2026-11-27", "d1", 20, [drawn]) == (drawn, False)
    assert draw("2026-11-27", "d2", 20, [drawn])[1]
    assert not replace(drawn, plan=drawn.plan % 20 + 1).is_sound()


def test_every_plan_is_drawn_about_as_often():
    counts = np.bincount([number(f"{seed:x}", "digest", 5) for seed in range(5000)], minlength=6)[1:]
    assert abs(counts - 1000).max() < 120


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "", "xyz", "2026-11-27x"])
def test_what_is_neither_date_nor_seed(text):
    with pytest.raises(InputError, match="date or a seed"):
        draw(text, "d", 3)


def test_a_line_of_the_log_goes_through_json():
    line = Drawn("2026-11-27", "ab", "d", 4, number("ab", "d", 4))
    assert Drawn(**line.to_json()) == line
    assert line.is_sound()
