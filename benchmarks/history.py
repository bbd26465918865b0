"""Where measured figures go: a history per benchmark, and the raw rows of its last run.

``benchmarks/history/NAME.csv`` is appended to by every run with ``--record``, one row per figure;
``benchmarks/results/RUN.csv`` holds the raw rows of the latest recorded run and is overwritten.
`benchmarks.page` makes docs/results.md from the histories.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import platform
import shlex
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

ROOT = Path(__file__).resolve().parents[1]
HISTORY, RESULTS = ROOT / "benchmarks" / "history", ROOT / "benchmarks" / "results"
COLUMNS = (
    "date", "commit", "machine", "versions", "command", "figure", "value", "unit", "min", "max", "n", "note",
)  # fmt: skip
PACKAGES = ("numba", "numpy", "scipy", "ortools", "pyvrp", "pyvroom")
NOT_MEASURED = (":!benchmarks/history", ":!benchmarks/results", ":!docs", ":!*.md")
"""Changes of these files do not make a tree dirty: no figure depends on them."""
DIGITS = 6
"""Significant digits of a figure."""

RecordOption = Annotated[bool, typer.Option("--record", help="Append the figures to benchmarks/history.")]
NoteOption = Annotated[str, typer.Option(help="Note in the recorded rows, such as: busy machine.")]


class Figure(NamedTuple):
    """One measured value, with its spread over ``n`` seeds, events or instances."""

    name: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None
    n: int = 1
    note: str = ""


class Row(NamedTuple):
    """A line of a history, as it stands in the file; see `COLUMNS`."""

    date: str
    commit: str
    machine: str
    versions: str
    command: str
    figure: str
    value: float
    unit: str
    least: str
    most: str
    n: int
    note: str


def median(name: str, values: Sequence[float], unit: str, note: str = "") -> Figure:
    """The median of several runs."""
    return Figure(name, statistics.median(values), unit, min(values), max(values), len(values), note)


def mean(name: str, values: Sequence[float], unit: str, note: str = "") -> Figure:
    """The mean over a sample."""
    return Figure(name, statistics.fmean(values), unit, min(values), max(values), len(values), note)


@dataclass(frozen=True)
class Run:
    """A run of a benchmark: what its figures have in common."""

    date: str
    commit: str
    machine: str
    versions: str
    command: str

    def record(self, benchmark: str, figures: Iterable[Figure], note: str = "", history: Path = HISTORY) -> Path:
        """Append the figures to <history>/<benchmark>.csv."""
        history.mkdir(parents=True, exist_ok=True)
        path = history / f"{benchmark}.csv"
        fresh = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            if fresh:
                writer.writerow(COLUMNS)
            for figure in figures:
                notes = "; ".join(text for text in (figure.note, note) if text)
                writer.writerow([
                    self.date, self.commit, self.machine, self.versions, self.command, figure.name,
                    _short(figure.value), figure.unit,
                    *("" if x is None else _short(x) for x in (figure.least, figure.most)), figure.n, notes,
                ])  # fmt: skip
        return path


def begin() -> Run:
    """Note the commit, machine, versions and command of a run; call it before anything is measured."""
    return Run(dt.datetime.now(dt.UTC).date().isoformat(), commit(), machine(), versions(), command(sys.argv))


def keep(run: str, rows: Sequence[Mapping[str, object]], folder: Path = RESULTS) -> Path:
    """Write the raw rows as <folder>/<run>.csv, over those of the last run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(benchmark: str, history: Path = HISTORY) -> list[Row]:
    """Every row of a history, the oldest first."""
    with (history / f"{benchmark}.csv").open(encoding="utf-8", newline="") as handle:
        lines = csv.DictReader(handle)
        if tuple(lines.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{benchmark}.csv: the columns must be {', '.join(COLUMNS)}.")
        return [
            Row(
                line["date"], line["commit"], line["machine"], line["versions"], line["command"], line["figure"],
                float(line["value"]), line["unit"], line["min"], line["max"], int(line["n"]), line["note"],
            )
            for line in lines
        ]  # fmt: skip


def latest(rows: Iterable[Row]) -> dict[str, Row]:
    """The last row of each figure, in the order in which the figures first appear."""
    found: dict[str, Row] = {}
    for row in rows:
        found[row.figure] = row
    return found


def commit() -> str:
    """Short name of the commit that is measured, with +dirty where its code was changed."""
    try:
        name = _git("rev-parse", "--short=7", "HEAD")
        changed = _git("status", "--porcelain", "--", ".", *NOT_MEASURED)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + "+dirty" if changed else name


def _git(*words: str) -> str:
    asked = subprocess.run(["git", *words], capture_output=True, text=True, check=True, cwd=ROOT)
    return asked.stdout.strip()


def machine() -> str:
    """Cores, processor and load average of the last minute."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = (line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name"))
        model = next(named, f": {model}").partition(":")[2].strip()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores, {model}{load}"


def versions() -> str:
    """Python and the packages that figures depend on."""
    found = [f"python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def command(argv: Sequence[str]) -> str:
    """The command as it can be repeated: without options of the output, and of paths only the last part."""
    words, given = [], iter(argv[1:])
    for word in given:
        if word == "--note":
            next(given, None)
        elif word not in ("--record", "--json"):
            words.append(Path(word).name if "/" in word else word)
    return shlex.join(["python", "-m", f"benchmarks.{Path(argv[0]).stem}", *words])


def _short(value: float) -> str:
    return f"{value:.{DIGITS}g}"
