"""Scenarios that a program makes without a file: the same rules, the same faults."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from routeopt import Scenario, build
from routeopt.errors import InputError
from routeopt.scenario.model import Shift, Team
from routeopt.scenario.sources import FixedDemand
from tests.conftest import NIGHT

TEAM = NIGHT["teams"][0]


def faults(call, *args, **kwargs):
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    return [str(fault) for fault in caught.value.faults]


def test_every_fault_at_once_with_place_value_rule_and_remedy():
    wrong = NIGHT | {
        "shift": {"start": "25 o'clock", "end": "21:00"},
        "teams": [{"name": "Foot 1", "mode": "horse", "start": "Station"}, {"name": "", "mode": "foot"}],
        "demand": [{"kind": "fixed", "entries": [{"name": "X", "lat": 95, "lon": 119.0, "wieght": 2}]}],
    }
    with pytest.raises(InputError) as caught:
        Scenario(**wrong, colour="red")
    found = [(fault.place, fault.code, fault.values["key"]) for fault in caught.value.faults]
    assert found == [
        ("Scenario", "RO-132", "shift.start"),
        ("Scenario", "RO-124", "teams.0.mode"),
        ("Scenario", "RO-114", "teams.1.name"),
        ("Scenario", "RO-112", "teams.1.start"),
        ("Scenario", "RO-126", "demand.0.entries.0.lat"),
        ("Scenario", "RO-111", "demand.0.entries.0.wieght"),
        ("Scenario", "RO-111", "colour"),
    ]
    assert 'shift.start must be a time of day (got "25 o\'clock"). Write "19:00"' in str(caught.value)
    assert 'demand.0.entries.0.wieght: unknown key. Did you mean "weight"?' in str(caught.value)


def test_a_part_by_itself_is_refused_by_its_own_name():
    (said,) = faults(Team, name="Foot 1", mode="foot", start="Station", from_="8")
    assert said.startswith('Team: from_ must be a time of day (got "8").')
    assert faults(FixedDemand, kind="fixed", share=-1)[0].startswith("FixedDemand: share must be")
    assert Shift(start="19:00", end="02:00+1").end == 26 * 60


def test_rules_of_several_keys_are_checked_before_anything_is_built():
    scenario = Scenario(
        **NIGHT | {"shift": {"start": "19:00", "end": "18:00"}, "teams": [TEAM | {"start": "Gate"}]}
    )
    said = faults(build, scenario)
    assert said[0].startswith("Scenario: shift.end")
    assert said[1].startswith('Scenario: teams.0.start: team "Foot 1"')


def test_pydantics_own_way_of_reading_keeps_its_own_error():
    with pytest.raises(ValidationError):
        Scenario.model_validate({})
