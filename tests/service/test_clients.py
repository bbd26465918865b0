"""Programs that others wrote, over a connection: a stream that is cut, and a phone's messages."""

from __future__ import annotations

import json
import socket
import subprocess
import threading

import httpx
import pytest
from httpx_sse import connect_sse

from tests.programs import program

from .test_owntracks import located

uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra serve)")


@pytest.fixture
def listening(serve):
    """A service that listens at a port: its client, and its address."""
    client = serve()
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(client.app, log_level="error", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([door],), daemon=True)
    thread.start()
    yield client, f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    door.close()


def note(url: str, name: str) -> None:
    when = "2026-11-27T19:35:00"
    body = {"id": name, "kind": "note", "happened_at": when, "entered_at": when, "text": "rain"}
    assert httpx.post(f"{url}/events", json=body).status_code == 200


def told(url: str, n: int, last: str) -> list[tuple[str, str]]:
    """The ids and names of the next events of a stream, which is then cut."""
    head = {"Last-Event-ID": last}
    with httpx.Client(timeout=20) as client, connect_sse(client, "GET", f"{url}/stream", headers=head) as stream:
        events = stream.iter_sse()
        return [(one.id, json.loads(one.data)["id"]) for one in (next(events) for _ in range(n))]


def test_a_stream_that_was_cut_goes_on_after_the_last_event(listening):
    _, url = listening
    for name in "ab":
        note(url, name)
    first = told(url, 2, "0")
    for name in "cd":  # nobody listens
        note(url, name)
    assert first == [("1", "a"), ("2", "b")]
    assert told(url, 2, first[-1][0]) == [("3", "c"), ("4", "d")]


def test_curl_sends_a_position_as_owntracks_does(listening):
    client, url = listening
    body = json.dumps({"topic": "owntracks/Foot 1/phone", **located(35, 26.0004)})
    words = ["-sS", "--fail", "-H", "Content-Type: application/json", "--data-binary", body, f"{url}/owntracks"]
    done = subprocess.run([program("curl"), *words], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (0, "[]"), done.stderr
    assert client.room.log.state.teams[0].position == (26.0004, 119.0001)
