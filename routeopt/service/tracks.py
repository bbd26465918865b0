"""Tracks that are sent as GPX or as a table, as positions of the shift."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import JSONResponse

from routeopt.adherence.tracks import Tracks, read_tracks
from routeopt.coordinates import Crs
from routeopt.dispatch.log import AHEAD_S
from routeopt.errors import Fault, InputError, Message, MisreadError
from routeopt.service.body import body_of
from routeopt.service.owntracks import said
from routeopt.service.room import Room
from routeopt.service.schema import TRACKS_BODY, answers

BODY = "body"
"""How faults and notes call what was sent."""
TIMES_BODY = 8
"""How many times as large as another body a track may be: a day of one team, a position each second."""
TOGETHER = 50
"""Positions that are entered together: other requests are answered in between."""
ELSEWHERE_DEG = 1e-5
"""A position that was entered before is another one beyond this difference, degrees (about 1 m)."""
PACKED = (b"\x1f\x8b", b"PK")
"""How gzip and zip begin."""
SAID = {"RO-771": "RO-763", "RO-777": "RO-764"}
"""Code of a fault whose remedy is of the command line → the same for who sends a track."""


def add_tracks(
    app: FastAPI, room: Room, need: Callable[[str], Any], name_of: Callable[[Request], str], most: int
) -> None:
    """Add what tracks are sent to."""
    reading = asyncio.Lock()

    @app.post(
        "/tracks", response_model=dict[str, Any], openapi_extra=TRACKS_BODY, responses=answers(413, 422, 503),
        dependencies=[Depends(need("positions"))],
    )  # fmt: skip
    async def tracks(
        request: Request,
        team: str | None = Query(
            None, max_length=200, description="Whose fixes are that name no team. Default: the token's name."
        ),
        crs: Crs | None = Query(None, description="Datum. Default: as headers say, else WGS-84."),
    ) -> JSONResponse:
        """Enter the positions of a track, GPX or a table as CSV; what was sent before counts once."""
        body = await body_of(request, TIMES_BODY * most)
        async with reading:
            found = await asyncio.to_thread(read, room, body, _team(room, team, name_of(request)), crs)
        return JSONResponse(await enter(room, found))


def read(room: Room, body: bytes, team: int | None, crs: Crs | None = None) -> Tracks:
    """Read a track that was sent.

    Raises
    ------
    InputError
        If it cannot be read, or goes on after the present; lists all faults.
    """
    if body.startswith(PACKED):
        raise InputError(Fault("RO-765", BODY))
    problem = room.built.problem
    is_xml = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{BODY}.{'gpx' if is_xml else 'csv'}"
        path.write_bytes(body)
        try:
            found = read_tracks(path, problem.clock, problem.team_names, crs, team=team)
        except InputError as error:
            raise InputError([_of_body(fault) for fault in error.faults]) from None
    last_s = max(float(track.time_s[-1]) for track in found.tracks)
    if last_s > room.now_s() + AHEAD_S:
        raise InputError(Fault("RO-704", BODY, time=said(problem.clock, int(last_s)).replace("T", " ")))
    return found


async def enter(room: Room, found: Tracks) -> dict[str, Any]:
    """Enter the positions of tracks, one of each team and second; return how many were new and known, and notes.

    Raises
    ------
    InputError
        If the journal takes no more events: what was entered before stays, and counts once when it is sent again.
    """
    events = list({event["id"]: event for event in positions(room, found)}.values())
    elsewhere = sum(_is_elsewhere(room, event) for event in events)
    entered = 0
    for n in range(0, len(events), TOGETHER):
        entered += await room.enter_new(events[n : n + TOGETHER])
        await asyncio.sleep(0)
    notes = [*found.notes, *([Message("tracks-known-elsewhere", count=elsewhere)] if elsewhere else [])]
    return {"entered": entered, "known": len(events) - entered, "notes": [note.text(room.words) for note in notes]}


def positions(room: Room, found: Tracks) -> Iterator[dict[str, Any]]:
    """Yield the positions of tracks as events; team and time make the id."""
    problem = room.built.problem
    entered_at = said(problem.clock, room.now_s())
    for track in found.tracks:
        team = problem.team_names[track.team]
        mark = hashlib.sha256(team.encode()).hexdigest()[:12]
        for time_s, lat, lon in zip(track.time_s.tolist(), track.lat.tolist(), track.lon.tolist(), strict=True):
            yield {
                "id": f"track-{mark}-{int(time_s)}", "kind": "position", "source": "track", "team": team,
                "lat": round(lat, 7), "lon": round(lon, 7),
                "happened_at": said(problem.clock, int(time_s)), "entered_at": entered_at,
            }  # fmt: skip


def _is_elsewhere(room: Room, event: dict[str, Any]) -> bool:
    """Whether a position with the same id was entered for another place."""
    known: Any = room.log.find(event["id"])
    return known is not None and max(abs(known.lat - event["lat"]), abs(known.lon - event["lon"])) > ELSEWHERE_DEG


def _team(room: Room, given: str | None, token: str) -> int | None:
    """Return whose fixes are that name no team.

    Raises
    ------
    InputError
        If there is no such team.
    """
    teams = room.built.problem.named_teams
    try:
        return teams.index(token if given is None else given)
    except MisreadError as error:
        if given is None:
            return None
        raise InputError(error.at("team")) from None


def _of_body(fault: Fault) -> Fault:
    """Return a fault for who sent the track and knows neither the file in which it was kept nor the options."""
    values = {**fault.values}
    if values.get("name") == BODY:  # of the file
        values["name"] = "–"
    return Fault(SAID.get(fault.code, fault.code), BODY, fault.line, fault.column, **values)
