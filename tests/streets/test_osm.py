"""Reading street data: formats, cutting, parts, snapping, travel and sight on a block worked out by hand."""

from __future__ import annotations

import bz2
import gzip

import numpy as np
import pytest

from routeopt.errors import Message
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets.network import project, snap
from routeopt.streets.osm import read_streets
from routeopt.streets.paths import Paths
from routeopt.streets.sight import sight_table
from routeopt.streets.tags import maxspeed_kph, speeds
from routeopt.streets.travel import travel_table


def read(path, **options):
    return read_streets(Streets(file=path.name, **options), path.parent, SPEEDS_KPH)


def test_square(square):
    net = read(square)
    assert net.seg_length_m.max() <= 120
    assert net.seg_length_m.sum() == pytest.approx(2 * 300 + 2 * 222, rel=0.01)
    assert set(net.names) >= {"South St", "East St", "North Walk", "West St"}
    assert [(v.kind, v.name) for v in net.venues] == [("amenity=bar", "Blue")]


def test_compressed_files_read_the_same(square):
    for suffix, pack in ((".osm.gz", gzip.compress), (".osm.bz2", bz2.compress)):
        packed = square.with_name(f"packed{suffix}")
        packed.write_bytes(pack(square.read_bytes()))
        np.testing.assert_array_equal(read(packed).seg_length_m, read(square).seg_length_m)


def test_graphml_reads_the_same_streets(square):
    import osmnx

    graph = osmnx.graph_from_xml(square, retain_all=True)
    path = square.with_name("square.graphml")
    osmnx.save_graphml(graph, path)
    net = read(path)
    assert net.seg_length_m.sum() == pytest.approx(read(square).seg_length_m.sum(), rel=0.01)
    assert net.usable["foot"].all()


def test_segments_as_long_as_asked(square):
    assert read(square, max_segment_m=50).seg_length_m.max() <= 50


def test_largest_strong_part_and_its_note(square):
    """A car that enters the one-way street cannot come back: East St is cut off, and the note says how much."""
    net = read(square)
    kept = {net.names[n] for n in net.seg_name[net.usable["car"]]}
    assert kept == {"South St", "West St"}
    (note,) = [note for note in net.notes if note.values.get("mode") == Message("mode-car")]
    assert note.code == "streets-cut-off"
    assert str(note).startswith("car: 0.2 km")
    assert net.usable["foot"].all()


def test_snap_takes_the_nearest_street_of_the_mode(square):
    net = read(square)
    x, y = project(net, np.array([26.0021]), np.array([119.0015]))
    walk, car = snap(net, x, y, "foot", 500.0), snap(net, x, y, "car", 500.0)
    assert net.names[net.seg_name[walk.segment[0]]] == "North Walk"
    assert walk.distance_m[0] == pytest.approx(11.1, abs=0.3)
    assert net.names[net.seg_name[car.segment[0]]] in ("West St", "South St")
    assert snap(net, x, y, "foot", 5.0).segment[0] == -1


def test_path_has_the_streets_names(square):
    net = read(square)
    lat, lon = np.array([26.0, 26.002]), np.array([119.0015, 119.0015])
    found = snap(net, *project(net, lat, lon), "foot", 50.0)
    paths = Paths(net, "foot", found)
    leg = paths.leg(0, 1)
    assert leg.streets in (("South St", "West St", "North Walk"), ("South St", "East St", "North Walk"))
    assert leg.lat[0] == pytest.approx(26.0, abs=1e-4)
    assert leg.lat[-1] == pytest.approx(26.002, abs=1e-4)
    table = travel_table(net, "foot", found)
    assert table.length_m[0, 1] == pytest.approx(150 + 222 + 150, rel=0.02)


def test_sight_ends_with_the_street(square):
    """From the middle of South St one sees it all, the mouths of its side streets, nothing behind the houses."""
    net = read(square)
    found = snap(net, *project(net, np.array([26.0]), np.array([119.0015])), "foot", 50.0)
    _, segment, rho = sight_table(net, found, 400.0)
    seen = {name: rho[[net.names[net.seg_name[s]] == name for s in segment]] for name in net.names}
    assert seen["South St"].min() > 0.5
    assert max(seen["East St"].max(), seen["West St"].max()) < 0.2
    assert not len(seen["North Walk"])


@pytest.mark.parametrize(
    ("text", "kph"), [("50", 50), ("30 mph", 48.28), ("walk", 7), ("none", None), ("", None), ("DE:urban", None)]
)
def test_maxspeed(text, kph):
    found = maxspeed_kph(text)
    assert found == (pytest.approx(kph, abs=0.01) if kph is not None else None)


@pytest.mark.parametrize(
    ("tags", "mode", "expected"),
    [
        ({"highway": "residential"}, "car", (30, 30)),
        ({"highway": "residential", "oneway": "yes"}, "car", (30, 0)),
        ({"highway": "residential", "oneway": "-1"}, "car", (0, 30)),
        ({"highway": "residential", "oneway": "yes"}, "foot", (4.5, 4.5)),
        ({"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}, "bike", (14, 14)),
        ({"highway": "primary", "junction": "roundabout"}, "car", (30, 0)),
        ({"highway": "residential", "access": "private"}, "foot", (0, 0)),
        ({"highway": "residential", "access": "private", "foot": "yes"}, "foot", (4.5, 4.5)),
        ({"highway": "residential", "motor_vehicle": "no"}, "car", (0, 0)),
        ({"highway": "motorway"}, "foot", (0, 0)),
        ({"highway": "footway"}, "car", (0, 0)),
        ({"highway": "footway"}, "bike", (0, 0)),
        ({"highway": "footway", "bicycle": "yes"}, "bike", (6, 6)),
        ({"highway": "steps"}, "ebike", (0, 0)),
        ({"highway": "steps"}, "foot", (2.5, 2.5)),
        ({"highway": "service", "maxspeed": "10"}, "car", (10, 10)),
    ],
)
def test_speed_and_access_by_mode(tags, mode, expected):
    assert speeds(tags, SPEEDS_KPH)[mode] == expected
