"""Breaks, fixed posts, crews and limits of a scenario: what they become, and what is said where they cannot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from routeopt.errors import ScenarioError
from routeopt.problem.activities import Sort
from routeopt.problem.build import build
from routeopt.scenario.duties import FixedPost
from routeopt.scenario.read import read_scenario

NIGHT = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting" / "operations.yaml"


@pytest.fixture
def written(tmp_path):
    """The operations of the reference town, changed; its files are found where they are."""

    def write(*changes):
        text = NIGHT.read_text(encoding="utf-8").replace("town.osm.gz", str(NIGHT.with_name("town.osm.gz")))
        for name in ("places.csv", "communities.geojson", "compounds.geojson", "cameras.csv"):
            text = text.replace(name, str(NIGHT.with_name(name)))
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "night.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(path):
    with pytest.raises(ScenarioError) as caught:
        build(read_scenario(path))
    return [(fault.code, fault.line) for fault in caught.value.faults]


def test_operations_become_tasks_and_limits(written):
    problem = build(read_scenario(written()))
    tasks, sorts = problem.tasks, problem.tasks.sort.tolist()
    assert {Sort.TASK, Sort.BREAK, Sort.POST} == set(sorts)
    gate = tasks.names.index("晚自习放学护学岗")
    assert (int(tasks.crew[gate]), int(tasks.service_steps[gate]), bool(tasks.mandatory[gate])) == (2, 30, True)
    joint = tasks.names.index("纠纷联合回访")
    assert tasks.lead[joint].tolist() == [name == "电动车2组" for name in problem.team_names]
    breaks = [q for q, sort in enumerate(sorts) if sort == Sort.BREAK]
    assert {int(tasks.allowed[q].sum()) for q in breaks} == {1}
    assert len({int(tasks.group[q]) for q in breaks}) == problem.n_teams
    assert (tasks.presence[breaks] == 0).all()
    assert problem.spacing_steps == 15
    assert problem.longest_work.tolist() == [270] * 8


def test_a_post_is_held_on_its_days_alone():
    given = {"name": "Gate", "lat": 26.0, "lon": 119.0, "from": "19:00", "until": "20:00"}
    friday, saturday = dt.date(2026, 5, 15), dt.date(2026, 5, 16)
    weekly = FixedPost.model_validate({**given, "weekdays": ["fri"], "not_on": [friday + dt.timedelta(days=7)]})
    assert [weekly.is_held(day) for day in (friday, saturday, friday + dt.timedelta(days=7), None)] == [
        True, False, False, True,
    ]  # fmt: skip
    once = FixedPost.model_validate({**given, "dates": [saturday]})
    assert [once.is_held(day) for day in (friday, saturday)] == [False, True]


def test_a_post_of_some_days_needs_a_date(written):
    assert [code for code, _ in faults(written((", date: 2026-05-15", "")))] == ["RO-192"]


def test_what_cannot_be_is_said_at_once_with_its_line(written):
    path = written(
        ("crew: 2, mandatory: true", "crew: 12, mandatory: true"),
        ("skills: [调解], reward", "skills: [谈判], reward"),
        ('from: "20:00", until: "20:40", modes', 'from: "20:40", until: "20:00", modes'),
    )
    assert sorted(code for code, _ in faults(path)) == ["RO-145", "RO-196", "RO-197"]


def test_an_unknown_place_of_a_break_is_said_once_not_for_every_team(written):
    path = written(("length_min: 20}", "length_min: 20, places: [五里亭派出]}"))
    assert [code for code, _ in faults(path)] == ["RO-194"]
    with pytest.raises(ScenarioError, match="五里亭派出所"):
        build(read_scenario(path))


def test_a_longest_time_needs_breaks(written):
    path = written(('  - {name: 休息, from: "21:30", until: "00:00+1", length_min: 20}', "  []"))
    assert [code for code, _ in faults(path)] == ["RO-195"]


def test_a_task_whose_skills_nobody_has_is_told_by_them(written):
    path = written(("service_min: 15, crew: 2, skills: [调解]", "service_min: 15, skills: [谈判]"))
    assert [code for code, _ in faults(path)] == ["RO-154"]
    with pytest.raises(ScenarioError, match="skills"):
        build(read_scenario(path))


def test_reserves_are_no_crew(written):
    stands_by = "mode: car, start: 五里亭派出所, reserve: true}"
    path = written(("mode: car, start: 五里亭派出所}", stands_by), ("modes: [foot]", "modes: [car], crew: 2"))
    assert [code for code, _ in faults(path)] == ["RO-196"]


def test_a_post_past_midnight_is_hinted_at(written):
    path = written(('from: "20:00", until: "20:40", modes', 'from: "23:30", until: "00:10", modes'))
    with pytest.raises(ScenarioError, match=r"00:10\+1"):
        read_scenario(path)
