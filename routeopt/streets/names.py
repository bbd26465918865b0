"""What people call a place on the streets: ``Stortingsgata at Rosenkrantz' gate``."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from routeopt.streets.network import StreetNetwork

CROSSING_M = 250.0
"""The second street of a name lies within this distance along the streets."""
NAMED_M = 1000.0
"""A nameless place is named after a street within this distance along the streets."""
NUMBER = re.compile(r"[A-Z]{0,3}[ -]?\d+[A-Za-z]?|[Rr]ing \d+")
"""A road's number, which is a name only where no other is near."""
MOST_NAMES = 100_000
"""Names of streets whose first part is remembered."""
HAN = re.compile("[\u2e80-\u9fff]")


@lru_cache(MOST_NAMES)
def street_of(name: str) -> str:
    """The first of the names that a street has (``162;Ring 1``), a road's number last."""
    parts = [part.strip() for part in name.split(";") if part.strip()]
    return min(parts, key=is_number, default="")


def is_number(name: str) -> bool:
    """Whether a name is a road's number."""
    return NUMBER.fullmatch(name) is not None


class PlaceNames:
    """Names places after the streets around them."""

    def __init__(self, net: StreetNetwork) -> None:
        self.net = net
        self.names = tuple(street_of(name) for name in net.names)
        ends = np.concatenate([net.seg_u, net.seg_v])
        order = np.argsort(ends, kind="stable")
        # lists, of which a single item is read several times as fast as of an array
        self.ptr = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=len(net.node_x)))]).tolist()
        self.segment = np.tile(np.arange(net.n_segments), 2)[order].tolist()
        self.u, self.v = net.seg_u.tolist(), net.seg_v.tolist()
        self.metres, self.name = net.seg_length_m.tolist(), net.seg_name.tolist()

    def of(self, segment: int) -> str:
        """Name a segment by its street and the nearest other one; by its class where no street has a name.

        Example (by hand): in the middle of A, 50 m from its corner with B, it is ``A at B``.
        """
        own, by = self.streets(segment)
        if not own:
            kind: str = self.net.classes[self.net.seg_class[segment]]
            return kind.replace("_", " ")
        if not by:
            return own
        return f"{own}近{by}" if HAN.search(own) and HAN.search(by) else f"{own} at {by}"

    def streets(self, segment: int) -> tuple[str, str]:
        """Return the street of a segment, or the nearest one with a name, and the nearest other; "" for none."""
        found: dict[str, float] = {}
        numbers: dict[str, float] = {}
        for other, metres in self._around(segment):
            name = self.names[self.name[other]]
            if name:
                (numbers if is_number(name) else found).setdefault(name, metres)
            if len(found) == 2 or (found and metres > CROSSING_M):
                break
        ranked = [*found.items(), *numbers.items()]
        if not ranked:
            return "", ""
        second = next((name for name, metres in ranked[1:] if metres <= CROSSING_M), "")
        return ranked[0][0], second

    def _around(self, segment: int) -> Iterator[tuple[int, float]]:
        """Yield segments and their distance from the middle of one, along the streets, the nearest first."""
        half = self.metres[segment] / 2
        seen, done = {segment}, set()
        yield segment, 0.0
        queue = [(half, self.u[segment]), (half, self.v[segment])]
        heapq.heapify(queue)
        while queue and queue[0][0] <= NAMED_M:
            metres, node = heapq.heappop(queue)
            if node in done:
                continue
            done.add(node)
            for other in self.segment[self.ptr[node] : self.ptr[node + 1]]:
                if other not in seen:
                    seen.add(other)
                    yield other, metres
                u, v = self.u[other], self.v[other]
                heapq.heappush(queue, (metres + self.metres[other], v if u == node else u))
