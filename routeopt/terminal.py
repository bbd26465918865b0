"""What the commands share: consoles, progress, and the words around writing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from routeopt.errors import Fault, InputError

err = Console(stderr=True)
"""Progress and messages."""
out = Console()
"""Results."""

ScenarioArg = Annotated[Path, typer.Argument(help="Scenario file, YAML or JSON.", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object (or list) on stdout.")]

Say = Callable[..., None]
"""Told what is being done, and perhaps how much of it is, 0 to 1."""


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
