"""The estimate of memory: near what was measured, and a refusal before anything is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.problem import sizes as estimate
from routeopt.problem.build import build
from routeopt.problem.sizes import Sizes, fitting, needs, refuse_problem, refuse_threads
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

MIB, BASE = 2**20, 250
"""MiB of Python and the streets before."""
CITY = Sizes(steps=420, sites=5025, points=12_320, profiles=3, posts=25)


@pytest.mark.parametrize(
    ("sites", "points", "posts", "build_mib", "search_mib"),
    [(502, 1162, 2, 325, 383), (2010, 4638, 10, 515, 765)],
)
def test_estimate_is_near_what_was_measured_on_model_towns(sites, points, posts, build_mib, search_mib):
    found = needs(Sizes(steps=420, sites=sites, points=points, profiles=3, posts=posts))
    assert found.build / MIB + BASE == pytest.approx(build_mib, rel=0.2)
    assert found.search / MIB + BASE == pytest.approx(search_mib, rel=0.2)


def test_all_legs_of_many_sites_are_another_matter():
    near, whole = needs(CITY), needs(replace(CITY, all_legs=True))
    assert whole.build > 50 * near.build
    few = replace(CITY, sites=200, points=500)
    assert needs(few) == needs(replace(few, all_legs=True))


def test_what_fits_fits_and_one_more_does_not():
    left = 2**30
    n = fitting(CITY, left)
    assert 0 < n < CITY.sites
    for sites, fits in ((n, True), (n + 20, False)):
        points = round(CITY.points * sites / CITY.sites)
        assert (estimate._most(replace(CITY, sites=sites, points=points)) <= left) == fits


def test_refusals_say_what_is_needed_what_is_left_and_what_fits(monkeypatch):
    monkeypatch.setattr(estimate, "free", lambda limit: {"1G": 2**30, "off": None}[limit])
    with pytest.raises(
        InputError, match=r"5025 sites with 12320 .* GiB of memory; 1.0 GiB are left. About \d+ sites"
    ):
        refuse_problem(CITY, "night.yaml", "1G")
    with pytest.raises(InputError, match=r"^threads: 8 searches .* at most 2 threads"):
        refuse_threads(replace(CITY, threads=8), "1G")
    refuse_threads(replace(CITY, threads=1), "1G")
    refuse_problem(CITY, "night.yaml", "off")


def test_a_night_that_does_not_fit_is_refused_before_its_arrays_are_made(night, monkeypatch):
    scenario = read_scenario(night())
    with monkeypatch.context() as patch:
        patch.setattr("routeopt.problem.build.by_mode", lambda *_: pytest.fail("made before it was refused"))
        with pytest.raises(InputError, match="sites with") as caught:
            build(scenario, memory_limit="1K")
    assert caught.value.faults[0].code == "RO-672"
    problem = build(scenario, memory_limit="off")
    with pytest.raises(InputError, match="threads"):
        solve(problem, Budget(iterations=1), threads=2, memory_limit="1K")


def test_a_limit_must_be_a_text(night):
    with pytest.raises(InputError, match="memory_limit"):
        build(read_scenario(night()), memory_limit=4)
