"""What the commands share: consoles, options, and the words around reading, building and writing."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from routeopt.errors import Fault, InputError, nearest

if TYPE_CHECKING:
    from routeopt.exchange.export import Export
    from routeopt.problem.build import Built

err = Console(stderr=True)
"""Progress and messages."""
out = Console()
"""Results."""

Say = Callable[..., None]
"""Told what is being done, and perhaps how much of it is, 0 to 1."""

ScenarioArg = Annotated[Path, typer.Argument(help="Scenario file, YAML or JSON.", show_default=False)]
SeedOption = Annotated[int, typer.Option("--seed", help="Same seed and iteration limit, same plan.", min=0)]
TimeOption = Annotated[float, typer.Option("--time", help="Seconds to search.", min=0.0)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object (or list) on stdout.")]
FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        help="What to write, separated by commas: json, geojson, html, cards, gpx, kml, kmz, xlsx, csv, ics, "
        "plots, all. json, geojson and html unless told.",
        show_default=False,
    ),
]
CrsOption = Annotated[
    str, typer.Option("--crs", help="Datum of the files for other systems: wgs84, gcj02 or bd09.")
]
LangOption = Annotated[
    str | None, typer.Option("--lang", help="Language of the files: en or zh; the system's unless told.")
]
DateOption = Annotated[
    str | None, typer.Option("--date", help="Day on which the plan starts, YYYY-MM-DD.", show_default=False)
]


def language_of(lang: str | None) -> str:
    """The language asked for, or the system's.

    Raises
    ------
    InputError
        None of ours.
    """
    from routeopt.messages import of_locale, words

    if lang is not None:
        words(lang)
    return lang or of_locale()


def day(text: str | None) -> dt.date | None:
    """``--date``."""
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(Fault("--date", f'"{text}" is no date.', "Write it as 2026-05-15.")) from None


def export_of(crs: str, date: dt.date | None = None) -> Export:
    """``--crs`` and ``--date`` as the files' writers want them."""
    from routeopt.exchange.datum import NAMES
    from routeopt.exchange.export import Export

    for known in NAMES:
        if crs == known:
            return Export(known, date)
    near = nearest(crs.lower().replace("-", ""), NAMES)
    remedy = f'Maybe "{near}".' if near else f"Choose from {', '.join(NAMES)}."
    raise InputError(Fault("--crs", f'there is no "{crs}".', remedy))


def can_write(folder: Path) -> None:
    """Refuse an output folder before the work rather than after it."""
    parent = folder
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise InputError(Fault(str(folder), "cannot be written to.", "Choose another folder with --out."))


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make the folder; what the disk refuses is said, not raised."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        what = f"cannot be written to: {error.strerror}."
        raise InputError(Fault(str(folder), what, "Choose another folder with --out.")) from None


def build(path: Path, date: dt.date | None = None) -> Built:
    """Read a scenario and build its problem, saying what is done; ``date`` takes the place of the shift's."""
    from routeopt.problem.build import build_with_streets
    from routeopt.scenario.read import read_scenario

    scenario = read_scenario(path)
    if date is not None:
        scenario = scenario.model_copy(update={"shift": scenario.shift.model_copy(update={"date": date})})
    began = time.perf_counter()
    with status() as say:
        built = build_with_streets(scenario, say)
    p = built.problem
    err.print(
        f"{p.n_sites} sites, {p.n_points} demand points, {p.n_teams} teams, {p.n_steps} steps "
        f"({time.perf_counter() - began:.1f} s)",
        highlight=False,
    )
    for note in built.notes:
        err.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    return built


@contextmanager
def status() -> Iterator[Say]:
    """A line that says what is being done, with a bar where that is known; plain lines when nobody watches."""
    try:
        yield from _shown()
    except KeyboardInterrupt:
        err.print("interrupted: nothing more is written")
        raise


def _shown() -> Iterator[Say]:
    if not err.is_terminal:
        said = [""]

        def once(text: str, _done: float | None = None) -> None:
            plain = re.sub(r" \d+%$", "", text)
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
        task = bar.add_task("starting", total=None)

        def say(text: str, done: float | None = None) -> None:
            bar.update(task, description=text, total=None if done is None else 1.0, completed=done or 0.0)

        yield say


@contextmanager
def searching(strategy: str, seconds: float, objective: str = "visibility") -> Iterator[Any]:
    """Progress of a search: best value so far, time left."""
    err.print("searching (the first run compiles the kernels first: about half a minute, once)", highlight=False)
    bar = Progress(
        TextColumn(strategy), BarColumn(), TextColumn(f"{objective} {{task.fields[value]}}"),
        TextColumn("{task.fields[left]:.0f} s left"), console=err, disable=not err.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task("search", total=max(seconds, 1e-9), value="–", left=seconds)
        said = [0.0]

        def progress(now: float, value: float, bound: float | None) -> None:
            shown = f"{value:.2%}" if bound is None else f"{value:.2%}, at most {bound:.2%}"
            bar.update(task, completed=min(now, seconds), value=shown, left=max(0.0, seconds - now))
            if not err.is_terminal and now - said[0] >= 5:
                said[0] = now
                err.print(
                    f"{now:.0f} s: {objective} {shown}, {max(0.0, seconds - now):.0f} s left",
                    highlight=False,
                )

        yield progress


def print_files(paths: list[Path]) -> None:
    """The last line of a command that writes."""
    shown = ", ".join(f"{path}{os.sep}" if path.is_dir() else str(path) for path in paths)
    out.print(f"files: {shown}", highlight=False, markup=False, soft_wrap=True)
