"""The service's HTTP: events in; state, plan, recommendations and the stream out (OpenAPI at /openapi.json)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from routeopt.errors import Fault, InputError
from routeopt.reports.board.page import board_page
from routeopt.service.access import ALLOWED, COOKIE, MOST_BYTES, Access, Rate, secret_of, token_name
from routeopt.service.body import TooLargeError, body_of, read_json
from routeopt.service.features import add_features
from routeopt.service.gate import Gate
from routeopt.service.owntracks import take
from routeopt.service.room import Room
from routeopt.service.schema import EVENTS_BODY, MOST_EVENTS, OWNTRACKS_BODY, answers, openapi, problem_answer
from routeopt.service.stream import HEARTBEAT_S, add_stream
from routeopt.service.tracks import add_tracks
from routeopt.validation import broken_rule

STATUS = {"RO-702": 409, "RO-744": 503, "RO-762": 400}
"""Code of a fault that is the only one → status of the answer; of others 422."""
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def create_app(
    room: Room, access: Access | None = None, *, rate: Rate | None = None, most_bytes: int = MOST_BYTES,
    heartbeat_s: float = HEARTBEAT_S, beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
) -> FastAPI:  # fmt: skip
    """Return the application that serves a room, and does things ``beside`` as long as it runs."""
    doors, bucket, _ = access or Access(), rate or Rate(), room.words

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work()) for work in beside]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        room.close()

    app = FastAPI(
        title="routeopt", version=version("routeopt"), docs_url=None, redoc_url=None, lifespan=lifespan,
        summary="A shift in progress: events in, plan and recommendations out.",
    )  # fmt: skip
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]

    def name_of(request: Request) -> str:
        return token_name(doors, request.headers)

    def need(scope: str) -> Callable[[Request], Awaitable[None]]:
        async def check(request: Request) -> None:  # not in a thread of its own: it takes no time
            if doors.is_open:
                return
            token = doors.of(secret_of(request.headers))
            if token is None:
                raise HTTPException(401, "token", headers={"WWW-Authenticate": "Bearer"})
            if scope not in ALLOWED[token.scope]:
                raise HTTPException(403, "scope")

        return check

    app.add_middleware(
        Gate, rate=bucket, name_of=lambda headers: token_name(doors, headers),
        busy=lambda wait: problem_answer(429, _("Too many requests."), {"Retry-After": str(int(wait) + 1)}),
    )  # fmt: skip

    @app.exception_handler(TooLargeError)
    async def too_large(_request: Request, _error: TooLargeError) -> Response:
        return problem_answer(413, _("The body is too large."))

    @app.exception_handler(InputError)
    async def refused(_request: Request, error: InputError) -> Response:
        codes = {fault.code for fault in error.faults}
        status = STATUS.get(codes.pop(), 422) if len(codes) == 1 else 422
        faults = [{**fault.json(), "text": fault.text(_)} for fault in error.faults]
        return problem_answer(status, _("The input cannot be used."), faults=faults)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        faults = []
        for one in error.errors():
            where, name = str(one["loc"][0]), ".".join(map(str, one["loc"][1:]))
            rule = broken_rule(one, name)
            faults.append(Fault(rule.code, where, **{"key": name, **rule.values}))
        return await refused(request, InputError(faults))

    @app.exception_handler(HTTPException)
    async def failed(request: Request, error: HTTPException) -> Response:
        titles = {
            401: _("A token is needed."), 403: _("The token does not allow this."),
            404: _("There is nothing at this address."), 405: _("The address does not take this method."),
        }  # fmt: skip
        headers = {"Allow": _methods(app, request)} if error.status_code == 405 else error.headers
        return problem_answer(error.status_code, titles.get(error.status_code, str(error.detail)), headers)

    _add_room(app, room, need, name_of, most_bytes)
    _add_owntracks(app, room, need, name_of, most_bytes)
    add_tracks(app, room, need, name_of, most_bytes)
    add_stream(app, room, need, heartbeat_s)
    add_features(app, room, need)
    _add_pages(app, room, doors)
    return app


def _methods(app: FastAPI, request: Request) -> str:
    """Return the methods that an address takes, by all routes to it: a route alone knows its own."""

    def takes(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in app.routes)

    return ", ".join(filter(takes, METHODS))


def _add_room(
    app: FastAPI, room: Room, need: Callable[[str], Any], name_of: Callable[[Request], str], most: int
) -> None:
    """Add what is asked of and told to the room."""
    read, command = [Depends(need("read"))], [Depends(need("command"))]

    @app.post(
        "/events",
        response_model=dict[str, Any],
        openapi_extra=EVENTS_BODY,
        responses=answers(400, 409, 413, 422, 503),
        dependencies=command,
    )
    async def enter(request: Request) -> Response:
        """Enter one event or a list, all or none; answers when the journal has them."""
        found = read_json(await body_of(request, most))
        documents = found if isinstance(found, list) else [found]
        if len(documents) > MOST_EVENTS:
            raise InputError(Fault("RO-130", "body", key="events", most=MOST_EVENTS, count=len(documents)))
        return JSONResponse({"entered": await room.enter(documents, name_of(request))})

    @app.get("/events", responses=answers(422), dependencies=read)
    async def events(after: int = Query(0, ge=0, description="Number of the last event known.")) -> dict[str, Any]:
        """Return the events after one, in the order in which they were entered."""
        return {"events": room.after(after)}

    @app.get("/state", response_model=dict[str, Any], responses=answers(), dependencies=read)
    async def state() -> Response:
        """Return teams, tasks, closed places: what there is to see now."""
        return Response(room.state(), media_type="application/json")

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
        if body := await body_of(request, most):
            await take(room, read_json(body), request.headers, name_of(request))
        return []


def _add_pages(app: FastAPI, room: Room, doors: Access) -> None:
    """Add the board, and the page that asks for a token."""
    page: dict[str, str] = {}
    _ = room.words
    ask = LOGIN.format(title=_("A token is needed."), go=_("Sign in"))

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def board(request: Request) -> Response:
        token = doors.of(secret_of(request.headers))
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
