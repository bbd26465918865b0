"""What is meant by keys that the format does not have, in the words of other planners and other tools."""

from __future__ import annotations

from collections.abc import Sequence

from routeopt.errors import Message, nearest

LIKENESS = 0.72
"""Of a slip of the pen to the key that was meant; words less alike than this mean something else."""
SYNONYMS: dict[str, tuple[str, ...]] = {
    "area": ("streets", "polygon"), "bars": ("demand",), "base": ("start", "posts"), "bases": ("posts",),
    "begin": ("start", "from"), "beginning": ("start", "from"), "category": ("kind", "type"),
    "break": ("breaks",), "lunch": ("breaks",), "meal": ("breaks",), "meals": ("breaks",), "pause": ("breaks",),
    "pauses": ("breaks",), "rest": ("breaks",), "rests": ("breaks",), "休息": ("breaks",),
    "city": ("place",), "community": ("zone", "zones"), "crimes": ("demand",), "day": ("date", "day"),
    "deadline": ("due", "until", "windows"), "due_date": ("due",), "frequency": ("every_nights", "every_days"),
    "interval": ("every_nights", "every_days"), "key_units": ("must_visits",), "must_visit": ("must_visits",),
    "必访": ("must_visits",), "必访点": ("must_visits",), "到期": ("due",), "截止": ("due", "until"),
    "depot": ("start", "posts"), "depots": ("posts",),
    "duration": ("service_min", "dwell_min"), "duration_min": ("service_min", "dwell_min"),
    "dwell": ("dwell_min",), "effect": ("dwell_effect",), "extract": ("file",), "finish": ("end", "until"),
    "half_life": ("half_life_days",), "hotspots": ("demand",), "hours": ("shift", "windows", "opening"),
    "importance": ("weight", "reward"), "incidents": ("demand",), "jobs": ("tasks",), "latitude": ("lat",),
    "length": ("service_min",), "lng": ("lon",), "location": ("position",), "locations": ("sites", "list"),
    "long": ("lon",), "longitude": ("lon",), "map": ("streets", "file"), "max": ("count",),
    "menu": ("dwell_min",), "network": ("streets",), "number": ("count", "number"), "number_of_sites": ("count",),
    "around": ("near",), "centre": ("near",), "center": ("near",), "circle": ("near",), "closure": ("closed",),
    "max_speed": ("speed_kph",), "maxspeed": ("speed_kph",), "road": ("names",), "shut": ("closed",),
    "street": ("names",), "封闭": ("closed",), "街道": ("streets", "names"), "道路": ("streets", "names"),
    "each_hour": ("every_hour",), "floor": ("at_least", "goals"), "floors": ("goals",), "goal": ("goals",),
    "handling": ("within_min", "handling_min"), "hourly": ("every_hour",), "least": ("at_least",),
    "min": ("at_least",), "minimum": ("at_least", "goals"), "minimums": ("goals",), "minutes": ("within_min",),
    "orders": ("tasks",), "osm": ("streets", "file"), "path": ("file",), "patrols": ("teams",),
    "phone": ("phones", "number"), "places": ("sites", "list"), "points": ("sites", "list"),
    "priority": ("weight", "reward"), "radius": ("radius_m", "bandwidth_m"), "quota": ("at_least", "goals"),
    "required": ("mandatory",), "response": ("within_min",), "response_min": ("within_min",),
    "roads": ("streets", "names"), "school": ("calendar",), "service": ("service_min",), "spacing": ("spacing_m",),
    "speed": ("speeds_kph", "speed_kph"), "speeds": ("speeds_kph",), "spots": ("sites", "list"),
    "squads": ("teams",),
    "station": ("start", "posts"), "stations": ("posts",), "stop": ("end", "until"), "stops": ("sites",),
    "share": ("at_least",), "target": ("at_least", "goals"), "targets": ("goals",), "threshold": ("at_least",),
    "tau": ("tau_min",), "time": ("shift", "time"), "time_windows": ("windows",), "times": ("shift", "windows"),
    "title": ("name",), "to": ("until", "end"), "town": ("place",), "transport": ("mode",),
    "type": ("kind", "mode"), "types": ("weights",), "tz": ("timezone",), "units": ("teams",),
    "vehicle": ("mode",), "vehicles": ("teams",),
    "venues": ("demand",), "version": ("routeopt",), "visibility": ("visibility_factor",), "visits": ("tasks",),
    "window": ("windows",), "within": ("within_min",), "每小时": ("every_hour",), "下限": ("at_least", "goals"),
    "不低于": ("at_least",), "目标": ("goals",), "至少": ("at_least",), "指标": ("goals",),
}  # fmt: skip
"""Word → keys that may be meant; the first that the place knows."""
CONCEPTS: dict[str, tuple[str, ...]] = {
    "meaning-zones": (
        "zones", "zone", "communities", "community", "社区", "小区", "districts", "district", "neighbourhoods",
        "compounds",
    ),
    "meaning-areas": ("areas", "beats", "beat", "sectors", "sector", "territory", "territories", "home_area"),
    "meaning-reserve": ("reserve", "reserves", "standby", "spare", "on_call", "backup"),
    "meaning-officers": ("officers", "officer", "members", "crew", "persons", "people", "staff"),
    "meaning-changes": (
        "changes", "closures", "closure", "closed_streets", "closed_roads", "road_closures", "roadworks",
        "restrictions", "traffic", "congestion", "封路", "封闭", "限行", "管制", "交通管制",
        "道路封闭", "绕行", "拥堵",
    ),
    "meaning-coordinates": ("coordinates", "coords", "coord", "latlon", "lonlat", "geometry", "address"),
}  # fmt: skip
"""Code of what is said → words of things that the format has in another form, or leaves out on purpose."""


def meant(word: str, known: Sequence[str]) -> Message | str:
    """Hint at what an unknown key means: another word, a thing said elsewhere, a slip; otherwise at all keys."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    for near in (plain, *SYNONYMS.get(plain, ())):
        if near in known:
            return Message("hint-similar", name=near)
    for code, words in CONCEPTS.items():
        if plain in words:
            here = next((name for name in words if name in known), None)
            return Message("hint-similar", name=here) if here else Message(code)
    slip = nearest(plain, known, LIKENESS)
    if slip:
        return Message("hint-similar", name=slip)
    return Message("hint-known", names=list(known)) if known else ""
