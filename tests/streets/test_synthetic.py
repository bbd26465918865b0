"""The model town."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets.osm import read_streets
from routeopt.streets.synthetic import make_town, write_osm, write_places

WULITING = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting"


def read(folder, town):
    write_osm(town, folder / "town.osm")
    return read_streets(Streets(file="town.osm"), folder, SPEEDS_KPH)


def test_size_of_the_station(wuliting):
    town = make_town(7)
    assert len(town.units) == 134
    assert len({g.name for g in town.gates}) == 46
    assert len(town.centres) == 5
    assert wuliting.problem.n_sites == 3 + 134 + 46


def test_committed_files_are_what_the_seed_makes(tmp_path):
    town = make_town(7)
    write_osm(town, tmp_path / "town.osm.gz")
    write_places(town, tmp_path / "places.csv")
    for name in ("town.osm.gz", "places.csv"):
        assert (tmp_path / name).read_bytes() == (WULITING / name).read_bytes()


def test_too_small_a_town_is_refused():
    with pytest.raises(ValueError, match="too small"):
        make_town(1, 300, 300)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), width=st.integers(1200, 3000), height=st.integers(1400, 3000))
def test_any_seed_and_size_makes_a_town_one_can_walk(tmp_path_factory, seed, width, height):
    net = read(tmp_path_factory.mktemp("town"), make_town(seed, width, height, n_venues=20, n_compounds=5))
    share = net.seg_length_m[net.usable["foot"]].sum() / net.seg_length_m.sum()
    assert share > 0.98
    assert net.usable["car"].any()
    assert np.mean([net.names[n] != "" for n in net.seg_name]) > 0.3
