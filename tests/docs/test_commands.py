"""Commands on the pages: those of the tutorial are run word by word, all others are known to the command line."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from docs.make.commands import commands as known
from tests.docs.blocks import DOCS, PAGES, ROOT, blocks, commands, name_of

TYPED = [
    (name_of(page), command)
    for page in PAGES
    for block in blocks(page)
    if block.language in ("", "sh")
    for command in commands(block.text)
]
FIRST = "pip install uv && uv run routeopt plan scenarios/wuliting/night.yaml\nuv run pytest\n"


def plain(text: str) -> str:
    """The words of an output: every number is 0, and spaces and rules do not count."""
    return " ".join(re.sub(r"[+-]?\d+(?:[.:]\d+)*", "0", text).split())


@pytest.mark.parametrize(("page", "command"), TYPED)
def test_command_is_known_with_all_its_options(page, command):
    name, *words = shlex.split(command)
    known()[name].make_context(name, words)


def test_an_unknown_option_is_noticed():
    with pytest.raises(Exception, match="colour"):
        known()["plan"].make_context("plan", ["night.yaml", "--colour", "red"])


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/index.md", "docs/index.zh.md"])
def test_a_front_page_begins_with_the_same_two_commands(page):
    assert blocks(ROOT / page)[0].text == FIRST


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A folder with what the tutorial needs of the repository; what is kept of streets stays in it."""
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROUTEOPT_CACHE", str(tmp_path / "cache"))


def follow(run, page, lang, quick=()):
    """Run the commands of a page in order; what is shown after a command is what it prints."""
    said = ""
    for block in blocks(page):
        for command in commands(block.text) if block.language == "sh" else []:
            code, out, err = run(*shlex.split(command), *quick_of(command, quick), "--lang", lang)
            assert code == 0, f"{command}: {err}"
            said = plain(out + err)
        if block.language == "text":
            for line in block.text.splitlines():
                assert plain(line) in said, f"{name_of(page)}: {line}"


def quick_of(command, quick):
    """Options that shorten a search, for commands that search."""
    return quick if command.split()[0] in ("plan", "compare", "areas") else ()


@pytest.mark.slow
def test_tutorial_word_by_word(run, repository):
    follow(run, DOCS / "tutorial.md", "en")


@pytest.mark.parametrize(("page", "lang"), [("areas.md", "en"), ("areas.zh.md", "zh")])
def test_areas_page(run, repository, page, lang):
    for block in blocks(DOCS / "how-to" / page):
        for command in commands(block.text) if block.language == "sh" else []:
            code, out, err = run(*shlex.split(command), "--iterations", "0", "--lang", lang)
            assert code == 0, err
            assert {"en": "within ±", "zh": "不超过 ±"}[lang] in out


@pytest.mark.parametrize(("page", "lang"), [("trial.md", "en"), ("trial.zh.md", "zh")])
def test_trial_page(run, repository, page, lang):
    """What the first command prints is on the page; the others follow it."""
    said, shown = [], []
    for block in blocks(DOCS / "how-to" / page):
        for command in commands(block.text) if block.language == "sh" else []:
            code, out, err = run(*shlex.split(command), "--lang", lang)
            assert code == 0, err
            said.append(plain(out))
        shown += block.text.splitlines() if block.language == "text" else []
    assert [line for line in shown if plain(line) not in said[0]] == []


@pytest.mark.parametrize(("page", "lang"), [("effect.md", "en"), ("effect.zh.md", "zh")])
def test_effect_page(run, repository, page, lang):
    """With the zones of the page in the scenario."""
    zones = next(block.text for block in blocks(DOCS / "how-to" / page) if block.language == "yaml")
    with Path("scenarios/wuliting/calls.yaml").open("a", encoding="utf-8") as file:
        file.write("\n" + zones)
    follow(run, DOCS / "how-to" / page, lang)


@pytest.mark.parametrize(("page", "lang"), [("briefing.md", "en"), ("briefing.zh.md", "zh")])
def test_briefing_page(run, repository, page, lang):
    for block in blocks(DOCS / "how-to" / page):
        for command in commands(block.text) if block.language == "sh" else []:
            code, out, err = run(*shlex.split(command), *quick_of(command, ("--time", "0.2")), "--lang", lang)
            assert code == 0, err
    assert {"en": "Last night had 6 incidents", "zh": "昨夜警情 6 起"}[lang] in out
    assert Path("briefing.html").is_file()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["zones", "cameras"])
def test_pages_of_zones_and_cameras(run, repository, name, lang):
    page = DOCS / "how-to" / f"{name}{'.zh' if lang == 'zh' else ''}.md"
    follow(run, page, lang, ("--iterations", "20"))
    written = {path.name for path in Path("plans/wuliting").joinpath(name).iterdir()}
    assert ("watch.csv" in written) == (name == "cameras")


@pytest.mark.slow
@pytest.mark.parametrize(("page", "lang"), [("week.md", "en"), ("week.zh.md", "zh")])
def test_week_page(run, repository, page, lang):
    """With two nights; the list on the page is read, too."""
    found = blocks(DOCS / "how-to" / page)
    typed = [command for block in found if block.language == "sh" for command in commands(block.text)]
    shown, done = (block.text for block in found if block.language == "text")
    code, out, err = run(*shlex.split(typed[0]), "--iterations", "2", "--nights", "2", "--lang", lang)
    assert code == 0, err
    assert plain(shown) in plain(out)
    Path("done.csv").write_text(done, encoding="utf-8")
    code, out, err = run(*shlex.split(typed[1]), "done.csv", "--lang", lang)
    assert code == 0, err
    assert {"en": "closed", "zh": "关门"}[lang] in out


@pytest.mark.parametrize(("page", "lang"), [("portfolio.md", "en"), ("portfolio.zh.md", "zh")])
def test_portfolio_page(run, repository, page, lang):
    """The second command draws from the portfolio of the first."""
    for block in blocks(DOCS / "how-to" / page):
        for command in commands(block.text) if block.language == "sh" else []:
            code, out, err = run(*shlex.split(command), "--plans", "3", "--iterations", "5", "--lang", lang)
            assert code == 0, err
            drawn = {"en": "drawn: plan", "zh": "抽中第"}[lang]
            assert (drawn in out) == ("--draw" in command)
            if "--draw" in command:
                assert {"en": "drawn from the portfolio", "zh": "已有的方案组"}[lang] in err


@pytest.mark.parametrize(("page", "lang"), [("what-if.md", "en"), ("what-if.zh.md", "zh")])
def test_what_if_page(run, repository, page, lang):
    quick = ("--teams", "8,9", "--iterations", "0", "--time", "0", "--bound", "0", "--jobs", "1")
    for block in blocks(DOCS / "how-to" / page):
        for command in commands(block.text) if block.language == "sh" else []:
            code, out, err = run(*shlex.split(command), *quick, "--lang", lang)
            assert code == 0, err
            assert {"en": "number of teams", "zh": "巡组数"}[lang] in out
    assert Path("teams.png").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.parametrize(("page", "lang"), [("explain.md", "en"), ("explain.zh.md", "zh")])
def test_explain_page(run, repository, page, lang):
    """The last command finds a conflict, as the page says."""
    quick = {"plan": ("--time", "1"), "explain": ("--time", "2")}
    for block in blocks(DOCS / "how-to" / page):
        for command in commands(block.text) if block.language == "sh" else []:
            words = shlex.split(command)
            more = () if "conflict" in command else quick[words[0]]
            code, out, err = run(*words, *more, "--lang", lang)
            assert code == (3 if "conflict" in command else 0), err
            said = out + err
        if block.language == "text":
            assert block.text.strip() in said


@pytest.mark.slow
def test_chinese_tutorial_and_editing_in_a_moment(run, repository):
    """The edited workbook of the how-to is that of the tutorial's plan."""
    follow(run, DOCS / "tutorial.zh.md", "zh", ("--time", "0.2"))
    follow(run, DOCS / "how-to" / "edit-and-repair.md", "en")


def test_commands_on_incidents_run_on_the_calls_of_the_model_town(run, repository):
    follow(run, DOCS / "how-to" / "incidents.md", "en")
    found = {path.name for path in Path("heat").iterdir()}
    assert {"heatmap.html", "heatmap-2100.png", "heatmap.csv", "places.csv", "backtest.png"} <= found


@pytest.mark.slow
@pytest.mark.parametrize(("page", "lang"), [("README.md", "en"), ("README.zh.md", "zh")])
def test_what_the_first_command_prints(run, repository, page, lang):
    code, out, err = run(*shlex.split(commands(FIRST)[0]), "--time", "0.2", "--lang", lang)
    assert code == 0, err
    shown = [block.text for block in blocks(ROOT / page) if block.language == "text"]
    assert len(shown) == 1
    assert [line for line in shown[0].splitlines() if plain(line) not in plain(out)] == []
