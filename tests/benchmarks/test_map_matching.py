"""Map matching on the reference streets holds its floors."""

from __future__ import annotations

import pytest

from benchmarks.map_matching import FLOORS, measure
from routeopt.adherence.simulated import truths
from routeopt.budget import Budget
from routeopt.solving import solve


@pytest.mark.slow
@pytest.mark.parametrize("sigma_m", [5.0, 8.0])
def test_the_share_of_time_on_the_right_segment(wuliting, sigma_m):
    roads = truths(wuliting, solve(wuliting.problem, Budget(iterations=1), strategy="greedy", seed=1).plan)
    for interval_s, floor in FLOORS.items():
        assert measure(wuliting, roads, interval_s, sigma_m, 1) >= floor
