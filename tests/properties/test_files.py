"""Whatever is written is read back equal: plans in every form that is read again, and what a command room says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeopt import Situation, Task, TeamState, read_plan, write_plan
from routeopt.evaluation import value
from routeopt.exchange import geojson, stops_csv, xlsx
from routeopt.exchange.edited.reader import read_edited
from routeopt.exchange.export import Export
from routeopt.messages import LANGUAGES
from routeopt.plan import Result
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.scenario.read import read_scenario
from tests.conftest import SHIFT, SITES, random_plan
from tests.properties.variants import KINDS, SEEDS, tasked

pytestmark = pytest.mark.slow

WRITERS = {"p.xlsx": xlsx.write, "s.csv": stops_csv.write, "r.geojson": geojson.write}
FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""What the fixture gives is not changed."""


@pytest.fixture
def square_night(night):
    """A night of the square, built once, with any plan."""
    built = build_with_streets(read_scenario(night(shift=SHIFT, sites={"count": 0, "list": SITES})))

    def planned(seed, export, lang):
        plan = random_plan(built.problem, seed)
        return replace(
            build_model(built, Result(plan, value(built.problem, plan), "any", seed, 0.0, 0), lang), export=export
        )

    return planned


@FIXTURES
@given(SEEDS, st.sampled_from(sorted(WRITERS)), st.sampled_from(["wgs84", "gcj02", "bd09"]),
       st.sampled_from(sorted(LANGUAGES)), st.booleans())  # fmt: skip
def test_a_plan_comes_back_from_every_form_for_people(square_night, seed, name, crs, lang, based):
    night = square_night(seed, Export(crs), lang)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        WRITERS[name](night, path)
        back = read_edited(path, night.problem, night.result.plan if based else None)
    assert back.plan == night.result.plan
    assert back.notes == ()


@given(st.sampled_from(sorted(KINDS)), SEEDS, SEEDS)
def test_a_plan_comes_back_from_its_file(kind, seed, other):
    problem = KINDS[kind](seed)
    plan = random_plan(problem, other)
    with TemporaryDirectory() as folder:
        write_plan(Path(folder) / "plan.json", problem, plan)
        assert read_plan(Path(folder) / "plan.json", problem) == plan


PROBLEM = tasked(1)
TEAMS, PLACES, STEPS = st.integers(0, 2), st.integers(0, PROBLEM.n_sites - 1), st.integers(0, PROBLEM.n_steps - 1)


@st.composite
def tasks(draw):
    first = draw(STEPS)
    return Task(
        draw(st.sampled_from(["call", "来电", "=1+1", "a, b", "\N{ZERO WIDTH SPACE}x"])), draw(PLACES),
        ((first, draw(st.integers(first, PROBLEM.n_steps - 1))),), draw(st.integers(1, 9)),
        draw(st.floats(0, 1)), draw(st.booleans()), draw(st.none() | st.frozensets(TEAMS, min_size=1)),
    )  # fmt: skip


@st.composite
def situations(draw):
    now = draw(STEPS)
    state = st.builds(TeamState, PLACES, st.integers(now, PROBLEM.n_steps), st.booleans())
    added = st.lists(tasks(), max_size=2, unique_by=lambda task: task.name).map(tuple)
    return Situation(now, draw(st.dictionaries(TEAMS, state)), draw(st.frozensets(PLACES)), draw(added))


@given(situations())
def test_a_situation_comes_back_from_its_document(situation):
    document = json.loads(json.dumps(situation.to_json(PROBLEM)))
    assert Situation.from_json(PROBLEM, document) == situation
