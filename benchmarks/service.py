"""The service under load: how long a sender waits for the acknowledgement of an event, and what is lost.

uv run python -m benchmarks.service --seconds 30

A service with a journal serves a scenario in its own process. Senders enter positions at an even rate over
HTTP while streams are attached; at the end the service is killed (SIGKILL). What was acknowledged must be in the
journal, and every stream must have told of every one of them, in order and once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import httpx
import numpy as np
import psutil
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin
from routeopt.dispatch.journal import read, verify
from routeopt.scenario.read import read_scenario

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "night.yaml"
START = dt.datetime(2026, 11, 27, 21, 40, tzinfo=dt.timezone(dt.timedelta(hours=8)))
READY_S = 120
CONNECTIONS = 16
"""Of the senders, kept open."""


class Sender:
    """A connection that is kept open: an event is written, and its answer read, with as little work as may be.

    Sender and service share the machine, so that a library's work for each request would count as the service's.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def enter(self, body: bytes) -> int:
        """Enter an event; return its number in the journal, 0 if it was not acknowledged."""
        self.writer.write(HEAD % len(body) + body)
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            found = LENGTH.search(head)
            answer = await self.reader.readexactly(int(found[1])) if found else b""
        except (OSError, asyncio.IncompleteReadError):
            return 0
        return int(json.loads(answer)["entered"][0]["number"]) if head.startswith(b"HTTP/1.1 200") else 0


HEAD = b"POST /events HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
FOLLOW = b"GET /stream HTTP/1.1\r\nHost: desk\r\nLast-Event-ID: 0\r\n\r\n"


def position(teams: list[str], number: int) -> bytes:
    """Return an event's body."""
    moment = (START + dt.timedelta(seconds=number / 100)).isoformat()
    document = {
        "id": f"position-{number}", "kind": "position", "happened_at": moment, "entered_at": moment,
        "team": teams[number % len(teams)], "lat": 26.6651 + number % 97 / 1e5, "lon": 119.547,
    }  # fmt: skip
    return json.dumps(document).encode()


async def follow(port: int, told: list[bytes]) -> None:
    """Keep what a stream tells; it is read afterwards."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(FOLLOW)
    while part := await reader.read(1 << 16):
        told.append(part)


async def load(
    port: int, teams: list[str], rate: float, seconds: float, n: int
) -> tuple[list[float], set[int], list[list[int]]]:
    """Enter events at an even rate; return how long each waited from when it was due, the numbers acknowledged,
    and those that each stream told."""
    told: list[list[bytes]] = [[] for _ in range(n)]
    streams = [asyncio.create_task(follow(port, one)) for one in told]
    free: asyncio.Queue[Sender] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(Sender(*await asyncio.open_connection("127.0.0.1", port)))
    bodies = [position(teams, number) for number in range(int(rate * seconds))]
    waited: list[float] = []

    async def one(body: bytes, due: float) -> int:
        sender = await free.get()
        number = await sender.enter(body)
        free.put_nowait(sender)
        waited.append(time.perf_counter() - due)
        return number

    began, sent = time.perf_counter(), []
    for n_sent, body in enumerate(bodies):
        due = began + n_sent / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sent.append(asyncio.create_task(one(body, due)))
    numbers = set(await asyncio.gather(*sent)) - {0}
    await asyncio.sleep(1.0)
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return waited, numbers, [[int(x) for x in re.findall(rb"^id: (\d+)", b"".join(one), re.M)] for one in told]


def ready(url: str) -> None:
    """Wait until the service answers."""
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("the service does not answer")


def cpu_s(pid: int) -> float:
    """Return the time that a process has worked, on all its threads."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def main(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.")] = SCENARIO,
    rate: Annotated[float, typer.Option(help="Events per second.", min=1)] = 200.0,
    seconds: Annotated[float, typer.Option(help="How long events are entered.", min=0.1)] = 30.0,
    streams: Annotated[int, typer.Option(help="Streams attached.", min=0)] = 3,
    record: RecordOption = False,
    note: NoteOption = "",
) -> None:
    """Measure the acknowledgement of events, and look for what is lost."""
    run = begin()
    teams = [team.name for team in read_scenario(scenario).teams]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "shift.journal"
        words = [
            "serve", str(scenario), "--date", str(START.date()), "--now", "21:40", "--time", "1",
            "--port", str(port), "--journal", str(journal),
        ]  # fmt: skip
        with subprocess.Popen(
            [sys.executable, "-m", "routeopt", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                ready(url)
                before = cpu_s(process.pid)
                waited, numbers, told = asyncio.run(load(port, teams, rate, seconds, streams))
                worked = cpu_s(process.pid) - before
            finally:
                process.kill()
        wrong = sum(one != list(range(1, len(one) + 1)) or not numbers <= set(one) for one in told)
        lost = len(numbers - {entry.number for entry in read(journal)})
        fault = verify(journal).fault
    each = 1000 * worked / len(waited)
    p50, p99 = (1000 * float(np.quantile(waited, share)) for share in (0.5, 0.99))
    sys.stderr.write(
        f"{len(waited)} events at {rate:g}/s, {streams} streams: acknowledged {len(numbers)} after {p50:.1f} ms "
        f"(median), {p99:.1f} ms (p99), with {each:.2f} ms of work of the service for each; lost {lost}; "
        f"streams that missed or repeated some: {wrong}; "
        f"chain: {fault or 'holds'}\n"
    )
    if record:
        found = [
            Figure("acknowledgement of an event, median", p50, "ms", n=len(waited)),
            Figure("acknowledgement of an event, 99th percentile", p99, "ms", n=len(waited)),
            Figure("work of the service for an event", each, "ms", n=len(waited)),
            Figure("acknowledged events lost", float(lost), "events", n=len(numbers)),
        ]
        sys.stderr.write(f"recorded in {run.record('service', found, note).name}\n")
    if lost or wrong or fault is not None or len(numbers) < len(waited):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
