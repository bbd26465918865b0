"""Areas of a network: parts that no street joins, and what cannot be drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.partition import draw_areas, on_streets
from routeopt.scenario.model import SPEEDS_KPH
from routeopt.scenario.read import read_scenario
from routeopt.streets.osm import network_of
from routeopt.streets.osm_file import read_osm
from tests.conftest import ROOT

ONCE = Budget(iterations=1)
NIGHT = ROOT / "scenarios" / "wuliting" / "night.yaml"


@pytest.fixture(scope="module")
def net():
    return network_of(read_osm(NIGHT.with_name("town.osm.gz")), 500.0, SPEEDS_KPH)


def near(net, x, y, n):
    """The n segments nearest to a place: one piece as long as n is small."""
    away = np.hypot(net.node_x[net.seg_u] - x, net.node_y[net.seg_u] - y)
    return np.sort(np.argsort(away, kind="stable")[:n])


def test_areas_of_a_scenario():
    found = draw_areas(read_scenario(NIGHT), 4, budget=ONCE)
    assert found.balance <= 0.03
    assert all(found.connected)
    assert found.demand.sum() == pytest.approx(1.0)
    assert np.abs(found.demand * 4 - 1).max() == pytest.approx(found.balance)
    assert found.length_m.sum() == pytest.approx(np.maximum(found.network.seg_length_m, 1)[found.area >= 0].sum())
    assert set(found.area[found.centre].tolist()) == {0, 1, 2, 3}
    assert list(found.network.node_y[found.network.seg_u[found.centre]]) == sorted(
        found.network.node_y[found.network.seg_u[found.centre]], reverse=True
    )


def test_travel_balances_length(net):
    demand = np.zeros(net.n_segments)
    demand[::7] = 1.0
    used = np.arange(net.n_segments)
    found = on_streets(net, used, demand, 3, budget=ONCE, travel=1.0)
    assert np.abs(found.length_m / found.length_m.mean() - 1).max() <= 0.0301


def two_parts(net):
    """A network without the streets in a strip: parts of different size."""
    x = (net.node_x[net.seg_u] + net.node_x[net.seg_v]) / 2
    usable = (x < 100) | (x > 500)
    return net, np.flatnonzero(usable)


def test_parts_have_areas_of_their_own(net):
    net, used = two_parts(net)
    demand = np.where(np.isin(np.arange(net.n_segments), used), net.seg_length_m, 0.0)
    found = on_streets(net, used, demand, 5, budget=ONCE)
    assert [note.code for note in found.notes if note.code == "areas-parts"] == ["areas-parts"]
    note = next(note for note in found.notes if note.code == "areas-parts")
    assert sum(note.values["areas"]) == 5
    big = [k for k in range(5) if found.connected[k]]
    assert len(big) >= 4
    assert (found.area[used] >= 0).sum() > 0.9 * len(used)


def test_more_areas_than_streets_with_demand_is_a_fault(net):
    demand = np.zeros(net.n_segments)
    demand[[3, 5]] = 1.0
    with pytest.raises(InputError, match="at most 2"):
        on_streets(net, np.arange(net.n_segments), demand, 3, budget=ONCE)


def test_fewer_areas_than_parts_is_a_fault(net):
    used = np.array([0, net.n_segments // 2, net.n_segments - 1])
    assert len(set(net.seg_u[used]) | set(net.seg_v[used])) == 6
    with pytest.raises(InputError, match="must be at least 3"):
        on_streets(net, used, np.ones(net.n_segments), 2, budget=ONCE)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"teams": 0}, "teams"),
        ({"tolerance": -0.1}, "tolerance"),
        ({"travel": 2}, "travel"),
        ({"goal": "1"}, "goal"),
    ],
)
def test_wrong_arguments_are_faults(wrong, said):
    with pytest.raises(InputError, match=said):
        draw_areas(read_scenario(NIGHT), **({"teams": 2} | wrong))


def test_a_heavy_street_is_said(net):
    demand = net.seg_length_m.copy()
    demand[0] = demand.sum()
    found = on_streets(net, np.arange(net.n_segments), demand, 4, budget=ONCE)
    assert [note.code for note in found.notes] == ["areas-heavy"]
    assert found.gap is None
    assert replace(found, bound_m=found.mean_m / 2).gap == pytest.approx(0.5)
