"""Networks from networkx graphs and back."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from shapely.geometry import LineString

from routeopt.errors import StreetsError
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.read import read_scenario
from routeopt.streets.network import MODES, StreetNetwork
from routeopt.streets.osm import read_streets
from tests.conftest import ROOT


def same(one: StreetNetwork, other: StreetNetwork) -> None:
    for key in ("seg_u", "seg_v", "seg_name", "seg_class", "geom_ptr"):
        np.testing.assert_array_equal(getattr(one, key), getattr(other, key))
    for key in ("seg_length_m", "geom_x", "geom_y", "node_x", "node_y"):
        np.testing.assert_allclose(getattr(one, key), getattr(other, key), atol=1e-5)
    assert (one.names, one.classes, one.venues) == (other.names, other.classes, other.venues)
    for mode in MODES:
        np.testing.assert_array_equal(one.speed_kph[mode], other.speed_kph[mode])
        np.testing.assert_array_equal(one.usable[mode], other.usable[mode])


@pytest.mark.parametrize("longest", [50, 120, 300])
def test_there_and_back(square, longest):
    net = read_streets(Streets(file=square.name, max_segment_m=longest), square.parent, SPEEDS_KPH)
    same(net, StreetNetwork.from_networkx(net.to_networkx()))


def test_a_real_town_there_and_back():
    scenario = read_scenario(ROOT / "scenarios" / "wuliting" / "night.yaml")
    net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
    same(net, StreetNetwork.from_networkx(net.to_networkx()))


def test_osmnx_graphs(square):
    """Simplified, so that attributes are lists and streets have geometry; undirected; all the same streets."""
    import osmnx

    net = read_streets(Streets(file=square.name), square.parent, SPEEDS_KPH)
    graph = osmnx.graph_from_xml(square, retain_all=True, simplify=False)
    for one in (graph, osmnx.simplify_graph(graph), osmnx.convert.to_undirected(graph)):
        found = StreetNetwork.from_networkx(one)
        assert found.seg_length_m.sum() == pytest.approx(net.seg_length_m.sum(), rel=0.01)
        assert found.usable["foot"].all()


def small(kind: type = nx.MultiDiGraph, **edge: object) -> nx.Graph:
    graph = kind()
    graph.add_node("a", x=119.0, y=26.0)
    graph.add_node("b", x=119.0005, y=26.0)
    graph.add_edge("a", "b", **{"highway": "residential", **edge})
    return graph


def test_attributes_may_be_lists_and_may_be_missing():
    net = StreetNetwork.from_networkx(small(highway=["tertiary", "service"], name=["A", "B"], osmid=[1, 2]))
    assert (net.names, net.classes) == (("", "A"), ("tertiary",))
    net = StreetNetwork.from_networkx(small(name=float("nan"), geometry=None, maxspeed="20"))
    assert net.names == ("",)
    assert net.speed_kph["car"].tolist() == [[20, 20]]


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_the_way_of_an_undirected_edge_is_that_of_its_line(kind):
    line = LineString([(119.0005, 26.0), (119.0002, 26.0001), (119.0, 26.0)])
    net = StreetNetwork.from_networkx(small(kind, oneway=True, geometry=line))
    assert net.node_x[net.seg_u[0]] > net.node_x[net.seg_v[0]]
    assert (np.diff(net.geom_x) < 0).all()
    assert net.speed_kph["car"].tolist() == [[30, 0]]


def test_the_halves_of_a_crescent_are_two_streets():
    graph = small(osmid=1, length=70)
    graph.add_edge("a", "b", highway="residential", osmid=1, length=70)
    for _ in range(2):
        graph.add_edge("b", "a", highway="residential", osmid=1, length=70, reversed=True)
    assert StreetNetwork.from_networkx(graph).n_segments == 2


def test_what_is_no_graph_of_streets_is_refused():
    for graph, text in (
        (3, "must be a networkx graph"),
        (small(highway=None), "highway"),
        (small(highway="proposed"), "must not be empty"),
        (small(geometry=np.zeros((2, 2))), "must be one LineString"),
    ):
        with pytest.raises(StreetsError, match=text):
            StreetNetwork.from_networkx(graph)
    graph = small()
    graph.nodes["a"]["x"] = 5e5
    with pytest.raises(StreetsError, match="unprojected"):
        StreetNetwork.from_networkx(graph)
