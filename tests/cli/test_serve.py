"""`routeopt serve`: what it refuses, and a service that answers, plays and ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time

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


@pytest.mark.slow
def test_an_exercise_is_played_and_kept_in_its_journal(night, tmp_path):
    """Started as a user would: it answers, time goes on, Ctrl-C ends it, and the journal holds."""
    command = [sys.executable, "-m", "routeopt"]
    shift = {"start": "19:00", "end": "21:00", "date": "2026-11-27"}
    journal = tmp_path / "shift.journal"
    options = ["--demo", "--speed", "600", "--time", "1", "--port", "0", "--journal", str(journal)]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    service = subprocess.Popen(
        [*command, "serve", str(night(shift=shift)), *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    try:
        line = service.stdout.readline()
        url = re.search(r"http://[\d.:]+/", line)[0]
        events, until = [], time.monotonic() + 60
        while len(events) < 5 and time.monotonic() < until:
            time.sleep(0.2)
            events = httpx.get(url + "events").json()["events"]
        assert len(events) >= 5
    finally:
        service.send_signal(signal.SIGINT)
        _, err = service.communicate(timeout=20)
    assert service.returncode in (0, 130)
    assert "Traceback" not in err
    found = subprocess.run(
        [*command, "journal", "verify", str(journal)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
