"""Venues of the street data: an OSM class, its weight and its hourly profile.

Weights and profiles are a starting table for a planner to edit, not measurements: they say that bars are
busy towards closing time and markets in the evening.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from routeopt.clock import Clock
from routeopt.demand.rates import Rates
from routeopt.demand.spread import kernel
from routeopt.scenario import VenueDemand
from routeopt.streets.network import StreetNetwork, project, snap

LIMIT_M = 150.0
"""Venues further from every street are left out."""

PROFILES: dict[str, dict[float, float]] = {
    "night": {0: 1.0, 1: 0.9, 2: 1.0, 3: 0.5, 4: 0.1, 6: 0.0, 17: 0.1, 19: 0.3, 21: 0.6, 23: 0.9},
    "evening": {0: 0.4, 1: 0.15, 2: 0.05, 6: 0.0, 10: 0.2, 12: 0.5, 14: 0.3, 17: 0.6, 19: 1.0, 21: 0.9, 23: 0.6},
    "market": {0: 0.2, 1: 0.05, 2: 0.0, 6: 0.2, 9: 0.3, 17: 0.5, 19: 0.9, 20: 1.0, 22: 0.9, 23: 0.5},
    "shop": {0: 0.0, 7: 0.0, 9: 0.4, 12: 0.6, 16: 0.8, 18: 1.0, 20: 0.9, 21: 0.6, 22: 0.1, 23: 0.0},
    "round": {0: 0.5, 3: 0.2, 6: 0.4, 9: 1.0, 18: 1.0, 21: 0.8, 23: 0.6},
    "school": {
        0: 0.0,
        6: 0.1,
        7.5: 1.0,
        8.5: 0.1,
        11.5: 0.5,
        13: 0.2,
        16.5: 1.0,
        18: 0.3,
        21: 0.5,
        22: 0.2,
        23: 0.0,
    },
    "traffic": {0: 0.3, 2: 0.05, 5: 0.3, 7.5: 1.0, 9: 0.6, 17.5: 1.0, 20: 0.7, 23: 0.4},
}
"""Hour of day → share of the busiest time; linear between the hours, wrapping at midnight."""

CLASSES: dict[str, tuple[float, str]] = {
    "amenity=bar": (4.0, "night"), "amenity=pub": (3.5, "night"), "amenity=nightclub": (6.0, "night"),
    "amenity=karaoke_box": (5.0, "night"), "amenity=biergarten": (3.0, "evening"), "amenity=casino": (4.0, "night"),
    "amenity=restaurant": (1.5, "evening"), "amenity=fast_food": (1.5, "evening"), "amenity=cafe": (0.7, "shop"),
    "amenity=food_court": (2.5, "evening"), "amenity=marketplace": (5.0, "market"), "amenity=cinema": (2.5, "evening"),
    "amenity=theatre": (1.5, "evening"), "amenity=arts_centre": (0.8, "evening"), "amenity=internet_cafe": (2.5, "night"),
    "amenity=school": (1.0, "school"), "amenity=kindergarten": (0.5, "school"), "amenity=college": (1.0, "school"),
    "amenity=university": (1.5, "school"), "amenity=hospital": (3.0, "round"), "amenity=clinic": (0.8, "shop"),
    "amenity=bank": (0.6, "shop"), "amenity=atm": (0.4, "round"), "amenity=fuel": (1.0, "round"),
    "amenity=bus_station": (3.0, "traffic"), "railway=station": (3.5, "traffic"),
    "railway=subway_entrance": (1.5, "traffic"), "railway=halt": (1.0, "traffic"),
    "public_transport=station": (1.5, "traffic"), "tourism=hotel": (1.0, "round"), "tourism=hostel": (1.0, "round"),
    "shop=mall": (5.0, "shop"), "shop=department_store": (3.0, "shop"), "shop=supermarket": (2.0, "shop"),
    "shop=convenience": (1.0, "evening"), "shop=alcohol": (1.5, "evening"), "leisure=park": (0.7, "evening"),
    "leisure=stadium": (1.5, "evening"), "leisure=adult_gaming_centre": (2.5, "night"), "leisure=dance": (2.0, "night"),
}  # fmt: skip
"""OSM class → (weight, profile); classes not here count nothing unless the scenario gives them a weight."""


def rates(source: VenueDemand, net: StreetNetwork, clock: Clock, folder: Path) -> Rates:  # noqa: ARG001
    """Venues of the network by class, each spread along the streets within the source's bandwidth."""
    weight = {kind: w for kind, (w, _) in CLASSES.items()} | source.weights
    chosen = [venue for venue in net.venues if weight.get(venue.kind, 0.0) > 0]
    notes = []
    unmet = sorted(set(source.weights) - {venue.kind for venue in net.venues})
    if unmet:
        notes.append(f"venues: no {', '.join(unmet)} in the street data.")
    if not chosen:
        return Rates(
            np.zeros((net.n_segments, clock.n_steps)), (*notes, "venues: the street data has none that count.")
        )
    x, y = project(net, np.array([v.lat for v in chosen]), np.array([v.lon for v in chosen]))
    found = snap(net, x, y, None, LIMIT_M)
    on = found.segment >= 0
    if not on.all():
        notes.append(f"venues: {int((~on).sum())} of {len(chosen)} lie over {LIMIT_M:.0f} m from every street.")
    hour = np.array([clock.minute_of_day(t) / 60 for t in range(clock.n_steps)])
    times = np.stack(
        [
            weight[v.kind] * profile(CLASSES.get(v.kind, (1.0, "evening"))[1], hour)
            for v, o in zip(chosen, on, strict=True)
            if o
        ]
        or [np.zeros(clock.n_steps)]
    )
    if not on.any():
        return Rates(np.zeros((net.n_segments, clock.n_steps)), tuple(notes))
    return Rates(kernel(net, found.segment[on], source.bandwidth_m) @ times, tuple(notes))


def profile(name: str, hour: np.ndarray) -> np.ndarray:
    """Share of the busiest time at each hour of day (0 ≤ hour < 24)."""
    table = PROFILES[name]
    hours = np.array(list(table), dtype=np.float64)
    shares = np.array(list(table.values()))
    return np.asarray(np.interp(hour, hours, shares, period=24.0))
