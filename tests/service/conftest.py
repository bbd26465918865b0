"""A service on a small night, asked in the process itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
import pytest

from routeopt import Budget, solve
from routeopt.errors import english
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario
from routeopt.service.access import Access, Rate, Token
from routeopt.service.app import create_app
from routeopt.service.room import Room
from routeopt.service.wall import Wall

T = TypeVar("T")
DATE = "2026-11-27"
SITES = {"count": 5, "spacing_m": 50, "list": [{"name": "Blue", "lat": 26.001, "lon": 119.0}]}
NOW_S = 1_795_779_600.0
"""The true time, which the wall of the shift shows as 19:40."""
SHIFT = {"start": "19:00", "end": "21:00", "date": DATE}
TOKENS = (
    Token("r" * 16, "read", "screen"), Token("p" * 16, "positions", "radios"), Token("c" * 16, "command", "desk"),
)  # fmt: skip


@pytest.fixture
def shift(night):
    """A night of two hours with one team and a date, and its plan."""
    built = build_with_streets(read_scenario(night(shift=SHIFT, sites=SITES)))
    return built, solve(built.problem, Budget(iterations=30), seed=1).plan


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: the main thread's loop may be a browser's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class Client:
    """Asks an application as a program would."""

    def __init__(self, room: Room, app: Any, loop: asyncio.AbstractEventLoop, token: str = "") -> None:
        self.room, self.app, self._loop, self.token = room, app, loop, token

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            head = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=head) as client:
                return await client.request(method, path, **more)

        return asyncio.run_coroutine_threadsafe(one(), self._loop).result(60)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)

    def enter(self, kind: str, id: str = "", at: str = "19:35", **fields: Any) -> httpx.Response:
        time = f"{DATE}T{at}:00"
        document = {"id": id or f"{kind} {at}", "kind": kind, "happened_at": time, "entered_at": time, **fields}
        return self.post("/events", json=document)


@pytest.fixture
def serve(shift) -> Iterator[Callable[..., Client]]:
    """Start a service; with ``token``, one that asks for tokens."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)  # the main thread's loop may be a browser's
    thread.start()
    rooms: list[Room] = []

    def one(token: str = "", journal: Any = None, rate: Rate | None = None, **more: Any) -> Client:
        built, plan = shift
        wall = Wall(built.problem.clock, 40 * 60.0, tick=lambda: NOW_S)
        room = Room(built, plan, wall, journal, words=english, replan_s=0.05)
        rooms.append(room)
        app = create_app(room, Access(TOKENS if token else ()), rate=rate or Rate(1e6, 10**6), **more)
        return Client(room, app, loop, token)

    yield one
    for room in rooms:
        room.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
