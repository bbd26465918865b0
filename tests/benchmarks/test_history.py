"""Figures of the README and other pages have their rows in benchmarks/history; docs/results.md is made from it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from benchmarks.history import COLUMNS, HISTORY, ROOT, Figure, Run, command, latest, mean, median, read
from benchmarks.page import BENCHMARKS, PAGE, page, section

HOW_GOOD, SHIFT, FRONT, FRONT_ZH = (
    "docs/explanation/how-good.md", "docs/how-to/shift-in-progress.md", "README.md", "README.zh.md",
)  # fmt: skip
TEXTS = {
    name: " ".join((ROOT / name).read_text(encoding="utf-8").split())
    for name in (HOW_GOOD, SHIFT, FRONT, FRONT_ZH)
}
"""Pages whose figures are held to the histories."""

UNITS = r"(?:%|s|ms|min|GiB|GB|MB|kB|×|stops|points)"
FIGURE = re.compile(rf"(?<![\w.,\-])\d[\d.,]*\s?{UNITS}(?![\w×])")
"""A number with a unit of measurement, as the pages write them."""

B06, B19 = "backtest|Washington 2006-2012, by", "backtest|Washington 2019, by"
BEST = "of length: best trivial forecast"


def hits(sample: str, area: str, fmt: str = ".1f") -> str:
    """The heat map's hit rate and that of the best trivial forecast."""
    return f"[{sample}, {area} of length: heat map|{fmt}] %{{}}, [{sample}, {area} {BEST}|{fmt}] %"


def line(name: str, by: str, sample: str, bold: bool = False) -> str:
    """A row of the table of hit rates."""
    cells = [hits(f"{sample} {by}", area).replace("{}", "") for area in ("1%", "5%")]
    if bold:
        cells = ["**" + cell.replace(" %, ", " %**, ", 1) for cell in cells]
    tested = f"{sample} {by}: incidents tested"
    return f"| {name} | by {by} | [{tested}|n] days, [{tested}|,.0f] incidents | {' | '.join(cells)} |"


BEST_LIBRARY = "[visibility|visibility, pyvrp, 60 s|.1f] %"
"""Of the routing libraries; `test_pyvrp_is_the_best_of_the_routing_libraries`."""
TABLE = (
    (
        "[visibility|visibility, best_response, 10 s|.1f] %",
        "after 10 s, default strategy",
        "默认策略搜索 10 秒的见警率",
    ),
    ("[visibility|visibility, greedy, 10 s|.1f] %", "the same, `greedy`", "同上，`greedy`"),
    (BEST_LIBRARY, "best of three routing libraries after 60 s", "三个路径规划库中最好的，60 秒"),
    ("[bound|gap, 30 s plan, 120 s bound|.1f] %", "bound above a plan of 30 s", "上界高出 30 秒方案"),
    (
        "[bound|plan below the optimum, 30 small nights|.2f] %",
        "optimum, 30 small problems, mean",
        "30 个小问题的平均",
    ),
    ("[toptw|gap, routeopt, 10 s, 39 instances|.2f] %", "instances, 10 s, mean", "算例，10 秒，平均"),
    (
        "[replan|latency, 95th percentile|.0f] ms",
        "95 % of 200 events, a search limit of 80 ms",
        "80 ms，200 次中的 95 %",
    ),
)
"""Rows of the front pages' table: the figure, the end of its name in English and in Chinese."""
PRINTED = "│ [visibility|visibility, best_response, 10 s|.1f]% │"
MEASURED = {
    HOW_GOOD: (
        line("2006–2012", "day", B06, bold=True),
        line("2006–2012", "shift", B06),
        line("30 days of 2019", "day", B19),
        line("30 days of 2019", "shift", B19),
        f"last 28 days ([{B06} day, 1% of length: last 28 days|.1f] % and "
        f"[{B06} day, 5% of length: last 28 days|.1f] % in the first row)",
        f"on the 2019 set by day: [{B19} day, 10% of length: heat map|.1f] % "
        f"against [{B19} day, 10% {BEST}|.1f] %)",
        "on [backtest|Washington 2019: street length|,.0f] km of streets",
        "a file of 100,000 incidents on 50,000 street segments of Porto took "
        "[heatmap|file to demand, 100000 incidents, 50000 segments, porto|.1f] s and at most "
        "[heatmap|peak memory, 100000 incidents, 50000 segments, porto|.2f] GiB of memory",
        "one thread, 10 s and the median of three seeds: "
        "`best_response` [visibility|visibility, best_response, 10 s|.1f] %, "
        "`greedy` [visibility|visibility, greedy, 10 s|.1f] %",
        "in 60 s `pyvrp` [visibility|visibility, pyvrp, 60 s|.1f] %, "
        "`vroom` [visibility|visibility, vroom, 60 s|.1f] %, "
        "`ortools_routing` [visibility|visibility, ortools_routing, 60 s|.1f] %",
        "the bound after 120 s is [bound|gap, 30 s plan, 120 s bound|.1f] % above a plan of 30 s (median of three "
        "seeds, one thread)",
        "on average [bound|plan below the optimum, 30 small nights|.2f] % below the proven optimum",
        "on average [toptw|gap, routeopt, 10 s, 39 instances|.2f] % below the best known value at 10 s, over 39 "
        "instances with 1 to 4 teams, and [toptw|gap, routeopt, 60 s, 18 instances|.2f] % at 60 s over 18 of them",
        "Side by side at 10 s on those 18: routeopt [toptw|gap, routeopt, 10 s, 18 instances|.2f] %, "
        "PyVRP (0.14) [toptw|gap, pyvrp, 10 s, 18 instances|.2f] %, "
        "VROOM (1.15) [toptw|gap, vroom, 10 s, 18 instances|.2f] %, "
        "OR-Tools (9.15) [toptw|gap, ortools, 10 s, 18 instances|.2f] %",
    ),
    SHIFT: (
        "95 % are answered within [replan|latency, 95th percentile|.0f] ms, "
        "with [replan|stops changed for other teams|.1f] stops changed for the other teams on average",
        "the six events that were also re-solved in full for 30 s kept "
        "[replan|value kept of a full re-solve|.2f] % of that visibility",
    ),
    FRONT: (*(f"{name} | {figure} |" for figure, name, _ in TABLE), PRINTED),
    FRONT_ZH: (*(f"{name} | {figure} |" for figure, _, name in TABLE), PRINTED),
}
"""Passages of each page; [file|figure|format] stands for the latest value of a figure."""

GIVEN = {
    HOW_GOOD: (
        "| at 1 % of length | at 5 % of length |",
        "by shift at 1 % of length",
        "significant at the 95 % level",
        "(at 10 % of length",
    ),
    SHIFT: ("a search limit of 80 ms each",),
    FRONT: (),
    FRONT_ZH: (),
}
"""Passages with numbers that are settings and not results."""


def filled(text: str) -> str:
    """The passage with its figures from the histories."""

    def value(match: re.Match[str]) -> str:
        file, name, form = match[1].split("|")
        row = latest(read(file))[name]
        return str(row.n) if form == "n" else format(row.value, form)

    return re.sub(r"\[([^\]]+\|[^\]]+\|[^\]]+)\]", value, text)


def unproven(text: str, passages: list[str]) -> list[str]:
    """Figures of the text that stand in none of the passages."""
    spans = [(m.start(), m.end()) for p in passages for m in re.finditer(re.escape(p), text)]
    return [
        text[max(0, m.start() - 40) : m.end()]
        for m in FIGURE.finditer(text)
        if not any(a <= m.start() and m.end() <= b for a, b in spans)
    ]


def each(passages: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(name, passage) for name, several in passages.items() for passage in several]


@pytest.mark.parametrize(("name", "passage"), each(MEASURED))
def test_page_quotes_the_latest_value(name, passage):
    assert filled(passage) in TEXTS[name]


@pytest.mark.parametrize(("name", "passage"), each(GIVEN))
def test_settings_are_still_on_the_page(name, passage):
    assert passage in TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_every_figure_of_a_page_has_its_row(name):
    assert unproven(TEXTS[name], [*map(filled, MEASURED[name]), *GIVEN[name]]) == []


def test_pyvrp_is_the_best_of_the_routing_libraries():
    rows = latest(read("visibility"))
    values = {name: rows[f"visibility, {name}, 60 s"].value for name in ("pyvrp", "vroom", "ortools_routing")}
    assert max(values, key=values.__getitem__) == "pyvrp"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is 7.6 % above", "is 7.6 %"), ("takes 55 s.", "takes 55 s"), ("(0.9 GiB)", "(0.9 GiB"),
        ("3.5× faster", "3.5×"), ("**12.1 %**", "**12.1 %"), ("in 3 min", "in 3 min"),
    ],
)  # fmt: skip
def test_a_figure_without_a_row_is_found(text, found):
    assert unproven(text, []) == [found]


def test_page_is_made_from_the_histories():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: uv run python -m benchmarks.page"


def test_page_has_every_history():
    assert sorted(b.file for b in BENCHMARKS) == sorted(path.stem for path in HISTORY.glob("*.csv"))


@pytest.mark.parametrize("name", [b.file for b in BENCHMARKS])
def test_rows_say_where_a_figure_comes_from(name):
    for row in read(name):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.date)
        assert re.fullmatch(r"[0-9a-f]{7}(\+dirty)?", row.commit)
        assert row.machine
        assert "numpy" in row.versions
        assert row.command.startswith(f"python -m benchmarks.{name}")
        assert row.figure
        assert row.n >= 1
        if row.least:
            assert float(row.least) <= row.value <= float(row.most)


def run(tmp_path: Path, *figures: Figure, note: str = "") -> list[str]:
    given = Run("2026-11-26", "abc1234", "2 cores", "numpy 2", "python -m benchmarks.x")
    return given.record("x", figures, note, tmp_path).read_text(encoding="utf-8").splitlines()


def test_recording_appends(tmp_path):
    run(tmp_path, median("a", [3.0, 1.0, 2.0], "s"))
    lines = run(tmp_path, mean("a", [1.0, 2.0], "s", "quick"), note="busy machine")
    assert lines[0] == ",".join(COLUMNS)
    assert next(csv.reader([lines[1]]))[5:] == ["a", "2", "s", "1", "3", "3", ""]
    assert next(csv.reader([lines[2]]))[5:] == ["a", "1.5", "s", "1", "2", "2", "quick; busy machine"]
    assert latest(read("x", tmp_path))["a"].value == 1.5


def test_section_shows_the_latest_value_and_its_spread(tmp_path):
    run(tmp_path, median("a | b", [1.0], "s"))
    run(tmp_path, median("a | b", [30000.0, 20000.0, 10000.0], "s"))
    text = section(BENCHMARKS[0], read("x", tmp_path))
    assert "| a \\| b | 20000 s | 10000 to 30000 | 3 | 2026-11-26 | `abc1234` | 2 cores |  |" in text
    assert "All 2 rows" in text


def test_commands_name_no_folders_of_the_machine():
    given = ["--osm", "/data/town.osm.pbf", "--name", "two words", "--note", "x", "--record", "--json"]
    assert command(["/a/benchmarks/bound.py", *given]) == (
        "python -m benchmarks.bound --osm town.osm.pbf --name 'two words'"
    )
