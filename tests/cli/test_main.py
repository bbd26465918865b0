"""The command line as planners and scripts meet it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from importlib.metadata import version

import openpyxl
import pytest
import yaml

from routeopt.plan import Plan, Result, Route, Visit
from routeopt.scenario.model import scenario_schema
from routeopt.scenario.read import read_scenario

FAST = ("--iterations", "5", "--time", "60")


def test_plan_writes_its_files_and_a_table(run, night, tmp_path):
    code, out, err = run("plan", night(), *FAST, "--out", tmp_path / "o")
    assert code == 0
    assert "visibility, effective" in out
    assert "demand points" in err
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"plan.json", "routes.geojson", "report.html"}


def test_plan_json_is_one_object(run, night, tmp_path):
    code, out, _ = run("plan", night(), *FAST, "--json", "--seed", 3, "--out", tmp_path / "o")
    result = json.loads(out)
    assert code == 0
    assert {
        "strategy", "seed", "runtime_s", "visibility", "handling", "bound", "violations", "teams", "sites",
        "stops",
    } <= set(result)  # fmt: skip
    assert result["seed"] == 3
    assert 0 < result["visibility"] < 1
    assert result["violations"] == []


def test_waits_and_absences_are_not_counted_as_stops(run, night, tmp_path, monkeypatch):
    """One stop, a wait and an absence: one stop in the table, in both objects and in the workbook."""

    def found(problem, *_given, **_more):
        rows, site = problem.activities, int(problem.site_stoppable.argmax())
        visits = (Visit(site, 30, 0), Visit(site, 60, rows.wait(5)), Visit(site, 90, rows.away(5)))
        routes = (Route(0, visits), *(Route(k) for k in range(1, problem.n_teams)))
        return Result(Plan(routes), 0.0, "greedy", 0, 0.0, 0, history=((0.0, 0.0),))

    monkeypatch.setattr("routeopt.solving.solve", found)
    monkeypatch.setattr("routeopt.solving.compare", lambda problem, *_g, **_m: iter([found(problem)]))
    word = ("plan", night(), *FAST, "--format", "xlsx", "--lang", "en", "--out", tmp_path / "o")
    _, out, _ = run(*word)
    row = next(line for line in out.splitlines() if line.startswith("│ ") and "19:30" in line)
    assert row.split("│")[2].strip() == "1"
    assert row.split("│")[4].strip() < "20:00"
    assert json.loads(run(*word, "--json")[1])["stops"] == 1
    compared = run("compare", night(), "--strategies", "greedy", "--json", "--out", tmp_path / "c")[1]
    assert [result["stops"] for result in json.loads(compared)] == [1]
    sheet = openpyxl.load_workbook(tmp_path / "o" / "plan.xlsx").worksheets[0]
    teams = [r for r in sheet.iter_rows(values_only=True) if r[2] == "foot"]
    assert [r[3] for r in teams][:1] == [1]


def test_same_seed_and_iterations_same_plan(run, night, tmp_path):
    for name in ("a", "b"):
        run("plan", night(), *FAST, "--seed", 1, "--out", tmp_path / name)
    plans = [json.loads((tmp_path / name / "plan.json").read_text())["routes"] for name in ("a", "b")]
    assert plans[0] == plans[1]


def test_check_of_the_written_plan(run, night, tmp_path):
    run("plan", night(), *FAST, "--out", tmp_path / "o")
    code, out, _ = run("check", night(), tmp_path / "o" / "plan.json")
    assert code == 0
    assert "no violations" in out


def test_check_of_a_spoilt_plan(run, night, tmp_path):
    run("plan", night(), *FAST, "--out", tmp_path / "o")
    path = tmp_path / "o" / "plan.json"
    plan = json.loads(path.read_text())
    plan["routes"][0]["visits"][0]["start_step"] = 0
    path.write_text(json.dumps(plan))
    code, out, _ = run("check", night(), path, "--json")
    assert code == 3
    assert json.loads(out)["violations"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "routeopt-plan", "version": 99}'])
def test_check_of_something_else(run, night, tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    code, _, err = run("check", night(), tmp_path / "p.json")
    assert code == 2
    assert "p.json" in err


def test_compare(run, night, tmp_path):
    options = ("--strategies", "best_response,greedy", "--seeds", "1,2", "--time", "0.2", "--out", tmp_path)
    code, out, _ = run("compare", night(), *options)
    assert code == 0
    assert "best_response" in out
    assert "greedy" in out
    assert (tmp_path / "compare.png").read_bytes()[:4] == b"\x89PNG"
    _, out, _ = run("compare", night(), *options, "--json")
    assert [(r["strategy"], r["seed"]) for r in json.loads(out)] == [
        ("best_response", 1), ("greedy", 1), ("best_response", 2), ("greedy", 2),
    ]  # fmt: skip


def test_version(run):
    assert run("--version") == (0, f"routeopt {version('routeopt')}\n", "")


def test_schema(run):
    code, out, _ = run("schema")
    assert code == 0
    assert json.loads(out) == scenario_schema()


def test_new_from_a_street_file_plans_as_it_is(run, square, tmp_path):
    code, _, err = run("new", "--osm", square, "--out", tmp_path / "mine.yaml")
    assert code == 0
    assert "routeopt plan" in err
    assert run("plan", tmp_path / "mine.yaml", *FAST, "--out", tmp_path / "o")[0] == 0


@pytest.mark.parametrize(("lang", "said"), [("en", "1 venue of"), ("zh", "1 处场所")])
def test_new_says_what_it_found_and_the_plan_says_it_first(run, square, tmp_path, lang, said):
    code, _, err = run("new", "--osm", square, "--out", tmp_path / "mine.yaml", "--lang", lang)
    assert code == 0
    assert said in err
    assert len(err.splitlines()) >= 3  # progress, what was found, what is next
    demand = yaml.safe_load((tmp_path / "mine.yaml").read_text(encoding="utf-8"))["demand"]
    assert demand == [{"kind": "venues", "share": 1}]
    code, out, _ = run("plan", tmp_path / "mine.yaml", *FAST, "--out", tmp_path / "o", "--lang", lang)
    assert code == 0
    assert ("1 venue; " if lang == "en" else "1 处场所") in out.splitlines()[0]
    assert run("plan", tmp_path / "mine.yaml", *FAST, "--out", tmp_path / "o", "--json")[1].count("1 venue; ") == 1


def test_new_invents_no_demand(run, square, tmp_path):
    square.write_text(square.read_text().replace("amenity", "other"))
    code, _, err = run("new", "--osm", square, "--out", tmp_path / "mine.yaml")
    assert code == 0
    assert "there is no demand yet" in err
    code, _, err = run("plan", tmp_path / "mine.yaml", *FAST, "--out", tmp_path / "o")
    assert code == 2
    assert "RO-169" in err
    assert "kind: incidents" in err
    assert len([line for line in err.splitlines() if "RO-" in line]) == 1


def test_new_takes_incident_files(run, square, tmp_path):
    square.write_text(square.read_text().replace("amenity", "other"))
    rows = [f"26.00{n % 3},119.00{n % 4},2026-05-{n % 20 + 1:02d} 20:{n:02d},A: B" for n in range(40)]
    (tmp_path / "calls.csv").write_text("\n".join(["lat,lon,reported at,category", *rows]))
    words = ("new", "--osm", square, "--incidents", tmp_path / "calls.csv", "--out", tmp_path / "mine.yaml")
    code, _, err = run(*words)
    assert (code, "incidents of calls.csv" in err) == (0, True)
    (source,) = read_scenario(tmp_path / "mine.yaml").demand
    assert (source.files[0].file, source.files[0].columns.time) == ("calls.csv", "reported at")
    assert run("plan", tmp_path / "mine.yaml", *FAST, "--out", tmp_path / "o")[0] == 0


def test_new_tries_its_folder_and_reads_its_incidents_before_it_writes(run, square, tmp_path):
    assert "RO-604" in run("new", "--osm", square, "--out", square / "mine.yaml")[2]
    words = ("new", "--osm", square, "--incidents", tmp_path / "gone.csv", "--out", tmp_path / "mine.yaml")
    code, _, err = run(*words)
    assert (code, "gone.csv" in err) == (2, True)
    assert not (tmp_path / "mine.yaml").exists()


def test_new_from_a_place_is_a_scenario(run, tmp_path):
    assert run("new", "--place", 'Krems "Stadt", Austria', "--out", tmp_path / "mine.yaml")[0] == 0
    assert read_scenario(tmp_path / "mine.yaml").streets.place == 'Krems "Stadt", Austria'


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new",), "either --place or --osm"),
        (("new", "--osm", "gone.osm"), "does not exist"),
        (("plan", "gone.yaml"), "does not exist"),
        (("plan", "{night}", "--strategy", "magic"), "best_response"),
        (("compare", "{night}", "--seeds", "one"), "not a list of seeds"),
        (("compare", "{night}", "--strategies", "gredy"), "unknown strategy"),
        (("compare", "{night}", "--jobs", "2", "--cluster", "a:1"), "beside --cluster"),
        (("backtest", "{night}", "--jobs", "2", "--cluster", "a:1"), "beside --cluster"),
        (("plan", "{night}", "--memory-limit", "much"), "no amount of memory"),
        (("plan", "{night}", "--out", "{night}/sub"), "not writable"),
        (("plan", "{night}", "--time", "-1"), "--time"),
        (("plan", "{night}", "--seed", "x"), "--seed"),
        (("plan", "{night}", "--threads", "100000"), "256"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, night, words, said):
    code, out, err = run(*[w.format(night=night()) for w in words])
    assert code == 2
    assert said in err
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [("--lang", "zh"), ("--lang=zh",)])
def test_faults_are_in_the_language_asked_for(run, words):
    code, _, err = run("plan", "gone.yaml", *words)
    assert (code, "文件不存在" in err) == (2, True)


def test_new_never_overwrites(run, square, tmp_path):
    (tmp_path / "mine.yaml").write_text("mine")
    assert run("new", "--osm", square, "--out", tmp_path / "mine.yaml")[0] == 2
    assert (tmp_path / "mine.yaml").read_text() == "mine"


def test_no_feasible_plan_exits_3(run, night):
    path = night(
        posts=[{"name": "Station", "lat": 26.0, "lon": 119.0}, {"name": "Far", "lat": 26.002, "lon": 119.003}],
        teams=[{"name": "A", "mode": "foot", "start": "Station", "end": "Far", "from": "19:00", "until": "19:03"}],
    )
    code, _, err = run("plan", path, *FAST)
    assert code == 3
    assert 'team "A"' in err


TASK = {"name": "Knock", "lat": 26.0, "lon": 119.003, "service_min": 8}


def test_plan_with_tasks_says_what_is_done_and_what_is_left_out(run, night, tmp_path):
    late = TASK | {"name": "Too soon", "windows": [["19:00", "19:01"]]}
    path = night(tasks=[TASK | {"mandatory": True}, late])
    code, out, err = run("plan", path, *FAST, "--out", tmp_path / "o")
    assert code == 0
    assert "1 of 2" in out
    assert "task left out: Too soon" in out
    assert 'task "Too soon" is left out' in err
    code, out, _ = run("check", path, tmp_path / "o" / "plan.json", "--json")
    assert code == 0
    assert json.loads(out)["tasks"]["done"] == 1
    code, out, _ = run("bound", path, "--plan", tmp_path / "o" / "plan.json", "--iterations", "3", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["bound"] >= found["value"] == pytest.approx(found["visibility"] + 0.01)


def test_impossible_mandatory_task_exits_3_and_is_named(run, night):
    path = night(tasks=[TASK | {"mandatory": True, "windows": [["19:00", "19:01"]]}])
    code, _, err = run("plan", path, *FAST)
    assert code == 3
    assert 'task "Knock"' in err
    assert '"Knock" must begin 19:00–19:01' in err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_writes_the_best_plan_so_far(night, tmp_path, number):
    words = [sys.executable, "-m", "routeopt", "plan", str(night()), "--time", "120", "--out", str(tmp_path / "o")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        for line in child.stderr:
            if "visibility" in line:
                break
        time.sleep(0.5)
        child.send_signal(number)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "best plan so far" in err
    assert (tmp_path / "o" / "plan.json").is_file()


def test_bound_is_above_the_plan_and_says_so(run, night, tmp_path):
    path = night()
    code, out, _ = run("plan", path, *FAST, "--bound", "1", "--out", tmp_path / "o", "--json")
    planned = json.loads(out)
    assert code == 0
    assert planned["visibility"] <= planned["bound"] <= 1
    code, out, _ = run("bound", path, "--plan", tmp_path / "o" / "plan.json", "--iterations", "5", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["iterations"] == 5
    assert found["bound"] >= found["visibility"] == pytest.approx(planned["visibility"])
    assert found["gap"] == pytest.approx(found["bound"] / found["visibility"] - 1)
    code, out, _ = run("bound", path, "--iterations", "2", "--time", "4")
    assert code == 0
    assert "upper bound of visibility: " in out


def test_bound_of_a_plan_that_is_not_there(run, night):
    code, _, err = run("bound", night(), "--plan", "nowhere.json")
    assert code == 2
    assert "the file does not exist" in err
