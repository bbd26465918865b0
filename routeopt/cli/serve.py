"""The command that serves a shift in progress."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routeopt.cli.terminal import (
    DateOption,
    LangOption,
    ScenarioArg,
    SeedOption,
    TimeOption,
    build,
    day,
    err,
    language_of,
    out,
    searching,
    words_of,
)
from routeopt.errors import Fault, InputError, Words

if TYPE_CHECKING:
    from routeopt.dispatch.journal import Entry, Journal
    from routeopt.plan import Plan
    from routeopt.problem.build import Built
    from routeopt.service.replay import Replay
    from routeopt.service.wall import Wall


DEMO_SPEED = 60.0
"""How many times as fast an exercise runs."""
REPLAY_SPEED = 10.0
"""How many times as fast a journal is played."""

TokensOption = Annotated[
    Path | None,
    typer.Option(
        "--tokens", help="File of tokens: a line each with token, scope (read, positions, command), name."
    ),
]
MqttOption = Annotated[
    str | None,
    typer.Option("--mqtt", metavar="HOST[:PORT]", help="MQTT broker from which OwnTracks positions are taken."),
]
ReplayOption = Annotated[
    Path | None,
    typer.Option(
        "--replay",
        help="Journal that is played at its times, ten times as fast unless --speed says otherwise.",
    ),
]


def serve(
    scenario: ScenarioArg,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", help="plan.json to start from. Default: a plan is made.")
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option("--journal", help="File that keeps every event. Default: events are kept in memory."),
    ] = None,
    tokens: TokensOption = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen at.", min=0, max=65535)] = 8765,
    now: Annotated[
        str | None, typer.Option("--now", help="What the clock shows at the start, HH:MM, for exercises.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option("--speed", help="How many times as fast the clock runs, for exercises.", min=0.1, max=600),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Play a night: teams that move, incidents that come up; a minute a second."),
    ] = False,
    mqtt: MqttOption = None,
    replay: ReplayOption = None,
    seconds: TimeOption = 10.0,
    seed: SeedOption = 0,
    date: DateOption = None,
    lang: LangOption = None,
) -> None:
    """Serve a shift in progress: the board, and an HTTP interface for dispatch systems."""
    language, _ = language_of(lang), words_of(lang)
    try:
        import uvicorn

        from routeopt.service.access import Access, read_tokens
        from routeopt.service.app import create_app

        if mqtt is not None:
            from routeopt.service.mqtt import Phones, read_broker
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("routeopt"):
            raise
        raise InputError(Fault("RO-745", "routeopt serve")) from None
    from routeopt.service.demo import Demo
    from routeopt.service.replay import Replay
    from routeopt.service.room import Room

    if replay is not None:
        _played_alone({"--journal": journal, "--demo": demo, "--mqtt": mqtt})
    access = Access(() if tokens is None else read_tokens(tokens))
    if access.is_open and not is_loopback(host):
        raise InputError(Fault("RO-746", "--host", host=host))
    listening = _listen(host, port)
    with ExitStack() as stack:
        stack.callback(listening.close)
        session = f"routeopt-{socket.gethostname()}-{listening.getsockname()[1]}"
        phones = None if mqtt is None else Phones(read_broker(mqtt), session)
        kept = None if journal is None else stack.enter_context(_journal(journal))
        entries = _entries(kept, replay)
        built, plan = _night(kept, entries, scenario, plan_file, day(date), seconds, seed, _)
        played = None if replay is None else Replay(built.problem.clock, entries[_begun(entries) is not None :])
        wall = _wall(built, now, speed, 0 if demo else None, played)
        room = Room(built, plan, wall, kept, words=_, language=language)
        beside = [Demo(room, seed).run] if demo else []
        if played is not None:
            beside.append(partial(played.run, room))
        if phones is not None:
            beside.append(partial(phones.run, room))
        app = create_app(room, access, beside=beside)
        address = f"http://{host}:{listening.getsockname()[1]}/"
        out.print(_("Serving {scenario} at {address} (Ctrl-C ends it)").format(
            scenario=built.problem.name, address=address
        ), highlight=False, soft_wrap=True)  # fmt: skip
        if kept is None and replay is None:
            err.print(_("Events are kept in memory alone; --journal FILE keeps them."), highlight=False)
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, ws="none",
                                timeout_graceful_shutdown=1)  # fmt: skip
        uvicorn.Server(config).run([listening])


def _wall(built: Built, now: str | None, speed: float | None, demo_s: int | None, played: Replay | None) -> Wall:
    """Return the clock of a shift, of an exercise from ``demo_s`` on, or of a journal that is played."""
    from routeopt.service.wall import Wall

    clock = built.problem.clock
    begin, usual = (None, 1.0) if demo_s is None else (float(demo_s), DEMO_SPEED)
    if played is not None:
        begin, usual = float(played.begin_s), REPLAY_SPEED
    if now is not None:
        begin = float(built.problem.step(now) * clock.step_s)
    return Wall(clock, begin, speed or usual)


def _played_alone(others: Mapping[str, object]) -> None:
    """Refuse options that cannot be given with a journal that is played."""
    for option, given in others.items():
        if given:
            raise InputError(Fault("RO-618", option, first="--replay"))


def _entries(journal: Journal | None, replay: Path | None) -> Sequence[Entry]:
    """Return the rows of the journal that is written, or of the one that is played."""
    if replay is not None:
        from routeopt.dispatch.journal import read

        return read(replay)
    return () if journal is None else journal.entries()


def _night(
    journal: Journal | None, entries: Sequence[Entry], scenario: Path, plan_file: Path | None,
    date: dt.date | None, seconds: float, seed: int, _: Words,
) -> tuple[Built, Plan]:  # fmt: skip
    """Return the night and the plan with which the shift begins: those of the journal, if it has any."""
    begun = _begun(entries)
    if begun is not None and journal is None:
        return _again(scenario, begun, _)
    if begun is not None:
        err.print(_("The shift goes on from the plan and the events of the journal."), highlight=False)
        return _again(scenario, begun, _)
    built, plan = _start(scenario, plan_file, date, seconds, seed, _)
    if journal is not None:
        journal.append(_first(built, plan)).result()
    return built, plan


def _journal(path: Path) -> Journal:
    """Open the journal, made if it does not exist."""
    from routeopt.dispatch.journal import Journal

    return Journal(path)


def _begun(entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Return the plan with which a journal begins; None if it has none."""
    first = entries[0].event if entries else {}
    return first["plan"] if first.get("kind") == "plan_published" else None


def _first(built: Built, plan: Plan) -> dict[str, Any]:
    """Return the event with which a journal begins, so that it is whole without other files: the plan."""
    clock = built.problem.clock
    assert clock.date is not None
    when = (dt.datetime.combine(clock.date, dt.time()) + dt.timedelta(minutes=clock.start_min)).isoformat()
    document = plan.to_json(built.problem)
    return {"id": "start", "kind": "plan_published", "happened_at": when, "entered_at": when, "plan": document}


def _again(scenario: Path, begun: dict[str, Any], _: Words) -> tuple[Built, Plan]:
    """Return the night of a journal, and the plan with which it began."""
    from routeopt.exchange.plan_json import date_of
    from routeopt.plan import Plan

    built = build(scenario, date_of(begun), _)
    problem = replace(built.problem, clock=replace(built.problem.clock, date=date_of(begun)))
    return replace(built, problem=problem), Plan.from_json(problem, begun)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before the work begins, so that a taken one is said at once."""
    listening = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # its protocol is named, as asyncio sends answers without delay only then
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
    except OSError as error:
        if listening is not None:
            listening.close()
        raise InputError(
            Fault("RO-747", "--port", host=host, port=port, why=error.strerror or str(error))
        ) from None
    return listening


def _start(
    scenario: Path, plan_file: Path | None, date: dt.date | None, seconds: float, seed: int, _: Words
) -> tuple[Built, Plan]:
    """Return the night, and the plan that was made for it or is made now; both have a date."""
    from routeopt.budget import Budget
    from routeopt.cli.planned import read_planned
    from routeopt.solving import solve

    if plan_file is not None:
        planned = read_planned(scenario, plan_file, _)
        built, result = planned.built, planned.result
    else:
        built = build(scenario, date, _)
        with searching("default", seconds, _("visibility"), _) as progress:
            result = solve(built.problem, Budget(seconds=seconds), seed=seed, progress=progress)
    problem = built.problem.priced(result.prices) if result.prices else built.problem
    if problem.clock.date is None:
        problem = replace(problem, clock=replace(problem.clock, date=dt.date.today()))
    return replace(built, problem=problem), result.plan
