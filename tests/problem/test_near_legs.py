"""Profiles that know only some legs: what they look up, how they are built, and that searches hold to them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.lagrangian import bound
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE, Problem, Profile, build_profiles
from routeopt.problem.build import build
from routeopt.problem.movement import FAR, Leg, Passage, side_by_side
from routeopt.problem.periods import Periods
from routeopt.problem.take import take
from routeopt.rules import check
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.read import read_scenario
from routeopt.search.pack import stack
from routeopt.search.state import NOTHING, Search, rows
from routeopt.solving import solve
from routeopt.streets.network import snap, unproject
from routeopt.streets.osm import read_streets
from routeopt.streets.synthetic import make_town, write_osm
from routeopt.streets.travel import compute_near


@dataclass
class Looked:
    """Looks legs up in the profile that knows them all."""

    whole: Profile
    asked: list[tuple[int, int]]

    def leg(self, site: int, target: int) -> Leg:
        self.asked.append((site, target))
        return Leg(
            self.whole.steps(site, target), self.whole.metres(site, target), self.whole.passage(site, target)
        )

    def steps_from(self, site: int):
        return self.whole.steps_from(site)

    def steps_to(self, target: int):
        return self.whole.steps_to(target)


def sparse(profile: Profile, nearest: int, posts=()) -> Profile:
    """The same profile, knowing the legs to the nearest sites and those of the posts alone."""
    n, steps = profile.n_sites, profile.travel_steps
    known = np.argsort(np.argsort(steps, axis=1, kind="stable"), axis=1) < nearest
    known[np.arange(n), np.arange(n)] = True
    known[list(posts)] = known[:, list(posts)] = True
    kept = np.flatnonzero(known.ravel())
    sizes = np.diff(profile.pass_ptr)[kept]
    item = np.concatenate([np.arange(*profile.pass_ptr[row : row + 2]) for row in kept])
    return replace(
        profile, travel_steps=steps.ravel()[kept], travel_m=profile.travel_m.ravel()[kept],
        leg_ptr=np.append(0, np.cumsum(known.sum(axis=1))), leg_target=(kept % n).astype(np.int32),
        pass_ptr=np.append(0, np.cumsum(sizes)), pass_point=profile.pass_point[item],
        pass_step=profile.pass_step[item], pass_present=profile.pass_present[item],
        pass_leaves=profile.pass_leaves[item], others=Looked(profile, []),
    )  # fmt: skip


def thinned(problem: Problem, nearest: int) -> Problem:
    posts = set(problem.team_start_site.tolist()) | set(problem.team_end_site.tolist())
    return replace(problem, profiles=tuple(sparse(p, nearest, posts) for p in problem.profiles))


@pytest.fixture
def whole(make_problem):
    return make_problem(3, cut=True).profiles[1]


def same_leg(one: Profile, i: int, k: int, other: Profile, a: int, b: int) -> None:
    assert one.steps(i, k) == other.steps(a, b)
    assert one.metres(i, k) == other.metres(a, b)
    for found, expected in zip(one.passage(i, k), other.passage(a, b), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_what_is_not_known_is_looked_up_once(whole):
    few, n = sparse(whole, 4), whole.n_sites
    assert not few.knows_all
    for _ in range(2):
        for i in range(n):
            for k in range(n):
                same_leg(few, i, k, whole, i, k)
    assert len(few.others.asked) == len(set(few.others.asked)) == n * n - len(few.leg_target)
    for i in range(n):
        assert few.steps_from(i).tolist() == whole.steps_from(i).tolist()
        assert few.steps_to(i).tolist() == whole.steps_to(i).tolist()
    assert few.pairs([5, 0, 13]).tolist() == whole.pairs([5, 0, 13]).tolist()


def test_nothing_to_look_up_is_no_way(whole):
    few = replace(sparse(whole, 4), others=None)
    i, k = next((i, k) for i in range(14) for k in range(14) if few.row(i, k) < 0)
    assert few.steps(i, k) == UNREACHABLE
    assert not few.reachable(i, k)
    assert few.metres(i, k) == np.inf
    assert len(few.passage(i, k).point) == 0
    assert few.steps_from(i)[k] == few.steps_to(k)[i] == FAR


def test_further_legs_become_known(whole):
    few = sparse(whole, 4)
    away = [(i, k) for i in range(0, 14, 3) for k in range(14) if few.row(i, k) < 0]
    more = few.with_legs(away)
    assert all(more.row(i, k) >= 0 for i, k in away if whole.reachable(i, k))
    assert all(more.row(i, k) < 0 for i, k in away if not whole.reachable(i, k))
    for i in range(14):
        for k in range(14):
            same_leg(more, i, k, whole, i, k)
    assert more.with_legs(away) is more


def test_a_part_knows_the_legs_of_the_whole(whole):
    few, sites = sparse(whole, 4), np.array([0, 2, 3, 7, 11])
    index = np.full(20, -1, dtype=np.int32)
    index[::2] = np.arange(10)
    part, expected = few.take(sites, index), whole.take(sites, index)
    assert not part.knows_all
    assert len(part.leg_target) == sum(few.row(i, k) >= 0 for i in sites for k in sites)
    for i in range(5):
        for k in range(5):
            same_leg(part, i, k, expected, i, k)
        assert part.steps_from(i).tolist() == expected.steps_from(i).tolist()
        assert part.steps_to(i).tolist() == expected.steps_to(i).tolist()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"leg_target": lambda t: t[::-1].copy()}, "must be greater than the value before it"),
        ({"leg_target": lambda t: np.where(t == 2, 3, t)}, "must be greater than the value before it"),
        ({"leg_ptr": lambda t: t[:-1]}, "must end at"),
        ({"travel_steps": lambda t: t * 0}, "must be at least 1"),
        ({"travel_steps": lambda t: t[1:]}, "must have the shape"),
        ({"travel_m": lambda t: t[1:]}, "must have the shape"),
        ({"pass_ptr": lambda t: t[1:]}, "must have the shape"),
    ],
)
def test_faults(whole, change, fault):
    few = sparse(whole, 4)
    with pytest.raises(InputError, match=fault):
        replace(few, **{name: made(getattr(few, name)) for name, made in change.items()})


def test_a_site_leads_to_itself(whole):
    few = sparse(whole, 4)
    row = few.row(5, 5)
    passed = np.arange(*few.pass_ptr[[row, row + 1]])
    assert len(passed) == 0
    with pytest.raises(InputError, match=r"leg_target.*site 5 is missing"):
        replace(
            few, leg_ptr=few.leg_ptr - (np.arange(15) > 5), leg_target=np.delete(few.leg_target, row),
            travel_steps=np.delete(few.travel_steps, row), travel_m=np.delete(few.travel_m, row),
            pass_ptr=np.delete(few.pass_ptr, row),
        )  # fmt: skip


@pytest.mark.parametrize("n_teams", [3, 20])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("strategy", ["best_response", "greedy"])
def test_plans_are_worth_what_they_say_and_break_no_rule(make_problem, seed, n_teams, strategy):
    """With 20 teams, a change looks only at those that may be near."""
    problem = make_problem(seed, n_teams=n_teams, n_sites=30)
    few = thinned(problem, 6)
    found = solve(few, Budget(iterations=300), strategy=strategy, seed=seed)
    assert check(few, found.plan) == check(problem, found.plan) == []
    assert found.value == pytest.approx(evaluate(few, found.plan).value, abs=1e-9)
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, abs=1e-9)


def test_many_teams_are_worth_what_each_point_is_walked_for(make_problem):
    """Changes here and there leave the coverage that walking every route gives."""
    problem = make_problem(1, n_teams=20, n_sites=30)
    search, rng = Search(problem), np.random.default_rng(0)
    search.set_plan([rows(route.visits) for route in solve(problem, Budget(iterations=50)).plan.routes])
    for _ in range(60):
        team = int(rng.integers(20))
        stretches = search.stretches(team)
        first, last = stretches[int(rng.integers(len(stretches)))]
        search.take_out(team, first, last)
        search.splice(team, first, first, search.best_stretch(team, first, most=5))
        search.refresh()
    fresh = Search(problem)
    fresh.set_plan(search.current_routes())
    np.testing.assert_allclose(search.coverage.absent, fresh.coverage.absent, atol=1e-12)
    np.testing.assert_allclose(search.coverage.seen, fresh.coverage.seen, atol=1e-9)


def test_a_plan_from_elsewhere_may_take_any_leg(make_problem):
    problem = make_problem(4)
    few = thinned(problem, 3)
    search = Search(few)
    profile = few.profiles[few.team_profile[0]]
    begin, at = int(few.team_start_step[0]), int(few.team_start_site[0])
    first, second = next((i, k) for i in range(14) for k in range(14) if i != at != k and profile.row(i, k) < 0)
    arrive = begin + profile.steps(at, first)
    leave = arrive + int(few.dwell_steps[0])
    route = rows([(first, arrive, 0), (second, leave + profile.steps(first, second), 0)])
    search.set_plan([route, *[NOTHING] * (few.n_teams - 1)])
    plan = Plan((Route(0, tuple(Visit(*row[:3]) for row in route.tolist())),
                 *(Route(k, ()) for k in range(1, few.n_teams))))  # fmt: skip
    assert check(few, plan) == []
    assert search.objective() == pytest.approx(evaluate(problem, plan).value, abs=1e-9)
    assert search.known.profiles[few.team_profile[0]].row(first, second) >= 0
    again = solve(few, Budget(iterations=20), initial=plan)
    assert again.value >= search.objective() - 1e-9


def test_a_twin_learns_for_itself(make_problem):
    few = thinned(make_problem(4), 3)
    search = Search(few)
    twin, profile = search.twin(), few.profiles[few.team_profile[0]]
    at = int(few.team_start_site[0])
    first, second = next((i, k) for i in range(14) for k in range(14) if i != at != k and profile.row(i, k) < 0)
    arrive = int(few.team_start_step[0]) + profile.steps(at, first)
    leave = arrive + int(few.dwell_steps[0])
    route = rows([(first, arrive, 0), (second, leave + profile.steps(first, second), 0)])
    values = [one.value([route, *[NOTHING] * (few.n_teams - 1)]) for one in (twin, search)]
    assert values[0] == pytest.approx(values[1], abs=1e-12)


def test_a_part_of_a_problem_is_worth_what_it_was(make_problem):
    problem = thinned(make_problem(5, n_teams=4, n_sites=24), 8)
    plan = solve(problem, Budget(iterations=100)).plan
    part = take(problem, plan, [1, 2], range(12))
    assert part.value(evaluate(part.problem, part.cut(plan)).value) == pytest.approx(
        evaluate(problem, plan).value, abs=1e-9
    )


def test_arrays_side_by_side_are_taken_as_one(make_problem):
    profiles = make_problem(1).profiles
    fields = [{f"pass_{name}": getattr(p, f"pass_{name}") for name in Passage._fields} for p in profiles]
    side_by_side(fields)
    laid = [replace(p, **given) for p, given in zip(profiles, fields, strict=True)]
    apart, joined = (stack(some, 0.9, Periods()).legs for some in (profiles, laid))
    for name in ("point", "step", "present", "leaves"):
        one = getattr(joined, name)
        assert all(np.shares_memory(one, getattr(p, f"pass_{name}")) for p in laid)
        assert not any(np.shares_memory(getattr(apart, name), getattr(p, f"pass_{name}")) for p in profiles)
        np.testing.assert_array_equal(one, getattr(apart, name))
        assert one.flags.writeable == getattr(apart, name).flags.writeable
    turned = stack(laid[::-1], 0.9, Periods()).legs
    assert not np.shares_memory(turned.point, laid[0].pass_point)
    assert turned.point.tolist() == laid[1].pass_point.tolist() + laid[0].pass_point.tolist()


def test_a_bound_needs_all_legs(make_problem):
    with pytest.raises(InputError, match="too many places"):
        bound(thinned(make_problem(1), 4), Budget(iterations=1))


@pytest.fixture
def few_known(monkeypatch):
    monkeypatch.setattr(build_profiles, "ALL_SITES", 1)
    monkeypatch.setattr(build_profiles, "NEAREST", 3)
    monkeypatch.setattr(build_profiles, "AROUND", 4)


@pytest.mark.parametrize("mode", ["foot", "car"])
def test_near_legs_of_streets_are_those_of_all(town, monkeypatch, few_known, mode):
    scenario = town(mode)
    near = build(scenario)
    monkeypatch.setattr(build_profiles, "ALL_SITES", 256)
    every = build(scenario)
    (few,), (whole,) = near.profiles, every.profiles
    assert not few.knows_all
    assert whole.knows_all
    n = few.n_sites
    assert n < len(few.leg_target) < n * n / 2
    assert min(np.diff(few.leg_ptr)) >= 3
    unknown = 0
    for i in range(n):
        for k in range(n):
            unknown += few.row(i, k) < 0
            assert few.steps(i, k) == whole.steps(i, k)
            assert few.metres(i, k) == pytest.approx(whole.metres(i, k))
            for found, expected in zip(few.passage(i, k), whole.passage(i, k), strict=True):
                np.testing.assert_allclose(found, expected, atol=1e-6)
        assert few.steps_from(i).tolist() == whole.steps_from(i).tolist()
        assert few.steps_to(i).tolist() == whole.steps_to(i).tolist()
    assert unknown > 0
    for found, expected in zip(near.response_ptr, every.response_ptr, strict=True):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(near.response_point, every.response_point, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.fixture
def town(tmp_path):
    """A model town with a night in it, by mode."""
    write_osm(make_town(1, 1200, 1400, n_compounds=4, n_venues=0), tmp_path / "town.osm.gz")
    net = read_streets(Streets(file="town.osm.gz"), tmp_path, SPEEDS_KPH)
    lat, lon = (float(at) for at in unproject(net, np.median(net.node_x), np.median(net.node_y)))

    def made(mode):
        night = {
            "routeopt": 1, "name": "town", "shift": {"start": "19:00", "end": "21:00"},
            "streets": {"file": "town.osm.gz"},
            "posts": [{"name": "post", "lat": lat, "lon": lon}],
            "teams": [{"name": "team", "mode": mode, "start": "post"}],
            "demand": [{"kind": "fixed", "entries": [{
                "name": "all", "lat": lat, "lon": lon, "weight": 1, "radius_m": 500, "from": "19:00",
                "until": "21:00",
            }]}],
            "sites": {"count": 18, "spacing_m": 100},
        }  # fmt: skip
        path = tmp_path / f"{mode}.json"
        path.write_text(json.dumps(night), encoding="utf-8")
        return read_scenario(path)

    return made


def test_a_place_off_the_streets_of_a_mode_has_no_way_and_is_its_own_neighbour(square):
    net = read_streets(Streets(file=square.name), square.parent, SPEEDS_KPH)
    x = np.array([0.0, 50.0, 90.0])
    snaps = snap(net, x, np.zeros(3), "foot", 2000.0)
    off = replace(snaps, segment=np.where(np.arange(3) == 1, -1, snaps.segment).astype(np.int32))
    table = compute_near(net, "foot", off, 2, np.array([0, 1]), 3, np.ones(net.n_segments, dtype=np.bool_))
    rows = np.repeat(np.arange(3), np.diff(table.row_ptr))
    assert list(zip(rows.tolist(), table.row_target.tolist(), strict=True)) == [
        (0, 0),
        (0, 2),
        (1, 1),
        (2, 0),
        (2, 2),
    ]
    own = rows == table.row_target
    assert table.time_s[own].tolist() == table.length_m[own].tolist() == [0.0, 0.0, 0.0]
    assert (table.time_s[~own] > 0).all()
    assert (np.diff(table.ptr)[own] == 0).all()
