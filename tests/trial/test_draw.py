"""The draw: balanced, random, the same again, and not to be changed unseen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from routeopt.errors import InputError
from routeopt.trial.design import Expected, Trial
from routeopt.trial.draw import PATROL, Unit, check, document, drawn, nights, places, read, write
from routeopt.trial.past import dispersion_of_nights, dispersion_of_places, spread_of_places

OTHER = {"patrol": "none", "none": "patrol"}
START = dt.date(2026, 6, 1)


@pytest.mark.parametrize("weeks", [1, 2, 7, 8])
def test_weekdays_balance_between_the_arms(weeks):
    units = drawn(nights(START, weeks), 5)
    assert len(units) == 7 * weeks
    by_day = Counter(dt.date.fromisoformat(unit.unit).weekday() for unit in units if unit.arm == PATROL)
    assert all(weeks // 2 <= by_day[day] <= (weeks + 1) // 2 for day in range(7))
    assert abs(2 * sum(by_day.values()) - 7 * weeks) <= 1


def test_without_blocks_the_arms_are_as_large_but_weekdays_may_differ():
    units = drawn(nights(START, 8, blocks=False), 5)
    assert sum(unit.arm == PATROL for unit in units) == 28
    assert len({unit.block for unit in units}) == 1


def test_pairs_are_of_like_demand_and_have_one_of_each():
    units = drawn(places([("a", 1, 1, 0.1), ("b", 1, 2, 0.4), ("c", 1, 3, 0.3), ("d", 1, 4, 0.2)]), 3)
    assert [unit.unit for unit in units] == ["b", "c", "d", "a"]
    assert [unit.block for unit in units] == ["pair 1", "pair 1", "pair 2", "pair 2"]
    for pair in (units[:2], units[2:]):
        assert {unit.arm for unit in pair} == {"patrol", "none"}


def test_the_draw_is_as_the_file_says_by_sha256():
    units = drawn([Unit("x", "all"), Unit("y", "all")], 42)
    first = min(("x", "y"), key=lambda name: hashlib.sha256(f"42:{name}".encode()).hexdigest())
    assert {unit.unit: unit.arm for unit in units}[first] == PATROL


def test_every_unit_has_both_arms_about_as_often():
    units = nights(START, 2)
    counts = Counter(unit.unit for seed in range(400) for unit in drawn(units, seed) if unit.arm == PATROL)
    assert all(150 < counts[unit.unit] < 250 for unit in units)


@pytest.fixture
def path(tmp_path):
    units = drawn(nights(START, 2), 9)
    made = document(
        units, scenario="a night", kind="night", weeks=2, start=START, seed=9,
        when=dt.datetime(2026, 5, 30, 12, tzinfo=dt.UTC), inputs={}, power={},
    )  # fmt: skip
    write(tmp_path / "trial.json", made)
    return tmp_path / "trial.json"


def test_a_trial_is_drawn_again_as_it_was(path):
    assert check(path) == []
    assert read(path)[0]["drawn"] == "2026-05-30T12:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda found: found["units"][0].update(arm=OTHER[found["units"][0]["arm"]]), {"RO-681"}),
        (lambda found: found["units"].pop(), {"RO-680"}),
        (lambda found: found["units"][0].update(unit="2026-07-01"), {"RO-680"}),
    ],
)  # fmt: skip
def test_what_was_changed_is_found(path, change, codes):
    found = json.loads(path.read_text(encoding="utf-8"))
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")
    assert codes <= {fault.code for fault in check(path)}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "routeopt-trial", "version": 1, "units": [{}]}'])
def test_what_is_no_trial_is_refused(tmp_path, text):
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is no trial"):
        check(tmp_path / "t.json")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda found: found.pop("unit"), "unit"),
        (lambda found: found.update(unit="street"), "unit"),
        (lambda found: found.update(unit="place"), "lat"),  # a place has to be somewhere
        (lambda found: found["units"][0].update(lat="31.2"), "lat"),
        (lambda found: found["units"][0].update(lon=float("nan")), "lon"),
        (lambda found: found.update(earlier=3), "earlier"),
    ],
)
def test_a_field_of_another_kind_is_refused_with_its_name(path, change, field):
    found = json.loads(path.read_text(encoding="utf-8"))
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(InputError, match=f"is no trial: {field}"):
        read(path)


def test_nights_beyond_the_calendar_are_refused():
    with pytest.raises(InputError, match="beyond the last day"):
        nights(dt.date(9999, 12, 31), 1)
    assert nights(dt.date(9999, 12, 24), 1)[-1].unit == "9999-12-30"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        check(tmp_path / "none.json")


def test_dispersion_by_hand_and_by_chance():
    assert dispersion_of_nights(np.array([0.0] * 7 + [2.0] * 7), 0) == pytest.approx(2)
    rng = np.random.default_rng(2)
    assert dispersion_of_nights(rng.poisson(4, 700).astype(float), 3) == pytest.approx(1, abs=0.12)
    assert dispersion_of_nights(rng.negative_binomial(4, 0.5, 700).astype(float), 3) == pytest.approx(2, abs=0.3)
    assert dispersion_of_places(rng.poisson(3, (20, 50)).astype(float)) == pytest.approx(1, abs=0.12)
    assert dispersion_of_places(np.zeros((3, 3))) == 1


def test_what_places_differ_in_by_hand():
    """A pair of 10 and none; unlike places in one block, of which every half is as likely."""
    assert spread_of_places(np.array([[10.0], [0.0]]), ["a", "a"], 1.0) == pytest.approx(9)
    assert spread_of_places(np.array([[5.0], [5.0]]), ["a", "a"], 1.0) == 0
    assert spread_of_places(np.zeros((2, 3)), ["a", "a"], 1.0) == 0
    total = np.array([9.0, 4.0, 0.0, 1.0])
    halves = [2 * sum(total[list(half)]) - total.sum() for half in combinations(range(4), 2)]
    expected = (np.square(halves).mean() - 14) / 14
    assert spread_of_places(total[:, None], ["all"] * 4, 1.0) == pytest.approx(expected)


def test_unlike_places_make_a_trial_tell_less_and_never_enough():
    units = tuple(drawn(places([("a", 1, 1, 0.4), ("b", 1, 2, 0.3)]), 3))
    plain, unlike = (
        Trial("place", 8, START, units, 3, Expected(10.0, 1.0, "history", 365, 500, spread), 0.16, ())
        for spread in (0.0, 0.5)
    )
    assert unlike.dispersion == 5
    assert unlike.power < plain.power
    assert (plain.weeks_needed, unlike.weeks_needed) == (57, None)  # √(2·570)·(1 − √0.84) ≥ 2.80
