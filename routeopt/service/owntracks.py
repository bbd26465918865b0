"""Positions from telephones with the OwnTracks app, in its HTTP mode (https://owntracks.org/booklet/tech/json/).

Only where a team is and when is taken over; what else the app sends (battery, networks, altitude) is not read. A
team is recognised by the parameter ``team`` of the address, or by the device, user or tracker id of its name.
Answers are the list that the app expects, without commands. It keeps what was not acknowledged and sends it again,
so a position may come late or twice: it counts at its own time, and once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Request
from pydantic import Field

from routeopt.clock import Clock
from routeopt.errors import Fault, InputError, MisreadError
from routeopt.problem import Problem
from routeopt.problem.spoken import Part, read
from routeopt.service.room import Room
from routeopt.service.schema import answers

SOURCE = "owntracks"


class Location(Part):
    """What is taken of a message of the type ``location``."""

    tst: Annotated[int, Field(ge=0, lt=2**33)]
    """When the telephone was there, seconds since 1970 in UTC."""
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    acc: Annotated[float, Field(ge=0)] = 0.0
    """Metres."""


def add_owntracks(
    app: FastAPI, room: Room, need: Callable[[str], Any], name_of: Callable[[Request], str],
    json_of: Callable[[Request], Any],
) -> None:  # fmt: skip
    """Add the address to which telephones send."""

    @app.post(
        "/owntracks", responses=answers(400, 413, 422, 503), dependencies=[Depends(need("positions"))],
    )  # fmt: skip
    async def owntracks(request: Request) -> list[Any]:
        """Take a team's position from the OwnTracks app; other messages are acknowledged and left."""
        found = await json_of(request)
        if not isinstance(found, Mapping):
            raise InputError(Fault("RO-423", SOURCE, expected="object", got=type(found).__name__))
        if found.get("_type") != "location":
            return []
        event = event_of(room.log.problem, found, said_by(request, found))
        if await room.is_there(event["id"]):
            return []
        await room.enter([event], name_of(request) or SOURCE)
        return []


def said_by(request: Request, message: Mapping[str, Any]) -> list[str]:
    """List what may name the team: parameters, device and user of topic and headers, the tracker id."""
    topic = message.get("topic")
    levels = reversed(topic.split("/")[1:]) if isinstance(topic, str) else ()
    heads = (request.headers.get(key, "") for key in ("x-limit-d", "x-limit-u"))
    asked = request.query_params
    names = (asked.get("team", ""), *levels, *heads, asked.get("d", ""), asked.get("u", ""), message.get("tid"))
    return [name for name in names if isinstance(name, str) and name]


def now() -> dt.datetime:
    """Return the true time."""
    return dt.datetime.now(dt.UTC)


def written(clock: Clock, when: dt.datetime) -> str:
    """Return a time as events have it: in the plan's zone; without one by the clock of this computer."""
    if clock.timezone is not None:
        return when.astimezone(ZoneInfo(clock.timezone)).isoformat(timespec="seconds")
    return when.astimezone().replace(tzinfo=None).isoformat(timespec="seconds")


def event_of(problem: Problem, message: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the position as an event.

    Parameters
    ----------
    names
        What may name the team; the first that does counts.

    Raises
    ------
    InputError
        If the message cannot be read, or no name is a team's; lists all faults.
    """
    faults: list[Fault] = []
    team = None
    for name in names:
        try:
            team = problem.team_names[problem.named_teams.index(name)]
            break
        except MisreadError:
            continue
    if team is None:
        faults.append(Fault("RO-750", f"{SOURCE}.topic", names=names[:6] or ["–"], known=list(problem.team_names)))
    try:
        own = {key: message[key] for key in Location.model_fields if key in message}
        location = read(Location, None, own, SOURCE)
    except InputError as error:
        raise InputError([*faults, *error.faults]) from None
    if team is None:
        raise InputError(faults)
    happened, entered = (
        written(problem.clock, when) for when in (dt.datetime.fromtimestamp(location.tst, dt.UTC), now())
    )
    return {
        "id": f"{SOURCE}-{location.tst}-{hashlib.sha256(team.encode()).hexdigest()[:12]}", "kind": "position",
        "happened_at": happened, "entered_at": entered, "team": team,
        "lat": float(location.lat), "lon": float(location.lon), "accuracy_m": float(location.acc),
    }  # fmt: skip
