"""What every request passes before it is answered, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routeopt.service.access import Rate

HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}  # fmt: skip
"""Of every answer."""


class Gate:
    """What every request passes: how many a client may make; and the headers of every answer.

    Parameters
    ----------
    name_of
        Headers of a request → the name of its token.
    busy
        Seconds until the next request may be made → the answer to one that comes too early.
    """

    def __init__(
        self, app: ASGIApp, rate: Rate, name_of: Callable[[Headers], str], busy: Callable[[float], ASGIApp]
    ) -> None:
        self.app, self.rate, self.name_of, self.busy = app, rate, name_of, busy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for key, value in HEADERS.items():
                    headers.setdefault(key, value)
            await send(message)

        client = scope["client"][0] if scope.get("client") else ""
        wait = self.rate.wait_s(f"{client} {self.name_of(Headers(scope=scope))}")
        return await (self.busy(wait) if wait > 0 else self.app)(scope, receive, send_on)
