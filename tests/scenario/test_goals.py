"""Goals as planners write them: what they ask for, and what is wrong with them."""

from __future__ import annotations

import pytest

from routeopt.errors import ScenarioError
from routeopt.scenario.model import Goal, Shift
from routeopt.scenario.read import MOST_FLOORS, read_scenario

SHIFT = Shift.model_validate({"start": "19:00", "end": "02:30+1"})
HALF = {"at_least": 0.5}


def minutes(hour, minute=0):
    return 60 * hour + minute


@pytest.mark.parametrize(
    ("keys", "spans"),
    [
        ({}, [(minutes(19), minutes(26, 30))]),
        ({"from": "21:00", "until": "22:30"}, [(minutes(21), minutes(22, 30))]),
        (
            {"from": "21:00", "until": "23:15", "every_hour": True},
            [(minutes(21), minutes(22)), (minutes(22), minutes(23)), (minutes(23), minutes(23, 15))],
        ),
        (
            {"from": "01:00+1", "every_hour": True},
            [(minutes(25), minutes(26)), (minutes(26), minutes(26, 30))],
        ),
    ],
)
def test_times_of_floors(keys, spans):
    assert Goal.model_validate(HALF | keys).spans(SHIFT) == spans


def faults(path):
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    return list(caught.value.faults)


@pytest.mark.parametrize(
    ("goal", "code", "said"),
    [
        ({"at_least": 0}, "RO-127", "goals.0.at_least must be greater than 0"),
        ({"at_least": 85}, "RO-126", 'Did you mean "0.85"?'),
        ({"at_least": 1.5}, "RO-126", "must be at most 1 (got 1.5)."),
        ({"at_least": "62.5%"}, "RO-116", 'Did you mean "0.625"?'),
        ({}, "RO-185", "must have exactly one of at_least, at_most, most_min, least_teams, fair"),
        (HALF | {"fair": 0.5}, "RO-185", "must have exactly one of"),
        ({"fair": 0.5}, "RO-188", "fair share of no zone"),
        ({"fair": 0.5, "zone": "a", "within_min": 3}, "RO-187", "fair is about what is seen"),
        (HALF | {"zone": "a", "zones": "all"}, "RO-186", "has zone, zones, which exclude each other"),
        ({"least_teams": 1}, "RO-664", "asks for teams to be present, and does not say where"),
        ({"least_teams": 9, "zone": "a"}, "RO-665", "asks for 9 teams;"),
        ({"least_teams": 0, "zone": "a"}, "RO-125", "must be at least 1"),
        (HALF | {"missing_price": 0.001}, "RO-668", "has a price for missing teams, and asks for none"),
        (HALF | {"second": True}, "RO-190", "Add within_min"),
        (HALF | {"within_min": 4}, "RO-170", "1, 3, 5 minutes alone (got 4). Write one of these"),
        (HALF | {"within_min": "3 min"}, "RO-116", 'Did you mean "3"?'),
        (HALF | {"until": "18:00"}, "RO-145", "goal 1 ends at 18:00"),
        (HALF | {"from": "18:00", "name": "Early"}, "RO-146", 'goal "Early": 18:00 to 21:00 is not inside'),
        (HALF | {"every_hour": "yes"}, "RO-118", "must be true or false"),
        (HALF | {"response": 3}, "RO-111", 'Did you mean "within_min"?'),
        (HALF | {"community": "east"}, "RO-111", 'Did you mean "zone"?'),
        (HALF | {"hourly": True}, "RO-111", 'Did you mean "every_hour"?'),
    ],
)
def test_faults_have_a_place_and_a_remedy(night, goal, code, said):
    path = night(goals=[goal])
    (fault,) = faults(path)
    assert fault.code == code
    assert said in str(fault)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert fault.line > lines.index("goals:")


@pytest.mark.parametrize("word", ["floors", "goal", "minimum", "targets", "下限", "目标"])
def test_other_words_for_goals(night, word):
    (fault,) = faults(night(**{word: [HALF]}))
    assert (fault.code, 'Did you mean "goals"?' in str(fault)) == ("RO-111", True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"name": "B"}),
        ({"within_min": 3}, {"within_min": 3.0, "from": "19:00"}),
        ({"every_hour": True}, {"from": "20:00", "until": "21:00"}),
        ({"zone": "east"}, {"zone": "east", "until": "21:00"}),
    ],
)
def test_two_floors_on_one_share_are_refused(night, first, second):
    found = faults(night(goals=[HALF | first, {"at_least": 0.6} | second]))
    assert [fault.code for fault in found] == ["RO-171"]
    assert "what goal 1 has a floor on" in str(found[0])


def test_two_goals_of_one_name_are_refused(night):
    (fault,) = faults(night(goals=[HALF | {"name": "A"}, HALF | {"name": "A", "within_min": 3}]))
    assert fault.code == "RO-143"
    assert 'goal "A" occurs twice' in str(fault)


def test_different_shares_may_have_floors_together(night):
    goals = [HALF | keys for keys in ({}, {"within_min": 3}, {"within_min": 1}, {"zone": "a"}, {"until": "20:00"})]
    assert len(read_scenario(night(goals=goals)).goals) == 5


def test_more_floors_than_a_search_can_hold_are_refused(night):
    goals = [HALF | {"zone": f"zone {n}", "every_hour": True} for n in range(MOST_FLOORS // 2 + 1)]
    (fault,) = faults(night(goals=goals))
    assert (fault.code, fault.values["count"]) == ("RO-172", MOST_FLOORS + 2)
