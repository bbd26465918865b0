"""Borders of the model town's communities and compounds, as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.synthetic import Town

Corners = NDArray[np.float64]
"""(n, 2) metres from the middle of the town."""


def write_zones(town: Town, folder: Path) -> None:
    """Write communities.geojson and compounds.geojson: a polygon with a name for each."""
    _write(town, communities(town), folder / "communities.geojson")
    _write(town, town.compounds, folder / "compounds.geojson")


def communities(town: Town) -> list[tuple[str, Corners]]:
    """Return name and border of each community: what is nearer to its middle than to any other, in the town."""
    across, up = town.width_m / 2, town.height_m / 2
    found = []
    for name, x, y in town.centres:
        border = np.array([(-across, -up), (across, -up), (across, up), (-across, up)])
        for _, a, b in town.centres:
            if (a, b) != (x, y):
                border = _nearer(border, np.array([x, y]), np.array([a, b]))
        found.append((name, border))
    return found


def _nearer(border: Corners, own: Corners, other: Corners) -> Corners:
    """Cut off what is nearer to another middle (Sutherland and Hodgman 1974, Reentrant polygon clipping)."""
    side = (border - (own + other) / 2) @ (other - own)
    kept: list[Corners] = []
    for n in range(len(border)):
        before, here = side[n - 1], side[n]
        if before * here < 0:
            kept.append(border[n - 1] + before / (before - here) * (border[n] - border[n - 1]))
        if here <= 0:
            kept.append(border[n])
    return np.array(kept).reshape(-1, 2)


def _write(town: Town, zones: Iterable[tuple[str, Corners]], path: Path) -> None:
    features = []
    for name, border in zones:
        degrees = [town.latlon(x, y) for x, y in [*border, *border[:1]]]
        ring = [[round(float(lon), 6), round(float(lat), 6)] for lat, lon in degrees]
        features.append(
            {
                "type": "Feature",
                "properties": {"name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    path.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8")
