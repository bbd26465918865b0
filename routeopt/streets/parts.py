"""Parts of the streets within which a mode can go from anywhere to anywhere, and which of them a mode uses."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message
from routeopt.streets.network import DENSE_M, MODE_NAMES, StreetNetwork, project, sample, snap

LEAST_KM = 0.005
"""Length cut off that is worth a note."""


def parts_of(
    u: NDArray[np.int32], v: NDArray[np.int32], kph: NDArray[np.float32], n_nodes: int
) -> NDArray[np.int32]:
    """Find the strongly connected part of each segment; −1 where the mode may not go, or not come back.

    Parameters
    ----------
    u, v : (n_segments,)
        End nodes.
    kph : (n_segments, 2)
        Speed of the mode forward and backward.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ahead, back = kph[:, 0] > 0, kph[:, 1] > 0
    rows = np.concatenate([u[ahead], v[back]])
    columns = np.concatenate([v[ahead], u[back]])
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n_nodes, n_nodes)).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    inside = (ahead | back) & (part[u] == part[v])
    return np.where(inside, part[u], -1).astype(np.int32)


def largest(part: NDArray[np.int32], length: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the segments of the part of greatest length."""
    inside = part >= 0
    size = np.bincount(part[inside], weights=length[inside], minlength=1)
    return np.asarray(inside & (part == int(size.argmax())))


def part_note(
    mode: str, kph: NDArray[np.float32], length: NDArray[np.float64], kept: NDArray[np.bool_]
) -> list[Message]:
    """Note what a mode cannot use, though it may: the streets outside the part that is kept."""
    may = (kph > 0).any(axis=1)
    if not may.any():
        return [Message("streets-not-open", mode=MODE_NAMES[mode])]
    cut_km = float(length[may & ~kept].sum() / 1000)
    if cut_km < LEAST_KM:
        return []
    share = cut_km * 1000 / float(length[may].sum())
    return [Message("streets-cut-off", mode=MODE_NAMES[mode], km=cut_km, share=share)]


def around(
    net: StreetNetwork, places: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]], limit_m: float
) -> StreetNetwork:
    """Let each mode use the part of the streets where its places are, if that is not the largest one.

    Parameters
    ----------
    places
        Mode → lat and lon of the places that it must reach.
    limit_m
        How far from a street a place may be. Where no part is so near to all places of a mode, its largest one
        stays.
    """
    usable, notes = dict(net.usable), list(net.notes)
    for mode, (lat, lon) in places.items():
        x, y = project(net, lat, lon)
        if (snap(net, x, y, mode, limit_m).segment >= 0).all():
            continue
        kph = net.speed_kph[mode]
        part = parts_of(net.seg_u, net.seg_v, kph, len(net.node_x))
        points = sample(net, np.flatnonzero((part >= 0) & net.stoppable))
        if not len(points.x):
            continue
        from scipy.spatial import cKDTree

        near = cKDTree(np.column_stack([points.x, points.y])).query_ball_point(
            np.column_stack([x, y]), limit_m + DENSE_M / 2
        )
        common = set.intersection(*({int(part[points.segment[k]]) for k in found} for found in near))
        for one in sorted(common, key=lambda p: -float(net.seg_length_m[part == p].sum())):
            kept = part == one
            candidate = dataclasses.replace(net, usable={mode: kept})
            if (snap(candidate, x, y, mode, limit_m).segment >= 0).all():
                usable[mode] = kept
                notes = [
                    n for n in notes if not (n.code == "streets-cut-off" and n.values["mode"] == MODE_NAMES[mode])
                ]
                notes += part_note(mode, kph, net.seg_length_m, kept)
                break
    if all(usable[mode] is net.usable[mode] for mode in usable):
        return net
    return dataclasses.replace(net, usable=usable, notes=tuple(notes))
