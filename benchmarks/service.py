"""The service under load: how long a sender waits for the acknowledgement of an event, and what is lost.

uv run python -m benchmarks.service --seconds 30

A service with a journal serves a scenario in its own process. Senders enter positions at an even rate over
HTTP while streams are attached; at the end the service is killed (SIGKILL). What was acknowledged must be in the
journal, and every stream must have told of every one of them, in order and once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import httpx
import numpy as np
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin
from routeopt.dispatch.journal import read, verify
from routeopt.scenario.read import read_scenario

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "night.yaml"
START = dt.datetime(2026, 11, 27, 21, 40, tzinfo=dt.timezone(dt.timedelta(hours=8)))
READY_S = 120


async def enter(client: httpx.AsyncClient, teams: list[str], number: int, waited: list[float]) -> int:
    """Enter a position; return its number in the journal, 0 if it was not acknowledged."""
    moment = (START + dt.timedelta(seconds=number / 100)).isoformat()
    document = {
        "id": f"position-{number}", "kind": "position", "happened_at": moment, "entered_at": moment,
        "team": teams[number % len(teams)], "lat": 26.6651 + number % 97 / 1e5, "lon": 119.547,
    }  # fmt: skip
    began = time.perf_counter()
    try:
        answer = await client.post("/events", json=document)
    except httpx.TransportError:
        return 0
    waited.append(time.perf_counter() - began)
    return int(answer.json()["entered"][0]["number"]) if answer.status_code == 200 else 0


async def follow(client: httpx.AsyncClient, told: list[int]) -> None:
    """Keep the numbers that a stream tells."""
    async with client.stream("GET", "/stream", headers={"Last-Event-ID": "0"}, timeout=None) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                told.append(int(line[4:]))


async def load(
    url: str, teams: list[str], rate: float, seconds: float, n: int
) -> tuple[list[float], set[int], int]:
    """Enter events for some time; return how long each waited, the numbers acknowledged, and wrong streams."""
    waited: list[float] = []
    told: list[list[int]] = [[] for _ in range(n)]
    async with httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=200), timeout=30) as client:
        streams = [asyncio.create_task(follow(client, one)) for one in told]
        began, sent = time.perf_counter(), []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            sent.append(asyncio.create_task(enter(client, teams, number, waited)))
        numbers = set(await asyncio.gather(*sent)) - {0}
        await asyncio.sleep(1.0)
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    wrong = sum(one != list(range(1, len(one) + 1)) or not numbers <= set(one) for one in told)
    return waited, numbers, wrong


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
                waited, numbers, wrong = asyncio.run(load(url, teams, rate, seconds, streams))
            finally:
                process.kill()
        lost = len(numbers - {entry.number for entry in read(journal)})
        fault = verify(journal).fault
    p50, p99 = (1000 * float(np.quantile(waited, share)) for share in (0.5, 0.99))
    sys.stderr.write(
        f"{len(waited)} events at {rate:g}/s, {streams} streams: acknowledged {len(numbers)} after {p50:.1f} ms "
        f"(median), {p99:.1f} ms (p99); lost {lost}; streams that missed or repeated some: {wrong}; "
        f"chain: {fault or 'holds'}\n"
    )
    if record:
        found = [
            Figure("acknowledgement of an event, median", p50, "ms", n=len(waited)),
            Figure("acknowledgement of an event, 99th percentile", p99, "ms", n=len(waited)),
            Figure("acknowledged events lost", float(lost), "events", n=len(numbers)),
        ]
        sys.stderr.write(f"recorded in {run.record('service', found, note).name}\n")
    if lost or wrong or fault is not None or len(numbers) < len(waited):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
