"""Progress as people and logs see it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from routeopt.cli import terminal


def shown(monkeypatch, *, watched):
    text = io.StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=text, force_terminal=watched, width=80))
    with terminal.status() as say:
        say("reading a.csv", 0.0)
        say("reading a.csv", 0.5)
        say("heat map 10%")
        say("heat map 90%")
    return text.getvalue()


def test_progress_bar_is_shown_to_people(monkeypatch):
    text = shown(monkeypatch, watched=True)
    assert "reading a.csv" in text or "heat map" in text
    assert "━" in text


def test_progress_is_one_line_each_in_logs(monkeypatch):
    assert shown(monkeypatch, watched=False).splitlines() == ["reading a.csv", "heat map"]


def test_interrupted_says_so(monkeypatch):
    text = io.StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=text, force_terminal=False, width=80))
    with pytest.raises(KeyboardInterrupt), terminal.status():
        raise KeyboardInterrupt
    assert "interrupted" in text.getvalue()
