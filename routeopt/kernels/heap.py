"""A binary heap of nodes by their distance, and the labels of Dijkstra's algorithm."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import part


@part
def arrive(best, touched, n_touched, heap_key, heap_node, size, distance, node):
    """Note a shorter way to a node; return the numbers of nodes touched and of entries in the heap."""
    if distance < best[node]:
        if best[node] == np.inf:
            touched[n_touched] = node
            n_touched += 1
        best[node] = distance
        size = push(heap_key, heap_node, size, distance, node)
    return n_touched, size


@part
def push(heap_key, heap_node, size, distance, node):
    """Add an entry to the heap of ``size`` entries; return the new size."""
    at = size
    while at > 0:
        above = (at - 1) // 2
        if heap_key[above] <= distance:
            break
        heap_key[at], heap_node[at] = heap_key[above], heap_node[above]
        at = above
    heap_key[at], heap_node[at] = distance, node
    return size + 1


@part
def sink(heap_key, heap_node, size, at, distance, node):
    """Put an entry at a place of the heap of ``size`` entries, or below it."""
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap_key[below + 1] < heap_key[below]:
            below += 1
        if heap_key[below] >= distance:
            break
        heap_key[at], heap_node[at] = heap_key[below], heap_node[below]
        at = below
    heap_key[at], heap_node[at] = distance, node


@part
def pop(heap_key, heap_node, size):
    """Remove the least entry from the heap of ``size`` entries; return the new size."""
    size -= 1
    sink(heap_key, heap_node, size, 0, heap_key[size], heap_node[size])
    return size
