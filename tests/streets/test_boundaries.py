"""Named areas of street files."""

from __future__ import annotations

import gzip

import pytest
import shapely

from routeopt.errors import StreetsError
from routeopt.streets.boundaries import read_boundaries

NODES = "".join(
    f'<node id="{n}" lat="{26 + 0.001 * (n // 4)}" lon="{119 + 0.001 * (n % 4)}"/>' for n in range(16)
).replace('id="0"', 'id="16"')
RING = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 6, 5, 1))
TAGS = '<tag k="landuse" v="residential"/><tag k="name" v="{name}"/>'
FILE = f"""<osm version="0.6">{NODES}
<way id="1">{RING}{TAGS.format(name="Garden")}</way>
<way id="2">{RING}<tag k="landuse" v="residential"/></way>
<way id="3">{RING}<tag k="landuse" v="commercial"/><tag k="name" v="Mall"/></way>
<way id="4"><nd ref="1"/><nd ref="3"/><nd ref="11"/></way>
<way id="5"><nd ref="11"/><nd ref="9"/><nd ref="1"/></way>
<way id="6"><nd ref="1"/><nd ref="3"/><nd ref="99"/><nd ref="1"/>{TAGS.format(name="Beyond")}</way>
<relation id="1"><member type="way" ref="4" role="outer"/><member type="way" ref="5" role="outer"/>
<tag k="type" v="boundary"/><tag k="boundary" v="administrative"/><tag k="admin_level" v="10"/>
<tag k="name" v="North"/></relation>
<relation id="2"><member type="way" ref="4" role="outer"/><member type="way" ref="77" role="outer"/>
<tag k="type" v="boundary"/><tag k="boundary" v="administrative"/><tag k="admin_level" v="10"/>
<tag k="name" v="Cut"/></relation>
</osm>"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "town.osm"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_closed_ways_with_all_tags_and_a_name(file):
    found = read_boundaries(file, {"landuse": ("residential",)})
    assert found.names == ("Garden",)
    west, south, east, north = shapely.from_wkb(found.shapes[0]).bounds
    assert (west, south, east, north) == pytest.approx((119.001, 26.0, 119.002, 26.001))
    assert found.cut == ("Beyond",)


def test_relations_whose_border_is_whole(file):
    found = read_boundaries(file, {"boundary": ("administrative",), "admin_level": ("9", "10")})
    assert found.names == ("North",)
    assert found.cut == ("Cut",)
    assert shapely.from_wkb(found.shapes[0]).bounds == pytest.approx((119.001, 26.0, 119.003, 26.002))


def test_any_value_and_files_in_other_forms(file, tmp_path):
    any_use = read_boundaries(file, {"landuse": ("*",)})
    assert any_use.names == ("Garden", "Mall")
    packed = tmp_path / "town.osm.gz"
    packed.write_bytes(gzip.compress(FILE.encode()))
    assert read_boundaries(packed, {"landuse": ("*",)}) == any_use
    head, nodes, tail = FILE.partition(NODES)
    last = tmp_path / "last.osm"  # nodes after the ways, as Overpass may write them
    last.write_text(head + tail.replace("</osm>", f"{nodes}</osm>"), encoding="utf-8")
    assert read_boundaries(last, {"landuse": ("*",)}) == any_use
    edited = tmp_path / "edited.osm"  # as JOSM writes new objects
    edited.write_text(FILE.replace('way id="3"', 'way id="-3"'), encoding="utf-8")
    assert read_boundaries(edited, {"landuse": ("*",)}) == any_use


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("none.osm", None, "RO-201"), ("town.graphml", "<graphml/>", "RO-238"), ("bad.osm", "<osm><way", "RO-204")],
)
def test_what_has_no_areas_is_said(tmp_path, name, text, code):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(StreetsError) as caught:
        read_boundaries(path, {"landuse": ("residential",)})
    assert [fault.code for fault in caught.value.faults] == [code]
