"""A shift played again from its journal."""

from __future__ import annotations

import pytest

from routeopt.dispatch.journal import START, Entry
from routeopt.errors import InputError, english
from routeopt.service.replay import LEAD_S, Replay
from routeopt.service.room import Room
from routeopt.service.wall import Wall

from .conftest import DATE, in_thread


def entries(*rows):
    """Rows of a journal: minutes after 19:00 when each was entered, its kind and fields."""
    found = []
    for number, (minute, kind, fields) in enumerate(rows, 1):
        head = {"id": str(number), "kind": kind, "happened_at": f"{DATE}T19:05:00"}
        event = {**head, "entered_at": f"{DATE}T19:{minute:02}:00", **fields}
        found.append(Entry(number, START, event))
    return found


NOTE = {"text": "rain"}


def test_events_come_when_they_were_entered_and_in_their_order(shift):
    clock = shift[0].problem.clock
    replay = Replay(clock, entries((10, "note", NOTE), (20, "note", NOTE), (15, "note", NOTE)))
    assert replay.begin_s == 600 - LEAD_S
    told = [[event["id"] for event in replay.until(at)] for at in (599, 600, 1000, 1200)]
    assert told == [[], ["1"], [], ["2", "3"]]


def test_what_makes_no_sense_any_more_is_passed_over(shift):
    built, plan = shift
    rows = entries((10, "off_duty", {"team": "Foot 1"}), (11, "note", NOTE), (12, "on_duty", {"team": "Foot 1"}))
    replay = Replay(built.problem.clock, rows)
    room = Room(built, plan, Wall(built.problem.clock, 3000.0), words=english)
    gone = {"id": "x", "kind": "off_duty", "team": "Foot 1", "happened_at": f"{DATE}T19:01:00",
            "entered_at": f"{DATE}T19:01:00"}  # fmt: skip

    async def both():
        await room.enter([gone])
        await replay.run(room, every=0)

    in_thread(both())
    assert [row.event.id for row in room.rows] == ["x", "2", "3"]
    assert replay.passed_over == 1
    room.close()


def test_a_row_without_a_time_is_named(shift):
    row = entries((10, "note", NOTE))[0]
    row.event["entered_at"] = "soon"
    with pytest.raises(InputError, match=r"journal\[1\].entered_at"):
        Replay(shift[0].problem.clock, [row])
