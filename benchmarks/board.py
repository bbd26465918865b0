"""The board in a browser: first paint, a frame of the map while it is moved, keystroke to the second screen.

uv run python -m benchmarks.board

The reference night with its 8 teams, and the same night with every team many times over, 60 in all. Chromium
draws without a GPU, as in a machine that has none. A frame is what the page's thread takes of the processor,
and the time between two.
"""

from __future__ import annotations

import datetime as dt
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, mean
from routeopt.budget import Budget
from routeopt.dispatch.recommend import recommend
from routeopt.errors import english
from routeopt.problem.build import Built, build_with_streets
from routeopt.scenario.model import Scenario
from routeopt.scenario.read import read_scenario
from routeopt.service.access import Rate
from routeopt.service.app import create_app
from routeopt.service.room import Room
from routeopt.service.wall import Wall
from routeopt.solving import solve

NIGHT = Path(__file__).parents[1] / "scenarios" / "wuliting" / "night.yaml"
AT_S = 9600.0
"""What the clock shows, seconds from the plan's start."""
FRAMES = 90
TIMED = """
new PerformanceObserver((list) => list.getEntries().forEach((e) => { window['at ' + e.name] = e.startTime; }))
  .observe({ type: 'paint', buffered: true });
addEventListener('keydown', () => { window.pressed = Date.now(); }, true);
"""
MOVED = """async (frames) => {
  const next = () => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 0));
  const map = document.getElementById('map'), between = [];
  map.focus();
  for (let n = 0; n < 2; n++) map.dispatchEvent(new KeyboardEvent('keydown', { key: '+' }));
  await next();
  let before = performance.now();
  for (let n = 0; n < frames; n++) {
    map.dispatchEvent(new KeyboardEvent('keydown', { key: n % 2 ? 'ArrowLeft' : 'ArrowRight' }));
    await next();
    between.push(performance.now() - before);
    before = performance.now();
  }
  return between;
}"""
SEEN = """() => new Promise((done) => {
  const count = () => document.querySelectorAll('#log tr').length, before = count();
  new MutationObserver(() => { if (count() > before) done(Date.now()); }).observe(document.body, {
    subtree: true, childList: true, characterData: true });
})"""


def with_teams(scenario: Scenario, n: int) -> Scenario:
    """Return the night with its teams many times over, under numbers, n in all."""
    teams = list(scenario.teams)
    many = [
        team.model_copy(update={"name": f"{team.name} {1 + k // len(teams)}"})
        for k, team in enumerate(islice((t for _ in range(n) for t in teams), n))
    ]
    return scenario if n <= len(teams) else scenario.model_copy(update={"teams": many})


@contextmanager
def served(built: Built, plan: Any) -> Iterator[str]:
    """Serve a shift in this process; its address."""
    import uvicorn

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    room = Room(built, plan, Wall(built.problem.clock, AT_S), words=english)
    recommend(room.log.state, int(np.flatnonzero(built.problem.site_stoppable)[0]), round(AT_S))  # kernels loaded
    config = uvicorn.Config(create_app(room, rate=Rate(1e6, 10**6)), port=port, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(10)


def opened(browser: Any, url: str) -> Any:
    """Open the board in a window of its own, once it shows the teams."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(TIMED)
    page.goto(url)
    page.wait_for_selector("#teams td:not(:empty)")
    page.wait_for_timeout(500)
    return page


def moved(page: Any) -> tuple[list[float], list[float]]:
    """Move the map: what the page's thread takes of the processor for a frame, and the times between two, ms.

    The former does not depend on what else the machine does.
    """
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy() -> float:
        metrics = tools.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    page.evaluate(MOVED, 5)
    before = busy()
    between = page.evaluate(MOVED, FRAMES)
    return [(busy() - before) / FRAMES], between


def measured(browser: Any, url: str, runs: int) -> dict[str, list[float]]:
    """Measure a board, milliseconds."""
    found = {name: list[float]() for name in ("first paint", "frame, processor", "frame, all", "second screen")}
    opened(browser, url).context.close()  # the page is made once, when it is first asked for
    for n in range(runs):
        first, second = opened(browser, url), opened(browser, url)
        found["first paint"].append(first.evaluate("window['at first-contentful-paint']"))
        if n == 0:
            found["frame, processor"], found["frame, all"] = moved(first)
        second.evaluate(f"() => {{ window.seen = ({SEEN})(); }}")  # not waited for yet
        first.evaluate("document.activeElement.blur()")
        first.keyboard.press("/")
        first.keyboard.type(
            first.evaluate(f"JSON.parse(document.getElementById('data').textContent).places[{3 + n}][0]")
        )
        first.keyboard.press("Enter")
        at = first.evaluate("window.pressed")
        found["second screen"].append(second.evaluate("window.seen") - at)
        for page in (first, second):
            page.context.close()
    return found


def main(
    teams: Annotated[list[int], typer.Option(help="Numbers of teams.")] = [8, 60],  # noqa: B006
    runs: Annotated[int, typer.Option(help="Pages opened and incidents sent, of each.", min=1)] = 3,
    plan_s: Annotated[float, typer.Option("--plan", help="Search of the plans, s.", min=0.1)] = 10.0,
    record: RecordOption = False,
    note: NoteOption = "",
) -> None:
    """Print medians, and 95th percentiles of frames."""
    from playwright.sync_api import sync_playwright

    run, figures = begin(), list[Figure]()
    with sync_playwright() as play:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for n in teams:
            built = build_with_streets(with_teams(read_scenario(NIGHT), n))
            clock = replace(built.problem.clock, date=dt.date(2026, 11, 27))
            built = replace(built, problem=replace(built.problem, clock=clock))
            plan = solve(built.problem, Budget(seconds=plan_s), seed=1).plan
            stops = sum(len(route.visits) for route in plan.routes)
            with served(built, plan) as url:
                found = measured(browser, url, runs)
            print(f"{n} teams, {stops} stops:")
            for what, values in found.items():
                p95 = f", p95 {np.quantile(values, 0.95):.1f}" if what.startswith("frame") else ""
                print(f"  {what}: median {np.median(values):.1f} ms{p95} (n = {len(values)})", flush=True)
                figures.append(mean(f"{n} teams: {what}", values, "ms"))
        browser.close()
    if record:
        print(f"recorded in {run.record('board', figures, note).name}")


if __name__ == "__main__":
    typer.run(main)
