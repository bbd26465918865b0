"""The tool that reads mutated files: it sees what crosses a reader, and some files of each reader are read."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from benchmarks.fuzz import __main__ as fuzz
from benchmarks.fuzz.mutations import mutated
from benchmarks.fuzz.readers import Reader, readers
from routeopt.errors import Fault, InputError


def act(path: Path) -> None:
    """Do what the file says."""
    match path.read_bytes():
        case b"refuse":
            raise InputError(Fault("RO-330", path))
        case b"border":
            raise InputError(Fault("RO-900", path, reason="x"))
        case b"cross":
            raise KeyError("x")
        case b"end":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"hang":
            time.sleep(60)


@pytest.mark.parametrize(
    ("file", "counted"),
    [
        (b"accept", "accepted"),
        (b"refuse", "refused"),
        (b"border", "border"),
        (b"cross", "uncaught"),
        (b"end", "ended"),
        (b"hang", "hangs"),
    ],
)
def test_what_becomes_of_a_file_is_counted(tmp_path, monkeypatch, file, counted):
    monkeypatch.setattr(fuzz, "HANG_S", 0.5)
    found = fuzz.run("x", Reader(".x", (file,), act), tmp_path, 0.2, 1, 0, tmp_path / "kept")
    assert found[counted] == 1
    assert (tmp_path / "kept" / "x-0").exists() == (counted not in ("accepted", "refused"))


def test_the_same_seed_makes_the_same_files():
    data = b'{"a": [1, 2, {"b": "2026-01-01 10:00"}]}'
    first, second = ([mutated(data, random.Random(n), ".json") for n in range(50)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 40


@pytest.mark.slow
def test_no_reader_lets_anything_cross(tmp_path):
    """A few files for each reader; `.ci/run` and `.ci/long` read more of them."""
    rng = random.Random(1)
    for name, reader in readers(tmp_path).items():
        for n in range(25):
            path = tmp_path / f"x{reader.suffix}"
            path.write_bytes(mutated(rng.choice(reader.files), rng, reader.suffix) if n else reader.files[0])
            answer, codes, what = fuzz.answered(reader, path)
            assert answer == "accepted" if n == 0 else answer != "uncaught", f"{name}: {codes} {what}"
