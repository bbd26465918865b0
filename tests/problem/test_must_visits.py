"""Windows that keep gaps short; must-visits and dates become tasks when a problem is built."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from routeopt import Budget, check, solve
from routeopt.errors import InputError, ScenarioError
from routeopt.problem.build import build_with_streets
from routeopt.problem.build_must_visits import with_gaps
from routeopt.problem.must_visits import MustVisits, gap_windows
from routeopt.scenario.must_visits import Carried, CarryOver
from routeopt.scenario.read import read_scenario

PLACES = [
    {"name": name, "lat": 26.0 + n / 2000, "lon": 119.003} for n, name in enumerate(("Blue", "Green", "Gate"))
]
SHIFT = {"start": "19:00", "end": "21:00", "date": "2026-11-27"}
TASK = {"name": "visit", "lat": 26.001, "lon": 119.003, "service_min": 10}


def longest_gap(n_steps, service, starts):
    free, longest = 0, 0
    for start in sorted(starts):
        longest, free = max(longest, start - free), max(free, start + service)
    return max(longest, n_steps - free)


@pytest.mark.parametrize(
    ("n_steps", "most", "service"), list(itertools.product((20, 41, 60), (5, 9, 17), (1, 4, 6)))
)
def test_whatever_is_chosen_in_the_windows_keeps_the_gap(n_steps, most, service):
    """At every combination of the windows' ends, and in between; and one visit fewer cannot."""
    windows = gap_windows(n_steps, most, service)
    for starts in itertools.product(*windows):
        assert longest_gap(n_steps, service, starts) <= most
    rng = np.random.default_rng(1)
    for _ in range(50):
        assert longest_gap(n_steps, service, [int(rng.integers(a, b + 1)) for a, b in windows]) <= most
    assert all(0 <= a <= b <= n_steps - service for a, b in windows)
    assert (len(windows) - 1) * (most + service) + most < n_steps
    widths = [b - a for a, b in windows]
    assert max(widths) - min(widths) <= 1 or windows[-1][1] == n_steps - service


def test_no_visit_where_the_plan_is_shorter_than_the_gap():
    assert gap_windows(60, 60, 5) == []


def test_gaps_are_kept_by_the_plan_and_missed_without_their_tasks(make_problem):
    problem = make_problem(3)
    table = MustVisits(np.array([2, 4]), np.array([problem.n_steps // 3] * 2), np.array([3, 3]))
    held = with_gaps(problem, table)
    assert check(held, solve(held, Budget(iterations=30)).plan) == []
    assert {v.code for v in check(held, solve(problem, Budget(iterations=0), strategy="random").plan)} > {"gap"}


@pytest.mark.parametrize("strategy", ["best_response", "greedy", "beats", "random"])
@pytest.mark.parametrize("seed", range(3))
def test_every_strategy_keeps_gaps_beside_other_tasks(make_problem, make_tasks, strategy, seed):
    problem = make_tasks(make_problem(seed), seed, 4)
    most, least = problem.n_steps // 3, int(problem.dwell_steps[0])
    held = with_gaps(problem, MustVisits(np.array([1, 3]), np.array([most, most + 5]), np.array([least, least])))
    assert check(held, solve(held, Budget(iterations=20), strategy=strategy, seed=seed).plan) == []


def test_the_table_is_checked(make_problem):
    with pytest.raises(InputError, match=r"must_visits\.site"):
        with_gaps(make_problem(1), MustVisits(np.array([999]), np.array([5]), np.array([1])))


@pytest.fixture
def made(night):
    """Builds a night with three places of its own."""

    def make(carried=None, **keys):
        sites = {"count": 0, "list": [place | {"zone": "North"} for place in PLACES]}
        return build_with_streets(read_scenario(night(shift=SHIFT, sites=sites, **keys)), carried=carried)

    return make


def tasks_of(built):
    tasks = built.problem.tasks
    return {
        name: (round(float(tasks.reward[q]), 6), bool(tasks.mandatory[q])) for q, name in enumerate(tasks.names)
    }


def test_a_place_becomes_a_task_in_the_second_half_of_its_interval(made):
    rule = [{"zone": "North", "every_nights": 4, "reward": 0.004}]
    carried = CarryOver(
        places=[
            Carried(name="Blue", last="2026-11-26"), Carried(name="Green", last="2026-11-25"),
            Carried(name="Gate", last="2026-11-23"),
        ]
    )  # fmt: skip
    assert tasks_of(made(carried, must_visits=rule)) == {"Green": (0.002, False), "Gate": (0.004, True)}
    late = CarryOver(places=[Carried(name="Gate", last="2026-11-21")])
    assert tasks_of(made(late, must_visits=rule)) == {"Gate": (0.012, False)}
    chosen = carried.model_copy(update={"tonight": ["Blue"]})
    assert tasks_of(made(chosen, must_visits=rule))["Blue"] == (0.004, False)


def test_what_is_due_and_cannot_be_done_is_noted_and_optional(made):
    task = TASK | {"due": "2026-11-27", "windows": [["19:00", "19:00"]]}
    built = made(tasks=[task | {"lat": 26.002, "lon": 119.0}])
    assert tasks_of(built)["visit"][1] is False
    assert "due-impossible" in {note.code for note in built.notes}
    assert tasks_of(made(tasks=[TASK | {"due": "2026-11-27"}]))["visit"][1] is True
    assert tasks_of(made(tasks=[TASK | {"due": "2026-11-27", "mandatory": False}]))["visit"][1] is False


def test_rules_of_one_place_join_to_the_strictest(made):
    rules = [{"places": ["Blue"], "max_gap_min": 80}, {"zone": "North", "max_gap_min": 50}]
    built = made(must_visits=rules)
    table = built.problem.must_visits
    assert table.max_gap_steps.tolist() == [50] * 3
    assert [name for name in built.problem.tasks.names if name.startswith("Blue")] == ["Blue (1/2)", "Blue (2/2)"]
    assert check(built.problem, solve(built.problem, Budget(iterations=20)).plan) == []


def test_unknown_places_communities_and_files_are_told_at_once(made, tmp_path):
    (tmp_path / "units.csv").write_text("名称\nBlue\nGren\n", encoding="utf-8")
    rules = [
        {"places": ["Bleu"], "every_nights": 2}, {"zone": "South", "every_nights": 2},
        {"file": "units.csv", "every_nights": 2}, {"file": "none.csv", "every_nights": 2},
    ]  # fmt: skip
    with pytest.raises(ScenarioError) as error:
        made(must_visits=rules)
    assert [fault.code for fault in error.value.faults] == ["RO-178", "RO-178", "RO-178", "RO-183"]
    assert '"Blue"' in str(error.value)


def test_dates_need_a_date(night):
    with pytest.raises(ScenarioError) as error:
        build_with_streets(read_scenario(night(tasks=[TASK | {"due": "2026-11-27"}])))
    assert [fault.code for fault in error.value.faults] == ["RO-177"]


def test_a_carry_over_that_is_not_there_yet_is_noted(made, tmp_path):
    built = made(carry_over="carry.yaml", tasks=[TASK | {"due": "2026-11-28"}])
    assert "carry-over-none" in {note.code for note in built.notes}
    text = "format: routeopt-carry-over\nversion: 1\nnight: {night}\ntasks: [{{name: visit, last: {night}}}]\n"
    (tmp_path / "carry.yaml").write_text(text.format(night="2026-11-26"))
    assert tasks_of(made(carry_over="carry.yaml", tasks=[TASK | {"due": "2026-11-28"}])) == {}
    (tmp_path / "carry.yaml").write_text(text.format(night="2026-11-27"))
    built = made(carry_over="carry.yaml", tasks=[TASK | {"due": "2026-11-28"}])
    assert "carry-over-later" in {note.code for note in built.notes}
