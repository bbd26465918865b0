"""Travel between snapped places: times, lengths and the segments passed (see `routeopt.streets.arcs`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.arcs import Arcs
from routeopt.streets.cache import kept
from routeopt.streets.network import Snap, StreetNetwork

if TYPE_CHECKING:
    from routeopt.kernels.streets.fastest import Graph, Labels


@dataclass(frozen=True)
class TravelTable:
    """Legs between n places, as rows by place and target: all of them, row i·n + k, or only some."""

    time_s: NDArray[np.float64]
    """(n, n), or (n_legs,) where only some are listed: travel time, seconds; inf without a way."""
    length_m: NDArray[np.float64]
    """The same shape: length of the fastest path, metres."""
    ptr: NDArray[np.int64]
    """(n_legs + 1,) CSR pointer: what each passes."""
    segment: NDArray[np.int32]
    """Segments traversed from end to end, in order; part segments at both ends are left out."""
    enter_s: NDArray[np.float32]
    """Seconds after departure at which each is entered."""
    leave_s: NDArray[np.float32]
    """Seconds after departure at which each is left."""
    row_ptr: NDArray[np.int64]
    """(n + 1,) CSR pointer: the legs listed from each place; (0,) where all are."""
    row_target: NDArray[np.int32]
    """(n_legs,) place to which each leads, ascending; (0,) likewise."""


def travel_table(net: StreetNetwork, mode: str, snap: Snap) -> TravelTable:
    """Compute the fastest paths of ``mode`` between all snapped places, or take them from the disk.

    A place with segment −1 has no way to or from any other.
    """
    return _kept_travel(net, mode, snap)


def compute_travel(net: StreetNetwork, mode: str, snap: Snap) -> TravelTable:
    """See `travel_table`."""
    n = len(snap.segment)
    streets = Fastest(net, mode, snap)
    wanted = np.ones(net.n_segments, dtype=np.bool_)
    ptr, target, seconds, metres, passed, *items = streets.paths(
        np.arange(n), np.full(n, n), wanted, backward=False
    )
    time_s, length_m = np.full(n * n, np.inf), np.full(n * n, np.inf)
    time_s[:: n + 1] = length_m[:: n + 1] = 0.0
    rows = np.repeat(np.arange(n), np.diff(ptr)) * n + target
    time_s[rows], length_m[rows] = seconds, metres
    counts = np.zeros(n * n, dtype=np.int64)
    counts[rows] = np.diff(passed)
    none = np.empty(0, dtype=np.int64)
    segment, enter_s, leave_s = items
    return TravelTable(
        time_s.reshape(n, n), length_m.reshape(n, n), np.append(0, np.cumsum(counts)), segment, enter_s, leave_s,
        none, none.astype(np.int32),
    )  # fmt: skip


_kept_travel = kept("travel", TravelTable)(compute_travel)


def near_table(
    net: StreetNetwork,
    mode: str,
    snap: Snap,
    nearest: int,
    hubs: NDArray[np.int64],
    around: int,
    wanted: NDArray[np.bool_],
) -> TravelTable:
    """Compute the fastest paths of ``mode`` from each place to those nearest by time, or take them from the disk.

    Parameters
    ----------
    nearest
        Number of places to which legs are listed from each.
    hubs
        Places that have more: legs from them to the ``around`` nearest, and to them from as many.
    wanted : (n_segments,)
        Segments that are listed when they are passed.
    """
    return _kept_near(net, mode, snap, nearest, hubs, around, wanted)


def compute_near(
    net: StreetNetwork,
    mode: str,
    snap: Snap,
    nearest: int,
    hubs: NDArray[np.int64],
    around: int,
    wanted: NDArray[np.bool_],
) -> TravelTable:
    """See `near_table`."""
    n = len(snap.segment)
    streets = Fastest(net, mode, snap)
    most = np.full(n, nearest)
    most[hubs] = np.maximum(around, nearest)
    away = streets.paths(np.arange(n), most, wanted, backward=False)
    back = streets.paths(hubs, most[hubs], wanted, backward=True)
    off = np.flatnonzero(snap.segment < 0)  # no way leads there, and yet each is listed as its own neighbour
    origin = np.concatenate([np.repeat(np.arange(n), np.diff(away[0])), back[1], off])
    target = np.concatenate([away[1], np.repeat(hubs, np.diff(back[0])).astype(np.int32), off.astype(np.int32)])
    order = np.lexsort((target, origin))  # stable: of two equal legs the one found forward comes first
    first = np.append(True, (np.diff(origin[order]) != 0) | (np.diff(target[order]) != 0))[: len(order)]
    order = order[first]
    sizes = np.concatenate([np.diff(away[4]), np.diff(back[4]), np.zeros(len(off), dtype=np.int64)])
    begin = np.append(0, np.cumsum(sizes))[order]
    ptr = np.append(0, np.cumsum(sizes[order]))
    item = np.repeat(begin - ptr[:-1], sizes[order]) + np.arange(ptr[-1])
    del begin, sizes
    segment, enter_s, leave_s = (np.concatenate([a, b])[item] for a, b in zip(away[5:], back[5:], strict=True))
    time_s, length_m = (np.concatenate([away[k], back[k], np.zeros(len(off))])[order] for k in (2, 3))
    return TravelTable(
        time_s, length_m, ptr, segment,
        enter_s, leave_s, np.searchsorted(origin[order], np.arange(n + 1)).astype(np.int64), target[order],
    )  # fmt: skip


_kept_near = kept("near", TravelTable)(compute_near)


class Fastest:
    """Fastest paths of a mode between snapped places."""

    def __init__(self, net: StreetNetwork, mode: str, snap: Snap) -> None:
        self.net, self.mode, self.snap = net, mode, snap

    @cached_property
    def arcs(self) -> Arcs:
        """The mode's arcs with the places put in."""
        return Arcs(self.net, self.mode, self.snap)

    @cached_property
    def _forward(self) -> Graph:
        from routeopt.kernels.streets.fastest import Graph

        arcs = self.arcs
        place = np.full(arcs.n, -1, dtype=np.int32)
        on = np.flatnonzero(arcs.place >= 0)
        place[arcs.place[on]] = on
        tail = np.repeat(np.arange(arcs.n, dtype=np.int32), np.diff(arcs.ptr))
        every = np.arange(len(tail), dtype=np.int32)
        return Graph(
            arcs.ptr.astype(np.int64), every, tail, arcs.head, arcs.seconds, arcs.metres, arcs.arc_segment,
            arcs.arc_share, place, False,
        )  # fmt: skip

    @cached_property
    def _labels(self) -> Labels:
        from routeopt.kernels.streets.fastest import Labels

        n, most = self.arcs.n, len(self.arcs.head) + 2
        times, nodes = np.full((2, n), np.inf), np.empty((3, n), dtype=np.int32)
        return Labels(times[0], times[1], nodes[0], nodes[1], np.empty(most), np.empty(most, np.int32), nodes[2])

    def way(self, place: int, target: int) -> NDArray[np.int32]:
        """List the arcs of the fastest path between two places, in order; none where there is no way."""
        from routeopt.kernels.streets.fastest import fastest_way

        nodes = self.arcs.place[[place, target]].tolist()
        if min(nodes) < 0:
            return np.empty(0, dtype=np.int32)
        found: NDArray[np.int32] = fastest_way(self._forward, self._labels, *nodes, self._found)
        return found

    @cached_property
    def _found(self) -> NDArray[np.int32]:
        return np.empty(len(self.snap.segment), dtype=np.int32)

    @cached_property
    def _backward(self) -> Graph:
        order = np.argsort(self._forward.head, kind="stable").astype(np.int32)
        ptr = np.searchsorted(self._forward.head[order], np.arange(self.arcs.n + 1))
        return self._forward._replace(ptr=ptr.astype(np.int64), arc=order, backward=True)

    def _nodes(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Return the nodes of the places that lie at a street, and which these are."""
        on = np.flatnonzero(self.arcs.place[places] >= 0)
        return self.arcs.place[places[on]], on

    def paths(
        self, places: NDArray[np.int64], most: NDArray[np.int64], wanted: NDArray[np.bool_], *, backward: bool,
        goal: int = -1,
    ) -> tuple[NDArray[Any], ...]:  # fmt: skip
        """Find the fastest paths from some places, or to them; see `fastest_paths`."""
        from routeopt.kernels.streets.fastest import fastest_paths

        nodes, on = self._nodes(places)
        graph = self._backward if backward else self._forward
        ptr, *found = fastest_paths(graph, nodes, most[on], goal, wanted, len(self.snap.segment))
        sizes = np.zeros(len(places), dtype=np.int64)
        sizes[on] = np.diff(ptr)
        return np.append(0, np.cumsum(sizes)), *found

    def within(
        self, places: NDArray[np.int64], seconds: float, *, backward: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
        """Find what lies within a time of some places, or from where they lie so; see `places_within`."""
        from routeopt.kernels.streets.fastest import places_within

        nodes, on = self._nodes(places)
        graph = self._backward if backward else self._forward
        ptr, place, time_s = places_within(graph, nodes, seconds, len(self.snap.segment))
        sizes = np.zeros(len(places), dtype=np.int64)
        sizes[on] = np.diff(ptr)
        return np.append(0, np.cumsum(sizes)), place, time_s
