"""The parts of re-planning by hand: what it tolerates, in which order it serves, and what it says of a change."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from routeopt import Budget, Situation, TeamState
from routeopt.clock import Clock
from routeopt.dispatch import replan as parts
from routeopt.errors import InputError
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.tasks import Task, with_tasks

FIRST, SECOND = Visit(3, 30, 1), Visit(4, 60, 0)


@pytest.fixture
def problem(make_problem):
    """Of 120 steps and three teams."""
    return make_problem(3)


@pytest.fixture
def call():
    return Task("call", 5, ((0, 100),), 5, 0.01)


def said(problem, before, after, situation=None, same=5):
    """The changes of team 0 in short: what, start, why."""
    plan, routes = Plan((Route(0, before), Route(1), Route(2))), (Route(0, after), Route(1), Route(2))
    found = parts._changes(problem, plan, routes, situation or Situation(20), same, set())
    assert {change.team for change in found} <= {0}
    return [(change.what, change.visit.start, change.why.code) for change in found]


def test_a_stop_is_unchanged_up_to_a_shift(problem):
    assert said(problem, (FIRST, SECOND), (FIRST._replace(start=35), SECOND)) == []
    assert said(problem, (FIRST, SECOND), (FIRST._replace(start=36), SECOND)) == [
        ("dropped", 30, "worth-the-change"), ("added", 36, "worth-the-change"),
    ]  # fmt: skip
    assert said(problem, (FIRST, SECOND), (SECOND,)) == [("dropped", 30, "worth-the-change")]
    rows = problem.activities
    assert said(problem, (FIRST,), (Visit(5, 20, rows.away(5)), FIRST, Visit(5, 50, rows.wait(5)))) == []


def test_why_a_stop_changes(problem, call):
    now = with_tasks(problem, [call])
    task = Visit(5, 40, now.activities.of_task(0))
    added = Situation(20, tasks_added=(call,))
    assert said(now, (FIRST, SECOND), (task, SECOND), added) == [
        ("dropped", 30, "team-does-task"), ("added", 40, "task-added"),
    ]  # fmt: skip
    assert said(now, (FIRST,), (SECOND,), added) == [
        ("dropped", 30, "worth-the-change"), ("added", 60, "worth-the-change"),
    ]  # fmt: skip
    given = said(now, (), (task,))
    assert given == [("added", 40, "worth-the-change")]  # a task of the problem was not added
    for on_duty, why in ((True, "team-elsewhere"), (False, "team-off-duty")):
        elsewhere = Situation(20, {0: TeamState(1, 25, on_duty)}, tasks_added=(call,))
        assert said(now, (FIRST,), (task,), elsewhere) == [("dropped", 30, why), ("added", 40, "task-added")]
    closed = Situation(20, closed=frozenset({3}))
    assert said(problem, (FIRST, SECOND), (), closed) == [
        ("dropped", 30, "place-closed"), ("dropped", 60, "worth-the-change"),
    ]  # fmt: skip


def test_changes_are_listed_by_team_and_time(problem):
    before = Plan((Route(0, (SECOND,)), Route(1, (FIRST,)), Route(2)))
    after = (Route(0, (FIRST,)), Route(1, (SECOND,)), Route(2))
    found = parts._changes(problem, before, after, Situation(20), 5, set())
    assert [(c.team, c.visit.start) for c in found] == [(0, 30), (0, 60), (1, 30), (1, 60)]


def test_waiting_at_the_end_after_all_is_left_out(problem):
    home, start = int(problem.team_end_site[0]), int(problem.team_start_step[0])
    back = 40 + problem.movement(0).steps(3, home, 40)
    wait = problem.activities.wait
    tidy = [FIRST, Visit(home, back, wait(3)), Visit(home, back + 3, wait(4))]
    assert parts._tidy(problem, Route(0, tuple(tidy))) == Route(0, (FIRST,))
    assert parts._tidy(problem, Route(0, (Visit(home, start, wait(3)),))) == Route(0)
    for kept in (
        (FIRST, Visit(home, back + 1, wait(3))), (FIRST, Visit(5, back, wait(3))), (FIRST, Visit(home, back, 0)),
        (Visit(home, start + 1, wait(3)),),
    ):  # fmt: skip
        assert parts._tidy(problem, Route(0, kept)) == Route(0, kept)


def search_of(tasks, done=(), n_added=0, parts_of=(), begin=None):
    """What of a search the parts look at."""
    n = len(tasks)
    return SimpleNamespace(
        problem=SimpleNamespace(tasks=tasks),
        crews=SimpleNamespace(given=SimpleNamespace(tasks=tasks), parts=parts_of, begin=begin or {}),
        done=lambda: np.isin(np.arange(n), done),
        is_first=np.arange(n) != 5,
    )


@pytest.fixture
def tasks(problem):
    """Six tasks: two of them mandatory, some that are over in step 50, one an alternative."""
    rewards, mandatory, lasts = (0.01, 0.03, 0.0, 0.02, 0.03, 0.9), (2, 3), (90, 90, 90, 50, 49, 90)
    return with_tasks(
        problem,
        [
            Task(str(n), 5, ((0, 5), (10, last)), 5, reward, n in mandatory)
            for n, (reward, last) in enumerate(zip(rewards, lasts, strict=True))
        ],
    ).tasks


def test_tasks_are_served_mandatory_ones_first_then_by_reward(tasks):
    assert parts._undone(search_of(tasks), Situation(50)) == [3, 2, 1, 0]
    assert parts._undone(search_of(tasks), Situation(49)) == [3, 2, 1, 4, 0]
    assert parts._undone(search_of(tasks, done=(1, 2)), Situation(51)) == [0]


class Kept:
    """Prices that note for whom what was found is kept."""

    extra = "extra"

    def __init__(self):
        self.of = []

    def keep(self, teams):
        self.of.append(teams)


@pytest.mark.parametrize("spent", [False, True])
def test_tasks_added_and_mandatory_ones_are_served_though_no_time_is_left(tasks, monkeypatch, spent):
    """Of six tasks the last two were added; a team is found for all but task 0."""
    asked, kept = [], Kept()

    def insert(_search, q, teams, extra):
        asked.append((q, teams, extra))
        return None if q == 2 else q

    monkeypatch.setattr(parts.required, "insert", insert)
    tracker = SimpleNamespace(budget=SimpleNamespace(is_spent=lambda _seconds, n: spent or n > 0), seconds=1.0)
    added = Situation(20, tasks_added=(None, None))
    parts._serve(search_of(tasks), added, [1, 2], kept, tracker)
    served = [3, 2, 4] if spent else [3, 2, 1, 4, 0]
    assert asked == [(q, [1, 2], "extra") for q in served]
    assert kept.of == [[q] for q in served if q != 2]


def test_tasks_of_crews_are_placed_if_they_were_added(tasks, monkeypatch):
    asked, kept = [], Kept()

    def place(_search, q, teams, step, most):
        asked.append((q, teams, step, most))
        return q != 3

    monkeypatch.setattr(parts.joint, "place", place)
    monkeypatch.setattr(parts.required, "insert", lambda *_: None)
    tracker = SimpleNamespace(budget=SimpleNamespace(is_spent=lambda *_: False), seconds=1.0)
    search = search_of(tasks, parts_of={1: 0, 2: 0, 3: 0, 4: 0}, begin={1: None, 2: 7, 3: None, 4: None})
    parts._serve(search, Situation(20, tasks_added=(None, None)), [1, 2], kept, tracker)
    assert asked == [(3, [1, 2], 20, 3), (4, [1, 2], 20, 3)]
    assert kept.of == [[1, 2]]


def test_tasks_whose_crew_is_broken_are_put_elsewhere(monkeypatch):
    asked, kept = [], Kept()
    monkeypatch.setattr(parts.crews, "broken", lambda _search: [1, 2])
    monkeypatch.setattr(parts.joint, "mend", lambda _search: asked.append("mend"))
    monkeypatch.setattr(
        parts.joint, "place", lambda _s, q, teams, step, most: asked.append((q, teams, step, most))
    )
    search = SimpleNamespace(crews=SimpleNamespace(begin={1: None, 2: 30}))
    parts._mend(search, Situation(20), [0, 1], kept)
    assert asked == ["mend", (1, [0, 1], 20, 3)]
    assert kept.of == [[0, 1]]
    monkeypatch.setattr(parts.crews, "broken", lambda _search: [])
    parts._mend(search, Situation(20), [0, 1], kept)
    assert len(kept.of) == 1


def test_teams_get_their_best_responses_after_what_is_sealed():
    calls = []
    search = SimpleNamespace(
        counts=np.array([5, 6, 7]),
        take_out=lambda *a: calls.append(("out", *a)),
        best_stretch=lambda *a, most: (a, most),
        splice=lambda *a: calls.append(("in", *a)),
        refresh=lambda: calls.append("refresh"),
    )
    parts._respond(search, [2, 0])
    most = parts.best_response.MOST_WHOLE
    assert calls == [
        ("out", 2, 7, 7), ("in", 2, 7, 7, ((2, 7), most)), "refresh",
        ("out", 0, 5, 5), ("in", 0, 5, 5, ((0, 5), most)), "refresh",
    ]  # fmt: skip


def test_minutes_are_steps_of_any_length(problem, monkeypatch):
    """With steps of 30 seconds: twenty of lead time, and ten that a stop may shift."""
    slow = replace(problem, clock=Clock(1140, problem.n_steps, 30))
    seen, spans = {}, []
    real_standing, real_changes = parts.standing, parts._changes
    real_improve, real_n_changed = parts.improve, parts.n_changed

    def standing(*arguments):
        seen["lead"] = arguments[3]
        return real_standing(*arguments)

    def changes(*arguments):
        seen["same"] = arguments[4]
        return real_changes(*arguments)

    def improve(search, tracker, state, teams, prices, span):
        seen["teams"] = teams
        spans.extend(span() for _ in range(400))
        real_improve(search, tracker, state, teams, prices, span)

    class Prices(parts.Prices):
        def __init__(self, price, teams, changed, sent):
            seen["price"], seen["sent"] = price, sent
            super().__init__(price, teams, changed, sent)

    def n_changed(*arguments):
        seen["tolerance"], seen["first"] = arguments[2:]
        return real_n_changed(*arguments)

    monkeypatch.setattr(parts, "standing", standing)
    monkeypatch.setattr(parts, "_changes", changes)
    monkeypatch.setattr(parts, "improve", improve)
    monkeypatch.setattr(parts, "Prices", Prices)
    monkeypatch.setattr(parts, "n_changed", n_changed)
    plan = Plan((Route(0, (FIRST, SECOND)), Route(1, (Visit(5, 30, 0), Visit(6, 90, 0))), Route(2)))
    situation = Situation(40, {2: TeamState(5, 60)}, closed=frozenset({6}))
    found = parts.replan(slow, plan, situation, Budget(iterations=0), price=0.25)
    assert (seen["lead"], seen["same"], seen["tolerance"], seen["price"]) == (20, 10, 10, 0.25)
    assert (seen["sent"], seen["first"]) == ([2], slow.activities.first_task)
    assert seen["teams"] == [0, 1, 2, 2, 1]
    near = sum(width == round(parts.AROUND_MIN * 2) for _, width in spans)
    assert {(step, width) for step, width in spans} == {(40, round(parts.AROUND_MIN * 2)), (40, slow.n_steps)}
    assert 240 < near < 320
    assert [c.what for c in found.changes if c.team == 1] == ["dropped"]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"seed": -1}, "seed"), ({"price": "x"}, "price"), ({"lead_min": -0.5}, "lead_min"),
        ({"lead_min": 1.1e6}, "lead_min"), ({"budget": 5}, "budget"), ({"problem": None}, "problem"),
    ],
)  # fmt: skip
def test_wrong_values_are_named(problem, values, place):
    idle = Plan((Route(0), Route(1), Route(2)))
    given = {"problem": problem, "plan": idle, "situation": Situation(5), "budget": Budget(iterations=0)} | values
    with pytest.raises(InputError) as refused:
        parts.replan(**given)
    assert [str(fault.path) for fault in refused.value.faults] == [place]


def test_limits_of_values_are_allowed(problem):
    idle = Plan((Route(0), Route(1), Route(2)))
    for lead_min in (0, 1e6):
        found = parts.replan(problem, idle, Situation(5), Budget(iterations=0), seed=0, lead_min=lead_min)
        assert (found.plan, found.strategy, found.seed) == (idle, "replan", 0)
