"""The journal under load: events per second, how long one waits for the disk, what is lost when its process dies.

uv run python -m benchmarks.journal --kills 200

A process enters events from several threads and prints the number of each that was acknowledged; it is killed
(SIGKILL) at a random instant, and what was acknowledged must be in the journal, whose chain must hold. That says
nothing of a computer that loses its power: there the journal relies on the disk.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from itertools import count
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin
from routeopt.dispatch.journal import Journal, read, verify

THREADS = 8
"""Senders at the same time."""
LOAD = "from benchmarks.journal import load; load({path!r}, {first})"
ROOT = Path(__file__).resolve().parents[1]


def event(number: int) -> dict[str, object]:
    """An event like those of a shift."""
    moment = "2026-11-27T21:40:00+08:00"
    return {
        "id": f"position-{number}", "kind": "position", "happened_at": moment, "entered_at": moment,
        "team": "巡逻一组", "lat": 26.66, "lon": 119.55,
    }  # fmt: skip


def load(path: str, first: int) -> None:
    """Enter events without an end, and print the number of each that is acknowledged."""
    numbers = count(first)
    printing = threading.Lock()
    with Journal(Path(path)) as journal:

        def send() -> None:
            while True:
                number = next(numbers)
                journal.append(event(number)).result()
                with printing:
                    sys.stdout.write(f"{number}\n")
                    sys.stdout.flush()

        senders = [threading.Thread(target=send, daemon=True) for _ in range(THREADS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()


def killed(path: Path, first: int, after_s: float) -> set[int]:
    """Kill a process that enters events some time after its first one; return those it acknowledged."""
    command = [sys.executable, "-c", LOAD.format(path=str(path), first=first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        threading.Timer(after_s, process.kill).start()
        rest = process.stdout.read()
    return {int(text) for text in (line + rest).splitlines(keepends=True) if text.endswith("\n")}


def lost(path: Path, acknowledged: set[int]) -> int:
    """Count the acknowledged events that the journal does not have; its chain must hold."""
    found = verify(path)
    if found.fault is not None:
        raise SystemExit(str(found.fault))
    there = {entry.event["id"] for entry in read(path)}
    return sum(f"position-{number}" not in there for number in acknowledged)


def waits(path: Path, n: int) -> tuple[float, list[float]]:
    """Enter events from several threads: events per second, and how long each waited in seconds."""
    waited: list[float] = []
    numbers = iter(range(n))
    with Journal(path) as journal:

        def send() -> None:
            for number in numbers:
                began = time.perf_counter()
                journal.append(event(number)).result()
                waited.append(time.perf_counter() - began)

        began = time.perf_counter()
        senders = [threading.Thread(target=send) for _ in range(THREADS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    return n / (time.perf_counter() - began), waited


def main(
    kills: Annotated[int, typer.Option(help="Number of processes to kill.", min=0)] = 200,
    events: Annotated[int, typer.Option(help="Events whose waits are measured.", min=1)] = 5000,
    longest: Annotated[float, typer.Option(help="A process is killed within this time, s.", min=0.01)] = 0.5,
    seed: Annotated[int, typer.Option(help="Draws the instants.")] = 1,
    record: RecordOption = False,
    note: NoteOption = "",
) -> None:
    """Measure the waits, then kill processes that write one journal after another."""
    run = begin()
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        rate, waited = waits(Path(folder) / "waits.journal", events)
        path, first = Path(folder) / "kills.journal", 0
        acknowledged: set[int] = set()
        for _ in range(kills):
            acknowledged |= killed(path, first, float(rng.uniform(0, longest)))
            first = max(acknowledged) + THREADS + 1
        gone = lost(path, acknowledged) if kills else 0
    p50, p99 = (1000 * float(np.quantile(waited, share)) for share in (0.5, 0.99))
    sys.stderr.write(
        f"{events} events of {THREADS} senders: {rate:.0f} events/s, median {p50:.1f} ms, p99 {p99:.1f} ms; "
        f"{kills} processes killed: {len(acknowledged)} events acknowledged, {gone} of them lost\n"
    )
    if record:
        found = [
            Figure("events per second", rate, "1/s", n=events),
            Figure("wait for the disk, median", p50, "ms", n=events),
            Figure("wait for the disk, 99th percentile", p99, "ms", n=events),
            Figure("acknowledged events lost by killed processes", float(gone), "events", n=len(acknowledged)),
        ]
        sys.stderr.write(f"recorded in {run.record('journal', found, note).name}\n")
    if gone:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
