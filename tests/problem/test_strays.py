"""One thing far away, as an extract may have it, moves nothing: neither the projection nor any figure."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from routeopt import Budget, evaluate, read_scenario, solve
from routeopt.problem.build import build_with_streets

BAR = '<tag k="amenity" v="bar"/><tag k="name" v="Far"/>'
STREET = '<tag k="highway" v="residential"/><tag k="name" v="Far St"/>'
NODES = '<node id="90" {far}/><node id="91" {near}/>'
STRAYS = {
    "a node": NODES,
    "a venue": f'<node id="90" {{far}}>{BAR}</node>',
    "a street": f'{NODES}<way id="9"><nd ref="90"/><nd ref="91"/>{STREET}</way>',
    "a node of a street": f'{NODES}<way id="9"><nd ref="1"/><nd ref="90"/>{STREET}</way>',
}
PLACES = [(26.2, 119.2), (27.5, 119.0), (0.0, 0.0), (-33.9, 151.2)]
"""Thirty kilometres from the town, a hundred and seventy, and on other continents."""


def arrays(thing, path=""):
    """Every array and number of a problem or network, by where it is."""
    if is_dataclass(thing):
        for field in fields(thing):
            yield from arrays(getattr(thing, field.name), f"{path}.{field.name}")
    elif isinstance(thing, tuple | list) and not isinstance(thing, str):
        for n, one in enumerate(thing):
            yield from arrays(one, f"{path}[{n}]")
    elif isinstance(thing, dict):
        for key, one in thing.items():
            yield from arrays(one, f"{path}[{key}]")
    elif isinstance(thing, np.ndarray | int | float | str):
        yield path, thing


@pytest.fixture
def built(night, square):
    """Builds the night on the square with something more in the street file."""
    sound = square.read_text(encoding="utf-8")

    def build(more=""):
        square.write_text(sound.replace("</osm>", f"{more}</osm>"), encoding="utf-8")
        return build_with_streets(read_scenario(night()))

    return build


@pytest.mark.parametrize("kind", STRAYS)
def test_a_stray_changes_neither_the_projection_nor_any_figure(built, kind):
    before = built()
    own, plan = dict(arrays(before.problem)), solve(before.problem, Budget(iterations=5), seed=1).plan
    for lat, lon in PLACES:
        far, near = (f'lat="{lat + more}" lon="{lon}"' for more in (0, 0.0001))
        after = built(STRAYS[kind].format(far=far, near=near))
        assert (after.network.lat0, after.network.lon0) == (before.network.lat0, before.network.lon0)
        other = dict(arrays(after.problem))
        assert own.keys() == other.keys()
        for path, table in own.items():
            np.testing.assert_array_equal(other[path], table, err_msg=f"{path} at {lat}, {lon}")
        assert evaluate(after.problem, plan) == evaluate(before.problem, plan)
