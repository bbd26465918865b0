"""The benchmark of hot spots: its reader, its judge, and a small instance from end to end."""

from __future__ import annotations

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks.hscpp import (
    LIMIT,
    Stop,
    Tour,
    covered_share,
    faults,
    figures,
    from_centre,
    main,
    mended,
    problem_of,
    read,
)
from routeopt import check
from routeopt.plan import Plan, Route

app = typer.Typer()
app.command()(main)


@pytest.fixture
def folder(tmp_path):
    """Twelve hot spots, one vector: four within a mile of the centre."""
    rng = np.random.default_rng(0)
    coord = np.concatenate([rng.uniform(-0.6, 0.6, (4, 2)), rng.uniform(-4, 4, (8, 2)) + 2])
    dist = np.hypot(*(coord[:, None] - coord[None]).transpose(2, 0, 1))
    document = {"name": "HSCPP_small", "prize": [rng.random(12).tolist()], "dist": [dist.tolist()],
                "coord": [coord.tolist()]}  # fmt: skip
    (tmp_path / "HSCPP_data_dim_12.json").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


@pytest.fixture
def instance(folder):
    (one,) = read(folder / "HSCPP_data_dim_12.json")
    return one


def test_reader(instance):
    assert (instance.name, instance.vector, int(instance.inner.sum())) == ("small", 0, 4)
    assert instance.inner[instance.central]
    assert from_centre(np.array([[39.16021, -77.20217]]), True) == pytest.approx(0.0)


def test_wrong_distances_are_the_shortest_way_round():
    miles = np.array([[0.0, 499.0, 3.0], [1.0, 0.0, 2.0], [4.0, 5.0, 0.0]])
    assert mended(miles).tolist() == [[0.0, 8.0, 3.0], [1.0, 0.0, 2.0], [4.0, 5.0, 0.0]]
    assert mended(miles / 20) is not None


def test_judge(instance):
    a, b = 0, 7
    miles = float(instance.miles[a, b])
    tour = Tour(a, [Stop(a, 0.0), Stop(b, miles)])
    assert faults(instance, [tour]) == []
    half = round((miles / 2 + instance.step / 2) / instance.step)
    back = round((LIMIT - miles - instance.step - (miles - instance.step) / 2) / instance.step)
    found = covered_share(instance, [tour]) * round(LIMIT / instance.step)
    assert found == pytest.approx(half + back, abs=2)
    assert "take longer" in faults(instance, [Tour(a, [Stop(a, 0.0), Stop(b, miles - 0.1)])])[0]
    assert "won again" in faults(instance, [tour, Tour(a, [Stop(a, 0.0)])])[0]
    assert "take longer" in faults(instance, [Tour(a, [Stop(a, 0.0), Stop(b, LIMIT - miles + 0.1)])])[0]
    assert covered_share(instance, [Tour(b, [Stop(b, 0.0)])]) == 0.0
    assert covered_share(instance, [Tour(a, [Stop(a, 0.0)])]) == 1.0


def test_an_instance_is_a_problem(instance):
    problem = problem_of(instance, covered=True)
    assert problem.tasks.reward.sum() == pytest.approx(1.0)
    nothing = Plan(tuple(Route(k) for k in range(3)))
    assert [found.code for found in check(problem, nothing)] == (
        ["too-few"] if not instance.inner[instance.central] else []
    )


def test_rows(folder):
    done = CliRunner().invoke(app, ["--instances", str(folder), "--time", "2", "--peers", "pyvrp", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("[")))
    assert [row["solver"] for row in rows] == ["routeopt", "routeopt-uncovered", "pyvrp"]
    assert all(row["feasible"] for row in rows)
    ours, free, peer = rows
    assert ours["covered"] == 1.0
    assert ours["prize"] <= free["prize"] + 1e-4
    assert peer["prize"] <= free["prize"] + 1e-4
    (kept,) = [one for one in figures(rows, 2) if one.name.startswith("kept")]
    assert kept.value == pytest.approx(100 * ours["prize"] / free["prize"])


def test_refusals(tmp_path, folder):
    run = CliRunner().invoke
    assert run(app, ["--instances", str(tmp_path / "no")]).exit_code == 2
    assert run(app, ["--instances", str(folder), "--peers", "vroom"]).exit_code == 2
    (folder / "HSCPP_x.json").write_text('{"prize": [[1]], "dist": [[0]], "coord": []}', encoding="utf-8")
    assert run(app, ["--instances", str(folder), "--time", "1"]).exit_code == 2
