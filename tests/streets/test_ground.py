"""Waters and parks of a street file."""

from __future__ import annotations

import pytest

from routeopt.scenario.model import Streets
from routeopt.streets.ground import read_ground


def ring(first, south, west, size):
    """Four nodes of a square, degrees, and the refs of its closed way."""
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    nodes = "".join(
        f'<node id="{first + n}" lat="{south + a * size}" lon="{west + b * size}"/>'
        for n, (a, b) in enumerate(corners)
    )
    return nodes, "".join(f'<nd ref="{first + n}"/>' for n in (0, 1, 2, 3, 0))


@pytest.fixture
def file(tmp_path):
    lake, lake_refs = ring(1, 0.0, 0.0, 0.01)
    island, island_refs = ring(11, 0.002, 0.002, 0.004)
    park, park_refs = ring(21, 0.0, 0.02, 0.002)
    pond, pond_refs = ring(31, 0.0, 0.03, 0.0002)
    (tmp_path / "ground.osm").write_text(
        f'<osm version="0.6">{lake}{island}{park}{pond}<node id="41" lat="0" lon="0.04"/>'
        '<node id="42" lat="0.01" lon="0.04"/><node id="43" lat="0.02" lon="0.04"/>'
        f'<way id="1">{lake_refs}</way><way id="2">{island_refs}</way>'
        f'<way id="3">{park_refs}<tag k="leisure" v="park"/><tag k="name" v="Park"/></way>'
        f'<way id="4">{pond_refs}<tag k="natural" v="water"/></way>'
        '<way id="5"><nd ref="41"/><nd ref="42"/><nd ref="43"/><tag k="waterway" v="river"/></way>'
        '<way id="6"><nd ref="41"/><nd ref="43"/><tag k="waterway" v="ditch"/></way>'
        '<relation id="1"><member type="way" ref="1" role="outer"/><member type="way" ref="2" role="inner"/>'
        '<tag k="type" v="multipolygon"/><tag k="natural" v="water"/><tag k="name" v="Lake"/></relation></osm>'
    )
    return Streets(file="ground.osm")


def test_a_lake_comes_with_its_island_a_park_and_a_river_and_no_pond(file, tmp_path):
    found = read_ground(file, tmp_path, 1000)
    assert [(g.kind, g.name, len(g.rings)) for g in found] == [
        ("water", "Lake", 2), ("park", "Park", 1), ("river", "", 1)
    ]  # fmt: skip
    assert found[0].size_m2 == pytest.approx(1112**2, rel=0.01)
    assert max(found[0].rings[1][0]) == pytest.approx(0.006)


def test_a_straight_river_needs_no_corner_between_its_ends(file, tmp_path):
    assert read_ground(file, tmp_path, 1000)[2].rings == (((0.0, 0.02), (0.04, 0.04)),)


def test_the_largest_come_first_where_there_is_not_room_for_all(file, tmp_path):
    assert [g.name for g in read_ground(file, tmp_path, 12)] == ["Lake"]


def test_other_files_have_none(tmp_path):
    (tmp_path / "broken.osm").write_text("<osm")
    deleted = '<node id="1" lat="?" lon="0" action="delete"/>'  # the streets' reader passes over it
    (tmp_path / "deleted.osm").write_text(f'<osm version="0.6">{deleted}</osm>')
    for name in ("broken.osm", "deleted.osm", "town.graphml"):
        assert read_ground(Streets(file=name), tmp_path, 1000) == []
