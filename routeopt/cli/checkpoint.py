"""The state of a search in a file: written whole, with a hash that tells whether it is, and read back."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeopt.border import bordered
from routeopt.errors import Fault, InputError
from routeopt.exchange.whole import whole

if TYPE_CHECKING:
    from routeopt.search.checkpoint import Keep, State

EVERY_S = 5.0
"""Seconds between two states that are written."""


def keeping(path: Path, every_s: float | None = None) -> Keep:
    """Return what writes states into a file, at most one in ``every_s`` seconds (default: `EVERY_S`).

    Raises
    ------
    InputError
        When called, if the disk refuses to write; the state before is as it was.
    """
    last, wait_s = [-float("inf")], EVERY_S if every_s is None else every_s

    def keep(state: dict[str, Any]) -> None:
        if time.monotonic() - last[0] < wait_s:
            return
        text = json.dumps(state, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        try:
            with whole(path) as file:
                file.write_text(f"{digest}\n{text}\n", encoding="utf-8")
        except OSError as error:
            raise InputError(Fault("RO-605", path, error=error.strerror or error)) from None
        last[0] = time.monotonic()

    return keep


@bordered()
def read_state(path: Path) -> State:
    """Read a state.

    Raises
    ------
    InputError
        If the file does not exist, or is not as it was written.
    """
    try:
        digest, text, *_ = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise InputError(Fault("RO-923", path)) from None
    except ValueError:
        raise InputError(Fault("RO-924", path)) from None
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise InputError(Fault("RO-924", path))
    state = json.loads(text)
    if not isinstance(state, dict):
        raise InputError(Fault("RO-924", path))
    return state
