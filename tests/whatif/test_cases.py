"""Cases: which teams stay, are copied and go; what names them; hours."""

from __future__ import annotations

import pytest

from routeopt.errors import InputError
from routeopt.scenario.read import read_scenario
from routeopt.whatif.cases import Asked, cases, in_turn, moved, names_of, parse, with_modes, with_teams

MODES = ["foot", "foot", "foot", "ebike", "car", "car"]
TEAMS = [
    {"name": f"{mode} {k}", "mode": mode, "start": "Station", "from": "19:30", "until": "20:30"}
    for k, mode in enumerate(MODES)
]


@pytest.fixture
def scenario(night):
    def task(name, teams):
        return {"name": name, "lat": 26.001, "lon": 119.0, "service_min": 5, "teams": teams}

    return read_scenario(night(teams=TEAMS, tasks=[task("a", ["foot 2"]), task("b", ["foot 0", "car 4"])]))


def test_teams_come_and_go_by_mode_in_turn(scenario):
    assert in_turn(scenario.teams) == [0, 3, 4, 1, 5, 2]
    assert [team.name for team in with_teams(scenario, 4).teams] == ["foot 0", "foot 1", "ebike 3", "car 4"]
    more = with_teams(scenario, 13)
    assert [t.name for t in more.teams if t.mode == "foot"] == [
        "foot 0", "foot 0 (2)", "foot 0 (3)", "foot 1", "foot 1 (2)", "foot 2", "foot 2 (2)"
    ]  # fmt: skip
    assert with_teams(scenario, 6) == scenario
    assert list(names_of(scenario, with_teams(scenario, 7))) == ["+ foot 0 (2)"]


def test_what_names_teams_follows_them(scenario):
    assert [task.name for task in with_teams(scenario, 2).tasks] == ["b"]
    assert with_teams(scenario, 2).tasks[0].teams == ["foot 0"]
    assert with_teams(scenario, 9).tasks[1].teams == ["foot 0", "foot 0 (2)", "car 4", "car 4 (2)"]


def test_modes(scenario):
    mixed = with_modes(scenario, {"foot": 1, "car": 3})
    assert [team.name for team in mixed.teams] == ["foot 0", "ebike 3", "car 4", "car 4 (2)", "car 5"]
    assert with_modes(scenario, {"foot": 0, "car": 0, "ebike": 0}) is None


def test_a_shift_moves_with_its_teams(scenario):
    later = moved(scenario, 20 * 60)
    assert (later.shift.start, later.shift.end) == (20 * 60, 22 * 60)
    assert (later.teams[0].from_, later.teams[0].until) == (20 * 60 + 30, 21 * 60 + 30)


def test_what_is_asked():
    asked = parse("4..8/2, 3", "18:00..19:00/30,26:00", "foot=2..3,car=0,2", rules=True)
    assert asked == Asked(
        (4, 6, 8, 3), (1080, 1110, 1140, 1560), (("foot", (2, 3)), ("car", (0, 2))), True
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        parse("0", "noon", "foot")
    assert [fault.code for fault in error.value.faults] == ["RO-648", "RO-649", "RO-650"]


def test_all_combinations_of_modes(scenario):
    found = cases(scenario, parse(modes="foot=1..2,car=1..3"))
    assert [case.label for case in found[1:]] == [f"foot={f},car={c}" for f in (1, 2) for c in (1, 2, 3)]
    assert found[1].modes == {"foot": 1, "ebike": 1, "car": 1}


def test_only_the_cases_that_are_planned_are_counted(scenario):
    assert len(cases(scenario, Asked(teams=tuple(range(1, 200))))) == 200
    with pytest.raises(InputError, match="201"):
        cases(scenario, Asked(teams=tuple(range(1, 200)), rules=True))  # its tasks are one rule
