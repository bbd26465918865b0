"""What a first plan costs: the whole command with empty caches of kernels and streets, and with filled ones.

uv run python -m benchmarks.startup
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.history import NoteOption, RecordOption, begin, keep, median

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "night.yaml"


def plan(cache: Path, out: Path) -> float:
    """Seconds of a `routeopt plan` of one iteration."""
    words = [sys.executable, "-m", "routeopt", "plan", str(SCENARIO), "--iterations", "1", "--out", str(out)]
    began = time.perf_counter()
    kept = {"NUMBA_CACHE_DIR": str(cache), "ROUTEOPT_CACHE": str(cache)}
    subprocess.run(words, env=os.environ | kept, check=True, capture_output=True)
    return time.perf_counter() - began


def main(
    runs: Annotated[int, typer.Option(help="Number of runs with empty caches.", min=1)] = 3,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Time a first plan cold and warm; the difference is what is compiled."""
    run = begin()
    rows = []
    for n in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            cache, out = Path(folder) / "cache", Path(folder) / "out"
            cold, warm = plan(cache, out), plan(cache, out)
        rows.append({"run": n, "cold_s": round(cold, 2), "warm_s": round(warm, 2)})
        sys.stderr.write(f"cold {cold:.1f} s, warm {warm:.1f} s\n")
    figures = [
        median("plan of one iteration, empty caches", [row["cold_s"] for row in rows], "s"),
        median("plan of one iteration, filled caches", [row["warm_s"] for row in rows], "s"),
        median("compiling", [row["cold_s"] - row["warm_s"] for row in rows], "s"),
    ]
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep("startup", rows)
        sys.stderr.write(f"recorded in {run.record('startup', figures, note).name}\n")


if __name__ == "__main__":
    typer.run(main)
