"""The journal of a shift: every event on disk before it is acknowledged, none changed or deleted afterwards.

A journal is an SQLite file in write-ahead mode whose commits wait for the disk. One process writes; others read at
the same time. Events that wait together are committed together, so that the disk is waited for once. Each row has
the SHA-256 of the hash before it and the event's JSON (`canonical`), so that a change of any row breaks the chain
from there on (`verify`). A chain that ends earlier still holds: who keeps the last hash elsewhere finds that too.

An event is a JSON object with ``id``, ``kind``, ``happened_at`` and ``entered_at``; the journal knows no more.
"""

from __future__ import annotations

import hashlib
import json
import queue
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from routeopt.border import bordered
from routeopt.errors import Fault, InputError
from routeopt.guard import refuse

APPLICATION = 0x526F4A6C
"""``PRAGMA application_id`` of a journal: RoJl."""
VERSION = 1
"""``PRAGMA user_version``: the form of the table."""
START = "0" * 64
"""The hash before the first row."""
FULL = 2
"""``PRAGMA synchronous``: a commit waits until the disk has it."""
MOST = 500
"""Most writes that are committed together."""
KEYS = ("id", "kind", "happened_at", "entered_at")
"""What every event has, as text."""
TABLE = """
CREATE TABLE events (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are not changed'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END;
CREATE TRIGGER events_are_appended BEFORE INSERT ON events
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM events)
  OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'events are appended'); END;
"""


class Receipt(NamedTuple):
    """What became of an event: its row, which is on disk."""

    number: int
    hash: str
    new: bool
    """False if it was there already, with the same content."""


class Entry(NamedTuple):
    """A row of a journal."""

    number: int
    """From 1 on, without gaps."""
    hash: str
    """SHA-256 as 64 hexadecimal digits."""
    event: dict[str, Any]
    """As it was appended."""

    def to_json(self) -> dict[str, Any]:
        """Return the row for `json.dumps`: ``number``, ``hash`` and ``event``."""
        return {"number": self.number, "hash": self.hash, "event": self.event}


@dataclass(frozen=True)
class Verdict:
    """Whether a journal holds."""

    rows: int
    """Number of rows that hold, from the first on."""
    last: str
    """The hash of the last of them."""
    fault: Fault | None
    """What is wrong with the row after them, or with the file; None if all is well."""


def canonical(event: Mapping[str, Any]) -> str:
    """Return an event's JSON in one form: keys in order, no spaces, no escapes beyond those that JSON demands.

    Raises
    ------
    InputError
        If it is no object with `KEYS` as text, or has what JSON cannot say.
    """
    try:
        text = json.dumps(dict(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()
        if all(isinstance(event[key], str) and event[key] for key in KEYS):
            return text
    except (TypeError, ValueError, KeyError, RecursionError):
        pass
    raise InputError(Fault("RO-722", "event", keys=list(KEYS)))


def chained(before: str, text: str) -> str:
    """Return the hash of a row: SHA-256 of the 32 bytes of the hash before it and the event's JSON in UTF-8."""
    return hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()


class Journal:
    """A journal that this process writes; close it, or use it as a context.

    Parameters
    ----------
    path
        The file; made if it does not exist.

    Raises
    ------
    InputError
        If the file is no journal, another process writes it, it cannot be written, or its file system does not
        support commits that wait for the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        with _said(path):
            self._lock = _locked(path)
            try:
                self._database = _opened(path)
            except BaseException:
                self._lock.close()
                raise
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    def append(self, *events: Mapping[str, Any]) -> Future[list[Receipt]]:
        """Append events in one commit, all or none.

        Returns
        -------
        Future
            A receipt per event once they are on disk. Its exception is an `InputError` if ids are there with other
            content (RO-726, for each of them) or the disk refuses (RO-725); then the journal is as it was.

        Raises
        ------
        InputError
            If one is no event (`canonical`), or the journal is closed.
        """
        waiting = _Waiting(_texts(events), Future())
        waiting.done.set_running_or_notify_cancel()  # who no longer waits does not undo it
        with self._closing:
            if self._closed:
                raise InputError(Fault("RO-727", self.path))
            self._queue.put(waiting)
        return waiting.done

    def entries(self) -> list[Entry]:
        """Return all rows on disk."""
        return read(self.path)

    def after(self, number: int = 0, most: int = -1) -> list[Entry]:
        """Return the rows on disk after one; see `read`."""
        return read(self.path, number, most)

    @staticmethod
    def read(path: Path, after: int = 0, most: int = -1) -> list[Entry]:
        """Return rows of a journal that another process may be writing; see `read`."""
        return read(path, after, most)

    def close(self) -> None:
        """Write what waits, and let others write."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._database.close()
        self._lock.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self) -> None:
        """Commit what waits, together, until the journal is closed."""
        going = True
        while going:
            batch = [self._queue.get()]
            while len(batch) < MOST and batch[-1] is not None and not self._queue.empty():
                batch.append(self._queue.get())
            going = batch[-1] is not None
            self._commit([one for one in batch if one is not None])

    def _commit(self, batch: list[_Waiting]) -> None:
        """Commit writes, and say so to those who wait; nothing of them is kept if the disk refuses."""
        found: list[list[Receipt] | InputError] = []
        try:
            self._database.execute("BEGIN IMMEDIATE")
            found = [_append(self._database, one.events) for one in batch]
            self._database.execute("COMMIT")
        except Exception as error:  # whoever waits is told, and the next ones are written
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            found = [InputError(Fault("RO-725", self.path, error=error)) for _ in batch]
        for one, result in zip(batch, found, strict=True):
            if isinstance(result, InputError):
                one.done.set_exception(result)
            else:
                one.done.set_result(result)


class _Waiting(NamedTuple):
    """Events that are to be appended: id and JSON; and who waits for them."""

    events: list[tuple[str, str]]
    done: Future[list[Receipt]]


def _texts(events: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return ids and canonical JSON; refuse what is no event, all at once."""
    faults, found = [], []
    for n, event in enumerate(events):
        try:
            found.append((event["id"], canonical(event)))
        except (InputError, TypeError, KeyError):
            place = "event" if len(events) == 1 else f"events[{n}]"
            faults.append(Fault("RO-722", place, keys=list(KEYS)))
    refuse(faults)
    return found


def _append(database: sqlite3.Connection, events: list[tuple[str, str]]) -> list[Receipt] | InputError:
    """Insert events, or none if an id is there with other content."""
    last = database.execute("SELECT number, hash FROM events ORDER BY number DESC LIMIT 1").fetchone()
    number, before = last or (0, START)
    receipts: list[Receipt] = []
    faults: list[Fault] = []
    database.execute("SAVEPOINT one")
    for id_, text in events:
        known = database.execute("SELECT number, event, hash FROM events WHERE id = ?", (id_,)).fetchone()
        if known is not None:
            if known[1] != text:
                faults.append(Fault("RO-726", "event.id", id=id_))
            receipts.append(Receipt(known[0], known[2], False))
            continue
        number, before = number + 1, chained(before, text)
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", (number, id_, text, before))
        receipts.append(Receipt(number, before, True))
    if faults:
        database.execute("ROLLBACK TO one")
    database.execute("RELEASE one")
    return InputError(faults) if faults else receipts


def _locked(path: Path) -> sqlite3.Connection:
    """Hold the lock of a journal: the operating system lets go of it when the process ends, however that is.

    The lock is one of SQLite on an empty file beside the journal, as one on the journal would shut readers out.
    """
    lock = sqlite3.connect(f"{path}-lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        if "locked" in str(error):
            raise InputError(Fault("RO-724", path)) from None
        raise
    return lock


def _opened(path: Path) -> sqlite3.Connection:
    """Open a journal to write it."""
    database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        if not _pragma(database, "application_id") and not _pragma(database, "schema_version"):
            _made(database)
        _refuse_others(database, path)
        mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        database.execute(f"PRAGMA synchronous = {FULL}")
        database.execute("PRAGMA fullfsync = 1")  # macOS: also out of the disk's own memory
        level = _pragma(database, "synchronous")
        if mode != "wal" or level != FULL:
            raise InputError(Fault("RO-723", path, mode=mode, level=level))
    except BaseException:
        database.close()
        raise
    return database


def _made(database: sqlite3.Connection) -> None:
    """Make the table in an empty file, in one step."""
    marks = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
    database.executescript(f"BEGIN IMMEDIATE; {TABLE} {marks} COMMIT;")


def _refuse_others(database: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is no journal of this form."""
    if _pragma(database, "application_id") != APPLICATION or _pragma(database, "user_version") != VERSION:
        raise InputError(Fault("RO-721", path))


def _pragma(database: sqlite3.Connection, name: str) -> Any:
    return database.execute(f"PRAGMA {name}").fetchone()[0]


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Make SQLite's errors at opening faults."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise InputError(Fault("RO-721", path)) from None
        raise InputError(Fault("RO-725", path, error=error)) from None


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a journal to read it, whether or not another process writes it."""
    if not path.is_file():
        raise InputError(Fault("RO-720", path))
    with _said(path):
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
        with closing(database):
            _refuse_others(database, path)
            yield database


@bordered()
def read(path: Path, after: int = 0, most: int = -1) -> list[Entry]:
    """Return the rows of a journal after one.

    Parameters
    ----------
    after
        The number of the row before the first one wanted.
    most
        Most rows to return; -1 for all.

    Raises
    ------
    InputError
        If there is no journal, or it cannot be read.
    """
    query = "SELECT number, hash, event FROM events WHERE number > ? ORDER BY number LIMIT ?"
    with _reading(path) as database:
        rows = database.execute(query, (after, most)).fetchall()
    return [Entry(number, hash_, json.loads(text)) for number, hash_, text in rows]


@bordered()
def verify(path: Path) -> Verdict:
    """Work out the chain of a journal again, and say which row is the first that does not hold.

    Raises
    ------
    InputError
        If there is no journal.
    """
    number, before = 0, START
    with _reading(path) as database:
        try:
            for row, id_, text, found in database.execute(
                "SELECT number, id, event, hash FROM events NOT INDEXED"
            ):
                if row != number + 1:
                    return Verdict(number, before, Fault("RO-728", path, number=number + 1))
                if chained(before, text) != found or json.loads(text)["id"] != id_:
                    return Verdict(number, before, Fault("RO-729", path, number=row))
                number, before = row, found
            damage = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            return Verdict(number, before, Fault("RO-730", path, number=number + 1, error=error))
    if damage != "ok":
        return Verdict(number, before, Fault("RO-731", path, error=damage))
    return Verdict(number, before, None)


@bordered()
def has(path: Path, hash_: str) -> bool:
    """Say whether a row has a hash, which was noted when it was the last one."""
    with _reading(path) as database:
        return database.execute("SELECT 1 FROM events WHERE hash = ?", (hash_.lower(),)).fetchone() is not None


def struck(entries: list[Entry]) -> set[str]:
    """Return the ids of events that others struck out."""
    events = [entry.event for entry in entries]
    return {event["of"] for event in events if event["kind"] == "struck" and isinstance(event.get("of"), str)}
