"""Spreading weights along the streets, so that a river or a wall without a street stops them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.cache import kept
from routeopt.streets.network import StreetNetwork

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BATCH = 1000
"""Sources per call: Ctrl-C and progress come between calls."""
THREADS = 2
LEAST_M = 1.0
"""Least length that a segment counts as, metres."""

Share = Callable[[float], None]
"""Called with the share of the work that is done, 0 to 1."""


@dataclass(frozen=True)
class NetworkDistances:
    """Segments near each source, by distance along the streets (CSR over sources)."""

    sources: NDArray[np.int32]
    """(n_sources,) segments."""
    ptr: NDArray[np.int64]
    segment: NDArray[np.int32]
    distance_m: NDArray[np.float32]
    """From the middle of the source to the middle of the segment; 0 for its own."""

    def shares(self, bandwidth_m: NDArray[np.float64] | float, base: NDArray[np.float64]) -> csr_array:
        """Compute (n_segments, n_sources) how much of each source falls on each segment; columns sum to 1.

        By the quartic kernel (1 − (d/bandwidth)²)² times ``base`` (n_segments,), such as the segment's length.
        A bandwidth of 0 leaves all of it on the source's own segment; none may be beyond the reach's limit.
        """
        from scipy.sparse import csr_array

        column, segment, value = self._shares(bandwidth_m, base)
        # rows of the transpose are in order already: no sorting of millions of entries
        ends = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(self.sources)))])
        shape = (len(self.sources), len(base))
        return csr_array(csr_array((value, segment, ends), shape=shape).T.tocsr())

    def _shares(
        self, bandwidth_m: NDArray[np.float64] | float, base: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """List source, segment and share of each entry, by sources; no segment twice for one."""
        n = len(self.sources)
        width = np.broadcast_to(np.asarray(bandwidth_m, dtype=np.float64), (n,))
        if not width.any():
            return np.arange(n, dtype=np.int32), self.sources, np.ones(n)
        column = np.repeat(np.arange(n, dtype=np.int32), np.diff(self.ptr))
        near = self.distance_m < width[column]
        near[self.ptr[:-1]] = True  # its own, whatever the width
        column, segment = column[near], self.segment[near]
        part = self.distance_m[near] / np.maximum(width, 1e-9)[column]
        value = np.maximum(1 - part**2, 0.0) ** 2 * base[segment]
        value /= np.bincount(column, weights=value, minlength=n)[column]
        return column, segment, value


def reach(
    net: StreetNetwork,
    sources: NDArray[np.int32],
    limit_m: NDArray[np.float64] | float,
    progress: Share | None = None,
) -> NetworkDistances:
    """Find segments within ``limit_m`` of each source along the streets, on foot (both ways), middle to middle."""
    from routeopt.kernels.streets.network_distance import network_distance

    limit = np.array(np.broadcast_to(np.asarray(limit_m, dtype=np.float64), (len(sources),)))
    u, v, half = net.seg_u, net.seg_v, np.maximum(net.seg_length_m, 1e-6) / 2
    n_nodes, n = len(net.node_x), net.n_segments
    ends, other = np.concatenate([u, v]), np.concatenate([v, u])
    order = np.argsort(ends, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=n_nodes))])
    graph = (ptr, other[order], np.tile(2 * half, 2)[order], ptr, np.tile(np.arange(n, dtype=np.int32), 2)[order])
    zeros = np.zeros(n_nodes), np.zeros(n)
    cuts = range(0, len(sources), BATCH)
    found = []
    with ThreadPoolExecutor(THREADS) as pool:
        calls = [
            pool.submit(
                functools.partial(network_distance, *graph, u, v, half),
                sources[a : a + BATCH],
                limit[a : a + BATCH],
                *zeros,
            )
            for a in cuts
        ]
        try:
            for done, call in enumerate(calls, 1):
                found.append(call.result())
                if progress is not None:
                    progress(done / len(calls))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if not found:
        return NetworkDistances(sources, np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    count = np.concatenate([np.diff(p) for p, _, _ in found])
    return NetworkDistances(
        sources,
        np.concatenate([[0], np.cumsum(count)]),
        np.concatenate([s for _, s, _ in found]),
        np.concatenate([m for _, _, m in found]),
    )


def spread(net: StreetNetwork, segment: NDArray[np.int32], bandwidth_m: NDArray[np.float64] | float) -> csr_array:
    """Compute each source's shares that fall on each segment, (n_segments, n_sources); columns sum to 1.

    Sources lie in the middle of their segments. Distances run along the streets between the middles of
    segments, on foot (both ways); the share falls as the quartic kernel (1 − (d/bandwidth)²)², times the
    segment's length; tunnels and motorways get none. The distances are kept on disk.
    """
    found = _near(net, np.asarray(segment, dtype=np.int32), bandwidth_m)
    return found.shares(bandwidth_m, lengths(net) * net.stoppable)


@kept("near", NetworkDistances)
def _near(
    net: StreetNetwork, segment: NDArray[np.int32], bandwidth_m: NDArray[np.float64] | float
) -> NetworkDistances:
    return reach(net, segment, bandwidth_m)


def lengths(net: StreetNetwork) -> NDArray[np.float64]:
    """Return (n_segments,) lengths in metres, at least `LEAST_M`."""
    return np.maximum(net.seg_length_m, LEAST_M)
