"""Events: read whole or refused whole, each written as it was read."""

from __future__ import annotations

import json

import pytest

from routeopt.dispatch.events import EVENTS, fields_of, read_event
from routeopt.errors import InputError

HEAD = {"id": "a", "happened_at": "2026-11-27T21:40:00", "entered_at": "2026-11-27T21:41:00+08:00"}
FIELDS = {
    "position": {"team": "team 0", "lat": 26.66, "lon": 119.55, "accuracy_m": 8.0},
    "arrived": {"team": "team 0", "place": "site 1"},
    "left": {"team": "team 0"},
    "sent": {"team": "team 1", "place": {"lat": 26.66, "lon": 119.55}, "minutes": 25.0, "recommended": "team 0"},
    "off_duty": {"team": "team 0"},
    "on_duty": {"team": "team 0", "place": "site 1"},
    "task_added": {"task": {"name": "call", "place": "site 1", "service_min": 10}},
    "task_done": {"task": "call", "team": "team 0"},
    "task_cancelled": {"task": "call", "reason": "twice"},
    "place_busy": {"place": "site 1", "factor": 3.0, "minutes": 30.0},
    "place_closed": {"place": "site 1"},
    "place_opened": {"place": "site 1"},
    "street_closed": {
        "names": ["East St"],
        "near": {"lat": 26.66, "lon": 119.55, "radius_m": 80.0},
        "modes": ["car"],
        "minutes": 30.0,
    },
    "street_opened": {"of": "b"},
    "plan_published": {"plan": {"format": "routeopt-plan"}},
    "note": {"text": "rain"},
    "struck": {"of": "b", "reason": "another team"},
}


def codes(error) -> list[str]:
    return sorted(fault.code for fault in error.value.faults)


def test_every_kind_has_an_example():
    assert set(FIELDS) == set(EVENTS)


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_is_written_as_it_was_read(shift, kind):
    document = {"kind": kind, **HEAD, **FIELDS[kind]}
    event = read_event(document, shift[0])
    again = json.loads(json.dumps(event.to_json()))
    assert again == document
    assert read_event(again) == event


@pytest.mark.parametrize("kind", EVENTS)
def test_a_field_that_no_event_has_is_refused(shift, kind):
    with pytest.raises(InputError) as error:
        read_event({"kind": kind, **HEAD, **FIELDS[kind], "caller": "N. N.", "phone": "0593"}, shift[0])
    assert codes(error) == ["RO-111", "RO-111"]
    assert not {"caller", "phone"} & fields_of(kind)


def test_names_are_looked_up_without_regard_to_width_and_case(shift):
    event = read_event({"kind": "arrived", **HEAD, "team": "ＴＥＡＭ 0", "place": "Site 1"}, shift[0])
    assert (event.team, event.place) == ("team 0", "site 1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "arived"}, ["RO-701"]),
        ({"kind": ["arrived"]}, ["RO-701"]),
        ({"happened_at": "at nine", "team": "team 7", "place": "nowhere"}, ["RO-542", "RO-546", "RO-700"]),
        ({"happened_at": 1764250800}, ["RO-700"]),
        ({"id": ""}, ["RO-114"]),
        ({"id": "x" * 101}, ["RO-131"]),
        ({"place": {"lat": 0.0, "lon": 0.0}}, ["RO-493"]),
        ({"place": None}, ["RO-491"]),
    ],
)
def test_what_cannot_be_read_is_said_all_at_once(shift, changes, expected):
    with pytest.raises(InputError) as error:
        read_event({"kind": "arrived", **HEAD, **FIELDS["arrived"], **changes}, shift[0])
    found = codes(error)
    assert found == expected or sorted(f.replace("545", "546").replace("543", "542") for f in found) == expected


def test_what_is_no_object_is_refused():
    with pytest.raises(InputError, match="must be of type object"):
        read_event(["arrived"])
