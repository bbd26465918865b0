"""The body of a request, no larger than is allowed."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request

from routeopt.errors import Fault, InputError


class TooLargeError(Exception):
    """A body is larger than is read."""


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


def read_json(body: bytes) -> Any:
    """Return the JSON of a body.

    Raises
    ------
    InputError
        If it cannot be read as JSON.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InputError(Fault("RO-762", "body")) from None
