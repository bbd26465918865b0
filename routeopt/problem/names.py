"""Teams, places and times as people say them: names, positions and clock times to indices.

A name is found as it is written, else without regard to case, width of characters and spaces; one that several
things share is refused. Everything that cannot be found is a `MisreadError`, whose place its reader knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.coordinates import Crs, metres_from, to_wgs84
from routeopt.errors import MisreadError, nearest
from routeopt.guard import is_finite, number, shown

NEAR_M = 300.0
"""A position stands for the nearest place within this distance, metres."""
UNKNOWN = {"team": ("RO-542", "RO-543"), "site": ("RO-545", "RO-546")}
"""What is looked up → codes for a name that is unknown, and for one that is like a known name."""


def plain(name: str) -> str:
    """Normalise a name: width of characters, case and spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


class Names:
    """The names of all teams, or of all sites, with their indices."""

    def __init__(self, what: str, names: Sequence[str]) -> None:
        self.what, self.names = what, names
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._plain: dict[str, list[int]] = defaultdict(list)
        for n, name in enumerate(names):
            self._exact[name].append(n)
            self._plain[plain(name)].append(n)

    def index(self, name: object) -> int:
        """Return the index of a name.

        Raises
        ------
        MisreadError
            If it is no text, unknown, or the name of several.
        """
        if not isinstance(name, str):
            raise MisreadError("RO-423", expected="str", got=type(name).__name__)
        found = self._exact.get(name) or self._plain.get(plain(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise MisreadError("RO-490", name=name, count=len(found))
        unknown, similar = UNKNOWN[self.what]
        near = nearest(name, self.names)
        if near:
            raise MisreadError(similar, name=shown_name(name), near=near)
        known = {"known": self.names} if self.what == "team" else {}
        raise MisreadError(unknown, name=shown_name(name), **known)


def shown_name(name: str) -> str:
    """Shorten a name for a message."""
    return name if len(name) <= 40 else name[:39] + "…"


def position_of(place: object) -> tuple[float, float] | None:
    """Return (lat, lon), WGS-84, of a pair or of a mapping with lat, lon and perhaps crs; None of anything else.

    Raises
    ------
    MisreadError
        If it is not two numbers of degrees, or of an unknown datum.
    """
    crs: Any = "wgs84"
    if isinstance(place, Mapping) and {"lat", "lon"} <= set(place) <= {"lat", "lon", "crs"}:
        crs, place = place.get("crs", crs), (place["lat"], place["lon"])
    if isinstance(place, str) or not isinstance(place, Sequence) or len(place) != 2:
        return None
    for value, most in zip(place, (90, 180), strict=True):
        for fault in number("", value, -most, most):
            raise MisreadError(fault.code, **fault.values)
    if crs not in get_args(Crs):
        raise MisreadError("RO-547", name=shown(crs), known=get_args(Crs))
    lat, lon = to_wgs84(float(place[0]), float(place[1]), crs)
    return float(lat), float(lon)


def site_of(
    place: Any,
    names: Names,
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    within_m: float = NEAR_M,
    among: NDArray[np.bool_] | None = None,
) -> int:
    """Return the site of a name, or the nearest one to a position (lat, lon).

    Parameters
    ----------
    among
        (n_sites,) which sites a position may stand for; None for all.

    Raises
    ------
    MisreadError
        If the name is unknown, no site is within ``within_m`` of the position, or it is neither.
    """
    at = position_of(place)
    if at is None:
        if not isinstance(place, str):
            raise MisreadError("RO-491", got=shown(place))
        return names.index(place)
    if not len(lat):
        raise MisreadError("RO-492")
    away = metres_from(*at, lat, lon)
    if among is not None:
        away = np.where(among, away, np.inf)
    site = int(away.argmin())
    if away[site] > within_m:
        values = {"distance": f"{away[site]:.0f}", "most": f"{within_m:g}", "near": names.names[site]}
        raise MisreadError("RO-493" if among is None else "RO-549", **values)
    return site


def whole_steps(minutes: object, clock: Clock) -> int:
    """Return a length in minutes as steps, 1 … n_steps.

    Raises
    ------
    MisreadError
        If it is no number, or no whole number of steps of the plan.
    """
    if not isinstance(minutes, (int, float)) or isinstance(minutes, bool) or not is_finite(minutes):
        raise MisreadError("RO-564", value=shown(minutes))
    steps = clock.nearest_steps(minutes)
    if not 1 <= steps <= clock.n_steps or abs(steps * clock.step_s - minutes * 60) > 0.5:
        most = f"{clock.n_steps * clock.step_s / 60:g}"
        raise MisreadError("RO-515", minutes=f"{minutes:g}", step=clock.step_s, most=most)
    return steps
