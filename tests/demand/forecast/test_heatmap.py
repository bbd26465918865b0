"""The mixture of kernels: what it sums to, what it chooses, what it may not know, how sure it is."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from routeopt.clock import Clock
from routeopt.demand.forecast.daytime import ALL_DAY, BINS, smoothing, windows
from routeopt.demand.forecast.heatmap import density, estimate, spreads, weights
from routeopt.demand.forecast.history import history
from routeopt.demand.forecast.mixture import NEVER, by_class, fit
from routeopt.demand.forecast.series import membership
from routeopt.demand.incidents.read import Incidents
from routeopt.errors import Message
from routeopt.scenario.model import SPEEDS_KPH
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.osm import network_of
from routeopt.streets.raw import RawStreets

DAY0 = 20_000
WHOLE = np.full((BINS, 1), 15.0)


@pytest.fixture(scope="module")
def line():
    """A straight street of 40 segments of 100 m."""
    nodes = {n: (0.0, n * 100 / 111_195) for n in range(41)}
    ways = [([n, n + 1], {"highway": "residential", "name": f"s{n}"}) for n in range(40)]
    return network_of(RawStreets.of(nodes, ways), 120.0, SPEEDS_KPH)


def of(segment, day, hour=21.0, length=0, category=0):
    n = len(segment)
    day, hour = np.broadcast_to(day, n), np.broadcast_to(hour, n)
    begin = ((DAY0 + day) * 1440 + hour * 60).astype(np.int64).astype("datetime64[m]")
    length = np.broadcast_to(np.int64(length), n).copy()
    return Incidents(
        np.zeros(n), np.zeros(n), begin, length, begin + length.astype("timedelta64[m]"),
        np.broadcast_to(np.int32(category), n).copy(), np.ones(n), np.zeros(n, np.int32),
        np.arange(n), ("a", "b"), (),
    )  # fmt: skip


def past_of(net, segment, day, hour=21.0, length=0, category=0, limit=500.0):
    segment = np.asarray(segment, dtype=np.int32)
    return history(net, of(segment, day, hour, length, category), segment, limit)


def source(**options):
    return IncidentDemand.model_validate({"kind": "incidents", "file": "i.csv"} | options)


def result(past, asked, day, window=WHOLE, **options):
    mixture = fit(past, asked, DAY0 + day, past.weight)
    return density(past, mixture, spreads(past, mixture, asked), asked, DAY0 + day, past.weight, window, **options)


def test_density_sums_to_one_over_streets_and_day(line):
    rng = np.random.default_rng(1)
    past = past_of(line, rng.integers(0, 40, 400), rng.integers(0, 60, 400), rng.uniform(0, 24, 400))
    assert result(past, source(), 60).value.sum() == pytest.approx(1.0)
    assert result(past, source(repeat_boost=0), 60, windows([(0, 720), (720, 1440)])).value.sum() == pytest.approx(
        1.0
    )


def test_smoothing_keeps_the_day_and_wraps():
    for minutes in (15.0, 60.0, ALL_DAY):
        np.testing.assert_allclose(smoothing(minutes).sum(axis=1) * 15, 1.0)
    assert smoothing(60.0)[0, 95] == smoothing(60.0)[0, 1] > 0


def test_windows_pass_midnight():
    night = windows([(1380, 1860)])[:, 0]
    assert night.sum() == 480
    assert (night[92], night[27], night[28], night[91]) == (15, 15, 0, 0)


def test_incidents_repeated_at_a_few_places_stay_there(line):
    rng = np.random.default_rng(2)
    past = past_of(line, rng.choice([3, 12, 21, 31], 600), rng.integers(0, 90, 600))
    mixture = fit(past, source(), DAY0 + 90, past.weight)
    assert sum(part.weight for part in mixture.parts if part.bandwidth_m <= 60) > 0.9  # a street is 100 m


def test_incidents_scattered_around_a_place_are_spread(line):
    rng = np.random.default_rng(3)
    somewhere = np.clip(np.round(rng.normal(20, 4, 150)), 0, 39)
    past = past_of(line, somewhere, rng.integers(0, 90, 150))
    mixture = fit(past, source(), DAY0 + 90, past.weight)
    assert sum(part.weight for part in mixture.parts if part.bandwidth_m >= 120) + mixture.even > 0.6


def test_shifted_pattern_is_forecast_from_recent_incidents(line):
    rng = np.random.default_rng(4)
    day = np.sort(rng.integers(0, 360, 2000))
    past = past_of(line, (day // 30) * 3 + rng.integers(0, 3, 2000), day)
    mixture = fit(past, source(), DAY0 + 360, past.weight)
    assert sum(part.weight for part in mixture.parts if part.half_life_days <= 28) > 0.8


def test_hours_with_different_incidents_get_different_values(line):
    rng = np.random.default_rng(5)
    late = rng.random(800) < 0.5
    past = past_of(line, np.where(late, 5, 30), rng.integers(0, 60, 800), np.where(late, 23.0, 9.0))
    found = result(past, source(), 60, windows([(1320, 1440), (480, 600)])).value
    assert found[5, 0] > 20 * found[30, 0]
    assert found[30, 1] > 20 * found[5, 1]


def test_fixed_values_are_kept_and_few_incidents_take_the_defaults(line):
    past = past_of(line, [3, 17, 18], [0, 1, 2])
    asked = source(bandwidth_m=120, bandwidth_min=30, half_life_days=14)
    (part,) = fit(past, asked, DAY0 + 9, past.weight).parts
    assert (part.bandwidth_m, part.bandwidth_min, part.half_life_days, part.weight) == (120, 30, 14, 1)
    (part,) = fit(past, source(), DAY0 + 9, past.weight).parts
    assert (part.bandwidth_m, part.bandwidth_min, part.half_life_days) == (250, 60, NEVER)


def test_half_life_by_hand(line):
    """At seven and fourteen days old, half and a quarter are left: two thirds of the sum and one."""
    past = past_of(line, [3, 30], [9, 2])
    found = result(past, source(bandwidth_m=50, bandwidth_min=60, half_life_days=7), 16).value[:, 0]
    assert (found[3], found[30]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_later_incidents_do_not_change_the_result(line):
    rng = np.random.default_rng(6)
    segment, day = rng.integers(0, 40, 600), rng.integers(0, 120, 600)
    whole = past_of(line, segment, day)
    until = day < 80
    part = past_of(line, segment[until], day[until])
    value = [result(past, source(repeat_boost=2), 80).value for past in (whole, part)]
    np.testing.assert_allclose(value[0], value[1], rtol=1e-6)


def test_report_is_not_known_before_its_time(line):
    past = past_of(line, [3, 30], [2, 2])
    known = past.known.copy()
    known[1] = DAY0 + 50
    late = dataclasses.replace(past, known=known)
    found = result(late, source(bandwidth_m=50, bandwidth_min=60), 10).value[:, 0]
    assert (found[3], found[30]) == (pytest.approx(1.0), 0.0)


def test_deviation_by_hand_and_by_number(line):
    """n incidents on one street, each 1/n of the whole: standard deviation 1/√n of the value."""
    asked = source(bandwidth_m=50, bandwidth_min=720, half_life_days="never")
    for n in (4, 400):
        past = past_of(line, np.full(n, 7), np.arange(n) % 30)
        whole = np.zeros((BINS, 1))
        whole[84] = 1.0  # the density at 21:00
        found = result(past, asked, 40, whole)
        assert found.deviation[7, 0] / found.value[7, 0] == pytest.approx(1 / np.sqrt(n), rel=1e-3)


def test_series_by_hand(line):
    """Two thefts on one street, one and two days before tonight: exp(−1/7)·exp(−1/7) for the later one."""
    past = past_of(line, [7, 7, 20, 30], [8, 9, 9, 9], category=np.array([0, 0, 0, 1], dtype=np.int32))
    found = membership(past, np.ones(4, bool), DAY0 + 10, 150.0, 7.0)
    assert found[1] == pytest.approx(np.exp(-1 / 7) * np.exp(-1 / 7))
    assert found[0] == pytest.approx(np.exp(-1 / 7) * np.exp(-2 / 7))
    assert (found[2], found[3]) == (0.0, 0.0)


def test_series_falls_with_distance_along_the_street(line):
    """One street on, 100 m of 150: (1 − (100/150)²)² = 0.309."""
    past = past_of(line, [7, 8], [9, 9])
    found = membership(past, np.ones(2, bool), DAY0 + 10, 150.0, 7.0)
    np.testing.assert_allclose(found, (1 - (100 / 150) ** 2) ** 2 * np.exp(-1 / 7), rtol=1e-3)


def test_series_raises_its_surroundings(line):
    segment, day = [*range(40), 10, 11, 10], [*[0] * 40, 58, 59, 59]
    past = past_of(line, segment, day)
    plain, boosted = (
        result(past, source(bandwidth_m=120, bandwidth_min=60, repeat_boost=b), 60).value[:, 0] for b in (0, 3)
    )
    assert boosted[10] / plain[10] > 1.5
    assert boosted[35] == pytest.approx(plain[35])


def test_street_classes_without_incidents_get_little(line):
    net = dataclasses.replace(
        line, seg_class=(np.arange(40) % 2).astype(np.int32), classes=("residential", "footway")
    )
    base = by_class(net, np.zeros(50, dtype=np.int32), np.ones(50))
    assert base[1] < base[0] / 10
    assert base.sum() == pytest.approx(net.seg_length_m.sum())


def test_other_weekdays_count_less(line):
    """Day 20 000 after the first of 1970 is a Friday, the fourth of October 2024."""
    past = past_of(line, [1, 2], [0, 1])
    assert weights(past, source(other_weekdays=0.25), 4).tolist() == [1.0, 0.25]
    assert weights(past, source(other_weekdays=0.25), None).tolist() == [1.0, 1.0]


def test_night_in_steps_follows_the_quarters(line, tmp_path):
    (tmp_path / "i.csv").write_text(
        "lat,lon,time\n" + "".join(f"0,{7.5 * 100 / 111195:.6f},2026-01-{d:02d} 21:00\n" for d in range(1, 20))
    )
    asked = source(bandwidth_m=50, bandwidth_min=60)
    found = estimate(asked, line, Clock(19 * 60, 420, 60, dt.date(2026, 2, 1)), tmp_path)
    value = found.value
    assert value.shape == (40, 420)
    assert value[7].argmax() == pytest.approx(2 * 60, abs=10)
    assert value[7, 0] == value[7, 300] == 0.0
    assert (found.deviation <= value * 1.0001 + 1e-12).all()


def test_incidents_of_the_night_itself_are_left_out(line, tmp_path):
    rows = [f"0,0.001,2026-01-0{d} 21:00" for d in range(1, 6)]
    (tmp_path / "i.csv").write_text("lat,lon,time\n" + "\n".join(rows))
    found = estimate(source(), line, Clock(19 * 60, 420, 60, dt.date(2026, 1, 4)), tmp_path)
    assert len(found.segment) == 3
    assert Message("incidents-late", count=2) in found.notes


def test_no_times_at_all(line, tmp_path):
    (tmp_path / "i.csv").write_text("lat,lon\n" + "".join(f"0,{0.0005 + n % 4 * 0.009:.4f}\n" for n in range(200)))
    found = estimate(source(), line, Clock(19 * 60, 60), tmp_path)
    value = found.value
    assert np.ptp(value, axis=1).max() == pytest.approx(0.0, abs=1e-9)
    assert value[0, 0] > 5 * value[5, 0]
