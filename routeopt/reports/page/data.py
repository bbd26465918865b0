"""What every page's scripts need: words, clock, streets and their demand over the night."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routeopt.clock import Clock
from routeopt.messages import Words
from routeopt.reports.model import StreetLines
from routeopt.streets.ground import Ground

MICRO = 1e6
"""Coordinates are whole millionths of a degree (0.1 m)."""
HEAT_MIN = 15
"""Minutes over which demand is averaged."""
MOST_BYTES = 5
"""Bytes of a packed number at most: 34 bits and the sign."""


def script_words(_: Words) -> dict[str, str]:
    """Key → words in the reader's language, as the shared scripts use them (``T.key``)."""
    return {"play": _("play"), "pause": _("pause"), "km": _("km"), "m": _("m")}


def page_data(
    clock: Clock,
    words: dict[str, str],
    heat: NDArray[np.float64],
    slice_s: int,
    streets: StreetLines,
    ground: Iterable[Ground] = (),
) -> dict[str, Any]:
    """Encode the night's streets.

    Parameters
    ----------
    heat : (n_rows, n_slices)
        Demand, as square roots of shares of the top.
    streets
        ``row`` is that of ``heat``.
    """
    return {
        "words": words,
        "clock": {"start_min": clock.start_min, "duration_s": clock.duration_s},
        "slice_s": slice_s,
        "slices": heat.shape[1],
        "heat": as_bytes(heat),
        "origin": [round(streets.lat[0], 6), round(streets.lon[0], 6)] if len(streets) else [0, 0],
        "names": streets.names,
        "classes": streets.classes,
        "streets": {
            "cls": packed(streets.cls), "name": packed(streets.name), "row": packed(streets.row),
            "corners": packed(np.diff(streets.ptr)), "lat": packed(deltas(streets.lat)),
            "lon": packed(deltas(streets.lon)),
        },
        "ground": [
            [g.kind, g.name, [[packed(deltas(lat)), packed(deltas(lon))] for lat, lon in g.rings]] for g in ground
        ],
    }  # fmt: skip


def heat_of(demand: NDArray[np.float64], step_s: int) -> tuple[NDArray[np.float64], int]:
    """Return demand as `page_data` takes it, and a slice's length in seconds.

    A square root, so that quiet streets can be told from empty ones; the top 0.5 % share the last colour.
    """
    heat, heat_s = slices(demand, step_s, HEAT_MIN)
    top = float(np.quantile(heat[heat > 0], 0.995)) if (heat > 0).any() else 1.0
    return np.sqrt(np.minimum(heat / top, 1.0)), heat_s


def slices(values: NDArray[np.float64], step_s: int, minutes: int) -> tuple[NDArray[np.float64], int]:
    """Means over slices of the night, (n, nslices), and a slice's length in seconds."""
    width = max(1, minutes * 60 // step_s)
    cuts = np.arange(0, values.shape[1], width)
    mean = np.add.reduceat(values, cuts, axis=1) / np.diff(np.append(cuts, values.shape[1]))
    return mean, width * step_s


def as_bytes(shares: NDArray[np.float64]) -> str:
    """Encode shares in [0, 1] as bytes, row by row."""
    return base64.b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode("ascii")


def packed(values: NDArray[np.integer[Any]]) -> str:
    """Encode whole numbers, most of them small: in base64, 7 bits to a byte, the lowest first.

    The sign is the lowest bit of a number; the highest bit of a byte says that another one follows (as in the
    variable-length integers of Protocol Buffers).
    """
    whole = values.astype(np.int64)
    coded = ((whole << 1) ^ (whole >> 63)).astype(np.uint64)
    size = np.ones(len(coded), dtype=np.int64)
    for n in range(1, MOST_BYTES):
        size += coded >= np.uint64(1) << np.uint64(7 * n)
    begin = np.cumsum(size) - size
    out = np.empty(int(size.sum()), dtype=np.uint8)
    for n in range(int(size.max(initial=0))):
        more = size > n
        part = (coded[more] >> np.uint64(7 * n)) & np.uint64(127)
        out[begin[more] + n] = part + np.where(size[more] > n + 1, np.uint64(128), np.uint64(0))
    return base64.b64encode(out.tobytes()).decode("ascii")


def deltas(values: ArrayLike, unit: float = MICRO) -> NDArray[np.int64]:
    """Return the first value and then differences, in whole units."""
    whole = np.round(np.asarray(values, dtype=np.float64) * unit).astype(np.int64)
    return np.diff(whole, prepend=0)
