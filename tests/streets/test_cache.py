"""Streets kept on disk: by content, whole or not at all, within a limit, and never the cause of an error."""

from __future__ import annotations

import dataclasses
import logging
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from routeopt.errors import Message, StreetsError
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets import cache, osm
from routeopt.streets.network import Snap, StreetNetwork, Venue, snap
from routeopt.streets.osm import read_streets
from routeopt.streets.paths import Paths
from routeopt.streets.sight import sight_table
from routeopt.streets.travel import travel_table

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting" / "town.osm.gz"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ROUTEOPT_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept" / "streets"


@pytest.fixture
def made(folder, monkeypatch):
    """A function that is kept, and the arguments that it was really called with."""
    calls = []

    @cache.kept("sample", Venue)
    def sample(*given):
        calls.append(given)
        return {"venue": (Venue(1.0, 2.5, "amenity=bar", "Eck"), None), "array": np.arange(4.0)}

    return sample, calls


def same(a: object, b: object) -> bool:
    """Whether two results are equal to the last bit, with the same types."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a)
        )
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    return a == b and type(a) is type(b)


def read(path: Path, **options: object) -> StreetNetwork:
    return read_streets(Streets(file=path.name, **options), path.parent, SPEEDS_KPH)


def some_places(net: StreetNetwork) -> Snap:
    return snap(net, net.node_x[::60], net.node_y[::60], "foot", 100.0)


def test_streets_ways_and_sight_read_back_are_those_computed(folder, monkeypatch):
    def everything():
        net = read(TOWN)
        places = some_places(net)
        ways = travel_table(net, "foot", places)
        paths = Paths(net, "foot", places)
        legs = tuple(paths.leg(i, k) for i, k in ((0, 1), (3, 2), (4, 0)))
        return net, places, ways, sight_table(net, places, 100.0), legs

    monkeypatch.setenv("ROUTEOPT_CACHE", "off")
    alone = everything()
    monkeypatch.setenv("ROUTEOPT_CACHE", str(folder.parent))
    first = everything()
    for name in ("network_of", "_read"):
        monkeypatch.setattr(osm, name, None)
    second = everything()
    assert same(alone, first)
    assert same(alone, second)


def test_scipy_is_not_loaded_for_what_is_kept(folder, monkeypatch):
    some_places(read(TOWN))
    for name in [name for name in sys.modules if name.partition(".")[0] == "scipy"]:
        monkeypatch.setitem(sys.modules, name, None)
    some_places(read(TOWN))


def test_the_content_counts_and_not_the_name(folder, tmp_path):
    one, other = tmp_path / "one.osm.gz", tmp_path / "other.osm.gz"
    for path in (one, other):
        shutil.copy(TOWN, path)
    read(one)
    (kept,) = folder.iterdir()
    read(other)
    assert list(folder.iterdir()) == [kept]
    read(other, max_segment_m=60.0)
    assert len(list(folder.iterdir())) == 2


def test_a_file_that_is_replaced_is_read_again(folder, tmp_path):
    path = tmp_path / "town.osm"
    line = '<node id="{}" lat="{}" lon="119.0"/>'
    nodes = "".join(line.format(n, 26.0 + n / 1000) for n in range(1, 5))
    text = f'<osm version="0.6">{nodes}<way id="1">' + "{}" + '<tag k="highway" v="service"/></way></osm>'
    path.write_text(text.format('<nd ref="1"/><nd ref="2"/>'))
    before = read(path).seg_length_m.sum()
    path.write_text(text.format('<nd ref="1"/><nd ref="4"/>'))
    assert read(path).seg_length_m.sum() == pytest.approx(3 * before)
    path.write_text("<osm>")
    with pytest.raises(StreetsError):
        read(path)


def test_a_file_that_changes_while_it_is_read_is_not_kept(folder, tmp_path):
    path = tmp_path / "growing"
    path.write_text("first")

    @cache.kept("growing")
    def text(path):
        found = path.read_text()
        path.write_text("second")
        return found

    assert text(path) == "first"
    assert list(folder.iterdir()) == []
    assert [text(path), text(path)] == ["second", "second"]


@pytest.mark.parametrize(
    "other",
    [
        (1.0, "a", np.arange(3)),
        (1, "a", np.arange(3.0)),
        (1, "a", np.arange(3).reshape(1, 3)),
        (1, "a", np.arange(4)),
        (1, ("a",), np.arange(3)),
        (True, "a", np.arange(3)),
        (1, None, np.arange(3)),
        (1, {"a": "b"}, np.arange(3)),
        (1, Message("a"), np.arange(3)),
        (1, "a", np.arange(3), None),
    ],
)
def test_other_arguments_are_another_entry(made, other):
    sample, calls = made
    given = (1, "a", np.arange(3))
    for arguments in (given, other, given, other):
        sample(*arguments)
    assert len(calls) == 2


def test_other_code_is_another_entry(made, monkeypatch):
    sample, calls = made
    sample(1)
    monkeypatch.setattr(cache, "code_hash", lambda: "of the next version")
    sample(1)
    assert len(calls) == 2


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "no archive", "no file"])
def test_a_damaged_entry_is_made_again(made, folder, damage, caplog):
    sample, calls = made
    whole = sample(1)
    (path,) = folder.iterdir()
    good = path.read_bytes()
    at = good.index(np.arange(4.0).tobytes()) + 13
    bad = {
        "cut": good[: len(good) // 2],
        "empty": b"",
        "flipped": good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :],
        "no archive": b"something else",
    }
    if damage == "no file":
        path.unlink()
        path.mkdir()
    else:
        path.write_bytes(bad[damage])
    with caplog.at_level(logging.INFO, "routeopt"):
        assert same(sample(1), whole)
    assert len(calls) == 2
    assert "damaged" in caplog.text
    if damage != "no file":
        sample(1)
        assert len(calls) == 2


def test_what_is_not_used_for_the_longest_time_goes(made, folder, monkeypatch):
    sample, calls = made
    for n in range(3):
        sample(n)
        (newest,) = [p for p in folder.iterdir() if p.stat().st_mtime > 1e9]
        os.utime(newest, (n, n))
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * newest.stat().st_size)
    sample(0)  # used again
    sample(3)
    assert len(calls) == 4
    for n in (0, 2, 3):
        sample(n)
    assert len(calls) == 4
    sample(1)
    assert len(calls) == 5


def test_what_is_too_large_is_not_kept(made, folder, monkeypatch):
    sample, calls = made
    monkeypatch.setattr(cache, "LARGEST_BYTES", 10)
    sample(1)
    sample(1)
    assert len(calls) == 2
    assert list(folder.iterdir()) == []


def test_a_full_disk_stops_nothing_and_leaves_nothing(made, folder, monkeypatch, caplog):
    sample, calls = made

    def full(file, **arrays):
        file.write(b"the first bytes")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with caplog.at_level(logging.INFO, "routeopt"):
        sample(1)
    assert len(calls) == 1
    assert list(folder.iterdir()) == []
    assert "No space left" in caplog.text


def test_many_at_once_read_and_write_one_entry(made, folder):
    sample, _ = made
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: sample(n % 2), range(64)))
    assert all(same(one, found[0]) for one in found)
    assert len(list(folder.iterdir())) == 2
    assert all(path.suffix == ".npz" for path in folder.iterdir())


def test_nothing_is_written_if_it_is_off(made, folder, monkeypatch):
    sample, calls = made
    monkeypatch.setenv("ROUTEOPT_CACHE", "off")
    sample(1)
    sample(1)
    assert len(calls) == 2
    assert not folder.exists()
