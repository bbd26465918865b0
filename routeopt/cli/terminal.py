"""Shared by the commands: consoles, options, and progress of reading, building and writing."""

from __future__ import annotations

import datetime as dt
import errno
import io
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from routeopt.catalogue.sentence import N_
from routeopt.errors import Fault, InputError, Message, Words, english, nearest, shown

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from routeopt.exchange.export import Export
    from routeopt.problem.build import Built

err = Console(stderr=True, markup=False, emoji=False)
"""Progress and messages."""
out = Console(markup=False, emoji=False)
"""Results; names are shown as they are, whatever brackets and colons they have."""

INTERRUPTED = 128 + signal.SIGINT
"""Exit code after Ctrl-C."""

Say = Callable[..., None]
"""Called with the current phase, and its progress (0 to 1) where that is known."""

ScenarioArg = Annotated[Path, typer.Argument(help="Scenario file, YAML or JSON.", show_default=False)]
SeedOption = Annotated[
    int, typer.Option("--seed", help="Random seed. With --iterations the result is reproducible.", min=0)
]
TimeOption = Annotated[float, typer.Option("--time", help="Search time in seconds.", min=0.0)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object (or list) on stdout.")]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="Formats to write, separated by commas: json, geojson, html, cards, gpx, kml, kmz, xlsx, csv, ics, "
        "plots, watch, all. Default: json,geojson,html.",
        show_default=False,
    ),
]
MemoryOption = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        help="Most memory that this may take, such as 4G, or off. Default: ROUTEOPT_MEMORY, or what is available.",
        show_default=False,
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", help="Number of processes. Default: the cores, or 1 where little is to be done.", min=1, max=256,
        show_default=False,
    ),
]  # fmt: skip
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster", help="Address of a dask scheduler whose workers do the runs, such as tcp://10.0.0.1:8786.",
        show_default=False,
    ),
]  # fmt: skip
CrsOption = Annotated[str, typer.Option("--crs", help="Datum of files for other systems: wgs84, gcj02 or bd09.")]
LangOption = Annotated[
    str | None, typer.Option("--lang", help="Output language (en, zh). Default: system language.")
]
DateOption = Annotated[
    str | None, typer.Option("--date", help="Day on which the plan starts, YYYY-MM-DD.", show_default=False)
]


def write_utf8() -> None:
    """Write UTF-8 to stdout and stderr, whatever the code page or the locale; never fail at a character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Take SIGTERM, which service managers and `timeout` send, as Ctrl-C, but for the exit code (143, not 130).

    A search then ends with the best plan so far. A process that was told to ignore it still does.
    """
    received = False

    def end(_number: int, _frame: object) -> None:
        nonlocal received
        received = True
        raise KeyboardInterrupt

    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    except SystemExit as stop:
        if received and stop.code == INTERRUPTED:
            raise SystemExit(128 + signal.SIGTERM) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Output:
    """stdout, whose errors are faults: a full disk, a reader that is gone, a stream that was closed."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        return int(self._do("write", text))

    def flush(self) -> None:
        """Write what is still in memory.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        if self._stream is not None:
            self._do("flush")

    def _do(self, what: str, *values: str) -> Any:
        try:
            if self._stream is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            return getattr(self._stream, what)(*values)
        except (OSError, ValueError) as error:  # a closed stream raises the latter
            # what is left in memory must not fail again at the end
            with suppress(OSError, ValueError, AttributeError), Path(os.devnull).open("w") as nothing:
                os.dup2(nothing.fileno(), self._stream.fileno())
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(Fault("RO-639", "stdout", error=reason)) from None


def language_of(lang: str | None) -> str:
    """Return the language asked for, or the system's.

    Raises
    ------
    InputError
        If there is no catalogue for ``lang``.
    """
    from routeopt.messages import of_locale, words

    if lang is not None:
        words(lang)
    return lang or of_locale()


def typed_language(typed: list[str]) -> str | None:
    """The language that ``--lang`` asks for, if it exists, for faults that end the command."""
    from routeopt.messages import LANGUAGES

    for word, following in zip(typed, [*typed[1:], ""], strict=True):
        name = following if word == "--lang" else word.removeprefix("--lang=")
        if word.startswith("--lang") and name in LANGUAGES:
            return name
    return None


def words_of(lang: str | None) -> Words:
    """Return the translation into the language asked for, or the system's.

    Raises
    ------
    InputError
        If there is no catalogue for ``lang``.
    """
    from routeopt.messages import words

    return words(language_of(lang))


def day(text: str | None, option: str = "--date") -> dt.date | None:
    """Parse the date of an option.

    Raises
    ------
    InputError
        If the text is not a date.
    """
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(Fault("RO-601", option, value=text)) from None


def export_of(crs: str, date: dt.date | None = None) -> Export:
    """Return ``--crs`` and ``--date`` in the form that the writers of files use.

    Raises
    ------
    InputError
        If the datum is unknown.
    """
    from routeopt.exchange.datum import NAMES
    from routeopt.exchange.export import Export

    for known in NAMES:
        if crs == known:
            return Export(known, date)
    near = nearest(crs.lower().replace("-", ""), NAMES)
    if near:
        raise InputError(Fault("RO-603", "--crs", name=crs, near=near))
    raise InputError(Fault("RO-602", "--crs", name=crs, known=list(NAMES)))


def can_write(folder: Path) -> None:
    """Refuse an output folder before the work rather than after it.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    made: list[Path] = []
    try:
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"tried")
    except OSError as error:
        raise InputError(Fault("RO-604", folder, reason=error.strerror)) from None
    finally:
        for one in made:
            with suppress(OSError):
                one.rmdir()


def own_folder(kind: str, scenario: Path) -> Path:
    """Where a scenario's files go: ``plans/town/night``, so that two scenarios of one folder have their own."""
    path = scenario.resolve()
    return Path(kind) / path.parent.name / path.stem


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make the folder; errors of the disk become faults.

    Raises
    ------
    InputError
        If the disk refuses to write.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InputError(Fault("RO-605", error.filename or folder, error=error.strerror or error)) from None


def build(path: Path, date: dt.date | None = None, _: Words = english, memory_limit: str | None = None) -> Built:
    """Read a scenario and build its problem, with progress shown; ``date`` replaces the shift's."""
    from routeopt.problem.build import build_with_streets
    from routeopt.scenario.read import read_scenario

    scenario = read_scenario(path)
    if date is not None:
        scenario = scenario.model_copy(update={"shift": scenario.shift.model_copy(update={"date": date})})
    began = time.perf_counter()
    with status(_) as say, compiling(_):
        built = build_with_streets(scenario, say, memory_limit)
    p = built.problem
    size = _("{sites} sites, {points} demand points, {teams} teams, {steps} steps ({seconds} s)").format(
        sites=p.n_sites, points=p.n_points, teams=p.n_teams, steps=p.n_steps,
        seconds=f"{time.perf_counter() - began:.1f}",
    )  # fmt: skip
    err.print(size, highlight=False)
    print_notes(err, built.notes, _)
    return built


def print_notes(console: Console, notes: Iterable[Message | str], _: Words) -> None:
    """A line for each note."""
    for note in notes:
        text = _("note: {text}").format(text=shown(note, _))
        console.print(text, highlight=False, markup=False, soft_wrap=True)


def refuse_both(jobs: int | None, address: str | None) -> None:
    """Refuse ``--jobs`` beside ``--cluster``.

    Raises
    ------
    InputError
        If both are given.
    """
    if address is not None and jobs is not None:
        raise InputError(Fault("RO-675", "--jobs"))


@contextmanager
def executing(jobs: int | None, address: str | None, tasks: int) -> Iterator[Executor | None]:
    """Yield where independent runs are done; None: in this process.

    Parameters
    ----------
    tasks
        Number of runs that are worth a process of their own.

    Raises
    ------
    InputError
        If there is no such cluster.
    """
    from routeopt.executor import Workers, cluster, cores

    if address is not None:
        with cluster(address) as executor:
            yield executor
        return
    jobs = min(cores(), tasks) if jobs is None else jobs
    if jobs <= 1:
        yield None
        return
    with Workers(jobs) as executor:
        yield executor


@contextmanager
def status(_: Words = english) -> Iterator[Say]:
    """Show the current phase, with a bar where its progress is known; plain lines where stderr is no terminal."""
    try:
        yield from _status(_)
    except KeyboardInterrupt:
        err.print(_("interrupted: nothing more is written"))
        raise


PHASES = (
    N_("reading streets"), N_("demand"), N_("sites"), N_("travel times and sight lines"),
    N_("distances along streets"), N_("back-test"), N_("choosing bandwidths"), N_("heat map"),
    N_("finding their streets"), N_("reading tracks"), N_("matching tracks to the streets"),
)  # fmt: skip
"""Phases of the work that other modules report in English."""


def _phase(text: Message | str, _: Words) -> str:
    """A phase in the reader's language, with the percentage that may follow it."""
    name = str(shown(text, _))
    found = re.match(r"(.*?)( \d+%)?$", name)
    if found is None or found[1] not in PHASES:
        return name
    phase = found[1]
    return _(phase) + (found[2] or "")


def _status(_: Words) -> Iterator[Say]:
    if not err.is_terminal:
        said = [""]

        def once(text: Message | str, _done: float | None = None) -> None:
            plain = re.sub(r" \d+%$", "", _phase(text, _))
            if plain != said[0]:
                said[0] = plain
                err.print(plain, highlight=False, markup=False)

        yield once
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(_("starting"), total=None)

        def say(text: Message | str, done: float | None = None) -> None:
            bar.update(
                task, description=_phase(text, _), total=None if done is None else 1.0, completed=done or 0.0
            )

        yield say


@contextmanager
def compiling(_: Words = english) -> Iterator[None]:
    """Say so, once, if a kernel is compiled: only then does a run take so much longer than the next."""
    from numba.core import event

    class Compilation(event.Listener):  # type: ignore[misc]
        said = False

        def on_start(self, event: Any) -> None:
            if not self.said and event.data["dispatcher"].py_func.__module__.startswith("routeopt."):
                self.said = True
                err.print(_("compiling the kernels: up to half a minute, once"), highlight=False)

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Compilation()):
        yield


@contextmanager
def searching(strategy: str, seconds: float, objective: str, _: Words = english) -> Iterator[Any]:
    """Show the progress of a search: best value so far, time left."""
    err.print(_("searching"), highlight=False)
    bar = Progress(
        TextColumn(strategy), BarColumn(), TextColumn(f"{objective} {{task.fields[value]}}"),
        TextColumn(_("{left} s left").format(left="{task.fields[left]:.0f}")), console=err,
        disable=not err.is_terminal,
    )  # fmt: skip
    with bar, compiling(_):
        task = bar.add_task("search", total=max(seconds, 1e-9), value="–", left=seconds)
        said = [0.0]

        def progress(now: float, value: float, bound: float | None) -> None:
            best = f"{value:.2%}"
            if bound is not None:
                best = _("{value}, at most {bound}").format(value=best, bound=f"{bound:.2%}")
            bar.update(task, completed=min(now, seconds), value=best, left=max(0.0, seconds - now))
            if not err.is_terminal and now - said[0] >= 5:
                said[0] = now
                text = _("{seconds} s: {objective} {value}, {left} s left").format(
                    seconds=f"{now:.0f}", objective=objective, value=best, left=f"{max(0.0, seconds - now):.0f}"
                )
                err.print(text, highlight=False)

        yield progress


def print_files(paths: list[Path], _: Words = english) -> None:
    """The last line of a command that writes files."""
    names = ", ".join(f"{path}{os.sep}" if path.is_dir() else str(path) for path in paths)
    out.print(_("files: {names}").format(names=names), highlight=False, markup=False, soft_wrap=True)
