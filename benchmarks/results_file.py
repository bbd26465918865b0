"""Where results go: one CSV per benchmark and commit."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def commit() -> str:
    """Short name of the commit that is measured."""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True, cwd=RESULTS
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return asked.stdout.strip()


def keep(benchmark: str, rows: Sequence[Mapping[str, object]], folder: Path = RESULTS) -> Path:
    """Write the rows as <folder>/<benchmark>-<commit>.csv."""
    path = folder / f"{benchmark}-{commit()}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
