"""What every page's scripts need: words, clock, streets and their demand over the night."""

from __future__ import annotations

import base64
from collections.abc import Iterable
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
    lines: list[list[Any]] = [
        [classes.setdefault(cls, len(classes)), names.setdefault(name, len(names)), row, deltas(lat), deltas(lon)]
        for cls, name, row, lat, lon in streets
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


def deltas(values: Iterable[float], unit: float = MICRO) -> list[int]:
    """The first value and then differences, in whole units."""
    whole = np.round(np.asarray(values, dtype=np.float64) * unit).astype(np.int64)
    return [int(x) for x in np.diff(whole, prepend=0)]
