"""The log of a shift: what makes no sense is refused with its reason, and lateness changes nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from routeopt.dispatch.log import Log
from routeopt.dispatch.state import fold
from routeopt.errors import InputError

from .conftest import at

CALL = {"name": "call", "place": "site 1", "service_min": 5, "windows": [["19:10", "20:30"]], "reward": 0.05}


def codes(error) -> list[str]:
    return [fault.code for fault in error.value.faults]


def test_the_same_event_again_changes_nothing(log, enter):
    assert enter("note", 5, id="n", text="rain").new
    state = log.state
    assert not enter("note", 5, id="n", text="rain").new
    assert log.state is state
    assert len(log) == 1
    with pytest.raises(InputError) as error:
        enter("note", 5, id="n", text="snow")
    assert codes(error) == ["RO-702"]


@pytest.mark.parametrize(
    ("kind", "minute", "fields", "code"),
    [
        ("off_duty", 30, {"team": "team 0"}, "RO-708"),
        ("sent", 30, {"team": "team 0", "place": "site 1", "minutes": 10}, "RO-708"),
        ("arrived", 30, {"team": "team 0", "place": "site 1"}, "RO-708"),
        ("on_duty", 30, {"team": "team 1"}, "RO-709"),
        ("task_done", 30, {"task": "cal"}, "RO-710"),
        ("task_done", 10, {"task": "call"}, "RO-710"),
        ("task_cancelled", 50, {"task": "call"}, "RO-711"),
        ("task_added", 50, {"task": CALL}, "RO-460"),
        ("place_closed", 30, {"place": "site 2"}, "RO-712"),
        ("place_opened", 30, {"place": "site 1"}, "RO-713"),
        ("struck", 50, {"of": "nothing"}, "RO-705"),
        ("note", 24 * 60, {"text": "x"}, "RO-703"),
        ("plan_published", 50, {"plan": {"format": "x"}}, "RO-511"),
    ],
)
def test_what_makes_no_sense_is_refused(log, enter, kind, minute, fields, code):
    enter("off_duty", 15, team="team 0")
    enter("task_added", 20, task=CALL)
    enter("place_closed", 25, place="site 2")
    enter("task_done", 45, task="call")
    before = log.state, len(log)
    with pytest.raises(InputError) as error:
        enter(kind, minute, **fields)
    assert codes(error) == [code]
    assert (log.state, len(log)) == before


def test_an_event_is_not_entered_before_it_happened(enter):
    enter("note", 12, entered=10, text="within the difference of two clocks")
    with pytest.raises(InputError) as error:
        enter("note", 13, entered=10, text="x")
    assert codes(error) == ["RO-704"]


def test_times_with_and_without_an_offset_are_compared(shift):
    problem, plan = shift
    log = Log(replace(problem, clock=replace(problem.clock, timezone="Asia/Shanghai")), plan)
    note = {"id": "n", "kind": "note", "text": "rain", "happened_at": at(30)}
    with pytest.raises(InputError) as error:
        log.enter(log.read({**note, "entered_at": "2026-11-27T19:10:00+08:00"}))
    assert codes(error) == ["RO-704"]
    assert log.enter(log.read({**note, "entered_at": "2026-11-27T11:31:00+00:00"})).new


def test_an_offset_needs_a_scenario_with_a_time_zone(log):
    note = {"id": "n", "kind": "note", "text": "rain", "happened_at": at(30), "entered_at": at(30) + "+08:00"}
    with pytest.raises(InputError) as error:
        log.enter(log.read(note))
    assert codes(error) == ["RO-567"]


def test_a_late_event_counts_where_it_happened(log, enter):
    """The team was off duty at 19:30; that it was sent at 19:20 is entered at 19:40 and is over by then."""
    enter("off_duty", 30, team="team 0")
    enter("sent", 20, entered=40, team="team 0", place="site 1", minutes=30)
    assert log.state.teams[0].on_duty is False
    assert log.state.teams[0].errand is None
    assert [event.kind for event in log.events] == ["off_duty", "sent"]


def test_struck_events_stay_and_count_no_longer(log, enter):
    enter("off_duty", 10, id="wrong", team="team 0")
    enter("struck", 12, of="wrong", reason="the other team")
    assert log.state.teams[0].on_duty
    assert log.events[0].id == "wrong"
    with pytest.raises(InputError) as error:
        enter("struck", 13, of="wrong")
    assert codes(error) == ["RO-706"]


def test_what_others_stand_on_is_not_struck_out(log, enter):
    enter("task_added", 10, id="added", task=CALL)
    enter("task_done", 40, id="done", task="call")
    with pytest.raises(InputError) as error:
        enter("struck", 41, of="added")
    assert codes(error) == ["RO-707"]
    enter("struck", 42, of="done")
    enter("struck", 43, of="added")
    assert log.state.added == ()


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_entering_does_not_matter(shift, seed):
    """Events of a shift, entered in any order that makes sense, lead to the same state."""
    problem, plan = shift
    rng = random.Random(seed)
    rows = []
    for n in range(25):
        team, site = f"team {rng.randrange(2)}", f"site {rng.randrange(problem.n_sites)}"
        kind, fields = rng.choice([
            ("position", {"team": team, "lat": 26.66 + rng.random() / 100, "lon": 119.55}),
            ("arrived", {"team": team, "place": site}),
            ("left", {"team": team}),
            ("sent", {"team": team, "place": site, "minutes": rng.randrange(5, 30)}),
            ("task_added", {"task": {**CALL, "name": f"call {n}"}}),
            ("place_busy", {"place": site, "minutes": 20}),
        ])  # fmt: skip
        rows.append({"id": str(n), "kind": kind, "happened_at": at(2 + n * 3), "entered_at": at(110), **fields})
    first, second = Log(problem, plan), Log(problem, plan)
    for row in rows:
        first.enter(first.read(row))
    rng.shuffle(rows)
    for row in rows:
        second.enter(second.read(row))
    assert first.state == second.state == fold(problem, plan, first.events)


def test_a_late_position_does_not_work_out_the_shift_again(log, enter, monkeypatch):
    """A telephone without a network sends what it kept, oldest first, when others have gone on."""
    enter("off_duty", 30, team="team 0")
    monkeypatch.setattr("routeopt.dispatch.log.fold", None)
    for minute in (10, 12, 11):
        enter("position", minute, entered=40, team="team 0", lat=26.66, lon=119.55)
    enter("note", 5, entered=40, text="written down later")
    assert log.state.teams[0].position_s == 12 * 60
