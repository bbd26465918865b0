"""What OSM tags allow each mode, and how fast (https://wiki.openstreetmap.org/wiki/OSM_tags_for_routing)."""

from __future__ import annotations

import re
from collections.abc import Mapping

CAR_KPH = {
    "motorway": 100, "motorway_link": 60, "trunk": 80, "trunk_link": 50, "primary": 50, "primary_link": 40,
    "secondary": 45, "secondary_link": 40, "tertiary": 40, "tertiary_link": 30, "unclassified": 30,
    "residential": 30, "living_street": 10, "service": 15, "road": 30, "busway": 30,
}  # fmt: skip
"""Speed by class where no maxspeed is tagged, km/h; classes not here are closed to cars."""
WALK = frozenset(CAR_KPH) - {"motorway", "motorway_link", "busway"} | {
    "pedestrian", "footway", "path", "steps", "cycleway", "track", "corridor", "bridleway",
}  # fmt: skip
RIDE = frozenset(CAR_KPH) - {"motorway", "motorway_link", "busway"} | {"cycleway", "track", "path", "pedestrian"}
KEPT = WALK | RIDE | frozenset(CAR_KPH)
"""``highway`` values that become streets."""
USED_TAGS = frozenset({
    "highway", "name", "ref", "maxspeed", "oneway", "oneway:bicycle", "junction", "access", "foot", "bicycle",
    "vehicle", "motor_vehicle", "motorcar", "area",
})  # fmt: skip
"""Tags that are read from a way."""
NO = frozenset({"no", "private", "agricultural", "forestry", "military"})
YES = frozenset({"yes", "designated", "permissive", "destination", "official"})
WALKING_KPH = 6.0
"""A bicycle among people on foot or on steps."""
STEPS_KPH = 2.5
MPH = 1.609344


def maxspeed_kph(text: str | None) -> float | None:
    """Parse a ``maxspeed`` tag to km/h; None if it names no speed (``signals``, ``none``)."""
    if not text:
        return None
    if text.strip().lower() == "walk":
        return 7.0
    match = re.match(r"^\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?", text)
    if not match or float(match[1]) <= 0:
        return None
    return float(match[1]) * (MPH if match[2] == "mph" else 1.0)


def speeds(tags: Mapping[str, str], base_kph: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return mode → (forward, backward) speed on a way with these tags, km/h; 0 where the mode may not go."""
    highway = tags.get("highway", "")
    access = tags.get("access", "")
    found: dict[str, tuple[float, float]] = {}

    def allowed(keys: tuple[str, ...], by_class: bool) -> bool:
        for key in keys:  # the most particular tag that says anything decides
            value = tags.get(key, "")
            if value in NO or value == "use_sidepath":
                return False
            if value in YES:
                return True
        return by_class and access not in NO

    foot = allowed(("foot",), highway in WALK)
    kph = STEPS_KPH if highway == "steps" else base_kph["foot"]
    found["foot"] = (kph, kph) if foot else (0.0, 0.0)

    for mode in ("bike", "ebike"):
        may = allowed(("bicycle", "vehicle"), highway in RIDE)
        kph = min(base_kph[mode], WALKING_KPH) if highway in ("pedestrian", "footway", "path") else base_kph[mode]
        if highway == "steps" or (highway == "footway" and tags.get("bicycle") not in YES):
            may = False
        ahead, back = _directions(tags, bicycle=True)
        found[mode] = (kph * (may and ahead), kph * (may and back))

    may = highway in CAR_KPH and allowed(("motorcar", "motor_vehicle", "vehicle"), True)
    kph = min(maxspeed_kph(tags.get("maxspeed")) or CAR_KPH.get(highway, 0), base_kph["car"])
    ahead, back = _directions(tags, bicycle=False)
    found["car"] = (kph * (may and ahead), kph * (may and back))
    return found


def _directions(tags: Mapping[str, str], *, bicycle: bool) -> tuple[bool, bool]:
    """Return whether the way may be used forward and backward."""
    oneway = tags.get("oneway", "")
    if bicycle and tags.get("oneway:bicycle"):
        oneway = tags["oneway:bicycle"]
    elif not oneway and (
        tags.get("junction") in ("roundabout", "circular") or tags.get("highway") in ("motorway", "motorway_link")
    ):
        oneway = "yes"
    if oneway in ("-1", "reverse"):
        return False, True
    return True, oneway not in ("yes", "true", "1")
