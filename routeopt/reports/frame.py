"""What the map of a plan shows at first: all teams, or all but the few whose way would shrink the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.explain.directions import COMPASS
from routeopt.reports.model import Track
from routeopt.streets.network import local_xy

SHRINK = 0.6
"""A team is left out if the others alone need less than this share of the width."""
LEFT_OUT = 1 / 3
"""Greatest share of the teams that is left out."""
LEAST_M = 500.0
"""Smaller maps are large enough."""


class Outside(NamedTuple):
    """A team off the first map."""

    team: int
    km: float
    """From the middle of what is shown."""
    compass: str
    """One of `COMPASS`."""


def outside(tracks: tuple[Track, ...]) -> list[Outside]:
    """Find the teams far from all others, at most a third of all, without which the map is much larger.

    Example (by hand): three teams within 1 km and one 12 km to the east: the last.
    """
    if len(tracks) < 3:
        return []
    lat0 = float(np.median(np.concatenate([t.lat for t in tracks])))
    lon0 = float(np.median(np.concatenate([t.lon for t in tracks])))
    boxes = np.array([_box(t, lat0, lon0) for t in tracks])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    far = np.hypot(*(middles - np.median(middles, axis=0)).T)
    order = np.argsort(-far, kind="stable")
    whole = _size(boxes)
    best = 0
    for n in range(1, int(len(tracks) * LEFT_OUT) + 1):
        size = _size(boxes[order[n:]])
        if size < SHRINK * whole and (not best or size < SHRINK * _size(boxes[order[best:]])):
            best = n
    kept = boxes[order[best:]]
    x0, y0 = (kept[:, :2].min(axis=0) + kept[:, 2:].max(axis=0)) / 2
    found = []
    for n in sorted(order[:best].tolist()):
        dx, dy = middles[n][0] - x0, middles[n][1] - y0
        compass = COMPASS[round(float(np.degrees(np.arctan2(dx, dy))) % 360 / 45) % 8]
        found.append(Outside(tracks[n].team_index, float(np.hypot(dx, dy)) / 1000, compass))
    return found


def _box(track: Track, lat0: float, lon0: float) -> list[float]:
    """West, south, east and north end of a track, metres."""
    x, y = local_xy(np.array(track.lat), np.array(track.lon), lat0, lon0)
    return [float(x.min()), float(y.min()), float(x.max()), float(y.max())]


def _size(boxes: NDArray[np.float64]) -> float:
    """The longer side of the box around all, metres."""
    return max(float((boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).max()), LEAST_M)
