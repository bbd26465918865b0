"""Limits of memory: as people write them, as the machine has them, as containers have them."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from routeopt import memory
from routeopt.errors import InputError

GIB = 2**30


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine with 8 GiB left on which this process has 1 GiB, without containers."""
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8 * GIB))
    process = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=GIB))
    monkeypatch.setattr(psutil, "Process", lambda: process)
    return tmp_path


def group(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(str(value), encoding="utf-8")


def test_what_the_machine_has_available_is_the_default():
    assert memory.free() == 8 * GIB


@pytest.mark.parametrize(("limit", "left"), [("4G", 3 * GIB), ("1.5 GiB", GIB // 2), ("800MB", 0), ("off", None)])
def test_a_limit_counts_what_the_process_has_already(limit, left, monkeypatch):
    assert memory.free(limit) == left
    monkeypatch.setenv(memory.VARIABLE, limit)
    assert memory.free() == left
    assert memory.free("2G") == GIB


@pytest.mark.parametrize("text", ["much", "-1G", "4X", "1e9", ""])
def test_what_is_no_size_is_refused(text, monkeypatch):
    with pytest.raises(InputError, match=r"no amount of memory.*800M"):
        memory.size(text)
    if text:
        monkeypatch.setenv(memory.VARIABLE, text)
        with pytest.raises(InputError, match=f"^{memory.VARIABLE}"):
            memory.free()


def test_limits_of_the_groups_that_a_process_is_in(machine):
    group(machine / "a" / "b", memory__max="max", memory__current=5, memory__stat="anon 5\ninactive_file 0")
    group(machine / "a", memory__max=3 * GIB, memory__current=2 * GIB, memory__stat=f"inactive_file {GIB}")
    names = "memory.max", "memory.current", "inactive_file"
    assert list(memory._left(machine, "/a/b", *names)) == [2 * GIB]
    assert list(memory._left(machine, "/elsewhere", *names)) == []


def test_sizes_for_people():
    assert (memory.shown(3 * GIB / 2), memory.shown(5 * 2**20)) == ("1.5 GiB", "5 MiB")
