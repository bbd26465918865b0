"""Plan against plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routeopt.diff import PlannedStop, changes, stops_of
from routeopt.errors import InputError
from routeopt.explain.plan_diff import by_team, figure_rows, other_inputs, stops_in
from routeopt.plan import Plan, Route, Visit


def stop(team, site, minute, dwell=10):
    return PlannedStop(team, site, minute * 60, dwell * 60)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([("A", "x", 1200)], [("A", "x", 1200)], []),
        ([("A", "x", 1200)], [("A", "x", 1215)], ["retimed"]),
        ([("A", "x", 1200)], [("A", "x", 1200, 15)], ["retimed"]),
        ([("A", "x", 1200)], [("B", "x", 1205)], ["moved"]),
        ([("A", "x", 1200)], [("A", "y", 1205)], ["replaced"]),
        ([("A", "x", 1200)], [("A", "y", 1230)], ["dropped", "added"]),
        ([("A", "x", 1200)], [("A", "x", 1320)], ["dropped", "added"]),
        ([("A", "x", 1200)], [("B", "y", 1200)], ["dropped", "added"]),
        ([], [("A", "x", 1200)], ["added"]),
        ([("A", "x", 1200)], [], ["dropped"]),
        # the same place twice: each is matched with its nearest
        ([("A", "x", 1200), ("A", "x", 1240)], [("A", "x", 1242)], ["dropped", "retimed"]),
        # a stop that stays is not taken for one that another team takes over
        ([("A", "x", 1200), ("B", "x", 1210)], [("A", "x", 1205)], ["retimed", "dropped"]),
    ],
)
def test_fate_of_each_stop_is_reported(before, after, kinds):
    found = changes([stop(*s) for s in before], [stop(*s) for s in after])
    assert [c.kind for c in found] == kinds


def test_a_plan_and_its_document_have_the_same_stops(make_night, tmp_path):
    from routeopt.exchange import plan_json

    night = make_night()
    plan_json.write(night, tmp_path / "p.json")
    document = plan_json.read_document(tmp_path / "p.json")
    assert stops_in(tmp_path, document) == stops_of(night.problem, night.result.plan)


def test_waits_and_absences_are_no_stops(make_night, tmp_path):
    """A plan of one stop, a wait there and an absence, as one that was re-planned may be."""
    from routeopt.exchange import plan_json

    night = make_night()
    rows, team = night.problem.activities, night.stops[0].team_index
    first = night.result.plan.routes[team].visits[0]
    others = (Visit(first.site, 100, rows.wait(5)), Visit(first.site, 110, rows.away(5)))
    routes = tuple(Route(k, (first, *others) if k == team else ()) for k in range(night.problem.n_teams))
    plan = Plan(routes)
    changed = replace(night, result=replace(night.result, plan=plan), stops=night.stops[:1] * 3)
    changed = replace(changed, stops=tuple(replace(s, order=n) for n, s in enumerate(changed.stops, 1)))
    plan_json.write(changed, tmp_path / "p.json")
    document = plan_json.read_document(tmp_path / "p.json")
    assert stops_in(tmp_path, document) == stops_of(night.problem, plan)
    assert len(stops_of(night.problem, plan)) == 1


def test_counts_and_json():
    found = changes([stop("A", "x", 1500)], [stop("B", "x", 1500), stop("B", "y", 1600)])
    assert by_team(found) == {"B": {"added": 1, "moved": 1}}
    assert found[0].to_json() == {
        "what": "moved",
        "was": {"team": "A", "site": "x", "start": "01:00", "minutes": 10.0},
        "now": {"team": "B", "site": "x", "start": "01:00", "minutes": 10.0},
    }


def test_figures_side_by_side_even_where_one_lacks_some():
    before = {"visibility": 0.5, "zones": {"east": 0.4}}
    after = {"visibility": 0.6, "zones": {"west": 0.2}, "bound": None}
    assert figure_rows(before, after) == [
        ("visibility", 0.5, 0.6), ("zones: east", 0.4, None), ("zones: west", None, 0.2),
    ]  # fmt: skip


def test_inputs_that_differ_are_named():
    assert other_inputs({"inputs": {"a": "1", "b": "2"}}, {"inputs": {"a": "1", "b": "3", "c": "4"}}) == ["b", "c"]


@pytest.mark.parametrize("document", [{}, {"clock": {}, "dwell_steps": []}, {"clock": 3, "dwell_steps": 1}])
def test_a_document_without_stops_is_a_fault(tmp_path, document):
    with pytest.raises(InputError, match="is missing or invalid"):
        stops_in(tmp_path / "p.json", document)


def test_tasks_are_a_figure_where_there_are_any():
    with_two, with_none = ({"tasks": {"done": n // 2, "of": n, "reward": 0.01}} for n in (2, 0))
    assert figure_rows(with_two, with_none) == [("tasks done", 0.5, None)]
