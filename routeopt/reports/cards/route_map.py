"""The small map of a duty card: streets, one team's route and its numbered stops, black on white, as SVG."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.reports.model import ReportModel, Stop, StreetLines, Track
from routeopt.streets.names import street_of
from routeopt.streets.network import local_xy
from routeopt.streets.ragged import items, ptr_of

WIDTH, HEIGHT = 188.0, 84.0
"""Millimetres on paper, and the SVG's units."""
HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}mm" height="{HEIGHT}mm" '
    f'viewBox="0 0 {WIDTH} {HEIGHT}">'
)
BLANK = f"{HEAD}</svg>"
"""A map with nothing on it."""
LEAST_M = 500.0
"""Minimum width of a map in metres."""
WIDE = {"motorway": 1.5, "trunk": 1.5, "primary": 1.3, "secondary": 1.1, "tertiary": 0.9}
"""Drawn width by class, millimetres; others `THIN`."""
THIN = 0.6
DENSE_MM_PER_M = 0.06
"""Below this scale lines get thinner with it, and `MINOR` classes are left out."""
MOST = 3000
"""Where there are more streets, those of lesser classes that the team does not take are left out."""
MINOR = frozenset({"footway", "path", "service", "steps", "track", "cycleway", "corridor", "bridleway"})
Array = NDArray[np.float64]


class _Frame:
    """Degrees → millimetres of the map."""

    def __init__(self, lat: Array, lon: Array) -> None:
        self.lat0, self.lon0 = float(np.median(lat)), float(np.median(lon))
        x, y = local_xy(lat, lon, self.lat0, self.lon0)
        self.cx, self.cy = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
        self.k = min(
            (WIDTH - 14) / max(float(np.ptp(x)), LEAST_M), (HEIGHT - 14) / max(float(np.ptp(y)), LEAST_M / 2)
        )

    def __call__(self, lat: Array, lon: Array) -> Array:
        """(n, 2) millimetres, y down."""
        x, y = local_xy(lat, lon, self.lat0, self.lon0)
        return np.column_stack([WIDTH / 2 + (x - self.cx) * self.k, HEIGHT / 2 - (y - self.cy) * self.k])


class _Labels:
    """Boxes taken, so that no label lies on another."""

    def __init__(self) -> None:
        self.boxes = np.empty((64, 4))
        """Middle, width and height of each, and room for more."""
        self.n = 0

    def free(self, x: float, y: float, w: float, h: float) -> bool:
        """Whether a box around (x, y) is inside the map and on no other."""
        if not (w / 2 < x < WIDTH - w / 2 and h / 2 < y < HEIGHT - h / 2):
            return False
        bx, by, bw, bh = self.boxes[: self.n].T
        return not ((np.abs(bx - x) * 2 < bw + w) & (np.abs(by - y) * 2 < bh + h)).any()

    def take(self, x: float, y: float, w: float, h: float) -> None:
        """Keep a box."""
        if self.n == len(self.boxes):
            self.boxes = np.concatenate([self.boxes, np.empty_like(self.boxes)])
        self.boxes[self.n] = x, y, w, h
        self.n += 1


def draw(report: ReportModel, track: Track, stops: list[Stop], fonts: list[str]) -> str:
    """The map as SVG text."""
    lat, lon = np.array(track.lat), np.array(track.lon)
    frame = _Frame(lat, lon)
    family = escape(", ".join(f"'{f}'" for f in fonts))
    out = [
        f'{HEAD}<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        '<g fill="none" stroke-linecap="round" stroke-linejoin="round">'
    ]
    travelled = {street_of(m.street) for w in report.ways_of[track.team_index] for m in w.moves}
    shown = _streets(report, frame, travelled, out)
    line = _points(frame(lat, lon))
    out.append(f'<polyline points="{line}" stroke="#fff" stroke-width="2"/>')
    out.append(f'<polyline points="{line}" stroke="#000" stroke-width="0.9"/></g>')
    labels = _Labels()
    labels.take(16, HEIGHT - 5, 32, 10)  # the scale
    posts = frame(lat[[0, -1]], lon[[0, -1]])
    for x, y in posts:
        labels.take(float(x), float(y), 3.4, 3.4)
    marks = _stops(stops, track, frame, labels)
    out += _names(shown, travelled, labels, _along(frame(lat, lon)), family)
    out += [mark.replace("FAMILY", family) for mark in marks]
    for x, y in posts:
        corner = f'x="{x - 1.3:.2f}" y="{y - 1.3:.2f}"'
        out.append(f'<rect {corner} width="2.6" height="2.6" stroke="#fff" stroke-width="0.4"/>')
    out.append(_scale(frame, family))
    edge = f'width="{WIDTH - 0.3}" height="{HEIGHT - 0.3}"'
    out.append(f'<rect x="0.15" y="0.15" {edge} fill="none" stroke="#666" stroke-width="0.3"/>')
    return "".join(out) + "</svg>"


def _points(xy: Array) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in xy)


class _Line(NamedTuple):
    """Where the name of a street may stand: along the longest of its segments."""

    name: str
    begin: Array
    end: Array
    length: float


def _streets(report: ReportModel, frame: _Frame, travelled: set[str], out: list[str]) -> list[_Line]:
    """Draw what lies in the frame; return where its names may stand."""
    streets = report.streets
    if not len(streets):
        return []
    scale = min(1.0, frame.k / DENSE_MM_PER_M)
    classes = [cls.removesuffix("_link") for cls in streets.classes]
    (west, low), (east, high) = (frame(*(degrees[n] for degrees in streets.box)).T for n in (0, 1))
    inside = (east >= 0) & (west <= WIDTH) & (low >= 0) & (high <= HEIGHT)
    if scale < 0.8:
        inside &= ~np.array([cls in MINOR for cls in classes])[streets.cls]
    if inside.sum() > MOST:
        inside &= _greatest(streets, classes, inside, travelled)
    drawn = np.flatnonzero(inside)
    size = np.diff(streets.ptr)[drawn]
    corner, ptr = items(streets.ptr[drawn], size), ptr_of(size)
    xy = frame(streets.lat[corner], streets.lon[corner])
    widths = np.array([round(WIDE.get(cls, THIN) * max(scale, 0.3), 2) for cls in classes])[streets.cls[drawn]]
    for width in np.unique(widths).tolist():
        own = np.flatnonzero(widths == width)
        path = _path(xy[items(ptr[own], size[own])], ptr_of(size[own])[:-1])
        out.append(f'<path transform="scale(0.01)" d="{path}" stroke="#b4b4b4" stroke-width="{100 * width:g}"/>')
    longest: dict[str, _Line] = {}
    begin, end = xy[ptr[:-1]], xy[ptr[1:] - 1]
    length = np.hypot(*(end - begin).T)
    name = streets.name[drawn]
    order = np.lexsort((-length, name))
    for n in order[np.diff(name[order], prepend=-1) > 0].tolist():
        street = street_of(streets.names[name[n]])
        if street and (street not in longest or length[n] > longest[street].length):
            longest[street] = _Line(street, begin[n], end[n], float(length[n]))
    return list(longest.values())


def _greatest(
    streets: StreetLines, classes: list[str], inside: NDArray[np.bool_], travelled: set[str]
) -> NDArray[np.bool_]:
    """Which streets there is room for: of the classes drawn widest, and those that the team takes."""
    rank = np.array([WIDE.get(cls, 0.0 if cls in MINOR else THIN) for cls in classes])[streets.cls]
    rank[np.array([street_of(name) in travelled - {""} for name in streets.names])[streets.name]] = np.inf
    levels = np.unique(rank[inside])
    room = next((level for level in levels if (inside & (rank >= level)).sum() <= MOST), levels[-1])
    found: NDArray[np.bool_] = rank >= room
    return found


def _path(xy: Array, first: NDArray[np.int64]) -> str:
    """SVG commands for lines that begin at the points ``first``: hundredths, each point from the one before."""
    whole = np.round(100 * xy).astype(np.int64)
    step = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    begins = np.zeros(len(xy), dtype=np.bool_)
    begins[first] = True
    kept = ~(begins & (step == 0).all(axis=1))  # a line that goes on from the one before
    marks = np.where(begins, "m", " ")[kept].tolist()
    return "".join(f"{mark}{x},{y}" for mark, (x, y) in zip(marks, step[kept].tolist(), strict=True))


def _stops(stops: list[Stop], track: Track, frame: _Frame, labels: _Labels) -> list[str]:
    """A dot where the team stands, the numbers of its stops beside it, kept off each other."""
    places: dict[tuple[float, float], list[int]] = {}
    for s in stops:
        spot = (float(np.interp(s.start_s, track.time_s, degrees)) for degrees in (track.lat, track.lon))
        lat, lon = (round(v, 6) for v in spot)
        places.setdefault((lat, lon), []).append(s.order)
    if not places:
        return []
    spots = frame(*(np.array(v) for v in zip(*places, strict=True)))
    for x, y in spots:
        labels.take(float(x), float(y), 2.2, 2.2)
    out = []
    for (x, y), numbers in zip(spots, places.values(), strict=True):
        text = " ".join(map(str, numbers))
        w, h = 1.75 * len(text) + 1.6, 3.9
        tries = [
            (dx * (w / 2 + gap), dy * (h / 2 + gap))
            for gap in (1.4, 3.5, 6.0, 9.0)
            for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, 1), (-1, -1), (1, -1), (-1, 1))
        ]
        dx, dy = next(((a, b) for a, b in tries if labels.free(x + a, y + b, w, h)), tries[0])
        labels.take(x + dx, y + dy, w, h)
        out.append(
            f'<line x1="{x:.2f}" y1="{y:.2f}" x2="{x + dx:.2f}" y2="{y + dy:.2f}" '
            'stroke="#000" stroke-width="0.25"/>'
            f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.1" fill="#fff" stroke="#000" stroke-width="0.6"/>'
            f'<rect x="{x + dx - w / 2:.2f}" y="{y + dy - h / 2:.2f}" width="{w:.2f}" height="{h}" rx="1" '
            f'fill="#000"/><text x="{x + dx:.2f}" y="{y + dy + 1:.2f}" font-family="FAMILY" font-size="3.1" '
            f'font-weight="bold" fill="#fff" text-anchor="middle">{text}</text>'
        )
    return out


def _along(line: Array) -> Array:
    """Points of the route every millimetre, which no name may cover."""
    step = np.hypot(*np.diff(line, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(step)])
    where = np.arange(0.0, at[-1] + 0.5)
    return np.column_stack([np.interp(where, at, line[:, 0]), np.interp(where, at, line[:, 1])])


def _names(lines: list[_Line], travelled: set[str], labels: _Labels, route: Array, family: str) -> list[str]:
    """Names along the streets, those travelled first and beside the route, where there is room."""
    out = []
    for name, (ax, ay), (bx, by), _ in sorted(lines, key=lambda line: (line.name not in travelled, -line.length)):
        angle = (np.degrees(np.arctan2(by - ay, bx - ax)) + 90) % 180 - 90
        turn = np.radians(angle)
        cos, sin = np.cos(turn), np.sin(turn)
        w = sum(3.0 if ord(c) > 0x2E7F else 1.6 for c in name)
        box = abs(w * cos) + abs(3 * sin), abs(w * sin) + abs(3 * cos)
        for aside in (0.0, -2.6, 2.6):
            x, y = (ax + bx) / 2 - aside * sin, (ay + by) / 2 + aside * cos
            if not labels.free(x, y, *box):
                continue
            along, across = (route - (x, y)) @ (cos, sin), (route - (x, y)) @ (-sin, cos)
            if not ((np.abs(along) < w / 2 + 0.5) & (np.abs(across) < 1.9)).any():
                break
        else:
            continue
        labels.take(x, y, *box)
        at = f'transform="translate({x:.2f} {y:.2f}) rotate({angle:.1f})" y="1" text-anchor="middle"'
        look = f'font-family="{family}" font-size="2.9"'
        out.append(
            f'<text {at} {look} fill="#fff" stroke="#fff" stroke-width="0.9" stroke-linejoin="round">'
            f'{escape(name)}</text><text {at} {look} fill="#222">{escape(name)}</text>'
        )
    return out


def _scale(frame: _Frame, family: str) -> str:
    metres = next(m for m in (5000, 2000, 1000, 500, 200, 100, 50) if m * frame.k <= 30 or m == 50)
    w, y = metres * frame.k, HEIGHT - 3
    return (
        f'<rect x="1.5" y="{y - 5.5}" width="{w + 5:.2f}" height="7.5" fill="#fff" opacity="0.85"/>'
        f'<path d="M4 {y - 1.5}v1.5h{w:.2f}v-1.5" fill="none" stroke="#000" stroke-width="0.5"/>'
        f'<text x="{4 + w / 2:.2f}" y="{y - 2}" font-family="{family}" font-size="2.8" '
        f'text-anchor="middle">{metres} m</text>'
    )
