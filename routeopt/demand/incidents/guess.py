"""Guess what the columns of an incident file hold, from the words of their headers and from their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routeopt.demand.incidents import words as w
from routeopt.demand.incidents.profiles import MOST, Profile, profile
from routeopt.demand.incidents.sheets import MOST_COLUMNS
from routeopt.demand.incidents.stamps import month

LONGEST_CATEGORY = 60
KNOWN_SHARE = 0.3


@dataclass(frozen=True)
class Guess:
    """The columns of a file."""

    columns: dict[str, str]
    """Key → column."""
    dates: tuple[str, ...]
    """Columns that hold dates where none of them is taken: the planner has to say."""


def guess(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Guess:
    """Guess the columns from a header and the first rows."""
    columns = _profiles(header, rows)
    found = _position(columns)
    time, dates = _time(columns)
    found |= time
    taken = set(found.values())
    category = _category([c for c in columns if c.name not in taken])
    if category:
        found["type"] = category
    for key in ("shift", "precision", "origin"):
        exact = _exact(columns, key)
        if exact is not None and exact.name not in found.values():
            found[key] = exact.name
    numbered = _number([c for c in columns if c.name not in found.values()])
    if numbered:
        found["id"] = numbered
    return Guess(found, dates)


def _profiles(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Profile]:
    """Judge the columns that have a name."""
    return [
        profile(name, [row[k] if k < len(row) else "" for row in rows])
        for k, name in enumerate(header[:MOST_COLUMNS])
        if name
    ]


def _exact(columns: Sequence[Profile], key: str) -> Profile | None:
    for name in w.EXACT[key]:
        for one in columns:
            if one.words.replace(" ", "") == name:
                return one
    return None


# positions ---------------------------------------------------------------------------------------------------


def _position(columns: Sequence[Profile]) -> dict[str, str]:
    numeric = [c for c in columns if c.numeric >= MOST / 2 and c.paired < MOST and not c.is_time] + [
        c for c in columns if c.filled == 0
    ]
    lat = _best_angle(numeric, "lat", w.LAT, w.NORTH, 90.0)
    lon = _best_angle([c for c in numeric if c is not lat], "lon", w.LON, w.EAST, 180.0)
    together = _together(columns)
    if lat is not None and lon is not None and (_within(lat, 90) or _within(lon, 180) or together is None):
        return {"lat": lat.name, "lon": lon.name}
    if together is not None:
        return {"position": together.name}
    return _unnamed(numeric, lat, lon)


def _within(one: Profile, most: float) -> bool:
    values = one.values[np.isfinite(one.values)]
    return bool(len(values)) and bool((np.abs(values) <= most).mean() > MOST)


def _best_angle(
    columns: Sequence[Profile], key: str, angle: re.Pattern[str], metres: re.Pattern[str], most: float
) -> Profile | None:
    """Return the column of most likely degrees: named so and within their range, then as metres are named."""

    def score(one: Profile) -> float:
        words = 5 * bool(angle.search(one.words)) or 2 * bool(metres.search(one.words))
        plain = one.words.replace(" ", "")
        exact = 1 - w.EXACT[key].index(plain) / 10 if plain in w.EXACT[key] else 0
        return words and words + 3 * _within(one, most) + exact + 0.1 * (one.filled > 0)

    best = max(columns, key=score, default=None)
    return best if best is not None and score(best) > 0 else None


def _together(columns: Sequence[Profile]) -> Profile | None:
    held = [c for c in columns if c.paired >= 0.5 and not c.is_time]
    return max(held, key=lambda c: (bool(w.TOGETHER.search(c.words)), c.paired), default=None)


def _unnamed(columns: Sequence[Profile], lat: Profile | None, lon: Profile | None) -> dict[str, str]:
    """Two columns of degrees by their values alone: many decimals, little spread, one of them beyond 90."""
    like = [c for c in columns if c.filled >= 3 and _degrees(c)]
    if lat is None and lon is None and len(like) == 2 and _within(like[0], 90) != _within(like[1], 90):
        first = like[0] if _within(like[0], 90) else like[1]
        other = like[1] if first is like[0] else like[0]
        return {"lat": first.name, "lon": other.name}
    return {key: one.name for key, one in (("lat", lat), ("lon", lon)) if one is not None}


def _degrees(one: Profile) -> bool:
    values = one.values[np.isfinite(one.values) & (one.values != 0)]
    if len(values) < 3 or np.abs(values).max() > 180 or len(values) < MOST * one.filled:
        return False
    decimals = sum(len(re.split(r"[.,]", t)[-1]) >= 3 and not t.isdigit() for t in one.cells) / one.filled
    return bool(decimals > MOST and values.max() - values.min() < 5)


# times -------------------------------------------------------------------------------------------------------


def _worth(one: Profile) -> float:
    """How likely a column of dates is when the incident was; below 0 for another time."""
    if w.OTHERS_TIME.search(one.words) or (w.ENDED.search(one.words) and not w.OCCURRED.search(one.words)):
        return -1.0
    worth = 0.0
    for pattern, value in ((w.OCCURRED, 6.0), (w.RECEIVED, 4.0), (w.WHEN, 3.0), (w.REPORTED, 2.0)):
        if pattern.search(one.words):
            worth = value if not (pattern is w.WHEN and w.REPORTED.search(one.words)) else 2.0
            break
    if w.REPORTED.search(one.words) and worth < 6.0:
        worth = min(worth, 2.0) or 2.0
    if w.ENDED.search(one.words):
        return -1.0
    plain = one.words.replace(" ", "")
    exact = 0.5 - w.EXACT["time"].index(plain) / 100 if plain in w.EXACT["time"] else 0.0
    return worth + (1.5 if one.timed else 0.0) + exact if worth else 0.0


def _time(columns: Sequence[Profile]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the columns of times, and those of dates where none of them is taken."""
    chosen = _occurrence([c for c in columns if c.is_time])
    if chosen is None:
        return _without_dates(columns)
    others = [c for c in columns if c is not chosen]
    found = {"time": chosen.name} | _clock(chosen, others)
    reported = _reported(others)
    if reported is not None:
        found["reported"] = reported.name
    ended = _ended([c for c in others if c.name not in found.values()])
    if ended is not None:
        found["end"] = ended.name
    if chosen.timed and not {"clock", "hour"} & found.keys():
        day = next((c for c in others if c.is_time and not c.timed and _same_day(c, chosen)), None)
        if day is not None and day.name not in found.values():
            found["date"] = day.name
    return found, ()


def _occurrence(dated: Sequence[Profile]) -> Profile | None:
    """Return the column of when incidents were: the likeliest, or one without a word if all those say the same."""
    best = max(dated, key=_worth, default=None)
    if best is None or _worth(best) > 0:
        return best
    unnamed = [c for c in dated if _worth(c) == 0]
    return unnamed[0] if unnamed and _alike(unnamed) else None


def _without_dates(columns: Sequence[Profile]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the columns of years, months and days, else one of times of day, else those to ask about."""
    split = _parts(columns)
    if split:
        return split, ()
    asked = tuple(c.name for c in columns if c.may_be_time)
    clock = max((c for c in columns if c.clocked >= MOST), key=_worth, default=None)
    return ({"time": clock.name}, ()) if clock is not None and not asked else ({}, asked)


def _reported(columns: Sequence[Profile]) -> Profile | None:
    """Return the column of when incidents were reported; an empty one only by its exact name."""
    named = [c for c in columns if c.is_time and w.REPORTED.search(c.words)]
    found = max(named, key=_worth, default=None)
    found = found or _exact([c for c in columns if c.is_time or not c.filled], "reported")
    return None if found is None or w.OTHERS_TIME.search(found.words) else found


def _ended(columns: Sequence[Profile]) -> Profile | None:
    """Return the column of when incidents ended; an empty one only by its exact name."""
    found = next((c for c in columns if c.is_time and _is_end(c)), None)
    return found or _exact([c for c in columns if not c.filled], "end")


def _is_end(one: Profile) -> bool:
    return bool(w.ENDED.search(one.words)) and not w.OTHERS_TIME.search(one.words)


def _alike(columns: Sequence[Profile]) -> bool:
    """Whether columns hold the same times."""
    return all(c.cells == columns[0].cells for c in columns)


def _same_day(one: Profile, other: Profile) -> bool:
    shared = set(one.words.split()) & set(other.words.split())
    return bool(shared) and not w.REPORTED.search(one.words) and not w.OTHERS_TIME.search(one.words)


def _clock(chosen: Profile, columns: Sequence[Profile]) -> dict[str, str]:
    """Return the column of times of day that goes with a column of dates, or that of hours (and minutes)."""
    right = [c for c in columns if _may_go_with(c)]
    clock = _nearest([c for c in right if _is_clock(c)], chosen)
    if clock is not None and _nearness(clock, chosen) >= 0:
        return {"clock": clock.name}
    hour = _nearest([c for c in right if _is_hour(c)], chosen)
    if hour is None or _nearness(hour, chosen) < 0:
        return {}
    minute = _nearest([c for c in columns if w.MINUTE.search(c.words) and _whole(c, 0, 59)], chosen)
    return {"hour": hour.name} | ({"minute": minute.name} if minute is not None else {})


def _may_go_with(one: Profile) -> bool:
    """Whether nothing in a column's name speaks against the incident's time of day."""
    return not (w.OTHERS_TIME.search(one.words) or w.MINUTE.search(one.words) or _is_end(one))


def _is_clock(one: Profile) -> bool:
    """Whether a column holds times of day, also as numbers if its name says so."""
    if one.clocked >= MOST:
        return True
    return _packed(one) and bool(w.WHEN.search(one.words)) and not _is_hour(one)


def _is_hour(one: Profile) -> bool:
    return bool(w.HOUR.search(one.words)) and _whole(one, 0, 24)


def _nearness(one: Profile, chosen: Profile) -> int:
    """How well a column's name goes with that of the chosen dates; below 0 for the report's."""
    shared = len(set(one.words.split()) & set(chosen.words.split()))
    reported = bool(w.REPORTED.search(one.words)) and not w.REPORTED.search(chosen.words)
    return shared + 2 * bool(w.OCCURRED.search(one.words)) - 4 * reported


def _nearest(columns: Sequence[Profile], chosen: Profile) -> Profile | None:
    return max(columns, key=lambda one: _nearness(one, chosen), default=None)


def clock_beside(header: Sequence[str], rows: Sequence[Sequence[str]], given: dict[str, str]) -> dict[str, str]:
    """Return the column of times of day that can check a ``time`` which the planner names, as ``check``."""
    if "time" not in given or "clock" in given or "hour" in given:
        return {}
    columns = _profiles(header, rows)
    chosen = next((c for c in columns if c.name == given["time"]), None)
    if chosen is None:  # beyond the columns that are judged
        return {}
    found = _clock(chosen, [c for c in columns if c is not chosen])
    return {"check": next(iter(found.values()))} if found else {}


def _packed(one: Profile) -> bool:
    """Whether its numbers are hours and minutes (2016), fractions of a day, or hours."""
    values = one.values[np.isfinite(one.values)]
    if len(values) < MOST * max(one.filled, 1) or not len(values) or values.min() < 0:
        return False
    if (values != np.round(values)).any():
        decimals = [text.partition(".")[2] for text in one.cells]
        points = all(len(text) == 2 and text.isdecimal() and int(text) < 60 for text in decimals)
        return bool(values.max() < 1 or (values.max() < 24 and points))
    return bool(
        values.max() <= 235_959
        and (values == np.round(values)).all()
        and (values % 100 < 60).all()
        and one.digits <= 6
    )


def _whole(one: Profile, least: int, most: int) -> bool:
    values = one.values[np.isfinite(one.values)]
    if not len(values) or len(values) < MOST * one.filled:
        return False
    return bool((values == np.round(values)).all() and values.min() >= least and values.max() <= most)


def _parts(columns: Sequence[Profile]) -> dict[str, str]:
    """Return columns of year, month, day, hour and minute."""
    found: dict[str, str] = {}

    def first(key: str, fits: Sequence[Profile]) -> None:
        best = max(
            fits, key=lambda c: bool(w.OCCURRED.search(c.words)) - bool(w.REPORTED.search(c.words)), default=None
        )
        if best is not None:
            found[key] = best.name

    first("year", [c for c in columns if w.YEAR.search(c.words) and _whole(c, 1970, 2069)])
    if not found:
        return {}
    first(
        "month",
        [
            c
            for c in columns
            if w.MONTH.search(c.words) and (_whole(c, 1, 12) or _months(c)) and c.name not in found.values()
        ],
    )
    if "month" not in found:
        return {}
    first(
        "day", [c for c in columns if w.DAY.search(c.words) and _whole(c, 1, 31) and c.name not in found.values()]
    )
    if "day" in found:
        year = next(c for c in columns if c.name == found["year"])
        found |= _clock(year, [c for c in columns if c.name not in found.values()])
    return found


def _months(one: Profile) -> bool:
    return sum(month(text) is not None for text in one.cells) >= MOST * max(one.filled, 1)


# categories and numbers --------------------------------------------------------------------------------------


def _category(columns: Sequence[Profile]) -> str | None:
    exact = _exact([c for c in columns if _is_category(c)], "type")
    if exact is not None:
        return exact.name
    scored = [(_category_score(c), c) for c in columns if _is_category(c)]
    best = max(scored, key=lambda both: both[0], default=None)
    return best[1].name if best is not None and best[0] >= 3 else None


def _is_category(one: Profile) -> bool:
    if one.filled and (one.is_time or one.paired >= MOST or one.clocked >= MOST or one.longest > LONGEST_CATEGORY):
        return False
    if one.words.replace(" ", "") in w.EXACT["type"]:
        return True
    return one.numeric < 0.5 and (one.distinct <= 0.5 or one.filled < 20)


def _category_score(one: Profile) -> float:
    score = 3.0 * bool(w.CATEGORY.search(one.words)) + 2.0 * bool(w.CLASS.search(one.words))
    if w.NOT_CATEGORY.search(one.words):
        score -= 3.0
    if one.harmful >= KNOWN_SHARE:
        score += 3.0
    return score + min(one.distinct, 0.5) * 0.1


def _number(columns: Sequence[Profile]) -> str | None:
    right = [c for c in columns if c.filled == 0 or c.distinct >= 0.8 or c.filled < 20]
    exact = _exact([c for c in right if not c.is_time], "id")
    if exact is not None:
        return exact.name
    named = [c for c in right if w.NUMBERED.search(c.words) and not c.is_time]
    return named[0].name if named else None
