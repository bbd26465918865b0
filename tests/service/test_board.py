"""The board in a browser: keyboard to second screen, the network cut and back, and how it looks."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from routeopt import Budget, solve
from routeopt.messages import words
from routeopt.service.app import create_app
from routeopt.service.room import Room, Unwritten
from routeopt.service.wall import Wall

uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra serve)")
pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = "福桂街夜市3号"


@pytest.fixture(scope="module")
def shift(wuliting):
    """The reference night on a date, and a plan."""
    clock = replace(wuliting.problem.clock, date=dt.date(2026, 11, 27))
    built = replace(wuliting, problem=replace(wuliting.problem, clock=clock))
    return built, solve(built.problem, Budget(iterations=20), seed=1).plan


class Desk:
    """A service that can be stopped and started again at the same port, with the same journal."""

    def __init__(self, shift: Any, lang: str) -> None:
        self.shift, self.lang, self.journal = shift, lang, Unwritten()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        built, plan = self.shift
        room = Room(
            built,
            plan,
            Wall(built.problem.clock, 9600.0),
            self.journal,
            words=words(self.lang),
            language=self.lang,
        )
        config = uvicorn.Config(
            create_app(room, heartbeat_s=0.2), port=self.port, log_level="error", ws="none",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 10
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(params=["en"])
def desk(request, shift) -> Iterator[Desk]:
    found = Desk(shift, request.param)
    found.start()
    yield found
    found.stop()


def opened(chromium, desk, wrong, **more):
    page = chromium.new_context(**({"viewport": {"width": 1400, "height": 1000}} | more)).new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((desk.url, "blob:")) else wrong.append(r.url))
    page.goto(desk.url)
    page.wait_for_selector("text=connected" if desk.lang == "en" else "text=已连接")
    page.wait_for_selector("#teams td:not(:empty)")
    return page


def ask(page):
    page.keyboard.press("/")
    page.keyboard.type(PLACE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer button.send")


def test_an_incident_goes_from_the_keyboard_to_the_second_screen(chromium, desk):
    wrong: list[str] = []
    first, second = opened(chromium, desk, wrong), opened(chromium, desk, wrong)
    third = first.context.new_page()  # shares the stream of the first
    third.goto(desk.url)
    third.wait_for_selector("text=connected")
    ask(first)
    team = first.inner_text("#answer button.send strong")
    begun = time.monotonic()
    first.keyboard.press("1")
    row = f"#teams tr:has-text('{team}')"
    for page in (second, third):
        page.wait_for_selector(f"{row} >> text=sent")
    assert time.monotonic() - begun < 3  # a loaded machine; `benchmarks/service.py` measures it
    first.wait_for_selector("#answer button >> text=Keep the plan")
    first.keyboard.press("p")
    second.wait_for_selector("#log >> text=plan put in force")
    kinds = [row.event["kind"] for row in desk.journal.entries()]
    assert kinds == ["task_added", "sent", "plan_published"]
    assert desk.journal.entries()[1].event["recommended"] == team
    assert wrong == []


def test_a_place_may_call_twice_in_a_minute(chromium, desk):
    wrong: list[str] = []
    page = opened(chromium, desk, wrong)
    ask(page)
    page.wait_for_selector(f"#tasks >> text={PLACE}")
    page.keyboard.press("Escape")
    ask(page)
    names = [row.event["task"]["name"] for row in desk.journal.entries()]
    assert len(names) == len(set(names)) == 2
    if names[0][:5] == names[1][:5]:  # unless a minute began in between
        assert names[1] == f"{names[0]} (2)"
    assert wrong == []


def test_a_task_that_came_from_elsewhere_gets_a_team(chromium, desk):
    wrong: list[str] = []
    page = opened(chromium, desk, wrong)
    now = "2026-11-27T21:38:00"
    task = {"name": "door", "place": PLACE, "service_min": 5}
    body = {"id": "t", "kind": "task_added", "happened_at": now, "entered_at": now, "task": task}
    page.request.post(desk.url + "events", data=body)
    page.click("#tasks tr:has-text('door') >> text=Who can go?")
    page.wait_for_selector("#answer button.send")
    page.keyboard.press("Enter")  # the first proposal has the focus
    page.wait_for_selector("#tasks tr:has-text('door') >> text=in hand")
    assert desk.journal.entries()[1].event["task"] == "door"
    page.click("#tasks tr:has-text('door') >> text=Done")
    page.wait_for_selector("text=No task is open.")
    assert wrong == []


def test_a_street_is_closed_on_one_screen_and_opened_on_the_other(chromium, desk):
    wrong: list[str] = []
    first, second = opened(chromium, desk, wrong), opened(chromium, desk, wrong)
    first.fill("#part", "nowhere")
    first.fill("#street", "蕉城路")
    first.keyboard.press("Enter")
    assert first.evaluate("document.getElementById('part').validationMessage") == "There is no such place."
    first.fill("#part", PLACE)
    first.fill("#radius", "1500")
    first.press("#street", "Enter")
    second.wait_for_selector("#closed tr:has-text('蕉城路')")
    first.wait_for_selector("#answer >> text=蕉城路 is closed.")
    first.wait_for_selector("#answer button >> text=Keep the plan")
    second.click("#closed button")
    first.wait_for_selector("#closed", state="hidden")
    assert [row.event["kind"] for row in desk.journal.entries()] == ["street_closed", "street_opened"]
    assert wrong == []


def test_a_cut_is_said_and_what_was_missed_comes_afterwards(chromium, desk):
    wrong: list[str] = []
    page = opened(chromium, desk, wrong)
    desk.stop()
    page.wait_for_selector("text=Disconnected since")
    now = "2026-11-27T21:30:00"
    desk.journal.append({"id": "x", "kind": "off_duty", "happened_at": now, "entered_at": now, "team": "步巡1组"})
    desk.start()
    page.wait_for_selector("#teams tr:has-text('步巡1组') >> text=off duty", timeout=20000)
    page.wait_for_selector("text=connected")
    assert wrong == []


def test_the_map_stays_where_it_was_moved_to(chromium, desk):
    wrong: list[str] = []
    page = opened(chromium, desk, wrong)
    page.focus("#map")
    for key in ("+", "+", "ArrowLeft"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    before = page.screenshot(clip={"x": 40, "y": 120, "width": 90, "height": 60})
    now = "2026-11-27T21:30:00"
    body = {"id": "y", "kind": "note", "happened_at": now, "entered_at": now, "text": "rain"}
    page.request.post(desk.url + "events", data=body)
    page.wait_for_selector("#log >> text=rain")
    assert page.screenshot(clip={"x": 40, "y": 120, "width": 90, "height": 60}) == before
    assert wrong == []


@pytest.mark.parametrize(
    ("desk", "name", "size", "scheme"),
    [
        ("en", "day", (1400, 1000), "light"),
        ("zh", "night", (1400, 1000), "dark"),
        ("zh", "tablet", (820, 1180), "light"),
        ("zh", "narrow", (600, 960), "light"),
    ],
    indirect=["desk"],
)
def test_it_reads_well_and_has_no_serious_fault(chromium, desk, pictures, name, size, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed (group browser)"
    )
    wrong: list[str] = []
    more = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": scheme, "bypass_csp": True}
    page = opened(chromium, desk, wrong, **more)
    now = "2026-11-27T21:30:00"
    body = {"id": "z", "kind": "street_closed", "happened_at": now, "entered_at": now, "names": ["蕉城路"]}
    page.request.post(desk.url + "events", data=body)
    page.wait_for_selector("#closed tr:has-text('蕉城路')")
    ask(page)
    page.screenshot(path=pictures / f"board-{name}-{desk.lang}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = axe.Axe().run(page).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    assert wrong == []


def test_a_burst_of_events_is_asked_for_seldom(chromium, desk):
    """At its begin and its end, and five times a second between; the last event is on the board."""
    wrong: list[str] = []
    page, asked = opened(chromium, desk, wrong), list[float]()
    page.on("request", lambda r: asked.append(time.monotonic()) if r.url.endswith("/state") else None)
    when = "2026-11-27T21:00:00"
    begun = time.monotonic()
    for n in range(60):
        body = {"id": f"n{n}", "kind": "note", "happened_at": when, "entered_at": when, "text": f"burst {n}"}
        assert page.request.post(f"{desk.url}events", data=body).status == 200
    page.wait_for_selector("text=burst 59")
    assert 1 < len(asked) < 4 + 5 * (time.monotonic() - begun)
    assert not wrong
