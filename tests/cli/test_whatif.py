"""`routeopt whatif` as planners meet it."""

from __future__ import annotations

import json

import pytest

QUICK = ("--iterations", "20", "--bound", "0.2", "--jobs", "1", "--lang", "en")
TEAMS = [
    {"name": "Foot 1", "mode": "foot", "start": "Station"},
    {"name": "Car 1", "mode": "car", "start": "Station"},
]
TASK = {"name": "Door", "lat": 26.001, "lon": 119.0, "service_min": 5, "mandatory": True, "teams": ["Car 1"]}


def test_a_row_for_every_case(run, night):
    goals = [{"at_least": 0.3}]
    words = ("--teams", "1..3", "--modes", "car=0..1", "--start", "20:00", "--rules", *QUICK, "--json")
    code, out, err = run("whatif", night(teams=TEAMS, goals=goals, tasks=[TASK]), *words)
    assert code == 0, err
    rows = json.loads(out)
    cases = [(row["section"], row["case"], row["teams"]) for row in rows]
    assert cases == [
        ("base", "2", 2), ("teams", "1", 1), ("teams", "2", 2), ("teams", "3", 3), ("start", "20:00", 2),
        ("modes", "car=0", 1), ("modes", "car=1", 2), ("rules", "goals", 2), ("rules", "mandatory", 2),
        ("rules", "tasks", 2),
    ]  # fmt: skip
    base, one, two, three = rows[:4]
    assert two["value"] == base["value"]
    assert one["visibility"] < three["visibility"]
    assert three["gain"] == pytest.approx(three["visibility"] - two["visibility"])
    assert three["changed"] == ["+ Foot 1 (2)"]
    assert one["changed"] == ["− Car 1"]
    for row in rows:
        assert row["error"] is None
        assert row["value"] <= row["bound"] + 1e-9
        for minutes, share in row["queue"]["handling"].items():
            assert share <= row["handling"][minutes] + 1e-9
    assert [row["fewest"] for row in rows].count(True) == 1
    assert next(row for row in rows if row["case"] == "goals")["floors"] == 0


def test_tables_and_plot(run, night, tmp_path):
    file = night(teams=TEAMS, goals=[{"at_least": 0.999}])
    code, out, _ = run("whatif", file, "--teams", "1,2", *QUICK, "--plot", tmp_path / "a" / "plot.png")
    assert code == 0
    assert "number of teams" in out
    assert "none of these numbers of teams meets all floors" in out
    assert (tmp_path / "a" / "plot.svg").stat().st_size > 1000
    table = out[out.index("number of teams") :]
    rows = [line.replace("│", " ").split() for line in table.splitlines() if line.startswith("│")]
    assert rows[0][:2] == ["1", "teams"]  # nothing is wrapped in 80 columns
    assert all(len(line) <= 80 for line in table.splitlines()[:6])
    assert "1 min" in table
    code, out, _ = run("whatif", file, "--rules", *QUICK[:-1], "zh")
    assert code == 0
    assert "不设下限" in out


def test_a_plot_is_named_as_it_is_written_and_only_where_it_is(run, night, tmp_path):
    code, out, _ = run("whatif", night(teams=TEAMS), "--teams", "1", *QUICK, "--plot", tmp_path / "a.b.png")
    assert code == 0
    assert {path.name for path in tmp_path.glob("a*")} == {"a.b.png", "a.b.svg"}
    assert "a.b.svg" in out
    shut = night(teams=TEAMS, tasks=[TASK | {"windows": [["19:00", "19:00"]]}])
    code, out, _ = run("whatif", shut, "--teams", "2", *QUICK, "--plot", tmp_path / "none.png")
    assert "cannot be planned" in out
    assert "none.png" not in out
    assert not (tmp_path / "none.png").exists()


def test_a_case_that_cannot_be_planned_says_why(run, night):
    file = night(teams=TEAMS, tasks=[TASK | {"windows": [["19:00", "19:30"]]}])
    code, out, err = run("whatif", file, "--start", "19:00,22:00", *QUICK, "--json")
    assert code == 0, err
    base, same, late = json.loads(out)
    assert (base["error"], same["error"]) == (None, None)
    assert "RO-" in late["error"] or "Door" in late["error"]


def test_a_case_says_why_in_the_readers_language(run, night):
    file = night(teams=TEAMS, tasks=[TASK | {"windows": [["19:00", "19:30"]]}])
    code, out, err = run("whatif", file, "--start", "22:00", *QUICK[:-1], "zh")
    assert code == 0, err
    said = next(line for line in out.splitlines() if line.startswith("22:00") and "Door" in line)
    assert "window" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "RO-646"),
        (("--teams", "12..4"), "RO-648"),
        (("--start", "25:99", "--modes", "boat=2"), "RO-650"),
        (("--modes", "bike=1"), "RO-651"),
        (("--start", "23:00..47:00"), "RO-652"),
        (("--teams", "1..300"), "RO-653"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, night, words, said):
    code, out, err = run("whatif", night(), *words)
    assert code == 2
    assert said in err
    assert out == ""
    assert "Traceback" not in err
