"""Demand from what people write down, from venues and from incidents."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.demand.forecast.spread import spread
from routeopt.errors import DemandError, Message
from routeopt.problem.build import build, build_with_streets
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.read import read_scenario
from routeopt.streets.osm import read_streets

HEADER = "lat,lon,when,kind\n"
NEAR = "26.0001,119.0015"


@pytest.fixture
def incidents(night):
    """Builds a night whose demand is the given CSV."""

    def run(text, encoding="utf-8", **options):
        source = {
            "kind": "incidents", "file": "i.csv",
            "columns": {"lat": "lat", "lon": "lon", "time": "when", "type": "kind"},
        }  # fmt: skip
        path = night(demand=[source | options])
        (path.parent / "i.csv").write_bytes(text.encode(encoding))
        return build_with_streets(read_scenario(path))

    return run


def test_spread_sums_to_one_and_stays_near(square):
    net = read_streets(Streets(file=square.name), square.parent, SPEEDS_KPH)
    share = spread(net, np.array([0, 3], dtype=np.int32), 150.0)
    np.testing.assert_allclose(share.sum(axis=0), 1.0)
    assert share.toarray().argmax(axis=0).tolist()[0] == 0


def test_incidents_weigh_where_and_when(incidents):
    rows = [f"{NEAR},2026-01-0{d} 20:30,THEFT" for d in range(1, 9)]
    p = incidents(HEADER + "\n".join(rows), bandwidth_min=30).problem
    hour = p.demand.sum(axis=0)
    assert 80 <= hour.argmax() <= 100
    assert p.point_names[int(p.demand.sum(axis=1).argmax())] == "South St"


def test_weight_zero_excludes_a_category(incidents):
    text = HEADER + f"{NEAR},2026-01-01 20:30,A\n26.002,119.0015,2026-01-01 20:30,B\n"
    p = incidents(text, weights={"B": 0}, bandwidth_m=60).problem
    assert "North Walk" not in p.point_names


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("here,there,2026-01-01 20:30,A", "row-no-numbers"),
        ("126.0,119.0,2026-01-01 20:30,A", "row-nowhere"),
        (f"{NEAR},yesterday,A", "row-no-time"),
        ("26.0", "row-short"),
    ],
)
def test_unreadable_row_is_reported_and_left_out(incidents, row, why):
    good = f"{NEAR},2026-01-01 20:30,A\n" * 9
    notes = incidents(HEADER + good + row + "\n").notes
    (note,) = [note for note in notes if note.code == "incidents-unread"]
    assert (note.values["reasons"].values["reason"], note.values["lines"]) == (Message(why), [11])


def test_too_many_unreadable_rows_stop_the_run(incidents):
    with pytest.raises(DemandError, match="valid range") as caught:
        incidents(HEADER + "99,500,2026-01-01 20:30,A\n" * 3 + f"{NEAR},2026-01-01 20:30,A\n")
    assert [(fault.code, fault.line) for fault in caught.value.faults] == [
        ("RO-343", 2), ("RO-343", 3), ("RO-343", 4), ("RO-344", None),
    ]  # fmt: skip


def test_fixed_entries_from_csv_with_a_bad_row(night):
    path = night(demand=[{"kind": "fixed", "file": "f.csv"}])
    rows = "name,lat,lon,weight,radius_m,from,until\nA,26.0,119.0,1,100,19:00,20:00\n"
    (path.parent / "f.csv").write_text(rows)
    assert build(read_scenario(path)).demand[:, :60].sum() > 0
    (path.parent / "f.csv").write_text(rows + "B,26.0,east,1,100,,\n")
    with pytest.raises(DemandError) as caught:
        build(read_scenario(path))
    (fault,) = caught.value.faults
    assert (fault.code, fault.line, fault.values["key"], fault.values["got"]) == ("RO-304", 3, "lon", "east")


def test_venues_without_any_that_count(night):
    with pytest.raises(DemandError, match="Venues: none of the street data counts") as caught:
        build(read_scenario(night(demand=[{"kind": "venues", "weights": {"amenity=bar": 0}}])))
    assert [fault.code for fault in caught.value.faults] == ["RO-307"]


def test_chosen_sites_keep_their_distance(night):
    p = build(read_scenario(night(sites={"count": 50, "spacing_m": 150})))
    x, y = p.site_lon[1:] * 100_000, p.site_lat[1:] * 111_000
    away = np.hypot(x[:, None] - x, y[:, None] - y)
    assert 1 < p.n_sites - 1 < 10
    assert away[~np.eye(len(x), dtype=bool)].min() > 80
