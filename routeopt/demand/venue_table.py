"""Classes of venues: weights and profiles over the day and the week.

A starting table for a planner to edit, not measurements: it says that bars are busy towards closing time and
markets in the evening. A night out belongs to the day on which it begins: Saturday at two in the morning is Friday's.
"""

from __future__ import annotations

from dataclasses import dataclass

from routeopt.errors import Message

NEW_DAY_H = 5.0
"""Hour at which one day's profile gives way to the next one's."""


@dataclass(frozen=True)
class VenueHours:
    """How busy a class is over its day and its week."""

    hours: dict[float, float]
    """Hour of day → share of the busiest time without surges; linear between the hours, wrapping at midnight."""
    week: tuple[float, float, float, float, float, float, float]
    """Factor from Monday to Sunday; a holiday is like a Sunday."""
    opening: float | None = None
    """Hour; None where people come and go all day."""
    closing: float | None = None
    """Hour, over 24 on the day after."""
    opens: float = 0.0
    """Peak of the surge at opening, as a share of the busiest time."""
    closes: float = 0.0
    """Peak of the surge at closing, when everyone is in the street at once."""
    school: bool = False
    """Open on school days only."""
    returns: bool = False
    """Busier on the last day of holidays and the first day after."""


EVEN_WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
LATE_WEEK = (0.7, 0.7, 0.8, 0.9, 1.4, 1.5, 1.0)
LEISURE_WEEK = (0.85, 0.85, 0.9, 0.95, 1.15, 1.25, 1.05)
OFFICE_WEEK = (1.15, 1.15, 1.15, 1.15, 1.15, 0.75, 0.5)

VENUE_HOURS: dict[str, VenueHours] = {
    "night": VenueHours({0: 1.0, 1: 0.9, 2: 0.6, 3: 0.4, 4: 0.1, 6: 0.0, 17: 0.1, 19: 0.3, 21: 0.6, 23: 0.9}, LATE_WEEK, 18, 26, closes=0.6),
    "barbecue": VenueHours({0: 0.9, 1: 0.7, 2: 0.3, 3: 0.1, 5: 0.0, 17: 0.2, 19: 0.6, 21: 0.9, 22: 1.0, 23: 1.0}, LATE_WEEK, 17.5, 26, closes=0.3),
    "evening": VenueHours({0: 0.3, 1: 0.1, 2: 0.05, 6: 0.0, 10: 0.2, 12: 0.5, 14: 0.3, 17: 0.6, 19: 1.0, 21: 0.9, 23: 0.5}, LEISURE_WEEK, 10, 23, closes=0.2),
    "night market": VenueHours({0: 0.3, 1: 0.1, 2: 0.0, 16: 0.0, 17: 0.3, 18: 0.6, 19: 0.9, 20: 1.0, 22: 0.9, 23: 0.6}, LEISURE_WEEK, 17.5, 24, opens=0.1, closes=0.3),
    "market": VenueHours({0: 0.2, 1: 0.05, 2: 0.0, 6: 0.2, 9: 0.3, 17: 0.5, 19: 0.9, 20: 1.0, 22: 0.9, 23: 0.5}, LEISURE_WEEK, 6, 24, closes=0.2),
    "shop": VenueHours({0: 0.0, 7: 0.0, 9: 0.4, 12: 0.6, 16: 0.8, 18: 1.0, 20: 0.9, 21: 0.6, 22: 0.1, 23: 0.0}, LEISURE_WEEK, 9, 21, closes=0.2),
    "mall": VenueHours({0: 0.0, 9: 0.1, 10: 0.4, 12: 0.7, 16: 0.8, 18: 1.0, 20: 1.0, 21: 0.8, 22: 0.4, 23: 0.0}, (0.85, 0.85, 0.85, 0.9, 1.1, 1.3, 1.15), 10, 22, opens=0.1, closes=0.4),
    "office": VenueHours({0: 0.0, 7: 0.0, 9: 1.0, 12: 0.7, 15: 1.0, 17: 0.7, 18: 0.1, 23: 0.0}, OFFICE_WEEK, 8.5, 17.5),
    "round": VenueHours({0: 0.5, 3: 0.2, 6: 0.4, 9: 1.0, 18: 1.0, 21: 0.8, 23: 0.6}, EVEN_WEEK),
    "hospital": VenueHours({0: 0.5, 3: 0.3, 6: 0.4, 8: 1.0, 11: 1.0, 14: 0.9, 17: 0.7, 20: 0.6, 23: 0.5}, (1.15, 1.05, 1.0, 1.0, 1.0, 0.9, 0.9)),
    "school": VenueHours(
        {0: 0.0, 6.5: 0.0, 7: 0.6, 7.5: 1.0, 8: 0.5, 8.5: 0.05, 11.25: 0.05, 11.75: 0.5, 12.5: 0.1, 13.5: 0.3,
         14.25: 0.05, 16: 0.1, 16.5: 1.0, 17.25: 0.8, 18: 0.2, 20.75: 0.05, 21.5: 0.6, 22: 0.2, 22.5: 0.0},
        EVEN_WEEK, school=True, returns=True,
    ),
    "traffic": VenueHours({0: 0.3, 2: 0.05, 5: 0.3, 7.5: 1.0, 9: 0.6, 17.5: 1.0, 20: 0.7, 23: 0.4}, (1.05, 1.0, 1.0, 1.0, 1.2, 0.9, 1.0), returns=True),
}  # fmt: skip

CLASSES: dict[str, tuple[float, str]] = {
    "amenity=bar": (4.0, "night"), "amenity=pub": (3.5, "night"), "amenity=nightclub": (6.0, "night"),
    "amenity=karaoke_box": (5.0, "night"), "amenity=biergarten": (3.0, "evening"), "amenity=casino": (4.0, "night"),
    "amenity=restaurant": (1.5, "evening"), "amenity=fast_food": (1.5, "evening"), "amenity=cafe": (0.7, "shop"),
    "amenity=food_court": (2.5, "evening"), "amenity=marketplace": (5.0, "market"), "amenity=cinema": (2.5, "evening"),
    "amenity=theatre": (1.5, "evening"), "amenity=arts_centre": (0.8, "evening"), "amenity=internet_cafe": (2.5, "night"),
    "amenity=school": (1.0, "school"), "amenity=kindergarten": (0.5, "school"), "amenity=college": (1.0, "school"),
    "amenity=university": (1.5, "round"), "amenity=hospital": (3.0, "hospital"), "amenity=clinic": (0.8, "office"),
    "amenity=bank": (0.6, "office"), "amenity=atm": (0.4, "round"), "amenity=fuel": (1.0, "round"),
    "amenity=bus_station": (3.0, "traffic"), "railway=station": (3.5, "traffic"),
    "railway=subway_entrance": (1.5, "traffic"), "railway=halt": (1.0, "traffic"),
    "public_transport=station": (1.5, "traffic"), "tourism=hotel": (1.0, "round"), "tourism=hostel": (1.0, "round"),
    "shop=mall": (5.0, "mall"), "shop=department_store": (3.0, "mall"), "shop=supermarket": (2.0, "shop"),
    "shop=convenience": (1.0, "evening"), "shop=alcohol": (1.5, "evening"), "leisure=park": (0.7, "evening"),
    "leisure=stadium": (1.5, "evening"), "leisure=adult_gaming_centre": (2.5, "night"), "leisure=dance": (2.0, "night"),
    "amenity=bbq": (2.0, "barbecue"), "night market": (5.0, "night market"), "barbecue": (4.0, "barbecue"),
}  # fmt: skip
"""OSM class, or a class that OSM lacks → (weight, profile); other classes count only if the scenario weighs them."""

SHORT: dict[str, str] = {
    "bar": "amenity=bar", "pub": "amenity=pub", "nightclub": "amenity=nightclub", "karaoke": "amenity=karaoke_box",
    "ktv": "amenity=karaoke_box", "market": "amenity=marketplace", "night_market": "night market", "bbq": "barbecue",
    "mall": "shop=mall", "supermarket": "shop=supermarket", "school": "amenity=school", "hospital": "amenity=hospital",
    "station": "railway=station", "bus station": "amenity=bus_station", "restaurant": "amenity=restaurant",
    "internet cafe": "amenity=internet_cafe", "hotel": "tourism=hotel", "cinema": "amenity=cinema", "bank": "amenity=bank",
    "酒吧": "amenity=bar", "夜总会": "amenity=nightclub", "歌厅": "amenity=karaoke_box", "市场": "amenity=marketplace",
    "夜市": "night market", "烧烤": "barbecue", "商场": "shop=mall", "商圈": "shop=mall", "超市": "shop=supermarket",
    "学校": "amenity=school", "医院": "amenity=hospital", "车站": "railway=station", "汽车站": "amenity=bus_station",
    "餐馆": "amenity=restaurant", "网吧": "amenity=internet_cafe", "宾馆": "tourism=hotel", "影院": "amenity=cinema",
    "银行": "amenity=bank",
}  # fmt: skip
"""Short names that a list may use → class."""

STREETS_OF: dict[str, Message] = {
    "amenity=bar": Message("venue-bar-street"), "amenity=pub": Message("venue-bar-street"),
    "amenity=nightclub": Message("venue-bar-street"), "amenity=restaurant": Message("venue-restaurant-street"),
    "amenity=fast_food": Message("venue-restaurant-street"), "barbecue": Message("venue-barbecue-stalls"),
    "amenity=bbq": Message("venue-barbecue-stalls"), "amenity=karaoke_box": Message("venue-karaoke-street"),
}  # fmt: skip
"""Class → name of a place with three or more of it near each other."""
NAMES: dict[str, str] = {
    "amenity=bar": "venue-bar", "amenity=pub": "venue-pub", "amenity=nightclub": "venue-nightclub",
    "amenity=karaoke_box": "venue-karaoke", "amenity=biergarten": "venue-beer-garden",
    "amenity=casino": "venue-casino", "amenity=restaurant": "venue-restaurant",
    "amenity=fast_food": "venue-fast-food", "amenity=cafe": "venue-cafe", "amenity=food_court": "venue-food-court",
    "amenity=marketplace": "venue-market", "amenity=cinema": "venue-cinema", "amenity=theatre": "venue-theatre",
    "amenity=arts_centre": "venue-arts-centre", "amenity=internet_cafe": "venue-internet-cafe",
    "amenity=school": "venue-school-gate", "amenity=kindergarten": "venue-school-gate",
    "amenity=college": "venue-college", "amenity=university": "venue-university",
    "amenity=hospital": "venue-hospital", "amenity=clinic": "venue-clinic", "amenity=bank": "venue-bank",
    "amenity=atm": "venue-atm", "amenity=fuel": "venue-fuel", "amenity=bus_station": "venue-bus-station",
    "railway=station": "venue-station", "railway=subway_entrance": "venue-station",
    "railway=halt": "venue-station", "public_transport=station": "venue-station", "tourism=hotel": "venue-hotel",
    "tourism=hostel": "venue-hostel", "shop=mall": "venue-mall", "shop=department_store": "venue-department-store",
    "shop=supermarket": "venue-supermarket", "shop=convenience": "venue-convenience",
    "shop=alcohol": "venue-alcohol", "leisure=park": "venue-park", "leisure=stadium": "venue-stadium",
    "leisure=adult_gaming_centre": "venue-gaming", "leisure=dance": "venue-dance", "amenity=bbq": "venue-barbecue",
    "night market": "venue-night-market", "barbecue": "venue-barbecue",
}  # fmt: skip
"""Class → code of its name."""


def name_of(kind: str) -> Message:
    """Return a class's name for people; OSM's own value for classes that are not in the table."""
    if kind in NAMES:
        return Message(NAMES[kind])
    return Message("venue-other", name=kind.rpartition("=")[2].replace("_", " "))
