"""Legs as lines on the map, with the names of their streets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.network import Snap, StreetNetwork, unproject
from routeopt.streets.ragged import nth, ptr_of, running_sums
from routeopt.streets.travel import Fastest

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LegPath:
    """One leg on the map."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    time_s: NDArray[np.float64]
    """Seconds after departure at each point."""
    streets: tuple[str, ...]
    """Names of the streets, in order, each once in a row; unnamed ones are left out."""
    street: NDArray[np.int32]
    """Street that leads to each point: index into the network's names."""


class Paths:
    """Legs as lines on the map: the fastest ways of `travel_table`, each searched for when it is asked for."""

    def __init__(self, net: StreetNetwork, mode: str, snap: Snap) -> None:
        self.net, self._fastest = net, Fastest(net, mode, snap)

    @cached_property
    def _latlon(self) -> tuple[Array, Array]:
        return unproject(self.net, self.net.geom_x, self.net.geom_y)

    @cached_property
    def _along(self) -> Array:
        """Share of its segment's length at each point of the segments' lines."""
        net, size = self.net, np.diff(self.net.geom_ptr)
        step = np.hypot(np.diff(net.geom_x, prepend=0.0), np.diff(net.geom_y, prepend=0.0))
        step[net.geom_ptr[:-1]] = 0.0
        metres = running_sums(step, size)
        along: Array = metres / np.maximum(np.repeat(metres[net.geom_ptr[1:] - 1], size), 1e-9)
        return along

    def leg(self, i: int, k: int) -> LegPath:
        """Return the path from place ``i`` to place ``k``; it must exist."""
        net, arcs, way = self.net, self._fastest.arcs, self._fastest.way(i, k)
        if not len(way):
            return LegPath(np.empty(0), np.empty(0), np.empty(0), (), np.empty(0, np.int32))
        segment, begin, end = arcs.arc_segment[way], arcs.arc_begin[way], arcs.arc_end[way]
        # each arc: where it begins, the corners of its segment's line on the way, where it ends
        back, size = end < begin, np.diff(net.geom_ptr)[segment]
        first = net.geom_ptr[segment] + np.where(back, size - 1, 0)
        arc = np.repeat(np.arange(len(way)), size)
        corner = first[arc] + np.where(back, -1, 1)[arc] * nth(size)
        at = self._along[corner]
        inside = (at > np.minimum(begin, end)[arc]) & (at < np.maximum(begin, end)[arc])
        arc, corner, at = arc[inside], corner[inside], at[inside]
        ptr = ptr_of(np.bincount(arc, minlength=len(way)) + 2)
        head, foot = ptr[:-1], ptr[1:] - 1
        row = np.delete(np.arange(ptr[-1]), np.concatenate([head, foot]))

        def line(at_begin: Array, between: Array, at_end: Array) -> Array:
            values = np.empty(ptr[-1])
            values[head], values[row], values[foot] = at_begin, between, at_end
            return values

        of = np.repeat(np.arange(len(way)), np.diff(ptr))
        part = (line(begin, at, end) - begin[of]) / np.where(end == begin, 1.0, end - begin)[of]
        then = np.cumsum(arcs.seconds[way])
        now = np.concatenate([[0.0], then[:-1]])
        lat, lon = (line(self._at(d, segment, begin), d[corner], self._at(d, segment, end)) for d in self._latlon)
        street = net.seg_name[segment]
        return LegPath(
            lat, lon, now[of] + part * (then - now)[of], self._named(street), street[of].astype(np.int32)
        )

    def _at(self, degrees: Array, segment: NDArray[np.int32], share: Array) -> Array:
        """Return the latitudes, or longitudes, at shares of the segments' lengths."""
        ptr = self.net.geom_ptr
        values: Array = degrees[np.where(share < 0.5, ptr[segment], ptr[segment + 1] - 1)]
        for n in np.flatnonzero((share > 0) & (share < 1)):
            line = slice(ptr[segment[n]], ptr[segment[n] + 1])
            values[n] = np.interp(share[n], self._along[line], degrees[line])
        return values

    def _named(self, street: NDArray[np.int32]) -> tuple[str, ...]:
        """Return the names of the streets, each once in a row; unnamed ones are left out."""
        names = filter(None, (self.net.names[name] for name in street.tolist()))
        return tuple(name for name, _ in groupby(names))
