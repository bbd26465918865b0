"""What is said: interval before point, the power beside every answer, no effect without a comparison."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from routeopt.effect.cells import AROUND, COMPARISON, TREATED, Counts, Period
from routeopt.effect.estimates import Cell
from routeopt.effect.found import BeforeAfter, change, of_trial, signed
from routeopt.effect.nights import TrialCounts
from routeopt.trial.draw import PATROL, drawn, nights, places

START = dt.date(2026, 3, 2)


def codes(found):
    return [message.code for message in found.words()]


def trial(fall, mean, seed=1, weeks=16, kind="night"):
    """A trial whose nights with patrol have fewer incidents."""
    units = drawn(nights(START, weeks), 7)
    if kind == "place":
        units = drawn(places([(f"p{n}", 26.0, 119.0 + n / 100, 1 / (n + 1)) for n in range(40)]), 7)
    patrol = np.array([unit.arm == PATROL for unit in units])
    counts = np.random.default_rng(seed).poisson(mean * (1 - fall * patrol)).astype(float)
    return TrialCounts(kind, 7, tuple(units), np.ones(len(units), dtype=bool), counts, Period(20514, 20625))


def test_a_fall_without_comparison_is_not_called_an_effect():
    found = BeforeAfter(Counts({TREATED: Cell(200, 100)}))
    said = " ".join(message.text() for message in found.words())
    assert "cannot be called an effect" in said
    assert "regression to the mean" in said
    assert found.figures()["effect"] is None
    assert found.rows() == []


def test_more_nights_after_do_not_make_a_rise():
    found = BeforeAfter(Counts({TREATED: Cell(100, 150)}, nights=(30, 60)))
    assert "effect-fall" in codes(found)
    assert "effect-rise" in codes(BeforeAfter(Counts({TREATED: Cell(100, 150)})))
    assert "effect-same" in codes(BeforeAfter(Counts({TREATED: Cell(0, 0)})))


def test_the_interval_comes_first_then_the_verdict_and_the_power():
    found = BeforeAfter(Counts({TREATED: Cell(207, 110), COMPARISON: Cell(308, 318)}))
    assert codes(found)[1:4] == ["effect-difference", "effect-fewer", "effect-least-difference"]
    text = found.words()[1].text()
    assert text.index("−167") < text.index("−107")
    assert "effect-not-around" in codes(found)
    assert found.figures()["effect"]["told_apart"]


def test_what_is_not_told_apart_says_what_it_could_have_seen():
    found = BeforeAfter(Counts({TREATED: Cell(20, 15), COMPARISON: Cell(20, 18)}))
    assert codes(found)[2:4] == ["effect-not-told", "effect-least-difference"]
    assert found.words()[3].values["least"] == "24"  # 2.80 · √73


def test_areas_of_unlike_size_are_not_told_apart_by_numbers_alone():
    """Both rise by half; in numbers the small area rises by far less."""
    found = BeforeAfter(Counts({TREATED: Cell(100, 150), COMPARISON: Cell(400, 600)}))
    assert found.total.excludes(0)
    assert {"effect-not-told", "effect-disagree"} <= set(codes(found))
    assert not found.figures()["effect"]["told_apart"]


def test_an_area_without_incidents_has_no_effect():
    found = BeforeAfter(Counts({TREATED: Cell(0, 0), COMPARISON: Cell(54, 62), AROUND: Cell(2, 2)}))
    assert codes(found)[-1] == "effect-no-incidents"
    assert found.figures()["effect"] is None


def test_displaced_incidents_are_counted():
    found = BeforeAfter(Counts({TREATED: Cell(100, 60), COMPARISON: Cell(100, 100), AROUND: Cell(50, 90)}))
    assert found.total.point == 0
    assert {"effect-around", "effect-around-alone", "effect-not-told"} <= set(codes(found))


def test_a_trial_finds_what_is_there():
    found = of_trial(trial(0.4, 6.0), redraws=199)
    assert found.told
    assert found.ratio.low < 0.6 < found.ratio.high
    assert found.p <= 0.01
    assert codes(found) == ["effect-nights", "effect-ratio", "effect-fewer", "effect-least-fall"]


@pytest.mark.parametrize("kind", ["night", "place"])
def test_a_trial_of_nothing_finds_nothing_mostly(kind):
    found = [of_trial(trial(0.0, 3.0, seed, kind=kind), redraws=99).told for seed in range(12)]
    assert sum(found) <= 2


def test_the_same_seed_gives_the_same_answer():
    counts = trial(0.1, 2.0)
    assert of_trial(counts, seed=4, redraws=99).figures() == of_trial(counts, seed=4, redraws=99).figures()


def test_a_trial_without_incidents_says_so():
    found = of_trial(trial(0.0, 0.0), redraws=99)
    assert codes(found) == ["effect-nights", "effect-no-incidents"]
    assert found.figures()["effect"]["ratio"] == {"low": 0, "point": None, "high": None, "error": None}


def test_few_incidents_are_blind():
    assert codes(of_trial(trial(0.0, 0.02, weeks=4), redraws=99))[-1] in ("effect-blind", "effect-no-incidents")


def test_figures_have_their_signs():
    assert [signed(-3.4), signed(0.6), signed(float("inf")), signed(float("nan"))] == ["−3", "+1", "+∞", "–"]
    assert [change(0.5), change(float("inf"))] == ["−50 %", "+∞"]
