"""The service against its own OpenAPI document: requests that schemathesis makes up, right ones and wrong ones.

uv run python -m benchmarks.service_contract

A service serves a scenario in its own process. Counts the requests, the answers that are server errors, and all
that is not as the document says: status, headers, content and schema of an answer, wrong requests that are taken,
methods, a token that is not asked for. Teams, places and times, which the document cannot know, are those of the
shift. Nor can it say that a task must exist, or a box end after it begins, so that 400 and 422 with their faults
are right answers to a request that it allows. The stream of events, which has no end, is left out.
"""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin
from benchmarks.service import SCENARIO, START, ready

TOKEN = "7Hq2m0Zk4tWv9xRb"
LONGEST_S = 30.0
"""An answer is awaited for so long, seconds."""
ACCEPTED = ["2xx", "400", "401", "403", "404", "409", "422", "429"]
"""Answers to a request that the document allows."""


@dataclass
class Found:
    """What came of the requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    """Status → how many answers had it."""
    faults: dict[str, str] = field(default_factory=dict)
    """Operation and what is wrong → what was expected, and a request that shows it."""

    @property
    def cases(self) -> int:
        """How many requests were answered."""
        return sum(self.statuses.values())

    @property
    def server_errors(self) -> int:
        """How many answers are of status 500 and above."""
        return sum(n for status, n in self.statuses.items() if status >= 500)


def of_shift(url: str, token: str, begin: dt.datetime) -> dict[str, list[Any]]:
    """Return values of a shift, which its document cannot know, by names of fields, parameters and contents.

    Parameters
    ----------
    begin
        A time of the shift that has passed.
    """
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=LONGEST_S) as client:
        plan = client.get("/plan").json()["plan"]
    team = plan["routes"][0]["team"]
    place = next(visit["site"] for route in plan["routes"] for visit in route["visits"])
    hour = begin.strftime("%H:%M")
    task = {"name": "call", "place": place, "service_min": 10, "windows": [[hour, f"{begin.hour + 1}:30"]]}
    times = [(begin + dt.timedelta(minutes=minute)).isoformat() for minute in (0, 1, 5)]
    return {
        "team": [team], "place": [place, {"lat": 26.0, "lon": 119.0}], "task": [task, "call"], "plan": [plan],
        "happened_at": times, "entered_at": times[-1:], "topic": [f"owntracks/duty/{team}"],
        "tst": [int(begin.timestamp())], "name": ["stops", "routes", "teams", "heat"],
        "text/csv": [f"time,lat,lon\n{times[0]},26.0,119.0\n{times[1]},26.0001,119.0\n"],
    }  # fmt: skip


def narrowed(part: Any, known: dict[str, list[Any]]) -> Any:
    """Return a document, or a part of it, in which fields, parameters and contents have known values."""
    if isinstance(part, list):
        return [narrowed(one, known) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: narrowed(value, known) for key, value in part.items()}
    if "in" in found and found.get("name") in known:
        found["schema"] = {"enum": known[found["name"]]}
    for kind in set(found.get("content", ())) & set(known):
        found["content"][kind] = {"schema": {"enum": known[kind]}}
    own = found.get("properties")
    if isinstance(own, dict) and ("kind" in own or "_type" in own):
        for key in set(own) & set(known):
            none = [None] if {"type": "null"} in own[key].get("anyOf", ()) else []
            own[key] = {"enum": [*known[key], *none]}
    return found


def contract(
    url: str, token: str, examples: int, known: dict[str, list[Any]], seed: int = 0, borders: bool = True
) -> Found:
    """Ask a service at an address; the same seed makes the same requests.

    Parameters
    ----------
    examples
        Requests of each operation that are drawn.
    known
        Values of the shift, as `of_shift`.
    borders
        Whether values at and beyond every border of the document are sent besides.
    """
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    phases = {"coverage": {"enabled": borders}, "stateful": {"enabled": False}}
    draw = {"deterministic": True, "max-examples": examples, "database": "none", "no-shrink": True}
    config = SchemathesisConfig.from_dict({
        "seed": seed, "base-url": url, "headers": {"Authorization": f"Bearer {token}"},
        "request-timeout": LONGEST_S, "continue-on-failure": True, "generation": draw, "phases": phases,
        "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
    })  # fmt: skip
    document = narrowed(httpx.get(f"{url}/openapi.json").json(), known)
    schema = schemathesis.openapi.from_dict(document, config=config).exclude(path="/stream")
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            found.faults[f"{event.label}: {type(event.value).__name__}"] = str(event.value)
        if isinstance(event, events.ScenarioFinished):
            answers = (one.response for one in event.recorder.interactions.values())
            found.statuses.update(one.status_code for one in answers if one is not None)
            for check in (one for checks in event.recorder.checks.values() for one in checks):
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    what = f"{event.recorder.label}: {failure.title}"
                    found.faults.setdefault(what, f"{failure.message}\n{check.failure_info.code_sample}")
    return found


def main(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.")] = SCENARIO,
    examples: Annotated[int, typer.Option(help="Requests of each operation that are drawn.", min=1)] = 10,
    seed: Annotated[int, typer.Option(help="Of the requests.")] = 0,
    record: RecordOption = False,
    note: NoteOption = "",
) -> None:
    """Look for answers that are not as the OpenAPI document says."""
    run = begin()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder) / "tokens"
        tokens.write_text(f"{TOKEN} command desk\n", encoding="utf-8")
        words = [
            "serve", str(scenario), "--date", str(START.date()), "--now", "21:40", "--time", "1",
            "--port", str(port), "--tokens", str(tokens), "--journal", str(Path(folder) / "journal"),
        ]  # fmt: skip
        with subprocess.Popen([sys.executable, "-m", "routeopt", *words], stdout=subprocess.DEVNULL) as process:
            try:
                ready(f"http://127.0.0.1:{port}")
                url = f"http://127.0.0.1:{port}"
                found = contract(url, TOKEN, examples, of_shift(url, TOKEN, START), seed)
            finally:
                process.kill()
    for what, shown in found.faults.items():
        sys.stderr.write(f"{what}\n{shown[:2000]}\n\n")
    statuses = ", ".join(f"{n} of {status}" for status, n in sorted(found.statuses.items()))
    sys.stderr.write(
        f"{found.cases} requests ({statuses}): "
        f"{found.server_errors} server errors, {len(found.faults)} contract faults\n"
    )
    if record:
        figures = [
            Figure("server errors", float(found.server_errors), "answers", n=found.cases),
            Figure("contract faults", float(len(found.faults)), "faults", n=found.cases),
        ]
        sys.stderr.write(f"recorded in {run.record('service_contract', figures, note).name}\n")
    if found.server_errors or found.faults:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
