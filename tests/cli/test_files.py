"""export, check --edited and diff as planners and scripts meet them."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shlex

import openpyxl
import pytest

from routeopt.reports.formats import FORMATS

FAST = ("--iterations", "20", "--time", "60")
SITES = {
    "count": 0,
    "list": [
        {"name": "东湖路", "lat": 26.0018, "lon": 119.003, "zone": "东湖"},
        {"name": "South", "lat": 26.0, "lon": 119.002, "zone": "South"},
        {"name": "West", "lat": 26.001, "lon": 119.0},
    ],
}


@pytest.fixture
def planned(run, night, tmp_path):
    """A planned night: the scenario, and the folder of its plan with its workbook."""
    corners = ((26.0, 119.003), (26.002, 119.003), (26.001, 119.0))
    entries = [
        {"name": f"corner {n}", "lat": lat, "lon": lon, "radius_m": 40} for n, (lat, lon) in enumerate(corners)
    ]
    path = night(sites=SITES, demand=[{"kind": "fixed", "entries": entries}])
    assert run("plan", path, *FAST, "--seed", 1, "--format", "json,xlsx", "--out", tmp_path / "o")[0] == 0
    return path, tmp_path / "o"


def edit(folder, change):
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    change(book.worksheets[1])
    book.save(folder / "edited.xlsx")
    return folder / "edited.xlsx"


def test_plan_writes_what_is_asked_for(run, night, tmp_path):
    code, out, _ = run("plan", night(), *FAST, "--format", "gpx,kml,xlsx", "--lang", "zh", "--out", tmp_path / "o")
    assert code == 0
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"plan.json", "gpx", "routes.kml", "plan.xlsx"}
    assert "plan.xlsx" in out
    assert openpyxl.load_workbook(tmp_path / "o" / "plan.xlsx").sheetnames == ["概要", "Foot 1", "地点"]


def test_everything_exported_from_a_plan_json(run, planned, tmp_path):
    path, folder = planned
    before = (folder / "plan.json").read_bytes()
    code, _, _ = run("export", path, folder / "plan.json", "--format", "all", "--crs", "gcj02", "--out", folder)
    assert code == 0
    assert {p.name for p in folder.iterdir()} == set(FORMATS)
    assert (folder / "plan.json").read_bytes() == before
    assert "GCJ-02" in (folder / "routes.kml").read_text(encoding="utf-8")
    assert (folder / "plots" / "visibility.png").is_file()
    again = tmp_path / "again"
    assert run("export", path, folder / "plan.json", "--format", "json", "--out", again)[0] == 0
    one, two = (json.loads((f / "plan.json").read_text()) for f in (folder, again))
    assert {key for key in one if one[key] != two[key]} == set()


def test_a_plan_of_another_day_is_exported_and_checked_on_that_day(run, night, tmp_path):
    path = night(shift={"start": "19:00", "end": "21:00", "date": "2026-05-15"}, sites=SITES)
    run("plan", path, *FAST, "--date", "2026-06-01", "--format", "json,csv", "--out", tmp_path / "o")
    assert "2026-06-01 19:" in (tmp_path / "o" / "stops.csv").read_text(encoding="utf-8-sig")
    run("export", path, tmp_path / "o" / "plan.json", "--format", "csv", "--out", tmp_path / "p")
    same = [(tmp_path / name / "stops.csv").read_bytes() for name in "op"]
    assert same[0] == same[1]
    run("export", path, tmp_path / "o" / "plan.json", "--format", "csv", "--date", "2026-07-01", "--out", tmp_path)
    assert "2026-07-01 19:" in (tmp_path / "stops.csv").read_text(encoding="utf-8-sig")


def test_a_plan_that_breaks_rules_is_not_exported(run, planned):
    path, folder = planned
    plan = json.loads((folder / "plan.json").read_text())
    plan["routes"][0]["visits"][0]["start_step"] = 0
    (folder / "plan.json").write_text(json.dumps(plan))
    code, _, err = run("export", path, folder / "plan.json")
    assert code == 3
    assert "min late" in err
    assert "[RO-613]" in err


def test_feasible_edit_is_accepted(run, planned, tmp_path):
    path, folder = planned
    file = edit(folder, lambda sheet: sheet.delete_rows(2))
    code, out, err = run("check", path, "--edited", file)
    assert code == 0
    assert "plan.json" in err
    assert "changes of the edit: 1" in out
    assert "dropped" in out
    assert "no violations" in out
    code, out, _ = run("check", path, "--edited", file, "--json", "--out", tmp_path / "e", "--format", "json")
    said = json.loads(out)
    assert code == 0
    assert [c["what"] for c in said["changes"]] == ["dropped"]
    assert said["violations"] == []
    assert said["figures"]["edited"]["visibility"] < said["figures"]["in_force"]["visibility"]
    code, out, _ = run("check", path, tmp_path / "e" / "plan.json", "--json")
    assert json.loads(out)["visibility"] == pytest.approx(said["figures"]["edited"]["visibility"])


def test_an_edit_that_breaks_rules_is_repaired_around(run, planned, tmp_path):
    path, folder = planned

    def late(sheet):  # a minute before the next one begins elsewhere
        sheet["B2"] = sheet["B3"].value - dt.timedelta(minutes=1)

    file = edit(folder, late)
    code, out, _ = run("check", path, "--edited", file, "--json")
    said = json.loads(out)
    assert code == 3
    assert "edited.xlsx: Foot 1!" in said["violations"][0]["where"]
    assert "edited" not in said["figures"]
    options = ("--repair", "--time", "0.5", "--out", tmp_path / "r", "--format", "json,xlsx")
    code, out, _ = run("check", path, "--edited", file, *options, "--json")
    said = json.loads(out)
    assert code == 0
    assert said["repair"]
    assert said["figures"]["repaired"]["visibility"] > 0
    assert run("check", path, tmp_path / "r" / "plan.json")[0] == 0
    kept = [c["now"] for c in said["changes"]]
    stops = json.loads((tmp_path / "r" / "plan.json").read_text())["routes"][0]["visits"]
    assert [k["start"] in {s["start"] for s in stops} for k in kept] == [True]
    code, out, _ = run("check", path, folder / "plan.json", "--edited", file, "--repair", "--time", "0.2")
    assert code == 0
    assert "further changes of the repair" in out


def test_every_fault_of_the_file_is_reported_at_once(run, planned):
    path, folder = planned

    def spoil(sheet):
        sheet["B2"], sheet["E3"] = "soon", "Suoth"

    code, out, err = run("check", path, "--edited", edit(folder, spoil))
    assert code == 2
    assert 'Foot 1!B2: "soon" is not a time of day' in err
    assert 'Foot 1!E3: unknown place "Suoth". Did you mean "South"?' in err
    assert out == ""


def test_stops_that_cannot_all_be_kept(run, planned):
    path, folder = planned

    def clash(sheet):
        sheet["B2"], sheet["B3"] = "19:30", "19:31"

    code, _, err = run("check", path, "--edited", edit(folder, clash), "--repair")
    assert code == 3
    assert "cannot keep both" in err


TASK = {
    "name": "escort", "lat": 26.001, "lon": 119.0, "windows": [["19:30", "19:40"]], "service_min": 25,
    "mandatory": True,
}  # fmt: skip


@pytest.fixture
def with_task(run, night, tmp_path):
    """A planned night with a task, and the row of its workbook that is the task's."""
    path = night(sites=SITES, tasks=[TASK])
    run("plan", path, *FAST, "--seed", 1, "--format", "json,xlsx", "--out", tmp_path / "o")
    visits = json.loads((tmp_path / "o" / "plan.json").read_text())["routes"][0]["visits"]
    row = next(n for n, visit in enumerate(visits, 2) if visit.get("task") == "escort")
    return path, tmp_path / "o", row


def test_a_task_comes_back_as_a_task(run, with_task):
    path, folder, row = with_task
    code, out, _ = run("check", path, "--edited", edit(folder, lambda _: None), "--json")
    assert code == 0
    assert json.loads(out)["changes"] == []
    later = edit(folder, lambda sheet: sheet.__setitem__(f"B{row}", "19:39"))
    code, out, _ = run("check", path, "--edited", later, "--repair", "--time", "0.3", "--json")
    assert code == 0
    assert json.loads(out)["figures"]["repaired"]["visibility"] > 0


def test_a_repair_that_cannot_keep_a_rule_writes_nothing(run, with_task, tmp_path):
    path, folder, row = with_task
    late = edit(folder, lambda sheet: sheet.__setitem__(f"B{row}", "20:10"))
    code, _, err = run("check", path, "--edited", late, "--repair", "--time", "0.3", "--out", tmp_path / "r")
    assert code == 3
    assert "escort" in err
    assert not (tmp_path / "r").exists()


def test_diff_of_two_plans(run, planned, tmp_path):
    path, folder = planned
    run("plan", path, "--strategy", "random", "--time", "0.1", "--format", "json", "--out", tmp_path / "b")
    files = (folder / "plan.json", tmp_path / "b" / "plan.json")
    code, out, _ = run("diff", *files)
    assert code == 0
    assert "stops by team" in out
    assert "zone 东湖" in out
    code, out, _ = run("diff", *files, "--json")
    said = json.loads(out)
    assert code == 0
    both = [json.loads(f.read_text())["figures"]["visibility"] for f in files]
    assert said["figures"]["visibility"] == dict(zip("ab", both, strict=True))
    code, out, _ = run("diff", *files, "--scenario", path, "--json")
    assert json.loads(out)["figures"]["visibility"]["a"] == pytest.approx(said["figures"]["visibility"]["a"])
    code, out, _ = run("diff", files[0], files[0])
    assert "changes from A to B: none" in out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scenario": "another"}, "another, 2026-05-15, 19:00–21:00"),
        ({"start_min": 1200}, "a night, 2026-05-15, 20:00–22:00"),
        ({"date": "2026-05-16"}, "a night, 2026-05-16, 19:00–21:00"),
    ],
)
def test_diff_refuses_plans_of_different_nights_by_default(run, planned, tmp_path, change, said):
    _path, folder = planned
    first = json.loads((folder / "plan.json").read_text())
    first["clock"]["date"] = "2026-05-15"
    (tmp_path / "a.json").write_text(json.dumps(first))
    second = first | {"scenario": change.get("scenario", first["scenario"])}
    second["clock"] = first["clock"] | {key: value for key, value in change.items() if key != "scenario"}
    (tmp_path / "b.json").write_text(json.dumps(second))
    code, out, err = run("diff", tmp_path / "a.json", tmp_path / "b.json")
    assert (code, out) == (2, "")
    assert "RO-634" in err
    assert said in err
    assert run("diff", tmp_path / "a.json", tmp_path / "b.json", "--other-nights")[0] == 0
    (tmp_path / "b.json").write_text(json.dumps(first | {"clock": first["clock"] | {"date": None}}))
    assert run("diff", tmp_path / "a.json", tmp_path / "b.json")[0] == 0


def test_the_command_to_repeat_a_plan_runs_and_repeats_itself(run, night, tmp_path, monkeypatch):
    """A plan by time cools by the clock; repeated by iterations it is always the same."""
    path = night()
    monkeypatch.chdir(tmp_path)
    run("plan", path.name, "--time=0.3", "--seed", 4, "--out", "a b", "--format", "gpx")
    first = json.loads((tmp_path / "a b" / "plan.json").read_text())
    words = shlex.split(first["command"])
    assert words[:5] == ["routeopt", "plan", path.name, "--seed", "4"]
    assert words[-4:-1] == ["--iterations", str(first["iterations"]), "--time"]
    assert run(*words[1:])[0] == 0
    second = json.loads((tmp_path / "a b" / "plan.json").read_text())
    assert shlex.split(second["command"])[:-1] == words[:-1]  # its time depends on how fast the first run was
    assert run(*words[1:])[0] == 0
    third = json.loads((tmp_path / "a b" / "plan.json").read_text())
    assert (third["routes"], third["iterations"]) == (second["routes"], first["iterations"])
    assert run("export", path, tmp_path / "a b" / "plan.json", "--format", "html,json", "--out", "c")[0] == 0
    assert json.loads((tmp_path / "c" / "plan.json").read_text())["command"] == third["command"]
    assert "--iterations" in (tmp_path / "c" / "report.html").read_text()


def test_diff_says_when_the_nights_were_not_the_same(run, planned, tmp_path):
    _, folder = planned
    other = json.loads((folder / "plan.json").read_text())
    other["inputs"]["night.yaml"] = "0"
    (tmp_path / "other.json").write_text(json.dumps(other))
    assert "made from different night.yaml" in run("diff", folder / "plan.json", tmp_path / "other.json")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "{night}", "--format", "gpxx"), 'Did you mean "gpx"'),
        (("plan", "{night}", "--crs", "gcj-02"), 'Did you mean "gcj02"'),
        (("plan", "{night}", "--lang", "zg"), "Choose from en, zh. [RO-620]"),
        (("plan", "{night}", "--date", "15.5.2026"), "Write it as 2026-05-15"),
        (("export", "{night}", "gone.json"), "does not exist"),
        (("check", "{night}"), "--edited FILE"),
        (("check", "{night}", "--edited", "gone.xlsx"), "does not exist"),
        (("check", "{night}", "--edited", "{night}", "--repair"), "the plan in force is needed"),
        (("diff", "gone.json", "gone.json"), "does not exist"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, night, words, said):
    code, out, err = run(*[w.format(night=night()) for w in words])
    assert code == 2
    assert said in err
    assert out == ""
    assert "Traceback" not in err


def test_a_plan_of_another_grid_is_a_fault(run, planned, night):
    _, folder = planned
    other = night(sites=SITES, shift={"start": "19:00", "end": "21:00", "step_s": 30})
    code, _, err = run("check", other, folder / "plan.json")
    assert code == 2
    assert "step_s: is 60; the scenario has 30" in err


def test_an_unknown_time_zone_is_a_fault(run, night):
    code, _, err = run("plan", night(shift={"start": "19:00", "end": "21:00", "timezone": "Asia/Shanhai"}))
    assert code == 2
    assert "shift.timezone must be an IANA time zone" in err
    assert 'Did you mean "Asia/Shanghai"?' in err


def test_a_missing_font_is_said_on_stderr(run, night, tmp_path, monkeypatch, caplog):
    from routeopt.reports import plots

    monkeypatch.setattr(plots, "CJK_FONTS", ())
    with caplog.at_level(logging.WARNING):
        run("plan", night(name="五里亭"), *FAST, "--format", "plots", "--out", tmp_path / "o")
    assert "fonts-noto-cjk" in caplog.text
