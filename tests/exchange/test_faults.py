"""A full disk and kills at random instants leave whole files, and the plan in force."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import threading
import time

import pytest

from routeopt.budget import Budget
from routeopt.cli.checkpoint import keeping, read_state
from routeopt.errors import InputError
from routeopt.exchange.whole import LEFT_S, PREFIX, staged
from routeopt.reports.formats import write_files
from routeopt.search import checkpoint
from routeopt.solving import solve

KILLS = int(os.environ.get("ROUTEOPT_KILLS", "20"))
"""`.ci/long` asks for more."""
NAMES = ("plan.json", "routes.geojson", "stops.csv", "plan.xlsx")


@pytest.fixture
def small_disk():
    """``small_disk(n)``: no file may be longer than n bytes, until the test ends."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_disk_that_is_full_at_any_offset_leaves_the_files_of_before(make_night, tmp_path, small_disk):
    old, new = make_night(iterations=5), make_night(iterations=6)
    folder = tmp_path / "plan"
    write_files(old, folder, NAMES)
    before = content(folder)
    longest = max(map(len, before.values()))
    for offset in range(0, longest, max(1, longest // 12)):
        small_disk(offset)
        with pytest.raises(OSError) as caught:
            write_files(new, folder, NAMES)
        small_disk(resource.RLIM_INFINITY)
        assert caught.value.filename in [str(folder / name) for name in NAMES]
        assert content(folder) == before
        assert not list(folder.glob(f"{PREFIX}*"))


def killed(work):
    """Run work in a process of its own, and kill it at a random instant."""
    process = os.fork()
    if process == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(random.random() * 0.15)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def test_kills_while_files_are_written_leave_whole_ones(make_night, tmp_path):
    night, folder = make_night(iterations=5), tmp_path / "plan"
    write_files(night, folder, NAMES)
    before = content(folder)

    def write():
        while True:
            write_files(night, folder, ("plan.json", "routes.geojson", "stops.csv"))

    for _ in range(KILLS):
        killed(write)
        assert dict(content(folder).items()) == before


def test_kills_while_a_plan_is_searched_leave_a_whole_state(make_problem, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 100)
    problem, path, budget = make_problem(3, n_steps=60), tmp_path / "state", Budget(iterations=10_000)
    solve(problem, Budget(iterations=10))
    for _ in range(KILLS):
        killed(lambda: solve(problem, budget, seed=2, keep=keeping(path, 0.0)))
    state = read_state(path)
    assert state["tracker"]["iterations"] % 100 == 0
    assert json.dumps(state)


def test_a_damaged_state_is_refused(tmp_path):
    path = tmp_path / "state"
    keeping(path)({"format": "x"})
    assert read_state(path) == {"format": "x"}
    path.write_bytes(path.read_bytes().replace(b"x", b"y"))
    with pytest.raises(InputError) as found:
        read_state(path)
    assert found.value.faults[0].code == "RO-924"
    with pytest.raises(InputError) as found:
        read_state(tmp_path / "none")
    assert found.value.faults[0].code == "RO-923"


def test_what_a_killed_process_left_is_removed_later(tmp_path):
    for name, age in (("old", LEFT_S + 60), ("new", 0.0)):
        left = tmp_path / f"{PREFIX}{name}"
        left.mkdir()
        os.utime(left, (time.time() - age,) * 2)
    with staged(tmp_path) as stage:
        (stage / "a").write_text("a")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PREFIX}new", "a"]


def test_an_interruption_while_files_are_moved_waits(tmp_path, monkeypatch):
    moved = type(tmp_path).replace

    def replace(path, target):
        os.kill(os.getpid(), signal.SIGINT)
        return moved(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", replace)

    def write():
        with staged(tmp_path) as stage:
            for name in "abc":
                (stage / name).write_text(name)

    done = threading.Event()
    other = threading.Thread(target=done.wait)  # the system may give it the signal
    other.start()
    with pytest.raises(KeyboardInterrupt):
        write()
    done.set()
    other.join()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
