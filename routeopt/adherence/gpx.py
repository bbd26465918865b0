"""GPX 1.0 and 1.1: the points of tracks, with their lines in the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from routeopt.errors import Fault, InputError


class Point(NamedTuple):
    """A point of a track as written; texts are "" where the file has none."""

    line: int
    name: str
    """Of the track."""
    time: str
    lat: str
    lon: str


def points(path: Path, raw: bytes) -> Iterator[Point]:
    """Yield the points of all tracks; waypoints and routes are no tracks.

    Raises
    ------
    InputError
        If the file is no XML, is no GPX, or defines entities.
    """
    reader = _Reader(path)
    try:
        reader.parser.Parse(raw, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code] if error.code < len(expat.errors.messages) else str(error)
        raise InputError(Fault("RO-773", path, error.lineno, reason=reason)) from None
    for name, rows in reader.tracks:
        for line, time, lat, lon in rows:
            yield Point(line, "".join(name).strip(), time.strip(), lat.strip(), lon.strip())


class _Reader:
    """Collects points while the parser goes through the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.open: list[str] = []
        self.tracks: list[tuple[list[str], list[tuple[int, str, str, str]]]] = []
        self.told: list[str] | None = None
        self.point: tuple[int, list[str], str, str] | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.EntityDeclHandler = self.entity

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        if not self.open and name != "gpx":
            raise InputError(Fault("RO-773", self.path, self.parser.CurrentLineNumber, reason=f"<{name}>"))
        around, self.told = self.open[-1] if self.open else "", None
        self.open.append(name)
        if name == "trk":
            self.tracks.append(([], []))
        elif name == "trkpt" and self.tracks:
            line = self.parser.CurrentLineNumber
            self.point = (line, [], attributes.get("lat", ""), attributes.get("lon", ""))
        elif name == "name" and around == "trk":
            self.told = self.tracks[-1][0]
        elif name == "time" and around == "trkpt" and self.point is not None:
            self.told = self.point[1]

    def text(self, text: str) -> None:
        if self.told is not None:
            self.told.append(text)

    def end(self, _name: str) -> None:
        self.told = None
        if self.open.pop() == "trkpt" and self.point is not None:
            line, time, lat, lon = self.point
            self.tracks[-1][1].append((line, "".join(time), lat, lon))
            self.point = None

    def entity(self, *_: object) -> None:
        """Refuse entities, which can blow a small file up to a large text."""
        raise InputError(Fault("RO-773", self.path, self.parser.CurrentLineNumber, reason="<!ENTITY>"))
