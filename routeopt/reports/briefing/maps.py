"""Maps that stand still, as parts of an SVG: streets in shades of demand, marks, the names of busy streets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.ground import Ground
from routeopt.streets.names import street_of
from routeopt.streets.network import StreetNetwork, project
from routeopt.streets.sites import midpoints

Array = NDArray[np.float64]

WIDTH, HEIGHT = 1000, 760
SHADES = 6
"""Shades of demand."""
LIT = 0.08
"""Square root of the share of the top from which a street has a shade."""
TOP = 0.998
"""The densest streets beyond this quantile share the last shade."""
SHOWN = 0.92
"""Share of the demand that the map holds."""
PAD = 0.06
"""Of the map's size, around what it shows."""
MAIN = ("motorway", "trunk", "primary", "secondary")
VEIL_M = 9000.0
"""On maps wider than this, metres, paths and service ways are left out."""
FINE = ("footway", "path", "steps", "service", "cycleway", "track", "pedestrian")
NAMES = 8
"""Street names at most."""
LETTER = 21.0
"""Height of the names, units of the map; a Chinese character is as wide."""


@dataclass(frozen=True)
class Mark:
    """A mark on a map."""

    x: float
    y: float
    kind: str
    """Class of its style."""
    said: str
    """What is said of it."""


@dataclass(frozen=True)
class Label:
    """The name of a street."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Map:
    """The parts of an SVG of `WIDTH` by `HEIGHT`."""

    minor: str
    """Paths (``d``) of streets, of main streets, of shades of demand from low to high, of waters and parks."""
    main: str
    shades: tuple[str, ...]
    grounds: tuple[tuple[str, str], ...]
    labels: tuple[Label, ...]
    scale_m: int
    """A round length, metres, and how long it is on the map."""
    scale: float
    frame: Frame


class Frame:
    """From metres of the network to units of the map."""

    def __init__(self, x: Array, y: Array) -> None:
        west, east, south, north = float(x.min()), float(x.max()), float(y.min()), float(y.max())
        wide, high = max(east - west, 300.0), max(north - south, 300.0)
        self.unit = max(wide / WIDTH, high / HEIGHT) * (1 + 2 * PAD)
        self.x0 = (west + east) / 2 - self.unit * WIDTH / 2
        self.y0 = (south + north) / 2 + self.unit * HEIGHT / 2

    def at(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return positions on the map."""
        return (x - self.x0) / self.unit, (self.y0 - y) / self.unit


def frame_of(net: StreetNetwork, heats: Iterable[Array], lat: Array, lon: Array) -> Frame:
    """Return the frame that holds most of the demand, and all positions that are not far from it.

    Parameters
    ----------
    heats : (n_segments,) each
        Demand.
    """
    middle_x, middle_y = midpoints(net, np.arange(net.n_segments, dtype=np.int32))
    total = np.sum(list(heats), axis=0)
    ends = (1 - SHOWN) / 2
    box = [_quantiles(values, total, (ends, 1 - ends)) for values in (middle_x, middle_y)]
    x, y = project(net, lat, lon)
    (west, east), (south, north) = box
    wide, high = max(east - west, 300.0), max(north - south, 300.0)
    near = (x > west - wide / 5) & (x < east + wide / 5) & (y > south - high / 5) & (y < north + high / 5)
    return Frame(np.append(x[near], box[0]), np.append(y[near], box[1]))


def _quantiles(values: Array, weight: Array, shares: Sequence[float]) -> Array:
    order = np.argsort(values, kind="stable")
    mass = np.cumsum(weight[order])
    rows = np.searchsorted(mass, np.array(shares) * mass[-1]).clip(0, len(order) - 1)
    return np.asarray(values[order][rows])


def draw(net: StreetNetwork, heat: Array, frame: Frame, grounds: Iterable[Ground] = ()) -> Map:
    """Draw the streets and their demand.

    Parameters
    ----------
    heat : (n_segments,)
        Demand of each street.
    """
    x, y = frame.at(net.geom_x, net.geom_y)
    dense = heat / np.maximum(net.seg_length_m, 1.0)
    top = float(np.quantile(dense[dense > 0], TOP)) if (dense > 0).any() else 1.0
    level = np.sqrt(np.minimum(dense / top, 1.0))
    left, right = (np.array([end(part) for part in _parts(net, x)]) for end in (np.min, np.max))
    low, high = (np.array([end(part) for part in _parts(net, y)]) for end in (np.min, np.max))
    inside = (right > 0) & (left < WIDTH) & (high > 0) & (low < HEIGHT)
    kinds = np.array(net.classes)[net.seg_class]
    main = np.isin(kinds, MAIN)
    fine = np.isin(kinds, FINE) & (frame.unit * WIDTH > VEIL_M)
    shade = np.where(level >= LIT, np.minimum((level * SHADES).astype(np.int64), SHADES - 1), -1)
    ground_paths = [(one.kind, _ground(net, frame, one)) for one in grounds]
    want = 220 * frame.unit
    power = 10 ** int(np.floor(np.log10(want)))
    metres = next(k * power for k in (5, 2, 1) if k * power <= want)
    return Map(
        _path(net, x, y, np.flatnonzero(inside & ~main & ~fine)), _path(net, x, y, np.flatnonzero(inside & main)),
        tuple(_path(net, x, y, np.flatnonzero(inside & (shade == k))) for k in range(SHADES)),
        tuple(pair for pair in ground_paths if pair[1]), tuple(_labels(net, heat, frame)), int(metres),
        metres / frame.unit, frame,
    )  # fmt: skip


def _parts(net: StreetNetwork, values: Array) -> list[Array]:
    return [values[a:b] for a, b in pairwise(net.geom_ptr.tolist())]


def _path(net: StreetNetwork, x: Array, y: Array, segments: NDArray[np.int64]) -> str:
    """The path of some segments, in whole units."""
    found = []
    for s in segments.tolist():
        part = slice(int(net.geom_ptr[s]), int(net.geom_ptr[s + 1]))
        found.append(_line(x[part], y[part]))
    return "".join(found)


def _line(x: Array, y: Array) -> str:
    px, py = np.round(x).astype(int).tolist(), np.round(y).astype(int).tolist()
    steps = [f"M{px[0]} {py[0]}"]
    steps += [
        f"l{b - a} {d - c}" for (a, b), (c, d) in zip(pairwise(px), pairwise(py), strict=True) if (a, c) != (b, d)
    ]
    return "".join(steps) if len(steps) > 1 else f"M{px[0]} {py[0]}h1"


def _ground(net: StreetNetwork, frame: Frame, one: Ground) -> str:
    lines = []
    for lat, lon in one.rings:
        x, y = frame.at(*project(net, np.array(lat), np.array(lon)))
        if x.max() > 0 and x.min() < WIDTH and y.max() > 0 and y.min() < HEIGHT:
            lines.append(_line(x, y))
    return "".join(lines)


def _labels(net: StreetNetwork, heat: Array, frame: Frame) -> Iterable[Label]:
    """Yield the names of the busiest streets, where there is room for them."""
    mass = np.bincount(net.seg_name, weights=heat, minlength=len(net.names))
    mass[0] = 0.0
    x, y = midpoints(net, np.arange(net.n_segments, dtype=np.int32))
    boxes: list[tuple[float, float, float, float]] = []
    for name in np.argsort(-mass, kind="stable")[: 4 * NAMES].tolist():
        text = street_of(net.names[name])
        if len(boxes) == NAMES or not text or mass[name] <= 0:
            continue
        own = np.flatnonzero(net.seg_name == name)
        at = own[int(heat[own].argmax())]
        px, py = (float(v[0]) for v in frame.at(x[[at]], y[[at]]))
        half = LETTER * sum(1.0 if ord(c) > 0x2E80 else 0.55 for c in text) / 2 + 4
        px = min(max(px, half), WIDTH - half)
        box = (px - half, py - LETTER, px + half, py + LETTER)
        free = all(box[2] < b[0] or box[0] > b[2] or box[3] < b[1] or box[1] > b[3] for b in boxes)
        if free and LETTER < py < HEIGHT - 2 * LETTER:
            boxes.append(box)
            yield Label(round(px, 1), round(py - 9, 1), text)


def marks(
    net: StreetNetwork, frame: Frame, lat: Array, lon: Array, kinds: Sequence[str], said: Sequence[str]
) -> list[Mark]:
    """Put marks on a map; those outside of it are left out."""
    x, y = frame.at(*project(net, lat, lon))
    return [
        Mark(round(float(a), 1), round(float(b), 1), kind, text)
        for a, b, kind, text in zip(x, y, kinds, said, strict=True) if 0 <= a <= WIDTH and 0 <= b <= HEIGHT
    ]  # fmt: skip
