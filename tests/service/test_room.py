"""The room behind the service."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from routeopt.dispatch.journal import Journal, verify
from routeopt.dispatch.streets import LiveStreets
from routeopt.errors import Fault, InputError, english
from routeopt.service.room import Newest, Room, Row, Unwritten
from routeopt.service.wall import Wall

from .conftest import in_thread

NOTE = {"kind": "note", "happened_at": "2026-11-27T19:30:00", "entered_at": "2026-11-27T19:30:00", "text": "rain"}


class Full:
    """A journal whose disk is full."""

    def append(self, *events):
        done: Future[list[Row]] = Future()
        done.set_exception(InputError(Fault("RO-744", "journal", why="no space")))
        return done

    def entries(self):
        return []


def test_a_full_disk_is_said_and_nothing_is_acknowledged(serve):
    client = serve(journal=Full())
    assert client.enter("note", text="rain").status_code == 503
    assert client.enter("note", "b", text="rain").status_code == 503
    assert client.get("/events").json()["events"] == []
    assert client.get("/healthz").json()["status"] == "failing"


def test_a_room_goes_on_from_its_journal(shift):
    built, plan = shift
    journal, wall = Unwritten(), Wall(built.problem.clock, 0.0)
    first = Room(built, plan, wall, journal, words=english)
    sent = {**NOTE, "id": "s", "kind": "sent", "team": "Foot 1", "place": "Blue", "minutes": 30}
    del sent["text"]
    in_thread(first.enter([{**NOTE, "id": "n"}, sent]))
    again = Room(built, plan, wall, journal, words=english)
    assert again.log.state == first.log.state
    assert again.after(0) == first.after(0)
    for room in (first, again):
        room.close()


def test_who_is_too_far_behind_is_let_go(shift, monkeypatch):
    monkeypatch.setattr("routeopt.service.room.WAITING", 3)
    built, plan = shift
    room = Room(built, plan, Wall(built.problem.clock, 0.0), words=english)

    async def run():
        slow, quick = room.listen(0), room.listen(0)
        for n in range(5):
            await room.enter([{**NOTE, "id": str(n)}])
            assert f"id: {n + 1}\n".encode() in quick.take()
        room.leave(quick)
        return slow.gone, quick.gone, slow.take().count(b"id: ")

    assert in_thread(run()) == (True, False, 5)
    assert room.listening == 0
    room.close()


def test_of_requests_that_wait_the_newest_situation_counts():
    """Five ask at once: the first is answered for itself, the other four by one run that began after all asked."""
    ran = []

    async def run(_, work):
        await asyncio.sleep(0.01)
        ran.append(work())
        return ran[-1]

    async def main():
        newest = Newest(run, lambda: len(ran))
        return await asyncio.gather(*(newest() for _ in range(5)))

    assert in_thread(main()) == [0, 1, 1, 1, 1]


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_the_wall_runs_from_where_it_is_set(speed, shift):
    ticks = iter([100.0, 100.0, 130.0])
    wall = Wall(shift[0].problem.clock, 2400.0, speed, tick=lambda: next(ticks))
    assert wall.now_s() == 2400
    assert wall.now_s() == 2400 + int(30 * speed)


def test_the_true_time_is_counted_in_the_scenario_s_zone(shift):
    from dataclasses import replace

    clock = replace(shift[0].problem.clock, timezone="Asia/Shanghai")
    begin = 1795777200  # 2026-11-27T19:00:00+08:00
    assert Wall(clock, tick=lambda: begin + 90.0).now_s() == 90


def test_a_service_goes_on_with_its_journal(serve, tmp_path):
    path = tmp_path / "shift.journal"
    with Journal(path) as journal:
        desk = serve(journal=journal)
        first = desk.enter("off_duty", id="a", team="Foot 1").json()["entered"][0]
        assert desk.enter("off_duty", id="a", team="Foot 1").json()["entered"][0]["number"] == first["number"] == 1
        state = desk.get("/state").json()
    assert verify(path).last == first["hash"]
    with Journal(path) as journal:
        desk = serve(journal=journal)
        assert desk.get("/state").json() == state
        assert desk.get("/events").json()["events"][0]["hash"] == first["hash"]


def test_nothing_of_a_person_is_on_disk(serve, tmp_path):
    path = tmp_path / "shift.journal"
    with Journal(path) as journal:
        desk = serve(journal=journal)
        said = desk.enter("note", text="电话 13812345678", name="张三", id_number="350981199001011234")
        assert said.json()["entered"][0]["dropped"] == ["name", "id_number"]
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("shift.journal*"))
    kept += path.read_bytes()
    assert "电话".encode() in kept
    for personal in ("13812345678", "张三", "350981199001011234"):
        assert personal.encode() not in kept


def test_a_full_disk_ends_the_entering_and_not_the_service(serve, tmp_path):
    with Journal(tmp_path / "shift.journal") as journal:
        desk = serve(journal=journal)
        journal._database.execute("PRAGMA max_page_count = 1")
        answers = [desk.enter("note", id=f"n{n}", text="雨" * 200) for n in range(40)]
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert answers[-1].status_code == 503
        assert desk.get("/healthz").json()["status"] == "failing"
        there = [row.event["id"] for row in journal.entries()]
    assert there == [f"n{n}" for n, answer in enumerate(answers) if answer.status_code == 200]


def test_an_event_sent_twice_at_once_is_acknowledged_twice_when_it_is_written(serve):
    class Slow(Unwritten):
        """A journal whose disk takes its time."""

        def append(self, *events):
            written, done = super().append(*events), Future()
            asyncio.get_running_loop().call_later(0.02, lambda: done.set_result(written.result()))
            return done

    room = serve(journal=Slow()).room

    async def twice():
        return await asyncio.gather(*[room.enter([{"id": "a", **NOTE}]) for _ in range(2)])

    async def given_up():
        task = asyncio.ensure_future(room.enter([{"id": "b", **NOTE}]))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0.05)

    first, second = in_thread(twice())
    assert [(one["number"], one["new"]) for one in (*first, *second)] == [(1, True), (1, False)]
    in_thread(given_up())
    assert [row.event.id for row in room.rows] == ["a", "b"]


def test_ways_are_worked_out_beside_the_loop(serve, monkeypatch):
    threads = []
    work = LiveStreets._worked_out
    monkeypatch.setattr(
        LiveStreets, "_worked_out", lambda *given: threads.append(threading.current_thread().name) or work(*given)
    )
    desk = serve()
    assert desk.enter("street_closed", "a", names=["South St"]).status_code == 200
    assert [row["id"] for row in desk.get("/state").json()["streets"]] == ["a"]
    assert desk.get("/plan").status_code == desk.post("/replan").status_code == 200
    plan = desk.post("/replan").json()["plan"]
    assert desk.enter("plan_published", "b", at="19:36", plan=plan).status_code == 200
    assert desk.get("/plan").json()["tracks"]
    assert desk.enter("street_closed", "c", names=["No St"]).json()["faults"][0]["code"] == "RO-715"
    assert desk.enter("street_opened", "d", at="19:37", of="a").status_code == 200
    assert desk.get("/state").json()["streets"] == []
    assert len(threads) == 2
    assert all(name.startswith("routeopt-room") for name in threads)
