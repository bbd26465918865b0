"""The stream of events, and the service's own state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse

from routeopt.service.room import Room
from routeopt.service.schema import answers

HEARTBEAT_S = 5.0
"""A stream says that it is there after this time without an event, seconds."""
TOGETHER_S = 0.02
"""Events that come within this time of those told last are told together, seconds."""


def add_stream(app: FastAPI, room: Room, need: Callable[[str], Any], heartbeat_s: float) -> None:
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


async def _follow(room: Room, number: int, heartbeat_s: float) -> AsyncIterator[bytes]:
    """Yield the events after a number, and then as they come; those that come together, together."""
    listener = room.listen(number)
    try:
        yield b": open\n\n"
        while True:
            if told := listener.take():
                yield told
                await asyncio.sleep(TOGETHER_S)
            if listener.gone:
                return
            try:
                await asyncio.wait_for(listener.news.wait(), heartbeat_s)
            except TimeoutError:
                yield b": here\n\n"
    finally:
        room.leave(listener)


def _metrics(room: Room) -> list[str]:
    lines = ["# TYPE routeopt_events_total counter"]
    lines += [f'routeopt_events_total{{kind="{kind}"}} {n}' for kind, n in sorted(room.counts.items())]
    lines += ["# TYPE routeopt_refused_total counter"]
    lines += [f'routeopt_refused_total{{way="{way}"}} {n}' for way, n in sorted(room.refused.items())]
    lines += ["# TYPE routeopt_listeners gauge", f"routeopt_listeners {room.listening}"]
    for what in ("plan", "recommend", "replan", "streets"):
        lines += [f"# TYPE routeopt_{what}_seconds summary", f"routeopt_{what}_seconds_count {room.worked[what]}"]
        lines.append(f"routeopt_{what}_seconds_sum {room.worked[f'{what}_s']:g}")
    return lines
