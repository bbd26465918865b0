"""Street files as editors, servers and other programs write them; others are refused with their place."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pytest

from routeopt.errors import StreetsError
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets import mend
from routeopt.streets.network import MODES, StreetNetwork, project, snap, unproject
from routeopt.streets.osm import read_streets
from routeopt.streets.tags import closed_by, stoppable

STEP = 0.0009
Places = Mapping[int, tuple[float, float]]


def grid(lat: float = 26.0, lon: float = 119.0, first: int = 1) -> tuple[Places, list[str]]:
    """Three streets across and three up, 100 m apart: 1.2 km."""
    nodes = {
        first + 3 * r + c: (lat + r * STEP, (lon + c * STEP + 180) % 360 - 180) for r in range(3) for c in range(3)
    }
    rows = [[first + 3 * r + c for c in range(3)] for r in range(3)]
    lines = [*rows, *map(list, zip(*rows, strict=True))]
    return nodes, [way(100 + first + n, refs, highway="residential", name=f"S{n}") for n, refs in enumerate(lines)]


def tagged(tags: Mapping[str, str]) -> str:
    return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())


def way(number: int, refs: Sequence[int], more: str = "", **tags: str) -> str:
    inside = "".join(f"<nd ref='{ref}'/>" for ref in refs)
    return f'<way id="{number}"{more}>{inside}{tagged(tags)}</way>'


def points(nodes: Places, more: str = "", **tags: str) -> list[str]:
    return [
        f'<node id="{n}" lat="{p[0]:.7f}" lon="{p[1]:.7f}"{more}>{tagged(tags)}</node>' for n, p in nodes.items()
    ]


def osm(*parts: str) -> str:
    return '<?xml version="1.0"?>\n<osm version="0.6">\n' + "\n".join(parts) + "\n</osm>\n"


NODES, STREETS = grid()
NORTH = {20: (26.0027, 119.0009), 21: (26.0036, 119.0009)}
"""Two nodes up the middle street."""


@pytest.fixture
def read(tmp_path):
    def run(text: str | bytes, name: str = "town.osm") -> StreetNetwork:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_streets(Streets(file=name), tmp_path, SPEEDS_KPH)

    return run


@pytest.fixture
def fault(read):
    def run(text: str | bytes, name: str = "town.osm"):
        with pytest.raises(StreetsError) as caught:
            read(text, name)
        (found,) = caught.value.faults
        assert found.path.endswith(name)
        return found

    return run


def km(net: StreetNetwork, mode: str | None = None) -> float:
    return float(net.seg_length_m[slice(None) if mode is None else net.usable[mode]].sum()) / 1000


def streets(net: StreetNetwork, mode: str) -> set[str]:
    return {net.names[n] for n in net.seg_name[net.usable[mode]]}


def modes_on(net: StreetNetwork, name: str) -> set[str]:
    """Modes that reach the far end of a street."""
    far = net.node_y > net.node_y.max() - 1
    on = (net.seg_name == net.names.index(name)) & (far[net.seg_u] | far[net.seg_v])
    return {mode for mode in MODES if net.usable[mode][on].any()}


def with_positions(text: str) -> str:
    """What ``out geom`` makes of a way."""
    for n, (lat, lon) in NODES.items():
        text = text.replace(f"<nd ref='{n}'/>", f'<nd ref="{n}" lat="{lat}" lon="{lon}"/>')
    return text


def below_zero(text: str) -> str:
    """JOSM's ids of new objects."""
    return text.replace('id="', 'id="-').replace("ref='", "ref='-").replace('version="-', 'version="')


@pytest.mark.parametrize(
    "text",
    [
        osm(*STREETS, *points(NODES)),
        osm(*points(dict(list(NODES.items())[:4])), *STREETS, *points(dict(list(NODES.items())[4:]))),
        osm(*map(with_positions, STREETS)),
        osm(*points({1: NODES[1]}, barrier="gate"), *map(with_positions, STREETS)),
        osm(*points(NODES), *STREETS, '<relation id="1"><member type="way" ref="1" role="">',
            '<nd lat="1" lon="2"/></member></relation>'),
        osm(*points(NODES), *(s.replace("<tag", '<center lat="1" lon="2"/><tag', 1) for s in STREETS)),
        below_zero(osm(*points(NODES, " action='modify'"), *STREETS)),
        below_zero(osm(*STREETS, *points(NODES))),
        osm(*points(NODES), *STREETS, way(900, [1, 9], " action='delete'", highway="primary")),
        osm(*points(NODES), *STREETS, way(900, [1, 9], " visible='false'", highway="primary")),
        osm("<create>", *points(NODES), *STREETS, "</create><delete>", way(9, [1, 9], highway="road"), "</delete>")
        .replace("<osm ", "<osmChange ").replace("</osm>", "</osmChange>"),
        osm(*points(NODES), *STREETS, way(900, [777, 1, 778, 9, 779], highway="primary")),
        osm(*points(NODES), *STREETS, *points(NORTH), way(900, [20, 21, 20], highway="pedestrian", area="yes")),
    ],
)  # fmt: skip
def test_the_same_streets_however_they_are_written(read, text):
    net = read(text)
    assert km(net) == pytest.approx(km(read(osm(*points(NODES), *STREETS))), rel=1e-6)
    assert all(km(net, mode) == km(net) for mode in MODES)


def test_edits_count(read):
    """A new street is there, a deleted node cuts its streets, and a deleted bar is gone."""
    text = osm(
        *points(NODES), *points({-1: NORTH[20]}, ' action="modify"'), *points({5: NODES[5]}, ' action="delete"'),
        *points({30: NODES[1]}, ' action="delete"', amenity="bar"), *STREETS,
        way(-2, [8, -1], ' action="modify"', highway="residential", name="New"),
    ).replace(points({5: NODES[5]})[0], "", 1)  # fmt: skip
    net = read(text)
    assert "New" in streets(net, "car")
    assert not net.venues
    assert net.n_segments == 8 + 1


def test_part_of_an_answer_is_refused(fault):
    found = fault(osm(*points(NODES), *STREETS, "<remark> runtime error: Query timed out </remark>"))
    assert (found.code, found.line) == ("RO-209", 18)


def test_a_way_that_leaves_the_extract_is_cut_there(read):
    other, more = grid(26.01, first=40)
    net = read(osm(*points({**NODES, **other}), *STREETS, *more, way(900, [9, 700, 701, 40], highway="primary")))
    assert km(net) == pytest.approx(2 * 1.2, rel=0.06)
    assert [note.code for note in net.notes[:1]] == ["streets-outside-extract"]


def test_a_node_without_a_number_is_left_out_of_its_way(read):
    loose = '<way id="90"><nd lat="26.1" lon="119"/><nd ref="1"/><nd ref="5"/><tag k="highway" v="path"/></way>'
    net = read(osm(*STREETS, *points(NODES), loose))
    assert km(net) == pytest.approx(1.2 + 0.1 * 2**0.5, rel=0.05)
    assert "streets-outside-extract" in {note.code for note in net.notes}


def test_pbf_in_any_order_and_with_ids_below_zero(read, tmp_path):
    (tmp_path / "plain.osm").write_text(below_zero(osm(*STREETS, *points(NODES))))
    with osmium.SimpleWriter(str(tmp_path / "written.osm.pbf")) as writer:
        for item in osmium.FileProcessor(str(tmp_path / "plain.osm")):
            writer.add(item)
    assert km(read((tmp_path / "written.osm.pbf").read_bytes(), "a.osm.pbf")) == pytest.approx(1.2, rel=0.06)


# squares ---------------------------------------------------------------------------------------------------------

RING = {30: (26.0027, 119.0004), 31: (26.0027, 119.0014), 32: (26.0036, 119.0014), 33: (26.0036, 119.0004),
        34: (26.0027, 119.0009), 35: (26.0036, 119.0009), 36: (26.0045, 119.0009)}  # fmt: skip
ALLEYS = [way(800, [8, 34], highway="footway"), way(801, [35, 36], highway="footway", name="Alley")]
OUTER = '<member type="way" ref="900" role="outer"/><member type="way" ref="901" role="outer"/>'


@pytest.mark.parametrize(
    "square",
    [
        [way(900, [30, 34, 31, 32, 35, 33, 30], highway="pedestrian", area="yes")],
        [way(900, [30, 34, 31, 32, 35, 33, 30], highway="service", area="yes")],
        [way(900, [30, 34, 31, 32, 35, 33, 30], place="square", name="Market")],
        [way(900, [30, 34, 31, 30], highway="pedestrian", area="yes"),
         way(901, [30, 31, 32, 35, 33, 30], highway="pedestrian", area="yes")],
        [way(900, [30, 34, 31, 32]), way(901, [32, 35, 33, 30]),
         f'<relation id="1">{OUTER}{tagged({"type": "multipolygon", "highway": "pedestrian"})}</relation>'],
    ],
)  # fmt: skip
@pytest.mark.parametrize("nodes_first", [True, False])
def test_a_square_is_walked(read, square, nodes_first):
    nodes = points({**NODES, **RING})
    net = read(osm(*nodes, *STREETS, *ALLEYS, *square) if nodes_first else osm(*square, *STREETS, *ALLEYS, *nodes))
    assert modes_on(net, "Alley") == {"foot"}
    assert km(net, "car") == pytest.approx(1.2, rel=0.06)


# barriers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "passes"),
    [
        ({"barrier": "gate"}, {*MODES}),
        ({"barrier": "gate", "access": "private"}, set()),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, {"foot"}),
        ({"barrier": "gate", "locked": "yes"}, set()),
        ({"barrier": "gate", "motor_vehicle": "no"}, {"foot", "bike", "ebike"}),
        ({"barrier": "lift_gate", "access": "destination"}, {*MODES}),
        ({"barrier": "bollard"}, {"foot", "bike", "ebike"}),
        ({"barrier": "bollard", "bollard": "rising"}, {*MODES}),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, {*MODES}),
        ({"barrier": "bollard", "bicycle": "no"}, {"foot"}),
        ({"barrier": "kissing_gate"}, {"foot"}),
        ({"barrier": "wall"}, set()),
        ({"barrier": "no"}, {*MODES}),
        ({"highway": "crossing", "bicycle": "no"}, {*MODES}),
    ],
)
def test_a_barrier_closes_what_it_closes(read, tags, passes):
    assert {*MODES} - closed_by(tags) == passes
    nodes = [*points({**NODES, 21: NORTH[21]}), *points({20: NORTH[20]}, **tags)]
    net = read(osm(*nodes, *STREETS, way(900, [8, 20, 21], highway="residential", name="Behind")))
    assert modes_on(net, "Behind") == passes


@pytest.mark.parametrize("split", [True, False])
def test_a_barrier_where_streets_meet(read, split):
    """At the end of two ways, and where a street leaves another."""
    at = 20 if split else 8
    nodes = [*points({k: v for k, v in {**NODES, **NORTH}.items() if k != at})]
    nodes += points({at: {**NODES, **NORTH}[at]}, barrier="bollard")
    ways = [
        way(900, [8, 20], highway="residential", name="Behind"),
        way(901, [20, 21], highway="residential", name="Behind"),
    ]
    assert modes_on(read(osm(*nodes, *STREETS, *ways)), "Behind") == {"foot", "bike", "ebike"}


# where nobody stops ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "stops"),
    [
        ({"tunnel": "yes"}, False), ({"tunnel": "building_passage"}, True), ({"tunnel": "no"}, True),
        ({"motorroad": "yes"}, False), ({"highway": "motorway_link"}, False), ({}, True),
    ],
)  # fmt: skip
def test_nobody_stops_in_tunnels_nor_on_motorways(read, tags, stops):
    tags = {"highway": "trunk", "name": "Through", "oneway": "no", **tags}
    assert stoppable(tags) == stops
    net = read(osm(*points({**NODES, 20: (26.0013, 119.0013)}), *STREETS, way(900, [1, 20, 9], **tags)))
    on = net.names.index("Through")
    x, y = project(net, np.array([26.0013]), np.array([119.0013]))
    for mode in (None, "car"):
        assert (net.seg_name[snap(net, x, y, mode, 500.0).segment[0]] == on) == stops
    assert "Through" in streets(net, "car")
    same = StreetNetwork.from_networkx(net.to_networkx())
    np.testing.assert_array_equal(same.stoppable, net.stoppable)


def test_nobody_walks_on_a_motorroad_unless_it_says_so(read):
    for tags, modes in (({}, {"car"}), ({"foot": "yes"}, {"car", "foot"})):
        more = way(900, [8, 20], highway="trunk", motorroad="yes", name="Fast", **tags)
        assert modes_on(read(osm(*points({**NODES, 20: NORTH[20]}), *STREETS, more)), "Fast") == modes


# positions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lon", [179.999, -179.9995, 180.0, 179.9982])
def test_streets_across_180_degrees(read, lon):
    nodes, lines = grid(lon=lon)
    net = read(osm(*points(nodes), *lines))
    assert km(net) == pytest.approx(1.2, rel=0.06)
    back_lat, back_lon = unproject(net, *project(net, *np.array(list(nodes.values())).T))
    turned = (back_lon - np.array([p[1] for p in nodes.values()]) + 180) % 360 - 180
    assert np.abs(back_lon).max() <= 180
    np.testing.assert_allclose(turned, 0, atol=1e-9)
    np.testing.assert_allclose(back_lat, [p[0] for p in nodes.values()])


def test_misplaced_streets_are_left_out_with_a_note(read):
    lost = {50: (0.0, 0.0), 51: (0.0, 0.0001)}
    text = osm(
        *points({**NODES, **lost}), *STREETS, way(900, [1, 50], highway="path"), way(901, [50, 51], highway="path")
    )
    net = read(text)
    assert km(net) == pytest.approx(1.2, rel=0.06)
    assert [note.code for note in net.notes] == ["streets-jump", "streets-far"]


def test_two_cities_in_a_file_are_refused(fault):
    other, more = grid(20.0, 80.0, first=40)
    assert fault(osm(*points({**NODES, **other}), *STREETS, *more)).code == "RO-233"


def test_streets_of_impossible_length_are_refused(fault, monkeypatch):
    monkeypatch.setattr(mend, "MOST_PIECES", 100)
    nodes = {n: (26.0 + 0.2 * (n % 2), 119.0 + 1e-4 * n) for n in range(1, 20)}
    for scale in (1, 5):  # each stretch possible, and none
        spread = {n: (lat + (scale - 1) * (n % 2), lon) for n, (lat, lon) in nodes.items()}
        found = fault(osm(*points(spread), way(900, list(nodes), highway="path")))
        assert (found.code, found.values["count"]) == ("RO-232", 19)


# not street files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (osm(*points(NODES), '<node id="50" lat="x" lon="1"/>'), 12),
        (osm(*points(NODES), '<node id="50" lat="48,1" lon="1"/>'), 12),
        (osm(*points(NODES), '<node id="50" lat="nan" lon="1"/>'), 12),
        (osm(*points(NODES), f'<node id="{"9" * 30}" lat="1" lon="1"/>'), 12),
        (osm(*points(NODES), *STREETS)[:-40], 17),
        (below_zero(osm(*points(NODES), *STREETS))[:-40], 17),
        (osm('<!-- --><node id="1" lat="1" lon="2"><tag k="name" v="&a;"/></node>').replace(
            "<osm", '<!DOCTYPE osm [<!ENTITY a "aaaa">]>\n<osm', 1), 2),
        ("<html><body>404</body></html>", None), (b"\x00\xff" * 50, 1),
    ],
)  # fmt: skip
def test_broken_osm_names_its_line(fault, text, line):
    found = fault(text)
    assert (found.code, found.line) == ("RO-204", line)


@pytest.mark.parametrize(
    ("name", "pack"), [("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress), ("a.graphml.gz", gzip.compress)]
)
def test_a_file_made_to_fill_the_memory_is_refused(fault, monkeypatch, name, pack):
    monkeypatch.setenv("ROUTEOPT_LIMITS", "unpacked=1M")
    assert fault(pack(b" " * (4 << 20)), name).code == "RO-208"


@pytest.mark.parametrize(
    ("name", "pack"), [("a.osm.gz", gzip.compress), ("a.osm.bz2", bz2.compress), ("a.graphml.gz", gzip.compress)]
)
def test_a_packed_file_of_nothing_is_empty(fault, name, pack):
    assert fault(pack(b""), name).code == "RO-202"


@pytest.mark.parametrize("name", ["a.osm.gz", "a.osm.bz2", "a.osm.pbf", "a.graphml", "a.graphml.gz"])
def test_random_bytes_and_half_a_file_are_refused(fault, name):
    code = "RO-205" if "graphml" in name else "RO-204"
    assert fault(bytes(range(256)), name).code == code
    if name.endswith("gz"):
        assert fault(gzip.compress(osm(*points(NODES)).encode())[:-30], name).code == code


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed on Linux alone")
def test_no_refused_file_stays_open(fault):
    def open_files():
        return len(list(Path("/proc/self/fd").iterdir()))

    fault(b"no blob", "a.osm.pbf")
    before = open_files()
    for content in (b"no blob", bytes(100), b"\0\0\0\x0d\n\x09OSMHeader\x18\x64cut"):
        assert fault(content, "a.osm.pbf").code == "RO-204"
    assert open_files() == before


# GraphML ---------------------------------------------------------------------------------------------------------


def graph(kind: type = nx.Graph) -> nx.Graph:
    made = kind()
    made.add_nodes_from((n, {"x": lon, "y": lat}) for n, (lat, lon) in NODES.items())
    for n in NODES:
        for other in [n + 1] * (n % 3 > 0) + [n + 3] * (n < 7):
            made.add_edge(n, other, highway="residential", oneway="no", osmid=str(n))
    return made


def text_of(made: nx.Graph) -> str:
    return "\n".join(nx.generate_graphml(made))


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
@pytest.mark.parametrize(
    "change",
    [
        ("", ""),
        ('"double"', '"string"'),
        ('"double"', '"decimal"'),
        (">no<", ">False<"),
        (">no<", ">[False, False]<"),
    ],
)
def test_graphml_of_networkx(read, kind, change):
    made = graph(kind)
    if made.is_directed():
        made.add_edges_from([(v, u, {**data, "reversed": True}) for u, v, data in list(made.edges(data=True))])
    net = read(text_of(made).replace(*change), "town.graphml")
    assert km(net) == pytest.approx(1.2, rel=0.06)
    assert all(net.usable[mode].all() for mode in MODES)


def test_an_edge_default_counts(read):
    key = 'attr.name="oneway" attr.type="string"'
    made = graph()
    for *_, data in made.edges(data=True):
        del data["oneway"]
    made.edges[1, 2]["oneway"] = "yes"
    text = text_of(made).replace(f"{key} />", f"{key}><default>yes</default></key>")
    assert "<default>" in text
    net = read(text, "town.graphml")
    assert net.speed_kph["car"][:, 0].all()
    assert not net.speed_kph["car"][:, 1].any()


@pytest.mark.parametrize("crs", ["epsg:3857", "EPSG:32651", "+proj=utm +zone=51 +datum=WGS84", "EPSG:4490"])
@pytest.mark.parametrize("undirected", [True, False])
def test_projected_graphml(read, tmp_path, crs, undirected):
    import osmnx

    (tmp_path / "town.osm").write_text(osm(*points(NODES), *STREETS))
    made = osmnx.project_graph(osmnx.graph_from_xml(tmp_path / "town.osm", retain_all=True), to_crs=crs)
    osmnx.save_graphml(osmnx.convert.to_undirected(made) if undirected else made, tmp_path / "g.graphml")
    net = read((tmp_path / "g.graphml").read_bytes(), "h.graphml")
    assert km(net) == pytest.approx(km(read(osm(*points(NODES), *STREETS))), rel=1e-4)
    assert net.lat0 == pytest.approx(26.0009, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda g: g.nodes[1].update(x="nan"), "RO-436"),
        (lambda g: g.nodes[1].update(x=5e5), "RO-436"),
        (lambda g: g.nodes[1].pop("y"), "RO-436"),
        (lambda g: [d.pop("highway") for *_, d in g.edges(data=True)], "RO-437"),
        (lambda g: g.edges[1, 2].update(geometry="POINT (1 2)"), "RO-230"),
        (lambda g: g.edges[1, 2].update(geometry="LINESTRING (119 26, 500 26, 119.0009 26)"), "RO-231"),
        (lambda g: g.edges[1, 2].update(geometry="a line"), "RO-230"),
        (lambda g: g.edges[1, 2].update(geometry="LINESTRING (119"), "RO-205"),
        (lambda g: g.edges[1, 2].update(geometry="GEOMETRYCOLLECTION(" * 100_000), "RO-230"),
        (lambda g: g.graph.update(crs="the town's own"), "RO-228"),
        (lambda g: g.graph.update(crs="[" * 100_000), "RO-228"),
        (lambda g: g.graph.update(crs='LOCAL_CS["a building site",UNIT["metre",1]]'), "RO-228"),
        (lambda g: g.graph.update(crs="epsg:32651"), "RO-229"),
    ],
)
def test_graphml_that_is_no_graph_of_streets(fault, change, code):
    made = graph()
    change(made)
    assert fault(text_of(made), "town.graphml").code == code


@pytest.mark.parametrize(
    "text", ["<graphml/>", "<html/>", text_of(graph())[:-200], "<!DOCTYPE a [<!ENTITY b 'c'>]><graphml/>"]
)
def test_broken_graphml(fault, text):
    assert fault(text, "town.graphml").code == "RO-205"
