"""The back-test: figures by hand, no peeking, and what it says when the data is thin."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from routeopt.demand.forecast.backtest import ALL_TIME, AREAS, EVEN, OURS, SAME_PART, backtest, caught
from routeopt.errors import DemandError
from routeopt.reports.heat.backtest import as_dict, plot
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.osm import network_of, read_streets
from routeopt.streets.raw import RawStreets

DEG = 1 / 111_195


@pytest.fixture(scope="module")
def grid():
    """12 × 12 blocks of 100 m: 312 segments."""
    nodes = {r * 13 + c: (r * 100 * DEG + 0.01, c * 100 * DEG + 0.01) for r in range(13) for c in range(13)}
    tags = {"highway": "residential"}
    ways = [([n * 13 + c for c in range(13)], tags) for n in range(13)]
    ways += [([r * 13 + n for r in range(13)], tags) for n in range(13)]
    return network_of(RawStreets.of(nodes, ways), 120.0, SPEEDS_KPH)


def write(folder, net, rows):
    """``rows``: (segment, day, hour)."""
    middle = [(net.node_x[net.seg_u[s]] + net.node_x[net.seg_v[s]]) / 2 for s, _, _ in rows]
    north = [(net.node_y[net.seg_u[s]] + net.node_y[net.seg_v[s]]) / 2 for s, _, _ in rows]
    text = ["lat,lon,time,type"]
    for x, y, (_, day, hour) in zip(middle, north, rows, strict=True):
        when = dt.datetime(2026, 1, 1) + dt.timedelta(days=int(day), hours=float(hour))
        text.append(f"{net.lat0 + y * DEG:.7f},{net.lon0 + x * DEG:.7f},{when:%Y-%m-%d %H:%M},theft")
    (folder / "i.csv").write_text("\n".join(text))
    return IncidentDemand(kind="incidents", file="i.csv")


def drawn(net, seed=1, days=60, a_day=12):
    """Most incidents on a few streets, by day on some and at night on others."""
    rng = np.random.default_rng(seed)
    by_day, by_night = rng.choice(net.n_segments, (2, 15), replace=False)
    rows = []
    for day in range(days):
        for _ in range(a_day):
            night = rng.random() < 0.5
            hot = rng.random() < 0.7
            segment = rng.choice(by_night if night else by_day) if hot else rng.integers(net.n_segments)
            rows.append((int(segment), day, (22 if night else 10) + rng.random()))
    return rows


def test_caught_splits_ties_evenly():
    """Four streets of 100 m with one hit on the last; all tie: a quarter of the length catches a quarter."""
    found = caught(np.ones(4), np.full(4, 100.0), np.array([0, 0, 0, 1.0]), [0, 0.25, 0.5, 1])
    assert found.tolist() == [0, 0.25, 0.5, 1.0]


def test_caught_counts_part_of_the_last_street():
    """Half of the first of two equal streets: half of its hits."""
    assert caught(np.array([2.0, 1]), np.full(2, 50.0), np.array([4.0, 2]), [0.25])[0] == 2.0


def test_heat_map_beats_the_trivial_by_shift_and_even_catches_its_share(grid, tmp_path):
    source = write(tmp_path, grid, drawn(grid))
    found = backtest(source, grid, tmp_path, "shift")
    by_name = {one.name: one for one in found.forecasts}
    assert by_name.keys() == {OURS, "last 28 days", ALL_TIME, EVEN, SAME_PART}
    for area, value in zip(AREAS, by_name[EVEN].hit_rate, strict=True):
        assert value.value == pytest.approx(area)
    assert [v.value for v in by_name[EVEN].pai] == pytest.approx([1.0] * 3)
    ours = by_name[OURS]
    assert ours.pai[1].value == pytest.approx(ours.hit_rate[1].value / 0.05)
    assert ours.hit_rate[1].value <= ours.pei[1].value <= 1
    assert by_name[ALL_TIME].ahead[1].low > 0.05  # it knows the hours
    assert not any(line.code == "backtest-behind" for line in found.verdict)
    assert sum(g.observed for g in found.calibration) == pytest.approx(found.incidents)
    assert sum(g.expected for g in found.calibration) == pytest.approx(found.incidents, rel=0.2)


def test_what_happens_after_a_day_does_not_change_its_forecast(grid, tmp_path):
    """The same first test days, with and without the days after them."""
    rows = drawn(grid)
    start = dt.date(2026, 2, 10)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = backtest(write(tmp_path / "a", grid, rows), grid, tmp_path / "a", start=start, days=5)
    cut = [row for row in rows if row[1] < 45]
    part = backtest(write(tmp_path / "b", grid, cut), grid, tmp_path / "b", start=start, days=5)
    assert whole.days == part.days == 5
    assert whole.forecasts[0].curve == pytest.approx(part.forecasts[0].curve)


def test_random_incidents_are_not_called_a_success(grid, tmp_path):
    rng = np.random.default_rng(7)
    rows = [(int(rng.integers(grid.n_segments)), day, 20.0 + k) for day in range(40) for k in range(3)]
    found = backtest(write(tmp_path, grid, rows), grid, tmp_path)
    codes = {line.code for line in found.verdict}
    assert "backtest-ahead" not in codes
    assert codes & {"backtest-undecided", "backtest-undecided-days"}
    assert "backtest-thin" in codes
    assert any("are too few to tell them apart" in str(line) for line in found.verdict)


def test_intervals_and_seed(grid, tmp_path):
    source = write(tmp_path, grid, drawn(grid, days=40))
    one, other = (backtest(source, grid, tmp_path, seed=3) for _ in range(2))
    assert one.forecasts == other.forecasts
    for value in one.forecasts[0].hit_rate:
        assert value.low <= value.value <= value.high
        assert value.high - value.low < 0.3


def test_interval_of_an_incident_is_shared_between_windows(grid, tmp_path):
    source = write(tmp_path, grid, drawn(grid, days=40))
    text = (tmp_path / "i.csv").read_text().replace("time,type", "time,type,end").replace("theft", "theft,")
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if "2026-02-05" in line)
    lat, lon = lines[at].split(",")[:2]
    lines[at] = f"{lat},{lon},2026-02-05 22:00,theft,2026-02-06 02:00"
    (tmp_path / "i.csv").write_text("\n".join(lines))
    found = backtest(source, grid, tmp_path, start=dt.date(2026, 2, 5), days=1)
    assert found.incidents == pytest.approx(11.5)


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("lat,lon\n0.0105,0.0105\n0.0105,0.0105\n", {}, "RO-360"),
        ("lat,lon,time\n" + "0.0105,0.0105,2026-01-01\n" * 3, {"by": "shift"}, "RO-361"),
        ("lat,lon,time\n" + "0.0105,0.0105,2026-01-01 20:00\n" * 3, {}, "RO-362"),
        ("lat,lon,time\n0.0105,0.0105,2026-01-01 20:00\n0.0105,0.0105,2026-02-01 20:00\n",
         {"start": dt.date(2026, 1, 5), "days": 2}, "RO-363"),
    ],
)  # fmt: skip
def test_nothing_to_test_on(grid, tmp_path, text, options, code):
    (tmp_path / "i.csv").write_text(text)
    with pytest.raises(DemandError) as caught:
        backtest(IncidentDemand(kind="incidents", file="i.csv"), grid, tmp_path, **options)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_json_and_plot(grid, tmp_path):
    found = backtest(write(tmp_path, grid, drawn(grid, days=30)), grid, tmp_path)
    row = json.loads(json.dumps(as_dict(found)))
    assert set(row["forecasts"][0]["hit_rate"]) == {"0.01", "0.05", "0.1"}
    assert row["forecasts"][0]["heat_map_ahead"] is None
    assert row["from"] < row["until"]
    plot([("i.csv", found)], tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
@pytest.mark.parametrize("by", ["day", "shift"])
@pytest.mark.parametrize("name", ["washington_dc_2019_30days.csv", "washington_dc_2006_2012.csv.gz"])
def test_washington_beats_the_trivial(shared_data, name, by):
    net = read_streets(Streets(file="osm/washington_dc.osm.pbf"), shared_data, SPEEDS_KPH)
    source = IncidentDemand(kind="incidents", file=f"incidents/{name}")
    found = backtest(source, net, shared_data, by)
    for k in (0, 1):
        assert all(found.forecasts[0].hit_rate[k].value > other.hit_rate[k].value for other in found.forecasts[1:])
