"""The service's HTTP: events in; state, plan, recommendations and the stream out (OpenAPI at /openapi.json)."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from routeopt.errors import InputError
from routeopt.reports.board.page import board_page
from routeopt.service.access import ALLOWED, MOST_BYTES, Access, Rate
from routeopt.service.features import add_features
from routeopt.service.owntracks import position_of
from routeopt.service.room import Room
from routeopt.service.schema import EVENTS_BODY, OWNTRACKS_BODY, answers, openapi, problem_answer

COOKIE = "routeopt-token"
HEARTBEAT_S = 5.0
"""A stream says that it is there after this time without an event, seconds."""
CONFLICT = "RO-702"
"""Another event has the id."""
GONE = "RO-744"
"""The journal takes no more events."""
HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}  # fmt: skip


class TooLargeError(Exception):
    """A body is larger than is read."""


def create_app(
    room: Room, access: Access | None = None, *, rate: Rate | None = None, most_bytes: int = MOST_BYTES,
    heartbeat_s: float = HEARTBEAT_S, beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> FastAPI:  # fmt: skip
    """Return the application that serves a room, and does something ``beside`` as long as it runs."""
    doors, bucket, _ = access or Access(), rate or Rate(), room.words

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        task = None if beside is None else asyncio.create_task(beside())
        yield
        if task is not None:
            task.cancel()
        room.close()

    app = FastAPI(
        title="routeopt", version=version("routeopt"), docs_url=None, redoc_url=None, lifespan=lifespan,
        summary="A shift in progress: events in, plan and recommendations out.",
    )  # fmt: skip
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]

    def name_of(request: Request) -> str:
        token = doors.of(_secret(request))
        return "" if token is None else token.name

    def need(scope: str) -> Callable[[Request], None]:
        def check(request: Request) -> None:
            if doors.is_open:
                return
            token = doors.of(_secret(request))
            if token is None:
                raise HTTPException(401, "token", headers={"WWW-Authenticate": "Bearer"})
            if scope not in ALLOWED[token.scope]:
                raise HTTPException(403, "scope")

        return check

    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        client = request.client.host if request.client else ""
        wait = bucket.wait_s(f"{client} {name_of(request)}")
        if wait > 0:
            answer: Response = problem_answer(
                429, _("Too many requests."), headers={"Retry-After": str(int(wait) + 1)}
            )
        else:
            try:
                answer = await go_on(request)
            except TooLargeError:
                answer = problem_answer(413, _("The body is too large."))
        for key, value in HEADERS.items():
            answer.headers.setdefault(key, value)
        return answer

    @app.exception_handler(InputError)
    async def refused(_request: Request, error: InputError) -> Response:
        codes = {fault.code for fault in error.faults}
        status = 409 if codes == {CONFLICT} else 503 if GONE in codes else 422
        faults = [{**fault.json(), "text": fault.text(_)} for fault in error.faults]
        return problem_answer(status, _("The input cannot be used."), faults=faults)

    @app.exception_handler(HTTPException)
    async def failed(_request: Request, error: HTTPException) -> Response:
        titles = {401: _("A token is needed."), 403: _("The token does not allow this.")}
        return problem_answer(
            error.status_code, titles.get(error.status_code, str(error.detail)), headers=error.headers
        )

    _add_room(app, room, need, name_of, most_bytes)
    _add_owntracks(app, room, need, name_of, most_bytes)
    _add_stream(app, room, need, heartbeat_s)
    add_features(app, room, need)
    _add_pages(app, room, doors)
    return app


def _secret(request: Request) -> str:
    """Return the token of a request: of its header (also as a password, for OwnTracks), or its cookie."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            return b64decode(secret).decode().partition(":")[2]
        except ValueError:
            return ""
    return secret.strip() if kind.lower() == "bearer" else request.cookies.get(COOKIE, "")


async def body_of(request: Request, most: int) -> bytes:
    """Return the body of a request.

    Raises
    ------
    TooLargeError
        If it is larger; no more than that is read.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)


async def json_of(request: Request, most: int) -> Any:
    """Return the JSON of a request's body.

    Raises
    ------
    HTTPException
        400 if it is no JSON.
    """
    return read_json(await body_of(request, most))


def read_json(body: bytes) -> Any:
    """Return the JSON of a body; raises as `json_of`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "JSON") from None


def _add_room(
    app: FastAPI, room: Room, need: Callable[[str], Any], name_of: Callable[[Request], str], most: int
) -> None:
    """Add what is asked of and told to the room."""
    read, command = [Depends(need("read"))], [Depends(need("command"))]

    @app.post(
        "/events", openapi_extra=EVENTS_BODY, responses=answers(400, 409, 413, 422, 503), dependencies=command
    )
    async def enter(request: Request) -> dict[str, Any]:
        """Enter one event or a list, all or none; answers when the journal has them."""
        found = await json_of(request, most)
        documents = found if isinstance(found, list) else [found]
        return {"entered": await room.enter(documents, name_of(request))}

    @app.get("/events", responses=answers(422), dependencies=read)
    async def events(after: int = Query(0, ge=0, description="Number of the last event known.")) -> dict[str, Any]:
        """Return the events after one, in the order in which they were entered."""
        return {"events": room.after(after)}

    @app.get("/state", responses=answers(), dependencies=read)
    async def state() -> dict[str, Any]:
        """Return teams, tasks, closed places: what there is to see now."""
        return room.state()

    @app.get("/plan", responses=answers(), dependencies=read)
    async def plan() -> dict[str, Any]:
        """Return the plan in force, its ways on the streets, and what is seen against the plan at the start."""
        return await room.plan()

    @app.get("/recommendations", responses=answers(422), dependencies=read)
    async def recommendations(
        place: str | None = Query(None, max_length=200, description="Name of the place."),
        lat: float | None = Query(None, ge=-90, le=90), lon: float | None = Query(None, ge=-180, le=180),
        minutes: float = Query(20, gt=0, le=1440, description="How long the team will be busy there."),
        team: list[str] | None = Query(None, description="Teams that may be sent; default: all with powers."),
    ) -> dict[str, Any]:  # fmt: skip
        """Recommend which team to send, with what its absence costs; nothing is sent."""
        where = {"lat": lat, "lon": lon} if place is None else place
        return await room.recommend(where, minutes, team)

    @app.post("/replan", responses=answers(), dependencies=command)
    async def replan() -> dict[str, Any]:
        """Re-plan the shift as it stands; a person puts the plan in force with an event plan_published."""
        return await room.replan()


def _add_owntracks(
    app: FastAPI, room: Room, need: Callable[[str], Any], name_of: Callable[[Request], str], most: int
) -> None:
    """Add what OwnTracks sends to."""

    @app.post(
        "/owntracks", openapi_extra=OWNTRACKS_BODY, responses=answers(400, 413, 422, 503),
        dependencies=[Depends(need("positions"))],
    )  # fmt: skip
    async def owntracks(request: Request) -> list[Any]:
        """Enter the position of an OwnTracks message; others, and empty ones, are passed over."""
        body = await body_of(request, most)
        if not body:
            return []
        problem = room.built.problem
        event = position_of(
            read_json(body), request.headers, name_of(request), problem.named_teams, problem.clock, room.wall
        )
        if event is not None and room.log.find(event["id"]) is None:  # sent again where an answer was lost
            await room.enter([event])
        return []


def _add_stream(app: FastAPI, room: Room, need: Callable[[str], Any], heartbeat_s: float) -> None:
    """Add the stream of events and the service's own state."""

    @app.get(
        "/stream", response_class=StreamingResponse, dependencies=[Depends(need("read"))],
        responses={200: {"content": {"text/event-stream": {}}}, **answers()},
    )  # fmt: skip
    async def stream(request: Request) -> StreamingResponse:
        """Stream the numbers of events as server-sent events; Last-Event-ID resumes after that number."""
        last = request.headers.get("last-event-id", "")
        number = int(last) if last.isascii() and last.isdigit() and len(last) < 16 else len(room.rows)
        return StreamingResponse(_follow(room, number, heartbeat_s), media_type="text/event-stream")

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        """Say whether events can be entered."""
        return {"status": "failing" if room.broken else "ok", "events": len(room.rows)}

    @app.get(
        "/metrics", response_class=PlainTextResponse, dependencies=[Depends(need("read"))], responses=answers()
    )
    async def metrics() -> PlainTextResponse:
        """Return counts in the text format of Prometheus."""
        return PlainTextResponse("\n".join(_metrics(room)) + "\n", media_type="text/plain; version=0.0.4")


async def _follow(room: Room, number: int, heartbeat_s: float) -> AsyncIterator[str]:
    """Yield the events after a number, and then as they come."""
    queue = room.listen()
    try:
        yield ": open\n\n"
        while True:
            for n, _, event in room.rows[number:]:
                data = json.dumps({"number": n, "kind": event.kind, "id": event.id})
                yield f"id: {n}\nevent: entered\ndata: {data}\n\n"
                number = n
            try:
                if await asyncio.wait_for(queue.get(), heartbeat_s) is None:
                    return
            except TimeoutError:
                yield ": here\n\n"
    finally:
        room.leave(queue)


def _metrics(room: Room) -> list[str]:
    lines = ["# TYPE routeopt_events_total counter"]
    lines += [f'routeopt_events_total{{kind="{kind}"}} {n}' for kind, n in sorted(room.counts.items())]
    lines += ["# TYPE routeopt_listeners gauge", f"routeopt_listeners {room.listening}"]
    for what in ("plan", "recommend", "replan"):
        lines += [f"# TYPE routeopt_{what}_seconds summary", f"routeopt_{what}_seconds_count {room.worked[what]}"]
        lines.append(f"routeopt_{what}_seconds_sum {room.worked[f'{what}_s']:g}")
    return lines


def _add_pages(app: FastAPI, room: Room, doors: Access) -> None:
    """Add the board, and the page that asks for a token."""
    page: dict[str, str] = {}
    _ = room.words
    ask = LOGIN.format(title=_("A token is needed."), go=_("Sign in"))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def board(request: Request) -> Response:
        token = doors.of(_secret(request))
        if not doors.is_open and (token is None or "read" not in ALLOWED[token.scope]):
            return HTMLResponse(ask)
        if not page:
            page["html"] = await asyncio.to_thread(board_page, room.built, room.language)
        return HTMLResponse(page["html"])

    @app.post("/login", include_in_schema=False)
    async def login(request: Request) -> Response:
        secret = parse_qs((await body_of(request, 4096)).decode("latin-1")).get("token", [""])[0]
        if doors.of(secret) is None:
            return HTMLResponse(
                LOGIN.format(title=room.words("A token is needed."), go=room.words("Sign in")), 401
            )
        answer = Response(status_code=303, headers={"Location": "./"})
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, secret, httponly=True, samesite="strict", secure=secure)
        return answer


LOGIN = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><form method="post" action="login"><label>{title}
<input name="token" type="password" autofocus autocomplete="off"></label> <button>{go}</button></form>
"""
