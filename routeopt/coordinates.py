"""Convert positions between WGS-84 and the datums of Chinese maps, GCJ-02 and BD-09.

GCJ-02 shifts every position in mainland China by 300–700 m, using a fixed polynomial and sine series; BD-09 adds
Baidu's own shift. The formulas are the publicly known ones (as in the test data of ``eviltransform``). GCJ-02
equals WGS-84 outside the box 0.83–55.83 °N, 72.00–137.84 °E. All functions take and return degrees in arrays of
any shape.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Crs = Literal["wgs84", "gcj02", "bd09"]
Array = NDArray[np.float64]

AXIS_M = 6_378_245.0
"""Semi-major axis of the Krasovsky 1940 ellipsoid."""
ECCENTRICITY2 = 0.006_693_421_622_965_943_23
"""Squared first eccentricity of the ellipsoid."""
BD_TURN = np.pi * 3000.0 / 180.0
EARTH_M = 6_371_000.0
"""Mean radius of the earth."""
ROUNDS = 8
"""Fixed-point iterations of the inverse; each divides the error by about 100."""


def in_china(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each position lies in the box in which GCJ-02 differs from WGS-84."""
    la, lo = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    return np.asarray((la >= 0.8293) & (la <= 55.8271) & (lo >= 72.004) & (lo <= 137.8347))


def wgs84_to_gcj02(lat: ArrayLike, lon: ArrayLike) -> tuple[Array, Array]:
    """Convert WGS-84 to GCJ-02 (closed form)."""
    la, lo = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    x, y = lo - 105.0, la - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (waves + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (waves + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    phi = np.radians(la)
    bend = 1.0 - ECCENTRICITY2 * np.sin(phi) ** 2
    d_lat = np.degrees(north * bend**1.5 / (AXIS_M * (1.0 - ECCENTRICITY2)))
    d_lon = np.degrees(east * np.sqrt(bend) / (AXIS_M * np.cos(phi)))
    inside = in_china(la, lo)
    return np.where(inside, la + d_lat, la), np.where(inside, lo + d_lon, lo)


def gcj02_to_wgs84(lat: ArrayLike, lon: ArrayLike) -> tuple[Array, Array]:
    """Convert GCJ-02 to WGS-84 to well under a millimetre, by fixed-point iteration."""
    la, lo = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    guess_lat, guess_lon = la.copy(), lo.copy()
    for _ in range(ROUNDS):
        there_lat, there_lon = wgs84_to_gcj02(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + la - there_lat, guess_lon + lo - there_lon
    return guess_lat, guess_lon


def gcj02_to_bd09(lat: ArrayLike, lon: ArrayLike) -> tuple[Array, Array]:
    """Convert GCJ-02 to BD-09 (closed form)."""
    la, lo = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    radius = np.hypot(lo, la) + 2e-5 * np.sin(la * BD_TURN)
    angle = np.arctan2(la, lo) + 3e-6 * np.cos(lo * BD_TURN)
    return radius * np.sin(angle) + 0.006, radius * np.cos(angle) + 0.0065


def bd09_to_gcj02(lat: ArrayLike, lon: ArrayLike) -> tuple[Array, Array]:
    """Convert BD-09 to GCJ-02 to well under a millimetre, by fixed-point iteration."""
    la, lo = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    guess_lat, guess_lon = la - 0.006, lo - 0.0065
    for _ in range(ROUNDS):
        there_lat, there_lon = gcj02_to_bd09(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + la - there_lat, guess_lon + lo - there_lon
    return guess_lat, guess_lon


def to_wgs84(lat: ArrayLike, lon: ArrayLike, crs: Crs) -> tuple[Array, Array]:
    """Convert degrees in ``crs`` to WGS-84."""
    if crs == "bd09":
        lat, lon = bd09_to_gcj02(lat, lon)
    if crs in ("bd09", "gcj02"):
        return gcj02_to_wgs84(lat, lon)
    return np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)


def from_wgs84(lat: ArrayLike, lon: ArrayLike, crs: Crs) -> tuple[Array, Array]:
    """Convert WGS-84 degrees to ``crs``."""
    if crs in ("gcj02", "bd09"):
        lat, lon = wgs84_to_gcj02(lat, lon)
    if crs == "bd09":
        return gcj02_to_bd09(lat, lon)
    return np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)


def metres_from(lat: float, lon: float, lats: ArrayLike, lons: ArrayLike) -> Array:
    """Return the distances of positions from one, metres (equirectangular: exact enough within a city)."""
    north = np.radians(np.asarray(lats) - lat) * EARTH_M
    east = np.radians(np.asarray(lons) - lon) * EARTH_M * np.cos(np.radians(lat))
    return np.asarray(np.hypot(north, east))
