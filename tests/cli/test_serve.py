"""`routeopt serve`: what it refuses, and a service that answers, plays and ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

httpx = pytest.importorskip("httpx")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra serve)")


def test_other_machines_need_a_token(night, run):
    code, _, err = run("serve", night(), "--host", "0.0.0.0")
    assert code == 2
    assert "RO-746" in err


def test_a_taken_port_is_said_before_the_work_begins(night, run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = run("serve", night(), "--port", taken.getsockname()[1])
    assert code == 2
    assert "RO-747" in err
    assert "streets" not in err


def test_missing_packages_are_named_with_the_remedy(night, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = run("serve", night())
    assert code == 2
    assert "routeopt[serve]" in err


@contextmanager
def service(*options):
    """A service as a user starts it: its address; Ctrl-C ends it without a trace."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        [sys.executable, "-m", "routeopt", "serve", *map(str, options), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    try:
        yield re.search(r"http://[\d.:]+/", running.stdout.readline())[0]
    finally:
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=20)
    assert running.returncode in (0, 130)
    assert "Traceback" not in err


@pytest.mark.slow
def test_an_exercise_is_played_and_goes_on_from_its_journal(night, tmp_path):
    """It answers, time goes on, the journal holds; started again it has the same events and the same plan."""
    shift = {"start": "19:00", "end": "21:00", "date": "2026-11-27"}
    file, journal = night(shift=shift), tmp_path / "shift.journal"
    with service(file, "--demo", "--speed", 600, "--time", 1, "--journal", journal) as url:
        events, until = [], time.monotonic() + 60
        while len(events) < 6 and time.monotonic() < until:
            time.sleep(0.2)
            events = httpx.get(url + "events").json()["events"]
        plan = httpx.get(url + "plan").json()["plan"]
    assert len(events) >= 6
    assert events[0]["event"]["plan"] == plan
    verify = [sys.executable, "-m", "routeopt", "journal", "verify", str(journal)]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    with service(file, "--journal", journal) as url:
        again = httpx.get(url + "events").json()["events"]
        assert again[: len(events)] == events
        assert httpx.get(url + "plan").json()["plan"] == plan
    with service(file, "--replay", journal, "--speed", 600) as url:
        played, until = [], time.monotonic() + 60
        while len(played) < len(events) - 1 and time.monotonic() < until:
            time.sleep(0.2)
            played = httpx.get(url + "events").json()["events"]
        assert [row["event"] for row in played] == [row["event"] for row in again[1 : 1 + len(played)]]
        assert httpx.get(url + "plan").json()["plan"] == plan


def test_a_journal_is_played_or_written_not_both(night, run, tmp_path):
    code, _, err = run("serve", night(), "--replay", tmp_path / "a", "--journal", tmp_path / "b")
    assert code == 2
    assert "--journal" in err
    assert not (tmp_path / "b").exists()
