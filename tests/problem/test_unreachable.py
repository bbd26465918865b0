"""Demand and posts that the street file cuts off: a note, the part of the town to use, and no blame for a post."""

from __future__ import annotations

import pytest

from routeopt.errors import InfeasibleError
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario

STEP = 0.0009
SCENARIO = """\
routeopt: 1
name: Town
shift: {{start: "19:00", end: "21:00"}}
streets: {{file: town.osm}}
posts:
  - {{name: Station, lat: 26.0, lon: 119.0}}
teams:
  - {{name: Foot, mode: foot, start: Station}}
  - {{name: Car, mode: car, start: Station}}
demand:
  - kind: fixed
    entries: [{entries}]
sites: {{count: 3, spacing_m: 50}}
"""
HOME = "{name: Home, lat: 26.0, lon: 119.0, weight: 1, radius_m: 60}"
AWAY = "{name: Away, lat: 26.01, lon: 119.0, weight: 3, radius_m: 60}"
PLACES = {1: (0, 0), 2: (0, 1), 3: (1, 1), 4: (1, 0), 5: (11, 0), 6: (11, 3), 7: (14, 3), 8: (14, 0)}
STREETS = {"South": (1, 2, 3, 4, 1), "North": (5, 6, 7, 8, 5)}


@pytest.fixture
def build(tmp_path):
    def run(entries: str, streets=STREETS, kind: str = "residential", oneway: str = "no"):
        parts = [
            f'<node id="{n}" lat="{26 + STEP * y:.7f}" lon="{119 + STEP * x:.7f}"/>'
            for n, (y, x) in PLACES.items()
        ]
        for number, (name, refs) in enumerate(streets.items(), 1):
            tags = {"highway": "residential" if name == "South" else kind, "name": name, "oneway": oneway}
            inside = [f'<nd ref="{ref}"/>' for ref in refs] + [f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()]
            parts.append(f'<way id="{number}">{"".join(inside)}</way>')
        (tmp_path / "town.osm").write_text(f'<osm version="0.6">{"".join(parts)}</osm>')
        (tmp_path / "night.yaml").write_text(SCENARIO.format(entries=entries))
        return build_with_streets(read_scenario(tmp_path / "night.yaml"))

    return run


def codes(built) -> set[str]:
    return {note.code for note in built.notes}


def test_teams_keep_to_the_part_of_their_post(build):
    """The part across the river is the larger one; 3/4 of the demand is there."""
    built = build(f"{HOME}, {AWAY}")
    net = built.network
    for mode in ("foot", "car"):
        assert {net.names[n] for n in net.seg_name[net.usable[mode]]} == {"South"}
    (note,) = [note for note in built.notes if note.code == "streets-unreachable"]
    assert note.values == {"share": pytest.approx(0.75), "street": "North"}
    assert str(note).startswith("75.0% of the demand lies on streets that no team can reach, most of it on North")


def test_demand_within_reach_has_no_note(build):
    assert "streets-unreachable" not in codes(build(HOME))


def test_only_demand_out_of_reach_is_refused_without_blaming_the_post(build):
    with pytest.raises(InfeasibleError) as caught:
        build(AWAY)
    (fault,) = caught.value.faults
    assert (fault.code, fault.values) == ("RO-234", {"street": "North"})
    assert "post" not in str(fault)


def test_a_post_on_a_street_of_no_return_names_the_street(build):
    """No car that leaves the station by the one-way street comes back; people on foot do."""
    with pytest.raises(InfeasibleError) as caught:
        build(HOME, {"South": (1, 2, 3), "North": (5, 6, 7, 8, 5)}, oneway="yes")
    (fault,) = caught.value.faults
    assert (fault.code, fault.values["street"], fault.values["post"]) == ("RO-235", "South", "Station")


def test_each_mode_has_a_stop(build):
    """All demand is in a lane for people on foot; the car waits at the nearest place that it can reach."""
    streets = {"South": (1, 2, 3, 4, 1), "Lane": (4, 5)}
    entry = "{name: Lane, lat: 26.007, lon: 119.0, weight: 1, radius_m: 100}"
    problem = build(entry, streets, kind="footway").problem
    assert problem.site_names == ("Station", "Lane", "South at Lane")
    car = problem.profiles[int(problem.team_profile[1])]
    assert car.travel_steps[0, 2] < 10
    assert car.travel_steps[0, 1] > 1000
