"""What reports tell, worked out once: ways street by street, communities, what was left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.evaluation import coverage, visibility
from routeopt.explain.directions import moves
from routeopt.explain.unvisited import _best_swaps, _gains, _swapped, left_out
from routeopt.messages import words
from routeopt.plan import Plan, Route
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from routeopt.streets.network import project, snap
from routeopt.streets.paths import Paths


@pytest.fixture
def around_the_block(night):
    """Ways on foot between places of the square: South St, East St, North Walk, West St."""
    net = build_with_streets(read_scenario(night())).network
    spots = {"south": (26.0, 119.002), "east": (26.001, 119.003), "north": (26.002, 119.002)}
    x, y = project(net, *(np.array(v) for v in zip(*spots.values(), strict=True)))
    path = Paths(net, "foot", snap(net, x, y, "foot", 100))
    names = list(spots)
    return lambda a, b: moves(net, path.leg(names.index(a), names.index(b)))


def test_directions_name_streets_turns_and_lengths(around_the_block):
    way = around_the_block("south", "north")
    assert [(m.turn, m.street) for m in way] == [("e", "South St"), ("left", "East St"), ("left", "North Walk")]
    lengths = [m.length_m for m in way]
    assert lengths == pytest.approx([100, 222, 100], abs=3)


def test_the_way_back_turns_right(around_the_block):
    assert [m.turn for m in around_the_block("north", "south")] == ["e", "right", "right"]


def test_no_movement_gives_no_directions(around_the_block):
    assert around_the_block("east", "east") == ()


def test_ways_are_as_long_as_the_problem_says(nights):
    night = nights["en"]
    for way in night.directions:
        assert sum(m.length_m for m in way.moves) == pytest.approx(way.length_m, rel=0.02, abs=5)


def test_ways_lead_to_every_stop_that_is_elsewhere(nights):
    night = nights["en"]
    led = {(w.team_index, w.order): w.target for w in night.directions}
    before: dict[int, str] = {}
    for s in night.stops:
        here = before.get(s.team_index, night.problem.site_names[night.problem.team_start_site[s.team_index]])
        if here != s.site:
            assert led[s.team_index, s.order] == s.site
        before[s.team_index] = s.site


def test_communities_shares_add_up_to_the_part_that_has_one(nights):
    night = nights["en"]
    demand = night.problem.demand.sum(axis=1)
    inside = np.array(night.problem.point_zone) != ""
    assert sum(c.demand for c in night.zones) == pytest.approx(demand[inside].sum() / demand.sum())
    for c in night.zones:
        assert c.visibility == pytest.approx(night.figures["zones"][c.name])
        assert c.seen == pytest.approx(c.demand * c.visibility / night.figures["visibility"])


def test_gain_of_a_stop_is_the_exact_difference_of_two_plans(make_problem, make_plan):
    """A stop that needs no way: the team stands at its end site, where it is present anyway."""
    problem = make_problem(3, n_teams=1)
    none = dict.fromkeys(("pass_point", "pass_step", "pass_present", "pass_leaves"), ())
    passes = [replace(p, pass_ptr=np.zeros_like(p.pass_ptr), **none) for p in problem.profiles]
    travel = np.ones_like(passes[0].travel_steps) - np.eye(problem.n_sites, dtype=np.int32)
    problem = replace(problem, profiles=tuple(replace(p, travel_steps=travel) for p in passes))
    plan = Plan((Route(0),))
    covered = coverage(problem, plan)
    site = 5
    swap = max(_best_swaps(problem, plan, site, covered), key=lambda s: s.gain)
    total = problem.demand.sum()
    with_stop = visibility(problem, _swapped(plan, swap)) * total
    # what the team's absence from its end site costs while it is away is no part of the stop's own gain
    start, end = swap.visit.start, swap.visit.start + int(problem.dwell_steps[swap.visit.activity])
    home = int(problem.team_end_site[0])
    here, _ = _gains(
        problem,
        0,
        float(problem.team_factor[0]),
        home,
        replace(covered, absent=np.ones_like(covered.absent)),
    )
    lost = here[end + 1] - here[0]
    assert with_stop <= visibility(problem, plan) * total + swap.gain + 1e-9
    assert with_stop >= visibility(problem, plan) * total + swap.gain - lost - 1e-9
    assert start >= 1


def test_places_left_out_are_seen_less_than_the_town(nights):
    night = nights["en"]
    assert night.left_out
    for place in night.left_out:
        assert place.visibility < night.figures["visibility"]
        assert place.reason.strip()


def test_reasons_of_places_left_out_hold_by_the_evaluation(nights):
    """A figure quoted is the difference between the plan and the plan with the stop in it."""
    night = nights["en"]
    problem, plan = night.problem, night.result.plan
    covered = coverage(problem, plan)
    place = night.left_out[0]
    site = problem.site_names.index(place.site)
    swaps = list(_best_swaps(problem, plan, site, covered))
    now = visibility(problem, plan)
    best = max(visibility(problem, _swapped(plan, s)) - now for s in swaps)
    assert f"{abs(100 * best):.2f} points" in place.reason


def test_stops_at_the_place_and_absences_are_not_given_up_for_it(nights):
    """Every second stop is an absence; what is given up are the others, and none at the place itself."""
    problem, plan = nights["en"].problem, nights["en"].result.plan
    rows = problem.activities
    for every in (2, 100):
        routes = tuple(
            replace(r, visits=tuple(
                v._replace(activity=rows.away(int(rows.steps[v.activity]))) if n % every == 1 else v
                for n, v in enumerate(r.visits)
            ))
            for r in plan.routes
        )  # fmt: skip
        changed = Plan(routes)
        covered = coverage(problem, changed)
        given = [
            (site, visit)
            for site in np.flatnonzero(problem.site_stoppable)
            for swap in _best_swaps(problem, changed, int(site), covered)
            for visit in routes[swap.team].visits[swap.first : swap.last]
        ]
        assert given
        assert all(visit.activity >= 0 and visit.site != site for site, visit in given)


def test_a_plan_without_stops_leaves_out_the_busiest_places(wuliting):
    problem = wuliting.problem
    result = solve(problem, Budget(iterations=0), strategy="random", seed=1)
    result = replace(result, plan=Plan(tuple(Route(k) for k in range(problem.n_teams))))
    found = left_out(problem, result, coverage(problem, result.plan), words("en"))
    assert len(found) == 8
    assert found[0].demand > 0.02
    assert "would add" in found[0].reason


def test_night_speaks_the_language_asked_for(night):
    built = build_with_streets(read_scenario(night()))
    result = solve(built.problem, Budget(iterations=3), seed=1)
    assert "no police here before" in build_model(built, result).stops[0].reason
    assert "此前无警力到过" in build_model(built, result, "zh").stops[0].reason
