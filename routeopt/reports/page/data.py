"""What every page's scripts need: words, clock, streets and their demand over the night."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.messages import Words
from routeopt.streets.ground import Ground

MICRO = 1e6
"""Coordinates are whole millionths of a degree (0.1 m)."""

Street = tuple[str, str, int, Iterable[float], Iterable[float]]
"""Class, name, row in the table of demand (−1 where it has none), latitudes, longitudes."""


def script_words(_: Words) -> dict[str, str]:
    """Key → words in the reader's language, as the shared scripts use them (``T.key``)."""
    return {"play": _("play"), "pause": _("pause"), "km": _("km"), "m": _("m")}


def page_data(
    clock: Clock,
    words: dict[str, str],
    heat: NDArray[np.float64],
    slice_s: int,
    streets: Iterable[Street],
    ground: Iterable[Ground] = (),
) -> dict[str, Any]:
    """Encode the night's streets; ``heat`` is (n_rows, n_slices), square roots of shares of the top."""
    names: dict[str, int] = {}
    classes: dict[str, int] = {}
    known = [(cls, name, row, tuple(lat), tuple(lon)) for cls, name, row, lat, lon in streets]
    lines: list[list[Any]] = [
        [classes.setdefault(cls, len(classes)), names.setdefault(name, len(names)), row, lat, lon]
        for (cls, name, row, _, _), lat, lon in zip(
            known, lines_deltas([one[3] for one in known]), lines_deltas([one[4] for one in known]), strict=True
        )
    ]
    return {
        "words": words,
        "clock": {"start_min": clock.start_min, "duration_s": clock.duration_s},
        "slice_s": slice_s,
        "slices": heat.shape[1],
        "heat": as_bytes(heat),
        "origin": [lines[0][3][0] / MICRO, lines[0][4][0] / MICRO] if lines else [0, 0],
        "names": list(names),
        "classes": list(classes),
        "streets": lines,
        "ground": [[g.kind, g.name, [[deltas(lat), deltas(lon)] for lat, lon in g.rings]] for g in ground],
    }


def as_bytes(shares: NDArray[np.float64]) -> str:
    """Encode shares in [0, 1] as bytes, row by row."""
    return base64.b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode("ascii")


def lines_deltas(lines: Sequence[Sequence[float]]) -> Iterator[list[int]]:
    """The `deltas` of each of many lines, computed at once."""
    ptr = np.cumsum([0, *map(len, lines)])
    whole = _whole(np.fromiter(chain.from_iterable(lines), np.float64), MICRO)
    steps, begins = np.diff(whole, prepend=0), ptr[:-1][ptr[:-1] < len(whole)]
    steps[begins] = whole[begins]
    flat = steps.tolist()
    yield from (flat[a:b] for a, b in pairwise(ptr.tolist()))


def deltas(values: Iterable[float], unit: float = MICRO) -> list[int]:
    """The first value and then differences, in whole units."""
    steps: list[int] = np.diff(_whole(np.asarray(values, dtype=np.float64), unit), prepend=0).tolist()
    return steps


def _whole(values: NDArray[np.float64], unit: float) -> NDArray[np.int64]:
    return np.round(values * unit).astype(np.int64)
