"""The journal: what was acknowledged is there, once, in its order; what was changed is noticed."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from benchmarks.journal import killed, lost
from routeopt.dispatch import journal as module
from routeopt.dispatch.journal import START, Journal, canonical, has, read, verify
from routeopt.errors import InputError


def note(id_: str, text: str = "rain", **more) -> dict:
    return {
        "id": id_, "kind": "note", "text": text, "happened_at": "2026-11-27T19:00:00",
        "entered_at": "2026-11-27T19:00:05", **more,
    }  # fmt: skip


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "shift.journal"


@pytest.fixture
def ten(path) -> Path:
    """A journal of ten events, closed."""
    with Journal(path) as journal:
        journal.append(*[note(f"n{n}", "雨" * 50) for n in range(10)]).result()
    return path


def codes(error) -> list[str]:
    return [fault.code for fault in error.value.faults]


def test_the_chain_is_worked_out_by_hand(path):
    with Journal(path) as journal:
        (receipt,) = journal.append(note("a", "雨")).result()
    text = (
        '{"entered_at":"2026-11-27T19:00:05","happened_at":"2026-11-27T19:00:00","id":"a",'
        '"kind":"note","text":"雨"}'
    )
    assert receipt == (1, hashlib.sha256(b"\0" * 32 + text.encode()).hexdigest(), True)
    assert read(path) == Journal.read(path) == [(1, receipt.hash, json.loads(text))]


def test_the_same_event_again_is_acknowledged_by_the_same_row(path):
    with Journal(path) as journal:
        first, second = journal.append(note("a"), note("b")).result()
        again = journal.append({key: note("a")[key] for key in reversed(note("a"))}).result()
        assert again == [(1, first.hash, False)]
        with pytest.raises(InputError) as error:
            journal.append(note("c"), note("a", "snow"), note("b", "snow")).result()
        assert codes(error) == ["RO-726", "RO-726"]
        assert [entry.event["id"] for entry in journal.after()] == ["a", "b"]
        assert journal.append(note("c")).result() == [(3, module.chained(second.hash, canonical(note("c"))), True)]


def test_the_same_id_twice_in_one_write(path):
    with Journal(path) as journal:
        receipts = journal.append(note("a"), note("a")).result()
        assert [(receipt.number, receipt.new) for receipt in receipts] == [(1, True), (1, False)]
        with pytest.raises(InputError):
            journal.append(note("b"), note("b", "snow")).result()
        assert len(journal.after()) == 1


@pytest.mark.parametrize(
    "event",
    [{}, {"id": "a"}, note(""), note("a", kind=3), note("a", x=float("nan")), note("a", x={1}), note("\ud800")],
)
def test_what_is_no_event_is_refused(path, event):
    with Journal(path) as journal:
        with pytest.raises(InputError) as error:
            journal.append(note("b"), event)
        assert codes(error) == ["RO-722"]
        assert str(error.value).startswith("events[1]: must be a JSON object")
        assert journal.after() == []


def test_one_process_writes_and_others_read(ten):
    with Journal(ten) as journal:
        with pytest.raises(InputError) as error:
            Journal(ten)
        assert codes(error) == ["RO-724"]
        connection = sqlite3.connect(ten)
        reading = connection.execute("SELECT number FROM events")
        assert reading.fetchone() == (1,)
        journal.append(note("new")).result(timeout=5)
        assert len(reading.fetchall()) == 9, "a reader sees the journal as it was when it began"
        reading.close()
        connection.close()
        assert [entry.number for entry in read(ten, after=9)] == [10, 11]
        assert [entry.number for entry in read(ten, after=3, most=2)] == [4, 5]
    with Journal(ten) as journal:
        assert journal.append(note("next")).result()[0].number == 12


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET event = '{}' WHERE number = 3",
        "DELETE FROM events WHERE number = 10",
        "INSERT OR REPLACE INTO events VALUES (3, 'x', '{}', '')",
        "INSERT OR REPLACE INTO events VALUES (11, 'n3', '{}', '')",
        "INSERT INTO events VALUES (12, 'x', '{}', '')",
    ],
)
def test_the_file_refuses_changes(ten, statement):
    connection = sqlite3.connect(ten)
    with pytest.raises(sqlite3.IntegrityError, match="events are"):
        connection.execute(statement)
    connection.close()
    assert verify(ten).fault is None


def test_a_changed_byte_is_found_in_its_row(ten):
    whole = ten.read_bytes()
    at = whole.index(b'"id":"n6"') + 7
    ten.write_bytes(whole[:at] + b"x" + whole[at + 1 :])
    found = verify(ten)
    assert (found.rows, found.fault.code, found.fault.values["number"]) == (6, "RO-729", 7)


def test_every_changed_byte_of_the_rows_is_found(ten):
    """Those of the free space between rows and their index excepted, which no row has."""
    whole = ten.read_bytes()
    begin = whole.index(b'{"entered_at"', whole.index(b"events_are_appended") + 1)
    for at in range(begin, len(whole), 97):
        ten.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = verify(ten)
        assert found.fault is not None or [entry.event for entry in read(ten)] == [
            note(f"n{n}", "雨" * 50) for n in range(10)
        ]


@pytest.mark.parametrize(("number", "code", "rows"), [(4, "RO-728", 3), (10, None, 9)])
def test_rows_taken_out_are_found_or_known_by_their_hash(ten, number, code, rows):
    last = verify(ten).last
    connection = sqlite3.connect(ten)
    connection.execute("DROP TRIGGER events_are_not_deleted")
    connection.execute("DELETE FROM events WHERE number = ?", (number,))
    connection.commit()
    connection.close()
    found = verify(ten)
    assert (found.rows, found.fault and found.fault.code) == (rows, code)
    assert has(ten, last) == (number != 10)


@pytest.mark.parametrize("seed", range(2))
def test_what_was_acknowledged_outlives_a_killed_process(path, seed):
    acknowledged = killed(path, 1000 * seed, 0.05 + 0.2 * seed)
    assert acknowledged
    assert lost(path, acknowledged) == 0
    with Journal(path) as journal:  # the lock of the killed process is gone
        assert journal.append(note("after")).result()[0].number == len(read(path))


def test_many_senders_are_committed_together(path, monkeypatch):
    commits = []
    commit = Journal._commit
    monkeypatch.setattr(Journal, "_commit", lambda self, batch: (commits.append(len(batch)), commit(self, batch)))
    with Journal(path) as journal:

        def send(sender: int) -> None:
            for done in [journal.append(note(f"{sender}-{n}")) for n in range(50)]:
                done.result()

        senders = [threading.Thread(target=send, args=(k,)) for k in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert sum(commits) == 200
    assert len(commits) < 150
    assert verify(path).rows == 200


def test_a_full_disk_is_said_and_keeps_what_is_there(ten):
    with Journal(ten) as journal:
        pages = journal._database.execute("PRAGMA page_count").fetchone()[0]
        journal._database.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(InputError, match="full") as error:
            journal.append(note("small"), note("large", "x" * 100_000)).result()
        assert codes(error) == ["RO-725"]
        assert journal.append(note("small")).result()[0].number == 11
    assert verify(ten).rows == 11


def test_who_no_longer_waits_undoes_nothing(path):
    with Journal(path) as journal:
        assert not journal.append(note("a")).cancel()
        journal.append(note("b")).result()
    assert verify(path).rows == 2
    with pytest.raises(InputError) as error:
        journal.append(note("c"))
    assert codes(error) == ["RO-727"]
    journal.close()


def test_other_files_are_refused_and_left_alone(path, tmp_path):
    path.write_text("a letter, and no database: " * 200, encoding="utf-8")
    before = path.read_bytes()
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE things (name)")
    connection.close()
    for file in (path, other):
        for use in (Journal, read, verify):
            with pytest.raises(InputError) as error:
                use(file)
            assert codes(error) == ["RO-721"]
    assert path.read_bytes() == before
    with pytest.raises(InputError) as error:
        read(tmp_path / "none")
    assert codes(error) == ["RO-720"]
    with pytest.raises(InputError) as error:
        Journal(tmp_path / "none" / "shift.journal")
    assert codes(error) == ["RO-725"]


def test_a_file_system_that_keeps_no_journal_is_refused(path, monkeypatch):
    monkeypatch.setattr(module, "FULL", 1)  # what it is set to is not what is read back
    monkeypatch.setattr(
        module, "_pragma", lambda database, name: {"synchronous": 2}.get(name, original(database, name))
    )
    with pytest.raises(InputError) as error:
        Journal(path)
    assert codes(error) == ["RO-723"]


original = module._pragma


def test_a_copy_made_while_it_is_written_can_be_read(ten, tmp_path):
    """By SQLite's own means: copying the file alone leaves out what is still in the log beside it."""
    with Journal(ten) as journal:
        journal.append(note("late")).result()
        source, target = sqlite3.connect(ten), sqlite3.connect(tmp_path / "copy")
        source.backup(target)
        source.close()
        target.close()
    assert verify(tmp_path / "copy").rows == 11
    shutil.copy(ten, tmp_path / "closed")
    assert verify(tmp_path / "closed").last == verify(tmp_path / "copy").last != START
    assert read(ten)[-1].event["id"] == "late"
