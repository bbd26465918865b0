"""Progress as people and logs see it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from routeopt import write_plan
from routeopt.cli import terminal
from routeopt.cli.main import main
from routeopt.errors import InputError
from routeopt.plan import Plan, Route
from tests.conftest import random_problem


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


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii"])
@pytest.mark.parametrize("words", [("schema",), ("--help",), ("plan", "夜班 é.yaml", "--lang", "zh")])
def test_output_is_utf8_on_every_console(encoding, words, tmp_path):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LANG": "zh_CN.UTF-8"}
    command = [sys.executable, "-m", "routeopt", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    text = done.stdout.decode("utf-8") + done.stderr.decode("utf-8")
    assert "Traceback" not in text
    assert done.returncode == (2 if words[0] == "plan" else 0)
    assert "夜班 é.yaml" in text or words[0] != "plan"


def test_names_are_shown_as_they_are(capsys):
    table = Table(title="Foot [/1]")
    table.add_column("[bold]")
    table.add_row("Car :car: [/x]")
    for console in (terminal.out, terminal.err):
        console.print(table)
        console.print("[bold red]A[/]")
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert all(name in text for name in ("Foot [/1]", "[bold]", "Car :car: [/x]", "[bold red]A[/]"))


class _Dispatcher:
    def __init__(self, module):
        self.py_func = type("function", (), {"__module__": module})


def test_compilation_is_said_once_and_only_where_there_is_one(capsys):
    from numba.core import event

    with terminal.compiling():
        pass
    with (
        terminal.compiling(),
        event.trigger_event("numba:compile", data={"dispatcher": _Dispatcher("other.module")}),
    ):
        pass
    assert "compiling" not in capsys.readouterr().err
    with terminal.compiling():
        for _ in range(2):
            with event.trigger_event("numba:compile", data={"dispatcher": _Dispatcher("routeopt.kernels.x")}):
                pass
    assert capsys.readouterr().err.count("compiling the kernels") == 1


@pytest.mark.parametrize("name", ["x" * 300, "file.txt/sub", "/proc/none"])
def test_an_output_folder_is_tried_before_the_work(tmp_path, name):
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(InputError, match=r"the folder is not writable \(.+\)"):
        terminal.can_write(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["file.txt"]


def test_trying_an_output_folder_leaves_nothing(tmp_path):
    terminal.can_write(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_two_scenarios_of_a_folder_have_their_own_files():
    folders = {terminal.own_folder("plans", Path("town") / name) for name in ("day.yaml", "night.yaml")}
    assert folders == {Path("plans/town/day"), Path("plans/town/night")}


FULL = Path("/dev/full")
"""A device that takes nothing, on Linux."""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["schema"], ["--version"], ["--help"], ["plan", "--help"], ["diff", "a", "b"]])
def test_a_full_stdout_ends_in_a_sentence(monkeypatch, capsys, tmp_path, words):
    plan = Plan((Route(0),))
    for name in ("a", "b"):
        write_plan(tmp_path / name, random_problem(1, n_teams=1), plan)
    monkeypatch.chdir(tmp_path)
    with FULL.open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        monkeypatch.setattr(sys, "argv", ["routeopt", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert sys.stdout is full
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("stdout: the results cannot be printed: No space left on device.")


def test_a_closed_stdout_ends_in_a_sentence(monkeypatch, capsys):
    for closed in (None, io.StringIO()):
        if closed is not None:
            closed.close()
        monkeypatch.setattr(sys, "stdout", closed)
        monkeypatch.setattr(sys, "argv", ["routeopt", "schema"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        assert "[RO-639]" in capsys.readouterr().err


def test_an_error_of_the_command_is_told_before_one_of_stdout(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "argv", ["routeopt", "check", "night.yaml"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "[RO-609]" in capsys.readouterr().err


def test_sigterm_interrupts_and_is_told_apart():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), terminal.ended_by_sigterm():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_exit_code_says_that_it_was_sigterm():
    def run():
        with terminal.ended_by_sigterm():
            try:
                signal.raise_signal(signal.SIGTERM)
            except KeyboardInterrupt:
                sys.exit(terminal.INTERRUPTED)

    with pytest.raises(SystemExit) as stop:
        run()
    assert stop.value.code == 143


def test_a_process_that_ignores_sigterm_still_does():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with terminal.ended_by_sigterm():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
