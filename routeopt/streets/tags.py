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
    "vehicle", "motor_vehicle", "motorcar", "area", "tunnel", "motorroad",
})  # fmt: skip
"""Tags that are read from a way."""
BARRIER_TAGS = frozenset({
    "barrier", "bollard", "locked", "access", "foot", "bicycle", "vehicle", "motor_vehicle", "motorcar",
})  # fmt: skip
"""Tags that are read from a barrier on a street."""
NO = frozenset({"no", "private", "agricultural", "forestry", "military"})
YES = frozenset({"yes", "designated", "permissive", "destination", "official"})
MOTORWAYS = frozenset({"motorway", "motorway_link"})
ROOFED = frozenset({"no", "building_passage", "avalanche_protector"})
"""``tunnel`` values of ways that are no tunnels."""
MODE_TAGS = {
    "foot": ("foot",), "bike": ("bicycle", "vehicle"), "ebike": ("bicycle", "vehicle"),
    "car": ("motorcar", "motor_vehicle", "vehicle"),
}  # fmt: skip
"""Mode → its access tags, the most particular first."""
PASSES_CARS = frozenset({
    "border_control", "bump_gate", "cattle_grid", "checkpoint", "coupure", "entrance", "gate", "hampshire_gate",
    "height_restrictor", "kerb", "lift_gate", "sally_port", "sliding_beam", "sliding_gate", "swing_gate",
    "toll_booth", "width_restrictor",
})  # fmt: skip
"""``barrier`` values that a car passes unless tags close them (https://wiki.openstreetmap.org/wiki/Key:barrier)."""
STOPS_BICYCLES = frozenset({
    "full-height_turnstile", "horse_stile", "kissing_gate", "stile", "turnstile", "log", "debris",
})  # fmt: skip
STOPS_ALL = frozenset({"yes", "wall", "fence", "hedge", "retaining_wall", "city_wall"})
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
    if not match or float(match[1]) < 1:
        return None
    return float(match[1]) * (MPH if match[2] == "mph" else 1.0)


def speeds(tags: Mapping[str, str], base_kph: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return mode → (forward, backward) speed on a way with these tags, km/h; 0 where the mode may not go."""
    highway = tags.get("highway", "")
    slow = tags.get("motorroad") != "yes" and tags.get("access", "") not in NO
    found: dict[str, tuple[float, float]] = {}

    kph = STEPS_KPH if highway == "steps" else base_kph["foot"]
    found["foot"] = (kph, kph) if _allowed(tags, "foot", slow and highway in WALK) else (0.0, 0.0)

    for mode in ("bike", "ebike"):
        may = _allowed(tags, mode, slow and highway in RIDE)
        kph = min(base_kph[mode], WALKING_KPH) if highway in ("pedestrian", "footway", "path") else base_kph[mode]
        if highway == "steps" or (highway == "footway" and tags.get("bicycle") not in YES):
            may = False
        ahead, back = _directions(tags, bicycle=True)
        found[mode] = (kph * (may and ahead), kph * (may and back))

    may = highway in CAR_KPH and tags.get("area") != "yes"
    may = may and _allowed(tags, "car", tags.get("access", "") not in NO)
    kph = min(maxspeed_kph(tags.get("maxspeed")) or CAR_KPH.get(highway, 0), base_kph["car"])
    ahead, back = _directions(tags, bicycle=False)
    found["car"] = (kph * (may and ahead), kph * (may and back))
    return found


def _allowed(tags: Mapping[str, str], mode: str, otherwise: bool) -> bool:
    """Return whether tags of access let a mode pass; the most particular one that says anything decides."""
    for key in MODE_TAGS[mode]:
        value = tags.get(key, "")
        if value in NO or value == "use_sidepath":
            return False
        if value in YES:
            return True
    return otherwise


def closed_by(tags: Mapping[str, str]) -> frozenset[str]:
    """Return the modes that a node with these tags closes its street to: a barrier's, by its kind and its tags."""
    kind = tags.get("barrier", "no")
    if kind == "no":
        return frozenset()
    passes = dict.fromkeys(MODE_TAGS, kind not in STOPS_ALL)
    passes["car"] = kind in PASSES_CARS or (kind == "bollard" and tags.get("bollard") == "rising")
    if kind in STOPS_BICYCLES:
        passes["bike"] = passes["ebike"] = False
    access = tags.get("access", "no" if tags.get("locked") == "yes" else "")
    if access in NO or access in YES:
        passes = dict.fromkeys(MODE_TAGS, access in YES)
    return frozenset(mode for mode, may in passes.items() if not _allowed(tags, mode, may))


def stoppable(tags: Mapping[str, str]) -> bool:
    """Return whether a team can stop and people are about: not in tunnels, nor on motorways and motorroads."""
    if "stoppable" in tags:  # said by a graph of `StreetNetwork.to_networkx`
        return tags["stoppable"] != "no"
    tunnel = tags.get("tunnel", "no") not in ROOFED
    return not (tunnel or tags.get("highway") in MOTORWAYS or tags.get("motorroad") == "yes")


def _directions(tags: Mapping[str, str], *, bicycle: bool) -> tuple[bool, bool]:
    """Return whether the way may be used forward and backward."""
    oneway = tags.get("oneway", "")
    if bicycle and tags.get("oneway:bicycle"):
        oneway = tags["oneway:bicycle"]
    elif not oneway and (tags.get("junction") in ("roundabout", "circular") or tags.get("highway") in MOTORWAYS):
        oneway = "yes"
    if oneway in ("-1", "reverse"):
        return False, True
    return True, oneway not in ("yes", "true", "1")
