"""Read mutated files, and count what crosses a reader: ``python -m benchmarks.fuzz --seconds 5``.

Every reader runs in a process of its own, which is ended where one file takes too long. A reader may return, or
raise an error of `routeopt.errors`. Anything else is a finding: another exception, an end of the interpreter, a
file that takes more than `HANG_S`, more memory than `MOST_BYTES`. Exceptions that only the border around all
readers took for faults of the file (`BORDER`) are counted apart. Files of findings are kept.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fuzz.mutations import mutated
from benchmarks.fuzz.readers import Reader, readers

HANG_S = 30.0
MOST_BYTES = 2 << 30
"""Resident memory of a process, above what it has before the first file."""
BORDER = "RO-900"
"""Code of a fault made of an exception that no reader foresaw."""
CORPUS = 400
"""Files to begin from, at most: those that were answered as none before."""


def main() -> None:
    """Run the readers, print a row each, and end with 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", help="readers; default: all")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each reader")
    parser.add_argument("--executions", type=int, default=10**9, help="of each reader, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the files of findings")
    parser.add_argument("--json", action="store_true", help="a JSON object for each reader")
    asked = parser.parse_args()
    os.environ["ROUTEOPT_CACHE"] = "off"
    with tempfile.TemporaryDirectory() as name:
        known = readers(Path(name))
        wrong = [one for one in asked.names if one not in known]
        if wrong:
            parser.error(f"unknown: {', '.join(wrong)}; known: {', '.join(known)}")
        found = 0
        for one in asked.names or known:
            row = run(one, known[one], Path(name), asked.seconds, asked.executions, asked.seed, asked.keep)
            print(json.dumps(row) if asked.json else told(row), flush=True)
            found += sum(row[key] for key in ("uncaught", "ended", "hangs", "over_memory"))  # type: ignore[misc]
    sys.exit(1 if found else 0)


def told(row: dict[str, object]) -> str:
    """A row of the table."""
    keys = (
        "executions",
        "accepted",
        "refused",
        "border",
        "uncaught",
        "ended",
        "hangs",
        "over_memory",
        "peak_mib",
        "slowest_s",
    )
    text = f"{row['reader']:20}" + " ".join(f"{key} {row[key]}" for key in keys)
    return "\n".join([text, *(f"    {count} × {what}" for what, count in row["kinds"].items())])  # type: ignore[attr-defined]


def run(
    name: str, reader: Reader, folder: Path, seconds: float, executions: int, seed: int, keep: Path | None
) -> dict[str, object]:
    """Read mutated files for some seconds; return the counts."""
    count: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    until, round_, peak, slowest = time.monotonic() + seconds, 0, 0, 0.0
    while time.monotonic() < until and count["executions"] < executions:
        ours, theirs = multiprocessing.get_context("fork").Pipe()
        given = reader, folder, until, executions - count["executions"], f"{seed} {name} {round_}", theirs
        process = multiprocessing.get_context("fork").Process(target=_work, args=given)
        process.start()
        theirs.close()
        case, why = folder / f"{process.pid}{reader.suffix}", ""
        while True:
            if not ours.poll(HANG_S):
                why = "hangs"
                break
            try:
                said = ours.recv()
            except EOFError:
                break
            if said is None:
                break
            count.update(said["count"])
            kinds.update(said["kinds"])
            peak, slowest = max(peak, said["peak"]), max(slowest, said["slowest"])
            for file, what in said["files"]:
                _keep(keep, name, file, what)
        if why:
            process.kill()
        process.join()
        if not why and process.exitcode:
            why = "ended"
        if why:
            count.update(("executions", why))
            kinds[f"{why}: {process.exitcode}"] += 1
            _keep(keep, name, case.read_bytes() if case.exists() else b"", why)
        case.unlink(missing_ok=True)
        round_ += 1
    keys = ("executions", "accepted", "refused", "border", "uncaught", "ended", "hangs", "over_memory")
    return {
        "reader": name,
        **{key: count[key] for key in keys},
        "peak_mib": peak >> 20,
        "slowest_s": round(slowest, 1),
        "kinds": dict(kinds),
    }


def _keep(keep: Path | None, name: str, content: bytes, what: str) -> None:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        number = len(list(keep.glob(f"{name}-*")))
        if number < 60:
            (keep / f"{name}-{number}").write_bytes(content)
            with (keep / "findings.txt").open("a", encoding="utf-8") as file:
                file.write(f"{name}-{number}: {what}\n")


def _work(reader: Reader, folder: Path, until: float, most: int, seed: str, out: Connection) -> None:
    """Read mutated files, in a process of its own; send counts now and then, None at the end."""
    logging.disable()
    warnings.simplefilter("ignore")
    rng = random.Random(seed)
    corpus, seen = list(reader.files), set[str]()
    path = folder / f"{os.getpid()}{reader.suffix}"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    report: dict[str, object] = {}
    count: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    files: list[tuple[bytes, str]] = []
    sent, slowest = time.monotonic(), 0.0
    for n in range(most):
        data = reader.files[n] if n < len(reader.files) else mutated(rng.choice(corpus), rng, reader.suffix)
        path.write_bytes(data)
        began = time.monotonic()
        answer, codes, what = answered(reader, path)
        count.update(("executions", answer))
        if what:
            kinds[what] += 1
            if kinds[what] <= 3:
                files.append((data, what))
        if codes not in seen and len(corpus) < CORPUS:
            seen.add(codes)
            corpus.append(data)
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10) - before
        now = time.monotonic()
        slowest = max(slowest, now - began)
        over = peak > MOST_BYTES
        if over:
            count["over_memory"] += 1
            files.append((data, "memory"))
        if now - sent > 1.0 or now >= until or over or n == most - 1:
            report = {
                "count": count.copy(),
                "kinds": kinds.copy(),
                "files": files,
                "peak": peak,
                "slowest": slowest,
            }
            out.send(report)
            sent, files = now, []
            count.clear()
            kinds.clear()
        if over or now >= until:
            break
    out.send(None)
    os._exit(0)


def answered(reader: Reader, path: Path) -> tuple[str, str, str]:
    """Read a file; return what became of it, the codes by which it was refused, and what was not foreseen."""
    from routeopt.errors import RouteoptError

    try:
        reader.read(path)
    except RouteoptError as error:
        codes = " ".join(sorted({fault.code for fault in error.faults}))
        str(error)
        border = [fault for fault in error.faults if fault.code == BORDER]
        what = f"border: {border[0].values.get('reason')}"[:150] if border else ""
        return "border" if border else "refused", codes, what
    except Exception as error:
        return "uncaught", f"{type(error).__name__}", _where(error)
    return "accepted", "", ""


def _where(error: Exception) -> str:
    """Name an exception, and the last line of the package that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if "routeopt" in Path(frame.filename).parts and "benchmarks" not in frame.filename
    ]
    last = own[-1] if own else frames[-1]
    parts = Path(last.filename).parts
    at = parts.index("routeopt") if "routeopt" in parts else -1
    return f"{type(error).__name__} {str(error)[:80]!r} at {'/'.join(parts[at:])}:{last.lineno}"


if __name__ == "__main__":
    main()
