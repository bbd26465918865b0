"""Streets that change with the time of day, from the scenario to the legs of the problem."""

from __future__ import annotations

import pytest

from routeopt.budget import Budget
from routeopt.errors import InfeasibleError, ScenarioError
from routeopt.evaluation import evaluate
from routeopt.messages import words
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE
from routeopt.problem.build import build, build_with_streets
from routeopt.problem.build_periods import _with_transitions
from routeopt.rules import check
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES

SITES = {
    "count": 0,
    "list": [
        {"name": "SE", "lat": 26.0, "lon": 119.003},
        {"name": "NE", "lat": 26.002, "lon": 119.003},
        {"name": "NW", "lat": 26.002, "lon": 119.0},
        {"name": "South", "lat": 26.0, "lon": 119.0015},
    ],
}
STATION, SE, NE, NW, SOUTH = range(5)
EARLY = {"names": ["South St"], "from": "19:20", "until": "20:00", "closed": True}
"""The way from the station to the south-east corner is 300 m, and 744 m round the other side of the block."""
TEAMS = [
    {"name": "Foot 1", "mode": "foot", "start": "Station"},
    {"name": "Car 1", "mode": "car", "start": "Station"},
]


@pytest.fixture
def town(night):
    """`town(changes, **scenario)`: the square with changes of its streets, built."""

    def make(*changes, **more):
        streets = {"file": "square.osm", "changes": list(changes)}
        return build_with_streets(read_scenario(night(**({"streets": streets, "sites": SITES} | more))))

    return make


def test_a_closed_street_is_gone_round_while_it_is_closed_by_hand(town):
    built = town(EARLY)
    foot = built.problem.movement(0)
    # 4.5 km/h are 75 m in a step: 300 m take 4, 744 m take 10; who leaves at 19:17 is under way as it closes
    assert [foot.steps(STATION, SE, t) for t in (0, 16, 17, 20, 59, 60)] == [4, 4, 10, 10, 10, 4]
    assert foot.metres(STATION, SE, 30) == pytest.approx(744, abs=3)
    # a leg under way as it opens keeps to the way that it took
    assert foot.leg(STATION, SE, 55)[1] is foot.leg(STATION, SE, 30)[1]
    assert {foot.steps(SOUTH, k, 30) for k in (STATION, SE, NE)} == {int(UNREACHABLE)}
    assert foot.steps(STATION, NW, 30) == foot.steps(STATION, NW, 0) == 3
    assert foot.seen(SOUTH)[0].tolist() == town().problem.movement(0).seen(SOUTH)[0].tolist()
    note = next(note for note in built.notes if note.code == "build-change-closed")
    assert str(note) == "From 19:20 to 20:00 300 m of streets are closed (foot): South St."
    cut = next(note for note in built.notes if note.code == "build-change-cut")
    assert str(cut).endswith("19:20 to 20:00, while streets are closed, no team gets from its post to: South.")


def test_nothing_changes_without_changes(town):
    built = town()
    assert not built.problem.periods.change
    assert not built.networks
    assert len(built.problem.profiles) == 1


def test_slow_streets_slow_those_that_are_faster(town):
    slow = {"near": {"lat": 26.0, "lon": 119.0015, "radius_m": 100}, "until": "20:00", "speed_kph": 2.25}
    built = town(slow, slow | {"speed_kph": 12, "from": "20:00", "until": "20:30"}, teams=TEAMS)
    foot, car = (built.problem.movement(team) for team in (0, 1))
    assert [foot.steps(STATION, SOUTH, t) for t in (0, 60, 90)] == [4, 2, 2]
    assert [car.metres(STATION, SOUTH, t) for t in (0, 119)] == pytest.approx([150, 150], abs=2)
    assert len({id(car.leg(STATION, SOUTH, t)[1]) for t in (0, 60, 90)}) == 3
    assert len({id(foot.leg(STATION, SOUTH, t)[1]) for t in (0, 60, 90)}) == 2  # 12 km/h hold up no walker
    assert [note.code for note in built.notes if note.code.startswith("build-change")] == [
        "build-change-slow", "build-change-slow", "build-change-response",
    ]  # fmt: skip


def test_a_change_may_hold_from_the_start_or_all_night(town):
    built = town({"names": ["South St"], "closed": True})
    assert not built.problem.periods.change
    assert [built.problem.movement(0).steps(STATION, SE, t) for t in (0, 119)] == [10, 10]
    early = town({"names": ["South St"], "closed": True, "until": "19:30"}).problem.movement(0)
    assert [early.steps(STATION, SE, t) for t in (0, 29, 30)] == [10, 10, 4]


def test_a_team_that_cannot_leave_its_post_is_refused(town):
    around = {"near": {"lat": 26.0, "lon": 119.0, "radius_m": 150}, "until": "19:30", "closed": True}
    later = {"name": "Foot 2", "mode": "foot", "start": "Station", "from": "19:30"}
    with pytest.raises(InfeasibleError, match=r'"Foot 1" \(foot\) cannot leave "Station" at 19:00') as caught:
        town(around, teams=[*TEAMS[:1], later])
    assert [fault.code for fault in caught.value.faults] == ["RO-443"]
    assert town(around, teams=[later]).problem.periods.change


def test_modes_of_nobody_are_told(town):
    built = town(EARLY | {"modes": ["car"]})
    assert not built.problem.periods.change
    (note,) = [note for note in built.notes if note.code == "build-change-idle"]
    assert str(note) == "change 1 concerns no team: none is slowed by it or kept from there."
    assert "第1项" in note.text(words("zh"))


def test_an_area_and_a_name_are_met_together(town):
    west = [[25.999, 118.999], [26.003, 118.999], [26.003, 119.0014], [25.999, 119.0014]]
    both = town({"polygon": west, "names": ["South St"], "closed": True}).changes[0]
    area = town({"polygon": west, "closed": True, "from": "19:30"}).changes[0]
    net = town().network
    assert {net.names[n] for n in net.seg_name[both.segments]} == {"South St"}
    assert {net.names[n] for n in net.seg_name[area.segments]} == {"South St", "North Walk", "West St"}
    assert 0 < len(both.segments) < (net.seg_name == net.names.index("South St")).sum()


def test_streets_that_close_as_others_open_are_both_closed_for_a_step(town):
    """Nobody under way at 20:00 may be on a street that has just been closed, or has not been opened yet."""
    north = {"names": ["North Walk"], "from": "20:00", "until": "20:40", "closed": True}
    p = town(EARLY, north).problem
    assert p.periods.begin.tolist() == [0, 20, 59, 60, 100]
    foot = p.movement(0)
    assert [foot.steps(STATION, SE, t) for t in (48, 50, 59, 60)] == [10, UNREACHABLE, UNREACHABLE, 4]
    assert [foot.steps(NW, SE, t) for t in (50, 55)] == [7, UNREACHABLE]


def test_a_step_between_where_a_leg_may_come_from_other_changes():
    a, b, none = frozenset({0}), frozenset({1}), frozenset()
    assert _with_transitions({0: a, 50: none, 60: b}, 12) == {0: a, 50: none, 59: a | b, 60: b}
    assert _with_transitions({0: a, 50: none, 60: b}, 10) == {0: a, 50: none, 60: b}
    assert _with_transitions({0: a, 50: a | b, 60: b, 70: none}, 100) == {0: a, 50: a | b, 60: b, 70: none}
    assert _with_transitions({0: a, 50: b, 90: none}, 60) == {0: a, 49: a | b, 50: b, 90: none}  # one is enough


def test_a_way_round_takes_a_step_more_than_the_way_through(town):
    """Where both round to the same step, nobody under way would know that one is closed."""
    shift = {"start": "19:00", "end": "21:00", "step_s": 900}
    model = {"dwell_min": [15], "dwell_effect": [0.8]}
    foot = town(EARLY | {"from": "19:30"}, shift=shift, model=model).problem.movement(0)
    assert [foot.steps(STATION, SE, t) for t in (0, 1, 2, 3, 4)] == [1, 1, 2, 2, 1]


ONE_WAY = {"names": ["East St"], "from": "19:30", "until": "20:30", "oneway": "reversed"}
"""East Street leads from the south-east to the north-east corner alone."""


@pytest.fixture
def ring(town, square):
    """Like `town`, with all four streets for everybody."""
    square.write_text(square.read_text().replace("footway", "residential"))
    return town


def test_a_one_way_street_is_turned_round_by_hand(ring):
    """From corner to corner of East St it is 222 m, and 823 m round the other side of the block."""
    built = ring(ONE_WAY, teams=[{"name": "E-bike", "mode": "ebike", "start": "Station"}])
    bike = built.problem.movement(0)
    # 18 km/h are 300 m in a step; in the step before the change, both ways are closed
    assert [bike.steps(SE, NE, t) for t in (0, 28, 29, 30, 86, 90)] == [1, 1, UNREACHABLE, 3, 3, 1]
    assert [bike.steps(NE, SE, t) for t in (0, 25, 29, 30, 88, 90)] == [3, 3, UNREACHABLE, 1, 1, 3]
    (note,) = [note for note in built.notes if note.code == "build-change-oneway"]
    assert str(note) == "From 19:30 to 20:30 222 m of streets lead another way (e-bike): East St."


def test_a_street_leads_towards_a_bearing(town):
    east = {"names": ["South St"], "oneway": 80, "until": "20:00"}
    built = town(east, teams=[TEAMS[0], {"name": "E-bike", "mode": "ebike", "start": "Station"}])
    foot, bike = (built.problem.movement(team) for team in (0, 1))
    assert [foot.steps(SE, STATION, t) for t in (0, 60)] == [4, 4]  # of those on foot it says nothing
    assert [bike.steps(STATION, SE, t) for t in (0, 60)] == [1, 1]
    assert [bike.steps(SE, STATION, t) for t in (0, 60)] == [UNREACHABLE, 1]
    other = town(east | {"oneway": 260, "modes": ["foot"]}).problem.movement(0)
    assert [other.steps(STATION, SE, t) for t in (0, 60)] == [10, 4]


def test_a_one_way_street_that_leads_there_already_is_no_change(town):
    built = town(ONE_WAY | {"oneway": 0}, teams=TEAMS[1:])
    assert not built.problem.periods.change
    assert [note.code for note in built.notes if "change" in note.code] == ["build-change-idle"]
    assert town(ONE_WAY | {"names": ["South St"]}, teams=TEAMS[1:]).notes[-1].code == "build-change-idle"


def test_cars_pass_where_they_may_not_stop(town):
    shut = {"names": ["South St"], "modes": ["car"], "no_stop": True, "from": "19:30"}
    built = town(shut, teams=TEAMS)
    problem = built.problem
    assert not problem.periods.change
    assert problem.access.closed(1, SOUTH) == [(30, 120)]
    assert problem.access.closed(0, SOUTH) == problem.access.closed(1, NW) == []
    assert problem.movement(1).steps(STATION, SE, 60) == problem.movement(1).steps(STATION, SE, 0)
    (note,) = [note for note in built.notes if note.code == "build-change-no-stop"]
    assert str(note) == "From 19:30 to 21:00 nobody stops on 300 m of streets (car): South St."
    stop = Visit(SOUTH, 40, 0)
    plan = Plan((Route(0), Route(1, (stop,))))
    assert [one.code for one in check(problem, plan)] == ["closed"]
    assert not check(problem, Plan((Route(0, (stop,)), Route(1))))


def test_a_mode_enters_no_area_that_is_closed_to_it(town):
    west = [[25.9995, 119.0010], [26.0005, 119.0010], [26.0005, 119.0020], [25.9995, 119.0020]]
    built = town({"polygon": west, "modes": ["car"], "closed": True}, teams=TEAMS)
    assert built.problem.movement(1).steps(STATION, SOUTH, 0) == UNREACHABLE
    assert built.problem.movement(0).steps(STATION, SOUTH, 0) == 2


@pytest.mark.parametrize("strategy", ["best_response", "greedy", "beats", "random"])
def test_plans_keep_one_ways_and_no_stopping(town, strategy):
    changes = [ONE_WAY, {"names": ["South St"], "no_stop": True, "until": "20:10"}]
    teams = [{"name": "E-bike", "mode": "ebike", "start": "Station"}, TEAMS[0]]
    problem = town(*changes, teams=teams).problem
    free = solve(town(teams=teams).problem, Budget(iterations=100), strategy="best_response", seed=1)
    assert {one.code for one in check(problem, free.plan)} <= {"closed", "late", "no-way"}
    found = solve(problem, Budget(iterations=100), strategy=strategy, seed=1)
    assert not check(problem, found.plan)


@pytest.mark.parametrize("strategy", ["best_response", "greedy", "beats", "random"])
def test_plans_keep_the_rules(town, strategy):
    problem = town(
        EARLY, {"names": ["West St"], "from": "20:10", "until": "20:30", "speed_kph": 2}, teams=TEAMS
    ).problem
    found = solve(problem, Budget(iterations=100), strategy=strategy, seed=1)
    assert not check(problem, found.plan)
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-9)
    assert not any(STRATEGIES[name].supports(problem) for name in ("ortools_routing", "pyvrp", "vroom"))


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (EARLY | {"names": ["South St", "Sout St"]}, "RO-441", 'called "Sout St". Did you mean "South St"?'),
        ({"near": {"lat": 26.5, "lon": 119, "radius_m": 50}, "closed": True}, "RO-442", "concerns no street"),
    ],
)  # fmt: skip
def test_faults_of_streets_have_their_place(night, change, code, said):
    path = night(streets={"file": "square.osm", "changes": [EARLY, change]})
    with pytest.raises(ScenarioError) as caught:
        build(read_scenario(path))
    (fault,) = caught.value.faults
    assert (fault.code, fault.line is None) == (code, False)
    assert "change 2" in str(fault)
    assert said in str(fault)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"closed": True}, "RO-173", "change 1 says not which streets. Give one or more of names, near, polygon."),
        ({"names": ["South St"]}, "RO-174", "must say exactly one thing of its streets"),
        (EARLY | {"speed_kph": 5}, "RO-174", "must say exactly one thing of its streets"),
        (EARLY | {"no_stop": True}, "RO-174", "Write closed: true, speed_kph, oneway or no_stop: true."),
        ({"names": ["South St"], "oneway": 400}, "RO-126", "at most 360"),
        (EARLY | {"speed_kph": 0}, "RO-127", "must be greater than 0"),
        (EARLY | {"until": "19:10"}, "RO-145", "change 1 ends at 19:10"),
        (EARLY | {"until": "23:00"}, "RO-146", "not inside the shift"),
        (EARLY | {"modes": ["tram"]}, "RO-124", "must be one of"),
        (EARLY | {"street": "South St"}, "RO-111", 'Did you mean "names"?'),
        (EARLY | {"max_speed": 4}, "RO-111", 'Did you mean "speed_kph"?'),
        (EARLY | {"near": {"lat": 26, "lon": 119, "radius": 50}}, "RO-111", 'Did you mean "radius_m"?'),
        (EARLY | {"polygon": [[26, 119], [26, 120]]}, "RO-129", "at least 3"),
    ],
)
def test_faults_of_what_is_written(night, change, code, said):
    path = night(streets={"file": "square.osm", "changes": [change]})
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    assert (code, True) in [(fault.code, said in str(fault)) for fault in caught.value.faults]


@pytest.mark.parametrize("word", ["closures", "road_closures", "封路", "限行"])
def test_other_words_lead_to_changes(night, word):
    with pytest.raises(ScenarioError, match="under streets: changes"):
        read_scenario(night(**{word: []}))
    with pytest.raises(ScenarioError, match='Did you mean "changes"'):
        read_scenario(night(streets={"file": "square.osm", word: []}))


def test_a_night_is_cut_in_twelve_parts_at_most(night):
    changes = [EARLY | {"from": f"19:{2 * n:02d}", "until": f"19:{2 * n + 1:02d}"} for n in range(1, 8)]
    assert read_scenario(night(streets={"file": "square.osm", "changes": changes[:5]}))
    with pytest.raises(ScenarioError, match="into 15 parts; at most 12"):
        read_scenario(night(streets={"file": "square.osm", "changes": changes}))
