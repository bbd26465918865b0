"""The small map of a duty card: streets, one team's route and its numbered stops, black on white, as SVG."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from routeopt.reports.model import ReportModel, Stop, Track
from routeopt.streets.names import street_of
from routeopt.streets.network import local_xy

WIDTH, HEIGHT = 188.0, 84.0
"""Millimetres on paper, and the SVG's units."""
LEAST_M = 500.0
"""Minimum width of a map in metres."""
WIDE = {"motorway": 1.5, "trunk": 1.5, "primary": 1.3, "secondary": 1.1, "tertiary": 0.9}
"""Drawn width by class, millimetres; others `THIN`."""
THIN = 0.6
DENSE_MM_PER_M = 0.06
"""Below this scale lines get thinner with it, and `MINOR` classes are left out."""
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
        self.boxes: list[tuple[float, float, float, float]] = []

    def free(self, x: float, y: float, w: float, h: float) -> bool:
        """Whether a box around (x, y) is inside the map and on no other."""
        if not (w / 2 < x < WIDTH - w / 2 and h / 2 < y < HEIGHT - h / 2):
            return False
        return all(abs(x - bx) * 2 >= w + bw or abs(y - by) * 2 >= h + bh for bx, by, bw, bh in self.boxes)

    def take(self, x: float, y: float, w: float, h: float) -> None:
        """Keep a box."""
        self.boxes.append((x, y, w, h))


def draw(report: ReportModel, track: Track, stops: list[Stop], fonts: list[str]) -> str:
    """The map as SVG text."""
    lat, lon = np.array(track.lat), np.array(track.lon)
    frame = _Frame(lat, lon)
    family = escape(", ".join(f"'{f}'" for f in fonts))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}mm" height="{HEIGHT}mm" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">'
    ]
    shown = _streets(report, frame, out)
    line = _points(frame(lat, lon))
    out.append(f'<polyline points="{line}" stroke="#fff" stroke-width="2"/>')
    out.append(f'<polyline points="{line}" stroke="#000" stroke-width="0.9"/></g>')
    labels = _Labels()
    labels.take(16, HEIGHT - 5, 32, 10)  # the scale
    posts = frame(lat[[0, -1]], lon[[0, -1]])
    for x, y in posts:
        labels.take(float(x), float(y), 3.4, 3.4)
    marks = _stops(stops, track, frame, labels)
    travelled = {street_of(m.street) for w in report.ways_of[track.team_index] for m in w.moves}
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


def _streets(report: ReportModel, frame: _Frame, out: list[str]) -> list[tuple[str, Array]]:
    """Draw what lies in the frame; (name, line) of it."""
    streets = report.streets
    if not len(streets):
        return []
    shown, scale = [], min(1.0, frame.k / DENSE_MM_PER_M)
    classes = [cls.removesuffix("_link") for cls in streets.classes]
    (west, low), (east, high) = (frame(*(degrees[n] for degrees in streets.box)).T for n in (0, 1))
    inside = (east >= 0) & (west <= WIDTH) & (low >= 0) & (high <= HEIGHT)
    if scale < 0.8:
        inside &= ~np.array([cls in MINOR for cls in classes])[streets.cls]
    for s in np.flatnonzero(inside).tolist():
        corners = slice(streets.ptr[s], streets.ptr[s + 1])
        xy = frame(streets.lat[corners], streets.lon[corners])
        shown.append((street_of(streets.names[streets.name[s]]), xy))
        width = round(WIDE.get(classes[streets.cls[s]], THIN) * max(scale, 0.3), 2)
        out.append(f'<polyline points="{_points(xy)}" stroke="#b4b4b4" stroke-width="{width}"/>')
    return shown


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


def _names(
    shown: list[tuple[str, Array]], travelled: set[str], labels: _Labels, route: Array, family: str
) -> list[str]:
    """Names along the streets, those travelled first and beside the route, where there is room."""
    longest: dict[str, tuple[float, Array]] = {}
    for name, xy in shown:
        length = float(np.hypot(*(xy[-1] - xy[0])))
        if name and length > longest.get(name, (0.0,))[0]:
            longest[name] = length, xy
    out = []
    for name, (_, xy) in sorted(longest.items(), key=lambda item: (item[0] not in travelled, -item[1][0])):
        (ax, ay), (bx, by) = xy[0], xy[-1]
        angle = (np.degrees(np.arctan2(by - ay, bx - ax)) + 90) % 180 - 90
        turn = np.radians(angle)
        cos, sin = np.cos(turn), np.sin(turn)
        w = sum(3.0 if ord(c) > 0x2E7F else 1.6 for c in name)
        box = abs(w * cos) + abs(3 * sin), abs(w * sin) + abs(3 * cos)
        for aside in (0.0, -2.6, 2.6):
            x, y = (ax + bx) / 2 - aside * sin, (ay + by) / 2 + aside * cos
            along, across = (route - (x, y)) @ (cos, sin), (route - (x, y)) @ (-sin, cos)
            covered = (np.abs(along) < w / 2 + 0.5) & (np.abs(across) < 1.9)
            if labels.free(x, y, *box) and not covered.any():
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
