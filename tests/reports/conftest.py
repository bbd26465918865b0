"""Finished nights for all reports, one with awkward names, and a browser to look at them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routeopt.build import build_night
from routeopt.language import LANGUAGES
from routeopt.reports.export import Export
from routeopt.reports.gather import gather
from routeopt.reports.night import Night
from routeopt.scenario_file import read_scenario
from routeopt.solve import solve
from routeopt.stop import MaxIterations

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
TEAMS = ("巡逻一组/东", "巡逻一组:东", 'Foot & <3> "quoted"')
SITES = [
    {"name": "=东湖路 & 夜市", "lat": 26.0018, "lon": 119.003, "zone": "东湖社区"},
    {"name": "@月平弄/烧烤", "lat": 26.0005, "lon": 119.003, "zone": "东湖社区"},
    {"name": "'Blue' <bar>", "lat": 26.0012, "lon": 119.003, "zone": 'North, "upper"'},
    {"name": "West gate", "lat": 26.001, "lon": 119.0},
]
SHIFT = {"start": "23:00", "end": "01:30+1", "date": "2026-05-15", "timezone": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def nights(wuliting: Any) -> dict[str, Night]:
    """The reference night, planned in a few iterations, in every language."""
    result = replace(solve(wuliting.problem, MaxIterations(20), seed=1), bound=0.6, runtime_s=1.0)
    return {lang: gather(wuliting, result, lang) for lang in LANGUAGES}


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where pictures go, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser that reaches nothing."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (group browser)")
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=found, args=[*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(file, size=(w, h), scheme="light")``: fails at the end on any console error or request."""
    contexts, wrong = [], []

    def opened(file: Path, size: tuple[int, int] = (1440, 900), scheme: str = "light", **more: Any) -> Any:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: None if r.url == file.as_uri() else wrong.append(r.url))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-paper]", state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def make_night(night):
    """Plans a night and gathers it; options as scenario keys, `export` and `lang`."""

    def make(export=None, lang="en", iterations=20, **changes):
        teams = [{"name": name, "mode": "foot", "start": "Station"} for name in TEAMS]
        entries = [{"name": "Market", "lat": 26.002, "lon": 119.003, "radius_m": 150}]
        scenario = {
            "name": "五里亭 <夜> & 巡",
            "shift": SHIFT,
            "teams": teams,
            "demand": [{"kind": "venues"}, {"kind": "fixed", "entries": entries}],
            "sites": {"count": 0, "list": SITES},
        }
        built = build_night(read_scenario(night(**(scenario | changes))))
        result = solve(built.problem, MaxIterations(iterations), seed=1)
        return replace(gather(built, result, lang), export=export or Export())

    return make
