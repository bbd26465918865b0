"""What sources add up to, whichever segments are asked for, in little memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from routeopt.demand import fixed, venues
from routeopt.demand.combine import combined_demand
from routeopt.demand.rates import Rates
from routeopt.errors import DemandError
from routeopt.scenario.read import read_scenario
from routeopt.streets.osm import read_streets

NIGHT = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting" / "night.yaml"


@pytest.fixture(scope="module")
def town():
    scenario = read_scenario(NIGHT)
    return scenario, read_streets(scenario.streets, scenario.folder, scenario.speeds)


def test_sources_add_up_by_their_shares(town):
    """Against whole tables: of a night each source has its share, and the mean of all streets together is 1."""
    scenario, net = town
    found = combined_demand(scenario, net, scenario.clock)
    everywhere = np.arange(net.n_segments)
    asked = scenario.demand
    tables = [
        module.rates(source, net, scenario.clock, scenario.folder).at(everywhere)
        for module, source in zip((venues, fixed), asked, strict=True)
    ]
    wanted = sum(s.share * table / table.sum() for s, table in zip(asked, tables, strict=True))
    wanted *= scenario.clock.n_steps / sum(source.share for source in asked)
    np.testing.assert_allclose(found.at(everywhere), wanted, rtol=1e-12)
    np.testing.assert_allclose(found.total, wanted.sum(axis=1), rtol=1e-12)
    assert found.total.sum() == pytest.approx(scenario.clock.n_steps)


def test_some_segments_have_the_rows_of_all(town):
    scenario, net = town
    found = combined_demand(scenario, net, scenario.clock)
    some = np.random.default_rng(1).permutation(net.n_segments)[:200]
    np.testing.assert_array_equal(found.at(some), found.at(np.arange(net.n_segments))[some])
    assert found.at(some[:0]).shape == (0, scenario.clock.n_steps)


def test_memory_follows_the_segments_with_demand(town):
    """A few entries in a night of many steps: far below a table of all segments and steps, which takes 300 MB."""
    scenario, net = town
    entries = scenario.demand[1].model_copy(update={"entries": scenario.demand[1].entries[:3]})
    scenario = scenario.model_copy(update={"demand": [entries]})
    clock = replace(scenario.clock, n_steps=21_000, step_s=1)
    tracemalloc.start()
    found = combined_demand(scenario, net, clock)
    points = np.flatnonzero(found.total)
    table = found.at(points)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.shape == (len(points), 21_000)
    assert len(points) < net.n_segments / 20
    assert peak < 0.2 * net.n_segments * 21_000 * 8


def test_night_without_demand_is_refused(town):
    scenario, net = town
    silent = scenario.demand[0].model_copy(update={"share": 0.0})
    with pytest.raises(DemandError) as caught:
        combined_demand(scenario.model_copy(update={"demand": [silent]}), net, scenario.clock)
    assert [fault.code for fault in caught.value.faults] == ["RO-307"]


@pytest.mark.parametrize("dense", [True, False])
def test_total_of_a_source(dense):
    """Segment 3 has no demand; the others by hand."""
    from scipy.sparse import csr_array

    share = np.array([[0.5, 0.0], [0.25, 1.0], [0.25, 0.0], [0.0, 0.0]])
    rates = Rates(share if dense else csr_array(share), np.array([[4.0, 0.0], [1.0, 2.0]]))
    assert rates.total().tolist() == [2.0, 4.0, 1.0, 0.0]
    assert rates.at(np.array([1, 3])).tolist() == [[2.0, 2.0], [0.0, 0.0]]
