"""Under zh no output has an English sentence: names from the input, units, codes and commands may be Latin."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import openpyxl
import pytest

from routeopt.budget import Budget
from routeopt.errors import Message
from routeopt.exchange import geojson, gpx, ics, kml, stops_csv, xlsx
from routeopt.messages import words
from routeopt.plan import Plan
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.cards import cards
from routeopt.reports.html import page
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from tests.reports.heat.test_files import rows

FAST = ("--iterations", "20", "--time", "60")
SCENARIO = {
    "name": "东湖之夜",
    "shift": {"start": "19:00", "end": "21:00"},
    "posts": [{"name": "派出所", "lat": 26.0, "lon": 119.0}],
    "teams": [{"name": f"步巡{n}组", "mode": "foot", "start": "派出所"} for n in (1, 2)],
    "demand": [{"kind": "fixed", "entries": [{"name": "夜市", "lat": 26.002, "lon": 119.003, "radius_m": 150}]}],
    "sites": {
        "count": 0,
        "list": [
            {"name": "西门", "lat": 26.001, "lon": 119.0, "zone": "东湖"},
            {"name": "南街", "lat": 26.0, "lon": 119.002, "zone": "东湖"},
            {"name": "北街", "lat": 26.0018, "lon": 119.003},
        ],
    },
}
ALLOWED = (
    r"routeopt (?:plan|check|export|diff) [^<>。；）\n]*",  # commands
    r"\S*/\S*", r"\S+\.(?:json|yaml|csv|osm|png|xlsx|html|geojson|kml|kmz|pdf|svg|js)\b",  # files
    r"(?:South|North|East|West) (?:St|Walk)\b",  # streets of the map
    "Noto Sans CJK", "OpenStreetMap contributors", "OpenStreetMap", "WGS-84", "SHA-256", "best_response",
)  # fmt: skip
WORDS = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[ ,;:\u00a0]+[A-Za-z][A-Za-z'’]*)+")


def english(text: str) -> list[str]:
    """Runs of two or more Latin words."""
    for known in ALLOWED:
        text = re.sub(known, "·", text)
    return WORDS.findall(text)


def strings(value) -> list[str]:
    """Every text inside a document of JSON."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings(item)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


@pytest.fixture
def report(night):
    """A plan that breaks rules, with every note that is a code."""
    built = build_with_streets(read_scenario(night(**SCENARIO)))
    result = solve(built.problem, Budget(iterations=20), seed=1)
    first, *others = result.plan.routes
    visit = first.visits[0]
    hurried = (visit._replace(start=0), visit._replace(start=built.problem.n_steps - 1))
    plan = Plan((replace(first, visits=hurried), *others))
    model = build_model(built, replace(result, plan=plan, bound=0.9), "zh")
    notes = [note for note in built.notes if isinstance(note, Message)]
    notes.append(Message("point-moved", row="第3行", site="西门", distance="40"))
    assert {"late", "shift"} <= {violation.code for violation in model.violations}
    return replace(model, notes=tuple(notes))


def test_the_report_and_the_cards(report, tmp_path):
    page.write(report, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "迟到" in text
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    labels = re.findall(r'(?:title|aria-label|data-label|alt)="([^"]*)"', body)
    shown = [html.unescape(piece) for piece in [*re.split(r"<[^>]*>", body), *labels]]
    told = strings(json.loads(re.search(r"<script[^>]*application/json[^>]*>(.*?)</script>", text, re.DOTALL)[1]))
    assert [found for piece in [*shown, *told] for found in english(piece)] == []
    texts = strings(cards._data(report, words("zh")))
    assert [found for text in texts for found in english(text)] == []


def test_files_for_other_systems(report, tmp_path):
    xlsx.write(report, tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    cells = [
        str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value
    ]
    assert any("迟到" in text for text in cells)
    assert any("西门" in text and "40 米" in text for text in cells)
    texts = [*cells, *book.sheetnames, book.properties.description or ""]
    stops_csv.write(report, tmp_path / "stops.csv")
    texts += (tmp_path / "stops.csv").read_text(encoding="utf-8-sig").splitlines()[1:]  # columns are keys
    kml.write(report, tmp_path / "r.kml")
    gpx.write(report, tmp_path / "gpx")
    for path in (tmp_path / "r.kml", *(tmp_path / "gpx").glob("*.gpx")):
        texts += re.split(r"<[^>]*>", path.read_text(encoding="utf-8"))
    geojson.write(report, tmp_path / "r.geojson")
    texts += strings(json.loads((tmp_path / "r.geojson").read_text(encoding="utf-8")))
    ics.write(report, tmp_path / "ics")
    lines = (tmp_path / "ics" / "all.ics").read_text(encoding="utf-8").replace("\r\n ", "").splitlines()
    texts += [line.partition(":")[2] for line in lines if re.match("SUMMARY|DESCRIPTION|LOCATION|X-WR", line)]
    assert [found for text in texts for found in english(text)] == []


@pytest.fixture
def said(run, monkeypatch):
    """Runs a command under zh; what it prints, without notes of the input."""
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")

    def command(*arguments, code=0):
        found, out, err = run(*arguments)
        assert found == code, err
        return "\n".join(line for line in (out + err).splitlines() if not line.startswith("说明："))

    return command


def test_the_terminal_on_plans(said, night, tmp_path):
    path, folder = night(**SCENARIO), tmp_path / "o"
    texts = [said("plan", path, *FAST, "--seed", 1, "--format", "json,xlsx", "--bound", "0.1", "--out", folder)]
    texts.append(said("plan", path, *FAST, "--seed", 2, "--format", "json", "--out", tmp_path / "b"))
    texts.append(said("check", path, folder / "plan.json"))
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    book.worksheets[1].delete_rows(3)
    book.save(folder / "edited.xlsx")
    texts.append(said("check", path, "--edited", folder / "edited.xlsx", "--repair", "--time", "0.2"))
    texts.append(said("diff", folder / "plan.json", tmp_path / "b" / "plan.json"))
    texts.append(said("diff", folder / "plan.json", folder / "plan.json", "--scenario", path))
    texts.append(said("bound", path, "--plan", folder / "plan.json", "--iterations", "2"))
    texts.append(
        said("compare", path, "--strategies", "greedy", "--seeds", "1", "--time", "0.1", "--out", tmp_path)
    )
    document = json.loads((folder / "plan.json").read_text())
    document["routes"][0]["visits"][0]["start_step"] = 0
    (folder / "plan.json").write_text(json.dumps(document))
    texts.append(said("check", path, folder / "plan.json", code=3))
    texts.append(said("export", path, folder / "plan.json", code=3))
    assert "迟到" in texts[-1]
    assert "[RO-613]" in texts[-1]
    texts.append(said("check", path, "gone.json", code=2))
    texts.append(said("plan", path, "--format", "gpxx", code=2))
    assert [found for text in texts for line in text.splitlines() for found in english(line)] == []


def test_the_terminal_on_goals(said, night, tmp_path):
    goals = [{"at_least": 0.01, "within_min": 3, "every_hour": True}, {"at_least": 1, "zone": "东湖"}]
    path, plan = night(**SCENARIO, goals=goals), tmp_path / "o" / "plan.json"
    texts = [said("plan", path, *FAST, "--out", plan.parent, "--format", "all")]
    assert texts[0].startswith("未达下限：东湖见警率")
    texts.append(said("check", path, plan))
    texts.append(said("diff", plan, plan))
    assert "目标：3分钟管事率，19:00–20:00" in texts[-1]
    texts.append(said("compare", path, "--seeds", "1", "--time", "0.1", "--out", tmp_path))
    assert "未参加比较：greedy、" in texts[-1]
    assert [found for text in texts for line in text.splitlines() for found in english(line)] == []
    page = (plan.parent / "report.html").read_text(encoding="utf-8")
    shown = re.split(r"<[^>]*>", re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL))
    assert [found for piece in shown for found in english(html.unescape(piece))] == []


def test_the_language_asked_for_goes_before_the_system_s(run, night, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    path = night(**SCENARIO)
    run("plan", path, *FAST, "--lang", "en", "--out", tmp_path / "o")
    assert "no violations" in run("check", path, tmp_path / "o" / "plan.json", "--lang", "en")[1]
    assert "没有违规" in run("check", path, tmp_path / "o" / "plan.json")[1]


@pytest.fixture
def incidents(night):
    path = night(**SCENARIO | {"demand": [{"kind": "incidents", "file": "i.csv", "max_bad_share": 0.5}]})
    (path.parent / "i.csv").write_text(rows(), encoding="utf-8")
    return path


def test_the_tables_of_the_back_test(said, incidents):
    text = said("backtest", incidents, "--by", "day", "--days", "5")
    assert "命中率" in text
    assert [found for line in text.splitlines() if line[:1] in "│┃" for found in english(line)] == []


def test_the_terminal_on_demand(said, incidents, tmp_path):
    texts = [said("backtest", incidents, "--by", "day", "--days", "5")]
    texts.append(said("heatmap", incidents, "--out", tmp_path / "h"))
    assert "最繁忙的地点" in texts[1]
    assert [found for text in texts for line in text.splitlines() for found in english(line)] == []
