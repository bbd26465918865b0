"""Positions of phones that run OwnTracks (https://owntracks.org/booklet/tech/json), however they come.

Of a message the team, the position, its accuracy and its time are kept, and nothing of the device or its owner.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from routeopt.clock import Clock
from routeopt.errors import Fault, InputError, MisreadError
from routeopt.guard import is_finite
from routeopt.problem.names import Names
from routeopt.service.layers import instant
from routeopt.service.room import Room
from routeopt.service.wall import Wall

SOURCE = "owntracks"
LOCATION, ENCRYPTED = "location", "encrypted"
EARLIEST, LATEST = 0, 4_102_444_800
"""Times of messages, seconds since 1970: until 2100."""


async def take(
    room: Room, message: Any, headers: Mapping[str, str] = MappingProxyType({}), token: str = ""
) -> None:
    """Enter the position of a message, once if it is sent again; others are passed over.

    Raises
    ------
    InputError
        As `position_of`, or if the journal takes no more events.
    """
    problem = room.built.problem
    event = position_of(message, headers, token, problem.named_teams, problem.clock, room.wall)
    if event is not None:
        await room.enter_new([event])


def position_of(
    message: Any, headers: Mapping[str, str], token: str, teams: Names, clock: Clock, wall: Wall
) -> dict[str, Any] | None:
    """Return the event of a message; None for one that is no position, as of a waypoint or a device's status.

    The team is the first of these that is one's name: the topic's device and user, the headers ``X-Limit-D`` and
    ``X-Limit-U``, the token's name, and ``tid``. Its time is what the clock on the wall showed then.

    Raises
    ------
    InputError
        If it cannot be read, or no team is named so; lists all faults.
    """
    if not isinstance(message, Mapping):
        raise InputError(Fault("RO-423", "message", expected="object", got=type(message).__name__))
    if message.get("_type") == ENCRYPTED:
        raise InputError(Fault("RO-755", "message._type"))
    if message.get("_type") != LOCATION:
        return None
    faults = [
        Fault("RO-756", f"message.{key}", least=least, most=most)
        for key, least, most in (("tst", EARLIEST, LATEST), ("lat", -90, 90), ("lon", -180, 180))
        if not _is_number(message.get(key)) or not least <= message[key] <= most
    ]
    names = [*dict.fromkeys(_names(message, headers, token))]
    team = next((found for name in names if (found := _team(teams, name)) is not None), None)
    if team is None:
        faults.append(Fault("RO-757", "message.topic", names=names or ["–"], known=list(teams.names)))
    if faults:
        raise InputError(faults)
    accuracy: Any = message.get("acc")
    where = {"lat": float(message["lat"]), "lon": float(message["lon"])}
    if _is_number(accuracy) and accuracy >= 0:
        where["accuracy_m"] = float(accuracy)
    mark = hashlib.sha256(repr((team, sorted(where.items()))).encode()).hexdigest()[:12]
    return {
        "id": f"{SOURCE}-{int(message['tst'])}-{mark}", "kind": "position", "source": SOURCE, "team": team,
        **where,
        "happened_at": said(clock, wall.at(float(message["tst"]))), "entered_at": said(clock, wall.now_s()),
    }  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value)


def _names(message: Mapping[str, Any], headers: Mapping[str, str], token: str) -> Iterator[str]:
    """Yield what may name the team."""
    topic = message.get("topic")
    if isinstance(topic, str):
        yield from filter(None, reversed(topic.split("/")[-2:]))
    for value in (headers.get("x-limit-d"), headers.get("x-limit-u"), token, message.get("tid")):
        if isinstance(value, str) and value:
            yield value[:100]


def _team(teams: Names, name: str) -> str | None:
    """Return the team of a name as the scenario spells it."""
    try:
        return teams.names[teams.index(name)]
    except MisreadError:
        return None


def said(clock: Clock, time_s: int) -> str:
    """Return a time of the plan as events have it: without an offset where the scenario has no zone."""
    if clock.timezone is not None:
        return instant(clock, time_s)
    assert clock.date is not None
    begin = dt.datetime.combine(clock.date, dt.time())
    return (begin + dt.timedelta(minutes=clock.start_min, seconds=time_s)).isoformat()
