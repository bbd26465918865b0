"""Problems without streets: random ones for properties, and one small enough to work out by hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import yaml
from hypothesis import settings

from routeopt.budget import Budget
from routeopt.clock import Clock
from routeopt.exchange.export import Export
from routeopt.messages import LANGUAGES
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE, Problem, Profile
from routeopt.problem.build import build_with_streets
from routeopt.problem.periods import Periods
from routeopt.problem.tasks import Task, windows, with_tasks
from routeopt.reports.build_model import build_model
from routeopt.reports.model import ReportModel
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from tests.programs import program

Command = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"

settings.register_profile("quick", max_examples=200, deadline=None, derandomize=True, database=None)
settings.register_profile("long", max_examples=2000, deadline=None, database=None, print_blob=True)
settings.load_profile(os.environ.get("ROUTEOPT_PROPERTIES", "quick"))


def pytest_configure(config: pytest.Config) -> None:
    """Keep nothing of streets on disk; and let kernels that are not compiled wrap around as compiled ones do."""
    os.environ["ROUTEOPT_CACHE"] = "off"
    if numba.config.DISABLE_JIT:
        for name in ("random", "orienteering.route_pool"):  # integers that are meant to wrap
            wraps = f"ignore:overflow encountered:RuntimeWarning:routeopt.kernels.{name}"
            config.addinivalue_line("filterwarnings", wraps)


@pytest.fixture
def shared_data() -> Path:
    """Real extracts and incidents, where they are."""
    if not SHARED.is_dir():
        pytest.skip("the shared data is not on this machine")
    return SHARED


def random_profile(rng: np.random.Generator, n_sites: int, n_points: int, mode: str, cut: bool) -> Profile:
    xy = rng.random((n_sites, 2)) * 12
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    travel = np.ceil(distance + rng.random((n_sites, n_sites))).astype(np.int32)
    np.fill_diagonal(travel, 0)
    if cut:  # the last site has no way in or out
        travel[-1, :-1] = travel[:-1, -1] = UNREACHABLE
    sight = rng.random((n_sites, n_points)) < 2.5 / n_points * 1.2
    sight[np.arange(n_sites), rng.integers(n_points, size=n_sites)] = True
    rows, points = np.nonzero(sight)
    ptr, point, step, present, leaves = [0], [], [], [], []
    for i in range(n_sites):
        for k in range(n_sites):
            steps = int(travel[i, k])
            if i != k and steps < UNREACHABLE:
                for s in range(steps):
                    if rng.random() < 0.5:
                        point.append(int(rng.integers(n_points)))
                        step.append(s)
                        present.append(rng.random())
                        leaves.append(float(rng.random() < 0.7))
            ptr.append(len(point))
    return Profile(
        mode=mode,
        travel_steps=travel,
        travel_m=distance * 70,
        sight_ptr=np.searchsorted(rows, np.arange(n_sites + 1)).astype(np.int64),
        sight_point=points.astype(np.int32),
        sight_rho=rng.choice([1.0, 0.7, 0.3], size=len(points)),
        pass_ptr=np.array(ptr, dtype=np.int64),
        pass_point=np.array(point, dtype=np.int32),
        pass_step=np.array(step, dtype=np.int32),
        pass_present=np.array(present, dtype=np.float64),
        pass_leaves=np.array(leaves, dtype=np.float64),
    )


def random_problem(
    seed: int,
    n_sites: int = 14,
    n_points: int = 20,
    n_steps: int = 120,
    n_teams: int = 3,
    cut: bool = False,
    periods: bool = False,
) -> Problem:
    """A seeded problem with two profiles, passages, partial sight and levels carried over.

    With ``periods``, teams of the first profile move otherwise in the second of four parts of the night, and in
    the third cannot use some legs; those of the second profile move otherwise in the last part.
    """
    rng = np.random.default_rng(seed)
    profiles = tuple(random_profile(rng, n_sites, n_points, mode, cut) for mode in ("foot", "car"))
    begin = rng.integers(0, n_steps // 6, size=n_teams).astype(np.int32)
    reach = [
        (
            np.arange(2 * n_sites + 1, dtype=np.int64),
            rng.integers(n_points, size=2 * n_sites).astype(np.int32),
        )
        for _ in range(2)
    ]
    changes = Periods()
    if periods:
        others = [
            random_profile(np.random.default_rng(seed + 100 + n), n_sites, n_points, "foot", cut) for n in range(3)
        ]
        profiles = (*profiles, *(with_sight_of(profiles[n // 2], other) for n, other in enumerate(others)))
        profiles = (*profiles[:3], with_closed_legs(profiles[3], rng), profiles[4])
        begin_of = np.arange(4, dtype=np.int32) * (n_steps // 4)
        rows = np.repeat(np.arange(5, dtype=np.int32)[:, None], 4, axis=1)
        rows[0], rows[1] = (0, 2, 3, 0), (1, 1, 1, 4)
        changes = Periods(begin_of, rows)
        reach = [(np.arange(5 * n_sites + 1), np.resize(point, 5 * n_sites)) for _, point in reach]
    hills = np.exp(-(((np.arange(n_steps)[None] - rng.uniform(0, n_steps, (n_points, 1))) / 30) ** 2))
    return Problem(
        clock=Clock(start_min=19 * 60, n_steps=n_steps),
        demand=rng.gamma(0.6, 1.0, (n_points, 1)) * (0.2 + hills),
        level0=rng.random(n_points) * (rng.random(n_points) < 0.3),
        dwell_steps=np.array([5, 10, 15, 20], dtype=np.int32),
        dwell_effect=np.array([0.30, 0.85, 1.0, 1.0]),
        passage_effect=0.1,
        tau_s=3600.0,
        profiles=profiles,
        team_profile=(np.arange(n_teams) % 2).astype(np.int32),
        team_factor=np.where(np.arange(n_teams) % 2 == 0, 1.0, 0.8),
        team_start_site=np.zeros(n_teams, dtype=np.int32),
        team_end_site=(np.arange(n_teams) % 2).astype(np.int32),
        team_start_step=begin,
        team_end_step=(n_steps - rng.integers(0, n_steps // 6, size=n_teams)).astype(np.int32),
        team_powers=np.ones(n_teams, dtype=np.bool_),
        response_ptr=tuple(r[0] for r in reach),
        response_point=tuple(r[1] for r in reach),
        handling_min=(1.0, 3.0),
        site_names=tuple(f"site {i}" for i in range(n_sites)),
        site_lat=rng.random(n_sites),
        site_lon=rng.random(n_sites),
        site_stoppable=np.arange(n_sites) > 0,
        site_zone=("",) * n_sites,
        point_names=("",) * n_points,
        point_segment=np.arange(n_points, dtype=np.int32),
        point_zone=tuple("north" if j % 2 else "south" for j in range(n_points)),
        team_names=tuple(f"team {k}" for k in range(n_teams)),
        name=f"random {seed}",
        periods=changes,
    )


def with_sight_of(profile: Profile, other: Profile) -> Profile:
    """How ``other`` moves, with what ``profile`` sees."""
    return replace(
        other, sight_ptr=profile.sight_ptr, sight_point=profile.sight_point, sight_rho=profile.sight_rho
    )


def with_closed_legs(profile: Profile, rng: np.random.Generator) -> Profile:
    """The profile without a tenth of its legs."""
    n = profile.n_sites
    shut = (rng.random((n, n)) < 0.1) & ~np.eye(n, dtype=np.bool_)
    sizes = np.where(shut.ravel(), 0, np.diff(profile.pass_ptr))
    kept = np.repeat(~shut.ravel(), np.diff(profile.pass_ptr))
    tables = ("pass_point", "pass_step", "pass_present", "pass_leaves")
    return replace(
        profile,
        travel_steps=np.where(shut, UNREACHABLE, profile.travel_steps),
        pass_ptr=np.append(0, np.cumsum(sizes)),
        **{name: getattr(profile, name)[kept] for name in tables},
    )


def random_tasks(problem: Problem, seed: int, n_tasks: int = 8, n_mandatory: int = 0) -> Problem:
    """The problem with tasks, some at posts, some with two windows, some for a few teams only."""
    rng = np.random.default_rng(seed)
    n_steps, n_teams, tasks = problem.n_steps, problem.n_teams, []
    for q in range(n_tasks):
        opens = rng.integers(0, max(1, n_steps - n_steps // 3), size=1 + q % 2)
        tasks.append(
            Task(
                f"task {q}", int(rng.integers(problem.n_sites)),
                tuple((int(a), min(n_steps - 1, int(a + rng.integers(0, n_steps // 3)))) for a in sorted(opens)),
                int(rng.integers(1, max(2, n_steps // 10))), float(rng.random() * 0.1), q < n_mandatory,
                None if q % 3 else frozenset(range(0, n_teams, 2)),
            )
        )  # fmt: skip
    return with_tasks(problem, tasks)


def random_plan(problem: Problem, seed: int) -> Plan:
    """A plan that keeps the rules, with waiting, revisits and back-to-back visits, and tasks if there are any."""
    rng = np.random.default_rng(seed)
    routes, left = [], set(range(len(problem.tasks)))
    for team in range(problem.n_teams):
        steps = problem.movement(team).steps
        at, now = int(problem.team_start_site[team]), int(problem.team_start_step[team])
        home, finish = int(problem.team_end_site[team]), int(problem.team_end_step[team])
        visits = []
        for _ in range(rng.integers(0, 12)):
            site = int(rng.choice(np.flatnonzero(problem.site_stoppable)))
            dwell = int(rng.integers(len(problem.dwell_steps)))
            start = now + steps(at, site, now) + int(rng.integers(0, 4))
            if left and rng.random() < 0.5:
                q = int(rng.choice(sorted(left)))
                target = int(problem.tasks.site[q])
                arrive = now + steps(at, target, now)
                may = [max(arrive, a) for a, b in windows(problem, q) if max(arrive, a) <= b]
                if may and problem.tasks.allowed[q, team]:
                    site, start, dwell = target, may[0], problem.n_dwells + q
            end = start + int(problem.visit_steps[dwell])
            if end + steps(site, home, end) > finish:
                break
            visits.append(Visit(site, start, dwell))
            left.discard(dwell - problem.n_dwells)
            at, now = site, end
        routes.append(Route(team, tuple(visits)))
    return Plan(tuple(routes))


@pytest.fixture
def make_problem() -> Callable[..., Problem]:
    return random_problem


@pytest.fixture
def make_tasks() -> Callable[..., Problem]:
    return random_tasks


@pytest.fixture
def make_plan() -> Callable[[Problem, int], Plan]:
    return random_plan


SQUARE = """<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="26.0000" lon="119.0000"/> <node id="2" lat="26.0000" lon="119.0030"/>
 <node id="3" lat="26.0020" lon="119.0030"/> <node id="4" lat="26.0020" lon="119.0000"/>
 <node id="5" lat="26.0010" lon="119.0015"> <tag k="amenity" v="bar"/> <tag k="name" v="Blue"/> </node>
 <way id="1"> <nd ref="1"/><nd ref="2"/> <tag k="highway" v="residential"/> <tag k="name" v="South St"/> </way>
 <way id="2"> <nd ref="2"/><nd ref="3"/> <tag k="highway" v="residential"/> <tag k="name" v="East St"/>
  <tag k="oneway" v="yes"/> </way>
 <way id="3"> <nd ref="3"/><nd ref="4"/> <tag k="highway" v="footway"/> <tag k="name" v="North Walk"/> </way>
 <way id="4"> <nd ref="4"/><nd ref="1"/> <tag k="highway" v="residential"/> <tag k="name" v="West St"/> </way>
</osm>
"""
"""A block of four streets, 300 m × 222 m, one of them one-way and one for feet only."""


@pytest.fixture
def square(tmp_path: Path) -> Path:
    path = tmp_path / "square.osm"
    path.write_text(SQUARE, encoding="utf-8")
    return path


NIGHT: dict[str, Any] = {
    "routeopt": 1,
    "name": "a night",
    "shift": {"start": "19:00", "end": "21:00"},
    "streets": {"file": "square.osm"},
    "posts": [{"name": "Station", "lat": 26.0, "lon": 119.0}],
    "teams": [{"name": "Foot 1", "mode": "foot", "start": "Station"}],
    "demand": [
        {"kind": "venues"},
        {"kind": "fixed", "entries": [{"name": "Market", "lat": 26.002, "lon": 119.003, "radius_m": 150}]},
    ],
    "sites": {"count": 6, "spacing_m": 50},
}


@pytest.fixture
def night(square: Path) -> Callable[..., Path]:
    """Writes a scenario around the square: `night()` is sound, `night(teams=[...])` has other teams."""

    def write(**changes: Any) -> Path:
        path = square.parent / "night.yaml"
        path.write_text(yaml.safe_dump(NIGHT | changes, allow_unicode=True), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def wuliting() -> Any:
    """The reference scenario, built."""
    from routeopt.problem.build import build_with_streets
    from routeopt.scenario.read import read_scenario

    return build_with_streets(read_scenario(ROOT / "scenarios" / "wuliting" / "night.yaml"))


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process: exit code, stdout, stderr."""

    from routeopt.cli.main import main

    def command(*words: Any) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["routeopt", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return stop.value.code or 0, said.out, said.err

    return command


PICTURES = Path(__file__).resolve().parent / "pictures"
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
def nights(wuliting: Any) -> dict[str, ReportModel]:
    """The reference night, planned in a few iterations, in every language."""
    result = replace(solve(wuliting.problem, Budget(iterations=20), seed=1), bound=0.6, runtime_s=1.0)
    return {lang: build_model(wuliting, result, lang) for lang in LANGUAGES}


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where pictures go, to be looked at."""
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser that reaches nothing but this machine."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (group browser)")
    found = program("chromium", "google-chrome")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=found, args=[*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
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
def serious_faults(chromium: Any) -> Callable[..., list[tuple[str, str]]]:
    """``serious_faults(file, size, scheme, click)``: what axe finds after a click."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed (group browser)"
    )

    def found(file: Path, size: tuple[int, int], scheme: str, click: str) -> list[tuple[str, str]]:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, bypass_csp=True
        )
        page = context.new_page()
        page.goto(file.as_uri())
        page.click(click)
        violations = axe.Axe().run(page).response["violations"]
        context.close()
        return [(v["id"], v["nodes"][0]["html"]) for v in violations if v["impact"] in ("serious", "critical")]

    return found


@pytest.fixture
def make_night(night):
    """Plans a night and gathers it; options as scenario keys, `export`, `lang`, and what changes the plan."""

    def make(export=None, lang="en", iterations=20, edit=None, **changes):
        teams = [{"name": name, "mode": "foot", "start": "Station"} for name in TEAMS]
        entries = [{"name": "Market", "lat": 26.002, "lon": 119.003, "radius_m": 150}]
        scenario = {
            "name": "五里亭 <夜> & 巡",
            "shift": SHIFT,
            "teams": teams,
            "demand": [{"kind": "venues"}, {"kind": "fixed", "entries": entries}],
            "sites": {"count": 0, "list": SITES},
        }
        built = build_with_streets(read_scenario(night(**(scenario | changes))))
        result = solve(built.problem, Budget(iterations=iterations), seed=1)
        if edit is not None:
            result = replace(result, plan=edit(built.problem, result.plan))
        return replace(build_model(built, result, lang), export=export or Export())

    return make
