"""The room: the log of a shift and its journal, who listens, and the work that takes time."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from routeopt.budget import Budget
from routeopt.dispatch import events as ev
from routeopt.dispatch.journal import START, canonical, chained
from routeopt.dispatch.live import replan_live
from routeopt.dispatch.log import Log
from routeopt.dispatch.overview import SLICE_MIN, overview, seen_series
from routeopt.dispatch.recommend import recommend
from routeopt.dispatch.state import State
from routeopt.dispatch.streets import LiveStreets
from routeopt.errors import Fault, InputError, Words
from routeopt.exchange.done import masked
from routeopt.plan import Plan, Result
from routeopt.problem.build import Built
from routeopt.problem.spoken import SpokenTask
from routeopt.reports.board.page import plan_lines
from routeopt.service.wall import Wall

T = TypeVar("T")
REPLAN_S = 0.2
"""Seconds of search of a re-planning."""
WAITING = 1000
"""Events that a listener may be behind; then it is let go, and comes back for the rest."""
PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")
"""A mobile telephone's number, or an identity card's, in China."""
STREETS = (ev.StreetClosed, ev.StreetOpened, ev.Struck)
"""Events after which teams may move otherwise."""
POSITION = ("lat", "lon", "crs")
"""Fields of a position that stands for a place."""


class Journal(Protocol):
    """What the room needs of a journal (`routeopt.dispatch.journal.Journal`)."""

    def append(self, *events: Mapping[str, Any]) -> Future[list[Any]]:
        """Write events, all or none; the future has ``number`` and ``hash`` of each once they are safe."""

    def entries(self) -> Sequence[Any]:
        """Return the rows, each with ``number``, ``hash`` and ``event``."""


class Row(NamedTuple):
    """An event with its place in the journal."""

    number: int
    hash: str
    event: Any


class Unwritten:
    """A journal that is not written anywhere; its hashes are chained as those of one on disk."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def append(self, *events: Mapping[str, Any]) -> Future[list[Any]]:
        """Keep events."""
        texts = [canonical(event) for event in events]
        for event, text in zip(events, texts, strict=True):
            before = self._rows[-1].hash if self._rows else START
            self._rows.append(Row(len(self._rows) + 1, chained(before, text), event))
        done: Future[list[Any]] = Future()
        done.set_result(self._rows[len(self._rows) - len(events) :])
        return done

    def entries(self) -> Sequence[Row]:
        """Return what is kept."""
        return self._rows


class Listener:
    """Who follows the events of a room.

    Parameters
    ----------
    number
        Of the last event that it has.
    """

    def __init__(self, room: Room, number: int) -> None:
        self._room, self.number = room, number
        self.news = asyncio.Event()
        """Set once there are events that were not taken, or it is let go."""
        self.gone = False
        """Whether it was too far behind, or the room has closed."""
        if number < len(room.told):
            self.news.set()

    def take(self) -> bytes:
        """Return the events that it does not have yet, as the stream tells them."""
        found = b"".join(self._room.told[self.number :])
        self.number = max(self.number, len(self._room.told))
        if not self.gone:
            self.news.clear()
        return found

    def tell(self) -> bool:
        """Say that there is an event; return whether it goes on listening."""
        self.gone = len(self._room.told) - self.number > WAITING
        self.news.set()
        return not self.gone


class Room:
    """A shift as the service holds it.

    Events are checked and counted in the order in which they come; an answer waits until the journal has them.
    Whatever takes longer is done by one thread beside the loop.

    Raises
    ------
    InputError
        If the journal has events that do not fit the scenario.
    """

    def __init__(
        self, built: Built, plan: Plan, wall: Wall, journal: Journal | None = None, *, words: Words,
        language: str = "en", replan_s: float = REPLAN_S,
    ) -> None:  # fmt: skip
        self.built, self.wall, self.words, self.language = built, wall, words, language
        self.journal: Journal = Unwritten() if journal is None else journal
        self.replan_s = replan_s
        self.log = Log(built.problem, plan, streets=LiveStreets(built))
        self.rows: list[Row] = []
        """Events in the order of the journal."""
        self._row_of: dict[str, Row] = {}
        self._writing: dict[str, asyncio.Future[None]] = {}
        """Id of an event that the journal does not have yet → what ends when it has."""
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        """Messages that nobody waits for an answer of, by the way in which they came."""
        self.worked: defaultdict[str, float] = defaultdict(float)
        """What was worked out → how often; with ``_s``: how long that took together, seconds."""
        self.broken: str = ""
        """Why the journal takes no more events."""
        self.told: list[bytes] = []
        """Events as the stream tells them, in the order of the journal."""
        self._listeners: list[Listener] = []
        self._worker = ThreadPoolExecutor(1, "routeopt-room")
        self._replan = Newest(self.work, self._replanned)
        self._lines: tuple[Plan, dict[str, Any]] | None = None
        self._seen: tuple[State | None, int, int, bytes] = None, 0, 0, b""
        """The last answer to `state`, and of what it is."""
        for row in self.journal.entries():
            event = self.log.read(row.event, f"journal[{row.number}]")
            self.log.enter(event)
            self._kept(Row(row.number, row.hash, event))
        _work_out(self.log, [])

    def now_s(self) -> int:
        """Return the time, seconds from the plan's start."""
        return self.wall.now_s()

    async def enter(self, documents: Sequence[Mapping[str, Any]], source: str = "") -> list[dict[str, Any]]:
        """Enter events, all or none; return what became of each once the journal has them.

        Fields that an event of the kind does not have are dropped: nothing that is said of a person is kept.

        Raises
        ------
        InputError
            If one of them cannot be read or makes no sense; lists all faults.
        """
        if self.broken:
            raise InputError(Fault("RO-744", "journal", why=self.broken))
        faults: list[Fault] = []
        read: list[tuple[ev.Event, list[str]]] = []
        for n, document in enumerate(documents):
            where = "event" if len(documents) == 1 else f"events[{n}]"
            try:
                kept, dropped = without_strangers(document)
                event = _discreet(self.log.read(kept, where))
                if source:
                    event = event.model_copy(update={"source": source[:40]})
                read.append((event, dropped))
            except InputError as error:
                faults += error.faults
        if faults:
            raise InputError(faults)
        if any(isinstance(event, STREETS) for event, _ in read):
            await self._prepare([event for event, _ in read])
        trial = self.log if len(read) == 1 else self.log.copy()
        new = []
        for n, (event, _) in enumerate(read):
            faults += trial.faults(event, "event" if len(read) == 1 else f"events[{n}]")
            if not faults:
                new.append(trial.enter(event).new)
        if faults:
            raise InputError(faults)
        self.log = trial
        fresh = [event for (event, _), is_new in zip(read, new, strict=True) if is_new]
        if fresh:
            task = asyncio.ensure_future(self._journalled(fresh))
            self._writing |= dict.fromkeys((event.id for event in fresh), task)
        await self._written([event.id for event, _ in read])
        rows = [self._row_of[event.id] for event, _ in read]
        return [
            {"id": row.event.id, "number": row.number, "hash": row.hash, "new": is_new, "dropped": dropped}
            for row, (_, dropped), is_new in zip(rows, read, new, strict=True)
        ]

    async def enter_new(self, documents: Sequence[Mapping[str, Any]]) -> int:
        """Enter those events whose ids are not known yet, all or none; return how many they were.

        For sources whose ids follow from what is said, so that it counts once however often it is sent.

        Raises
        ------
        InputError
            As `enter`.
        """
        known = [one["id"] for one in documents if self.log.find(one["id"]) is not None]
        new = [one for one in documents if self.log.find(one["id"]) is None]
        if new:
            await self.enter(new)
        await self._written(known)
        return len(new)

    async def _prepare(self, events: Sequence[ev.Event]) -> None:
        """Work out beside the loop how teams move after events; again where others have come meanwhile."""
        before = None
        while before != self.log.state.closed_streets:
            before, trial = self.log.state.closed_streets, self.log.copy()
            await self.work("streets", partial(_work_out, trial, events))

    async def _written(self, ids: Sequence[str]) -> None:
        """Wait until the journal has events that were sent to it, by whomever; who goes away does not end that."""
        for task in {self._writing[id_] for id_ in ids if id_ in self._writing}:
            await asyncio.shield(task)

    async def _journalled(self, events: Sequence[ev.Event]) -> None:
        """Wait until the journal has events, and tell those who listen."""
        try:
            written = await asyncio.wrap_future(self.journal.append(*[event.to_json() for event in events]))
        except InputError as error:
            self.broken = error.faults[0].text()
            raise InputError(Fault("RO-744", "journal", why=self.broken)) from None
        finally:
            for event in events:
                self._writing.pop(event.id, None)
        for event, row in zip(events, written, strict=True):
            self._kept(Row(row.number, row.hash, event))

    def _kept(self, row: Row) -> None:
        self.rows.append(row)
        self._row_of[row.event.id] = row
        self.counts[row.event.kind] += 1
        data = json.dumps({"number": row.number, "kind": row.event.kind, "id": row.event.id})
        self.told.append(f"id: {row.number}\nevent: entered\ndata: {data}\n\n".encode())
        self._listeners = [one for one in self._listeners if one.tell()]

    def after(self, number: int) -> list[dict[str, Any]]:
        """Return the events after one, with number and hash."""
        return [
            {"number": row.number, "hash": row.hash, "event": row.event.to_json()}
            for row in self.rows[max(0, number) :]
        ]

    def listen(self, number: int) -> Listener:
        """Return a listener to the events after a number."""
        listener = Listener(self, number)
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    @property
    def listening(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def state(self) -> bytes:
        """Return what there is to see now (`routeopt.dispatch.overview`) as JSON; all who ask share it."""
        state, now_s, n = self.log.state, self.now_s(), len(self.rows)
        known, at, count, found = self._seen
        if known is not state or at != now_s or count != n:
            document = {**overview(state, now_s), "n_events": n}
            found = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            self._seen = state, now_s, n, found
        return found

    async def plan(self) -> dict[str, Any]:
        """Return the plan in force, its ways on the streets, and what is seen against the plan at the start."""
        state = self.log.state
        if self._lines is None or self._lines[0] is not state.plan:
            self._lines = state.plan, await self.work("plan", lambda: self._drawn(state))
        return self._lines[1]

    def _drawn(self, state: State) -> dict[str, Any]:
        (planned,), (live,) = seen_series(state.known, [self.log.plan]), seen_series(state.problem, [state.plan])
        return {
            "plan": state.plan.to_json(state.problem),
            "series": {"planned": planned, "live": live, "slice_min": SLICE_MIN},
            "tracks": plan_lines(state.drawn(self.built), state.plan),
        }

    async def recommend(self, place: Any, busy_min: float, teams: Sequence[str] | None = None) -> dict[str, Any]:
        """Recommend which team to send to a place.

        Raises
        ------
        InputError
            If there is no such place or team, or a number is out of range.
        """
        state, now_s = self.log.state, self.now_s()
        site = state.base.site(place, ev.FAR_M)
        able = None if teams is None else [state.base.team(name) for name in teams]
        found = await self.work("recommend", lambda: recommend(state, site, now_s, busy_min=busy_min, teams=able))
        return found.to_json(state.problem, self.words)

    async def replan(self) -> dict[str, Any]:
        """Re-plan the shift as it stands; of requests that wait the newest situation counts for all."""
        state, found = await self._replan()
        problem = state.problem_now
        return {
            "plan": found.plan.to_json(problem), "value": found.value,
            "changes": [change.to_json(problem) for change in found.changes],
        }  # fmt: skip

    def _replanned(self) -> tuple[State, Result]:
        state = self.log.state
        return state, replan_live(state, self.now_s(), Budget(seconds=self.replan_s))

    async def work(self, what: str, work: Callable[[], T]) -> T:
        """Do something beside the loop, one thing after the other."""
        begun = time.perf_counter()
        found = await asyncio.get_running_loop().run_in_executor(self._worker, work)
        self.worked[what] += 1
        self.worked[f"{what}_s"] += time.perf_counter() - begun
        return found

    def close(self) -> None:
        """End the work, and let listeners go."""
        for listener in self._listeners:
            listener.gone = True
            listener.news.set()
        self._worker.shutdown(wait=False, cancel_futures=True)


class Newest:
    """Work of which only the newest counts: who asks while it is done waits for one that begins afterwards."""

    def __init__(self, run: Callable[[str, Callable[[], T]], Awaitable[T]], work: Callable[[], T]) -> None:
        self._run, self._work = run, work
        self._lock = asyncio.Lock()
        self._asked = self._answered = 0
        self._found: Any = None

    async def __call__(self) -> Any:
        """Return what was worked out from a situation no older than this request."""
        self._asked += 1
        mine = self._asked
        async with self._lock:
            if self._answered < mine:
                newest = self._asked
                self._found = await self._run("replan", self._work)
                self._answered = newest
            return self._found


def _work_out(log: Log, events: Sequence[ev.Event]) -> None:
    """Let a log's streets know how teams move after events; those that make no sense are refused elsewhere."""
    with suppress(InputError):
        for event in events:
            log.enter(event)
    _ = log.state.problem, log.state.problem_now


def without_strangers(document: Any) -> tuple[dict[str, Any], list[str]]:
    """Return an event's own fields alone, and the names of those that were dropped."""
    if not isinstance(document, Mapping):
        raise InputError(Fault("RO-423", "event", expected="object", got=type(document).__name__))
    kind = document.get("kind")
    allowed = ev.fields_of(kind) if isinstance(kind, str) else frozenset(document)
    kept = {key: value for key, value in document.items() if not allowed or key in allowed}
    dropped = [str(key) for key in document if key not in kept]
    inner: list[tuple[str, Sequence[str]]] = [("task", tuple(SpokenTask.model_fields)), ("place", POSITION)]
    for key, own in inner:
        value = kept.get(key)
        if isinstance(value, Mapping):
            kept[key] = {name: part for name, part in value.items() if name in own}
            dropped += [f"{key}.{name}" for name in value if name not in own]
    return kept, dropped


def _discreet(event: ev.Event) -> ev.Event:
    """Return an event without the long numbers (telephones, identity cards) in its text, and in a task's name.

    A task's name may be the number of a record in another system, so that numbers of persons alone are taken out.
    """
    texts: dict[str, Any] = {key: masked(getattr(event, key)) for key in ("text", "reason") if hasattr(event, key)}
    task = getattr(event, "task", None)
    if isinstance(task, str):
        texts["task"] = PERSONAL.sub("…", task)
    elif isinstance(task, Mapping):
        texts["task"] = {**task, "name": PERSONAL.sub("…", str(task.get("name", "")))}
    return event.model_copy(update=texts) if texts else event
