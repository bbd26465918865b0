"""Reports of a busy place."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.demand.live import Busy, busier
from routeopt.errors import InputError
from routeopt.problem.build import build
from routeopt.scenario.read import read_scenario


@pytest.fixture
def problem(night):
    return build(read_scenario(night()))


def seen_fully(problem, site):
    profile = problem.profiles[0]
    part = slice(profile.sight_ptr[site], profile.sight_ptr[site + 1])
    return int(profile.sight_point[part][profile.sight_rho[part].argmax()]), float(profile.sight_rho[part].max())


def test_demand_rises_at_the_report_and_fades(problem):
    site = int(np.flatnonzero(problem.site_stoppable)[0])
    point, rho = seen_fully(problem, site)
    raised = busier(problem, [Busy(site, 10, 3.0, 60.0)])
    ratio = raised.demand[point] / np.where(problem.demand[point] > 0, problem.demand[point], np.nan)
    assert np.array_equal(raised.demand[:, :10], problem.demand[:, :10])
    assert ratio[10] == pytest.approx(1 + 2 * rho)
    assert ratio[70] == pytest.approx(1 + 2 * rho / np.e)


def test_reports_multiply_and_a_quiet_one_undoes_a_busy_one(problem):
    site = int(np.flatnonzero(problem.site_stoppable)[0])
    both = busier(problem, [Busy(site, 5, 2.0, 1e9), Busy(site, 5, 0.5, 1e9)])
    point, rho = seen_fully(problem, site)
    assert both.demand[point, 20] == pytest.approx(problem.demand[point, 20] * (1 + rho) * (1 - rho / 2))


def test_every_fault_is_reported_at_once(problem):
    with pytest.raises(InputError) as caught:
        busier(problem, [Busy(9999, -1, 2.0), Busy(0, 0, float("nan"), 0.0)])
    assert [(fault.code, fault.path) for fault in caught.value.faults] == [
        ("RO-308", "reports[0].site"), ("RO-309", "reports[0].step"),
        ("RO-310", "reports[1].factor"), ("RO-310", "reports[1].fade_min"),
    ]  # fmt: skip
    assert "reports[0].step: the step must be from 0 to " in str(caught.value)
