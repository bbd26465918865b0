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


def coast_file(tmp_path, line):
    of_sea(tmp_path, [line])
    return Streets(file="sea.osm"), tmp_path


def of_sea(tmp_path, coast, bounds=True):
    """What is drawn of a square of 0.1° with coastlines, each the (lat, lon) of its nodes."""
    nodes, ways = "", ""
    for n, line in enumerate(coast):
        nodes += "".join(f'<node id="{100 * n + k + 1}" lat="{a}" lon="{b}"/>' for k, (a, b) in enumerate(line))
        refs = [100 * n + line.index(at) + 1 for at in line]
        ways += f'<way id="{n + 1}">' + "".join(f'<nd ref="{ref}"/>' for ref in refs)
        ways += '<tag k="natural" v="coastline"/></way>'
    box = '<bounds minlat="0" minlon="0" maxlat="0.1" maxlon="0.1"/>' if bounds else ""
    (tmp_path / "sea.osm").write_text(f'<osm version="0.6">{box}{nodes}{ways}</osm>')
    return read_ground(Streets(file="sea.osm"), tmp_path, 1000, (0.0, 0.0, 0.1, 0.1))


SHORE = [(0.06, -0.02), (0.06, 0.05), (0.06, 0.12)]
"""From west to east, with the land on its left, in the north."""
ISLE = [(0.02, 0.02), (0.02, 0.04), (0.04, 0.04), (0.04, 0.02), (0.02, 0.02)]


@pytest.mark.parametrize("bounds", [True, False])
def test_the_sea_is_right_of_the_coast_up_to_the_edge_of_the_map(tmp_path, bounds):
    (south,) = of_sea(tmp_path, [SHORE], bounds)
    assert (south.kind, south.size_m2) == ("water", pytest.approx(0.06 * 0.1 * 111_195**2, rel=0.01))
    assert max(south.rings[0][0]) == pytest.approx(0.06)
    (north,) = of_sea(tmp_path, [SHORE[::-1]], bounds)
    assert min(north.rings[0][0]) == pytest.approx(0.06)


def test_an_island_is_left_out_of_the_sea_and_a_bay_by_itself_is_sea(tmp_path):
    (around,) = of_sea(tmp_path, [SHORE, ISLE])
    assert len(around.rings) == 2
    assert (min(around.rings[1][0]), max(around.rings[1][1])) == (pytest.approx(0.02), pytest.approx(0.04))
    (alone,) = of_sea(tmp_path, [ISLE])
    assert len(alone.rings) == 2
    (bay,) = of_sea(tmp_path, [ISLE[::-1]])
    assert bay.size_m2 == pytest.approx(0.02**2 * 111_195**2, rel=0.01)


def test_a_coast_that_ends_with_the_extract_goes_on_to_the_edge(tmp_path):
    (found,) = of_sea(tmp_path, [[(0.06, 0.005), (0.06, 0.05), (0.06, 0.095)]])
    assert found.size_m2 == pytest.approx(0.06 * 0.1 * 111_195**2, rel=0.01)
    assert of_sea(tmp_path, [[(0.06, 0.03), (0.06, 0.05)]]) == (), "a piece in the middle tells nothing"


def test_a_coast_of_many_corners_is_drawn_more_coarsely(tmp_path):
    line = [(0.06 + 0.0004 * (n % 2), 0.0005 * n) for n in range(201)]
    (whole,) = read_ground(*coast_file(tmp_path, line), 1000)
    (coarse,) = read_ground(*coast_file(tmp_path, line), 40)
    assert len(whole.rings[0][0]) > 200
    assert 4 < len(coarse.rings[0][0]) <= 20


def test_other_files_have_none(tmp_path):
    (tmp_path / "broken.osm").write_text("<osm")
    deleted = '<node id="1" lat="?" lon="0" action="delete"/>'  # the streets' reader passes over it
    (tmp_path / "deleted.osm").write_text(f'<osm version="0.6">{deleted}</osm>')
    for name in ("broken.osm", "deleted.osm", "town.graphml"):
        assert read_ground(Streets(file=name), tmp_path, 1000) == ()
