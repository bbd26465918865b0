"""A shift played again from its journal: what was entered comes at its time, by a clock as fast as asked.

The journal itself is only read. Whoever watches may enter events too; those of the journal that then make no sense
any more are passed over.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

from routeopt.clock import Clock, seconds_of
from routeopt.dispatch.journal import Entry
from routeopt.errors import Fault, InputError, MisreadError
from routeopt.service.room import Room

LEAD_S = 60
"""The clock begins this long before the first event, seconds."""


class Replay:
    """The events of a journal and when they are entered again.

    Parameters
    ----------
    clock
        Of the night.
    entries
        Rows of the journal, in order.

    Raises
    ------
    InputError
        If a row has no time of entry.
    """

    def __init__(self, clock: Clock, entries: Sequence[Entry]) -> None:
        self._coming: list[tuple[int, dict[str, Any]]] = []
        """When each event comes, seconds from the plan's start; none before the one above it in the journal."""
        self._n = 0
        self.passed_over = 0
        """Events that made no sense any more."""
        last: int | None = None
        for entry in entries:
            at = _entered(clock, entry)
            last = at if last is None else max(last, at)
            self._coming.append((last, dict(entry.event)))

    @property
    def begin_s(self) -> int:
        """What the clock shows at the start, seconds from the plan's start."""
        return self._coming[0][0] - LEAD_S if self._coming else 0

    def until(self, now_s: int) -> list[dict[str, Any]]:
        """Return the events that have come since this was asked last."""
        first = self._n
        while self._n < len(self._coming) and self._coming[self._n][0] <= now_s:
            self._n += 1
        return [event for _, event in self._coming[first : self._n]]

    async def run(self, room: Room, every: float = 0.1) -> None:
        """Enter the events as the room's clock goes on, until the last one."""
        while self._n < len(self._coming):
            for document in self.until(room.now_s()):
                try:
                    await room.enter([document])
                except InputError:
                    self.passed_over += 1
            await asyncio.sleep(every)


def _entered(clock: Clock, entry: Entry) -> int:
    """Return when a row was entered, seconds from the plan's start."""
    where = f"journal[{entry.number}].entered_at"
    text = entry.event.get("entered_at")
    try:
        return seconds_of(dt.datetime.fromisoformat(str(text)), clock, inside=False)
    except MisreadError as error:
        raise InputError(error.at(where)) from None
    except ValueError:
        raise InputError(Fault("RO-700", where, value=str(text)[:40])) from None
