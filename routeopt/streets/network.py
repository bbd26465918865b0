"""The street network as arrays: nodes, segments of at most ~120 m, what each mode may do on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MODES = ("foot", "bike", "ebike", "car")
"""Modes that move on streets, in the order used everywhere."""


@dataclass(frozen=True)
class Venue:
    """A place of public life found in the street data (never a person)."""

    lat: float
    lon: float
    kind: str
    """OSM class as ``key=value``, e.g. ``amenity=bar``."""
    name: str = ""


@dataclass(frozen=True)
class Snap:
    """Where given positions meet the network; arrays of shape (n,)."""

    segment: NDArray[np.int32]
    """Nearest usable segment; −1 where there is none within the limit."""
    offset_m: NDArray[np.float64]
    """Distance along the segment from its first node, metres."""
    x: NDArray[np.float64]
    """Easting of the snapped position, metres."""
    y: NDArray[np.float64]
    """Northing of the snapped position, metres."""
    distance_m: NDArray[np.float64]
    """Distance from the given position to the snapped one, metres (also where segment is −1)."""


@dataclass(frozen=True)
class StreetNetwork:
    """Streets of all modes; segment *s* runs from node ``seg_u[s]`` to ``seg_v[s]`` ("forward")."""

    lat0: float
    """Origin of the local projection, degrees (WGS-84)."""
    lon0: float
    node_x: NDArray[np.float64]
    """(n_nodes,) easting from the origin, metres."""
    node_y: NDArray[np.float64]
    """(n_nodes,) northing from the origin, metres."""
    seg_u: NDArray[np.int32]
    """(n_segments,) first node."""
    seg_v: NDArray[np.int32]
    """(n_segments,) last node."""
    seg_length_m: NDArray[np.float64]
    """(n_segments,) length along the street, metres; at most the cut length."""
    seg_name: NDArray[np.int32]
    """(n_segments,) index into ``names``."""
    seg_class: NDArray[np.int32]
    """(n_segments,) index into ``classes``."""
    names: tuple[str, ...]
    """Street names; entry 0 is ``""`` for unnamed."""
    classes: tuple[str, ...]
    """OSM ``highway`` values met."""
    geom_ptr: NDArray[np.int64]
    """(n_segments + 1,) CSR pointer into the polyline arrays."""
    geom_x: NDArray[np.float64]
    """Polyline points from first to last node, both included, metres."""
    geom_y: NDArray[np.float64]
    speed_kph: dict[str, NDArray[np.float32]]
    """mode → (n_segments, 2) speed forward and backward, km/h; 0 where the mode may not go."""
    usable: dict[str, NDArray[np.bool_]]
    """mode → (n_segments,) whether the segment is in the mode's largest strongly connected part."""
    venues: tuple[Venue, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What the reader cut or assumed, as sentences for the report."""

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.seg_u)
