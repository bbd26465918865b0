"""The sea beside coastlines, as areas.

OpenStreetMap has no sea, only the line where it begins (``natural=coastline``), with the land on its left
(https://wiki.openstreetmap.org/wiki/Tag:natural=coastline).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.network import local_latlon, local_xy

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""South, west, north and east, degrees."""

ASIDE_M = 0.5
"""How far beside a coastline it is asked what lies there, metres."""
CUT_OFF = 0.2
"""A coastline that ends inside the map goes on to its edge, if that is nearer than this share of the map."""


def sea(coast: Sequence[Array], box: Box) -> list[list[Array]]:
    """Compute the parts of a box that are sea: of each its outer ring and those of islands, (n, 2) lat and lon.

    The coastlines and the edge of the box divide it into faces. A face is sea if more of the coast has it on its
    right than on its left.

    Parameters
    ----------
    coast
        Coastlines, (n, 2) latitude and longitude each.
    """
    import shapely

    south, west, north, east = box
    lat0, lon0 = (south + north) / 2, (west + east) / 2
    lines = [np.column_stack(local_xy(line[:, 0], line[:, 1], lat0, lon0)) for line in coast if len(line) > 1]
    (low_x, high_x), (low_y, high_y) = local_xy(np.array([south, north]), np.array([west, east]), lat0, lon0)
    area = shapely.box(low_x, low_y, high_x, high_y)
    shapes = [*map(shapely.linestrings, lines), *_to_the_edge(lines, area), area.exterior]
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(shapes))))
    faces = faces[shapely.within(shapely.point_on_surface(faces), area)]
    if not lines or not len(faces):
        return []
    step = np.concatenate([np.diff(line, axis=0) for line in lines])
    middle = np.concatenate([(line[1:] + line[:-1]) / 2 for line in lines])
    length = np.hypot(step[:, 0], step[:, 1])
    aside = ASIDE_M * np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(length, 1e-9)[:, None]
    wet = np.zeros(len(faces))
    for side in (1, -1):
        point, face = shapely.STRtree(faces).query(shapely.points(middle + side * aside), predicate="within")
        wet += side * np.bincount(face, length[point], minlength=len(faces))
    found = []
    for face in faces[wet > 0]:
        corners = [shapely.get_coordinates(ring) for ring in (face.exterior, *face.interiors)]
        found.append([np.column_stack(local_latlon(at[:, 0], at[:, 1], lat0, lon0)) for at in corners])
    return found


def _to_the_edge(lines: Sequence[Array], area: Any) -> list[Any]:
    """Continue lines that end inside an area, as they do where an extract ends, straight to its nearest edge."""
    import shapely

    ends = Counter(tuple(line[n].tolist()) for line in lines for n in (0, -1))
    loose = shapely.points(np.array([end for end, count in ends.items() if count == 1]).reshape(-1, 2))
    loose = loose[shapely.within(loose, area)]
    west, south, east, north = area.bounds
    near = shapely.distance(loose, area.exterior) < CUT_OFF * min(east - west, north - south)
    return list(shapely.shortest_line(loose[near], area.exterior))
