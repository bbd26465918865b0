"""One text that holds a date, a time of day or both → its parts; what a column makes of them is in `times`."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import NamedTuple

YMD, AB_YEAR, TWO_DIGITS, MONTH, CLOCK, NUMBER = range(6)
"""What the three numbers of a `Stamp` are: year, month, day; day and month in either order, year; three of two
digits; year and month alone; none (a time of day alone); none (`Stamp.number`)."""
NO_CLOCK = -1


class Stamp(NamedTuple):
    """The parts of a text."""

    kind: int
    parts: tuple[int, int, int] = (0, 0, 0)
    minute: int = NO_CLOCK
    """Minutes after midnight, up to 1440."""
    offset: int | None = None
    """Minutes east of UTC, where the text has an ending such as ``Z``."""
    number: str = ""
    """Digits with at most one point."""


GUARD = re.compile(r'^=?["“”](.*)["“”]$')
"""``="0012"``: a cell kept from being computed."""
WEEKDAY = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?\s*"
    r"|(?:星期|周|礼拜)[一二三四五六日天]|\([月火水木金土日一二三四五六]\)"
)
ZONE_NAME = re.compile(r"\s*(?:\[[^\]]*\]|\([a-z]+(?: [a-z]+)* ?\))$")
ENDING = r"(?P<zone>z|(?:utc|gmt)?\s?[+-]\d{1,2}(?::?\d{2})?|utc|gmt)?(?:\s?(?P<named>[a-z]{2,5}|[a-z]+/[a-z_]+))?"
HALF_DAY = (
    r"a\.?\s?m\.?|p\.?\s?m\.?|上午|下午|凌晨|清晨|早晨|早上|早|中午|午后|傍晚|晚上|晚间|晚|夜里|夜间|半夜|深夜"
    r"|午前|午後|오전|오후"
)
CLOCK_FORM = re.compile(
    r"^[\s,_@/·–-]*(?:t(?=\d)|(?:at|um|à|às|as|a\slas|kl\.?)\s+)?\s*"
    rf"(?P<before>{HALF_DAY})?\s*"
    r"(?:(?P<packed>\d{4}(?:\d{2})?)(?:[.,]\d+)?"
    r"|(?P<h>\d{1,2})"
    r"(?:\s*(?P<sep>[:.h时時点點시])\s*(?P<m>\d{1,2})(?:\s*[:.m分분]\s*(?P<s>\d{1,2})(?:[.,:]\d+)?\s*[秒초s]?)?\s*[分분m]?"
    r"|\s*(?P<word>[h时時点點시]|uhr|hrs?)\s*(?P<half>[半整正钟鐘])?)?)"
    r"\s*(?:uhr|hrs?|hours|h)?\s*(?:许|左右|前后)?\s*"
    rf"(?P<after>{HALF_DAY})?\s*{ENDING}\s*$"
)
CLOCK_FIRST = re.compile(r"^(\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?)[\s,]+(\S*\d.*)$")
JAVA = re.compile(
    r"^([a-z]{3,9})\s+(\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)\s+(?:(utc|gmt(?:[+-]\d{2}:?\d{2})?|[+-]\d{4}|[a-z]{2,5})\s+)?"
    r"(\d{4})$"
)
DATES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?:日|일|(?!\d))"), "ymd"),
    (re.compile(r"^(\d{1,2})\s?([-/. ])\s?(\d{1,2})\s?[-/. ]\s?(\d{4})(?!\d)"), "ab"),
    (re.compile(r"^(\d{4})(\d{2})(\d{2})(?=[t\s_-])"), "ymd"),
    (re.compile(r"^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{2})(?!\d)"), "two"),
    (re.compile(r"^(\d{2})年(\d{1,2})月(\d{1,2})日"), "y2"),
    (re.compile(r"^(\d{1,2})(?:st|nd|rd|th|º)?[-\s./]*(?:de |of )?([^\W\d_]{3,10})\.?[-\s.,/]*(?:de |del )?(\d{4}|\d{2})(?!\d)"), "dmon"),
    (re.compile(r"^([^\W\d_]{3,10})\.?[-\s](\d{1,2})(?:st|nd|rd|th)?[-,\s]+(\d{4})(?!\d)"), "mond"),
    (re.compile(r"^(\d{4})[-\s]([^\W\d_]{3,10})\.?[-\s](\d{1,2})(?!\d)"), "ymon"),
    (re.compile(r"^(\d{4})[-/.年]\s?(\d{1,2})月?$"), "month"),
    (re.compile(r"^(\d{1,2})[-/.](\d{4})$"), "monthyear"),
    (re.compile(r"^([^\W\d_]{3,10})\.?[-\s]+(?:de )?(\d{4})$"), "monyear"),
)  # fmt: skip
"""Pattern at the text's beginning, and what its groups are."""
USUAL = re.compile(
    r"(?:(\d{4})[-/](\d\d?)[-/](\d\d?)|(\d\d?)/(\d\d?)/(\d{4}))"
    r"(?:[ Tt](\d\d?):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?: ?([AaPp])[Mm])?([Zz])?)?"
    r"|(\d{1,39}(?:\.\d{1,39})?)",
    re.ASCII,
)
"""What most systems write, by which most cells are read at once."""
DIGIT = re.compile(r"\d")
NUMBER_FORM = re.compile(r"^(\d+(?:\.\d+)?)$")
ASP = re.compile(r"^/date\((\d+)(?:[+-]\d{4})?\)/$")
NAMES = (
    ("jan", "ene", "gen"), ("feb", "fev"), ("mar", "mrt", "mae"), ("apr", "abr", "avr"), ("may", "mai", "mag", "mei"),
    ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "ago", "aou"), ("sep", "set"), ("oct", "okt", "out", "ott"),
    ("nov",), ("dec", "dez", "dic"),
)  # fmt: skip
MONTHS = {name: n for n, names in enumerate(NAMES, 1) for name in names}
"""Beginning of a month's name without accents → its number."""
AFTERNOON = ("下午", "午后", "傍晚", "午後", "오후")
MORNING = ("上午", "凌晨", "清晨", "早", "午前", "오전")
NIGHT = ("晚", "夜", "半夜", "深夜")


def plain(text: str) -> str:
    """Return the cell with ASCII digits and signs, lower case, unguarded, single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("‑", "-")
    text = text.strip().lstrip("'\u2018\u2019`")
    guarded = GUARD.match(text)
    if guarded:
        text = guarded[1]
    return " ".join(text.split()).casefold()


@functools.lru_cache(maxsize=65536)
def stamp(text: str) -> Stamp | None:
    """Return the parts of a date, time of day or both; None for any other text.

    >>> stamp("23-MAR-23 08.16.00.000000 PM")
    Stamp(kind=0, parts=(2023, 3, 23), minute=1216, offset=None, number='')
    >>> stamp("2023年3月23日晚上8点16分许").minute
    1216
    """
    if text.isascii() and not DIGIT.search(text):
        return None
    return usual(text) or unusual(text)


def usual(text: str) -> Stamp | None:
    """Return the parts of a text such as ``2023-03-23T20:16:00Z`` or ``3/23/2023 8:16 PM``; None for any other."""
    match = USUAL.fullmatch(text)
    if match is None:
        return None
    y, m, d, a, b, year, hour_text, minute, half, zone, number = match.groups()
    if number is not None:
        return Stamp(NUMBER, number=number)
    kind, parts = (AB_YEAR, (int(a), int(b), int(year))) if y is None else (YMD, (int(y), int(m), int(d)))
    if hour_text is None:
        return Stamp(kind, parts)
    hour = _of_day(int(hour_text), f"{half.lower()}m" if half else "")
    return Stamp(kind, parts, hour * 60 + int(minute), None if zone is None else 0) if hour < 24 else None


def unusual(text: str) -> Stamp | None:
    """Return the parts of a text in any of the ways that are known, as `stamp`."""
    text = plain(text)
    if len(text) > 80 or not DIGIT.search(text):
        return None
    number = NUMBER_FORM.match(text) or ASP.match(text)
    if number:
        return Stamp(NUMBER, number=number[1])
    text = ZONE_NAME.sub("", WEEKDAY.sub("", text)).strip(" ,")
    java = JAVA.match(text)
    if java:
        text = f"{java[1]} {java[2]}, {java[5]} {java[3]} {java[4] or ''}".strip()
    found = _dated(text)
    if found is not None:
        return found
    first = CLOCK_FIRST.match(text)
    if first:
        return _dated(f"{first[2]} {first[1]}")
    clock = _clock(text)
    if clock is None or clock[2]:
        return None
    return Stamp(CLOCK, minute=clock[0], offset=clock[1])


def _dated(text: str) -> Stamp | None:
    for pattern, form in DATES:
        match = pattern.match(text)
        if match is None:
            continue
        day = _date(form, match.groups())
        rest = text[match.end() :]
        clock = _clock(rest) if rest.strip() else (NO_CLOCK, None, False)
        if day is not None and clock is not None:
            return Stamp(day[0], day[1], clock[0], clock[1])
    return None


def _date(form: str, groups: tuple[str, ...]) -> tuple[int, tuple[int, int, int]] | None:
    """Return kind and parts."""
    match form:
        case "ymd":
            return YMD, (int(groups[0]), int(groups[1]), int(groups[2]))
        case "y2":
            return YMD, (full_year(int(groups[0])), int(groups[1]), int(groups[2]))
        case "ab":
            a, b, year = int(groups[0]), int(groups[2]), int(groups[3])
            return (YMD, (year, b, a)) if groups[1] == "." else (AB_YEAR, (a, b, year))
        case "two":
            return TWO_DIGITS, (int(groups[0]), int(groups[2]), int(groups[3]))
        case "month":
            return MONTH, (int(groups[0]), int(groups[1]), 1)
        case "monthyear":
            return MONTH, (int(groups[1]), int(groups[0]), 1)
    at = {"dmon": (2, 1, 0), "mond": (2, 0, 1), "ymon": (0, 1, 2), "monyear": (1, 0, None)}[form]
    number = month(groups[at[1]])
    if number is None:
        return None
    said = groups[at[0]]
    day = 1 if at[2] is None else int(groups[at[2]])
    full = int(said) if len(said) == 4 else full_year(int(said))
    return (MONTH if at[2] is None else YMD), (full, number, day)


def month(text: str) -> int | None:
    """Return the number of a month given as a number or a name; None for any other text.

    >>> month("März"), month("juillet"), month("3月")
    (3, 7, 3)
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    digits = re.fullmatch(r"\s*(\d{1,2})(?:\.0+)?\s*月?\s*", bare)
    if digits:
        return int(digits[1]) if 1 <= int(digits[1]) <= 12 else None
    bare = bare.strip()
    return MONTHS.get(bare[:4]) or MONTHS.get(bare[:3])


def full_year(two: int) -> int:
    """Return the year that two digits stand for, 1970 to 2069."""
    return two + (2000 if two < 70 else 1900)


def _clock(text: str) -> tuple[int, int | None, bool] | None:
    """Return minutes, offset and whether the text was a bare number; None for any other text."""
    match = CLOCK_FORM.match(text)
    if match is None:
        return None
    part = (match["before"] or match["after"] or "").replace(".", "").replace(" ", "")
    if match["packed"]:
        hour, minute = int(match["packed"][:2]), int(match["packed"][2:4])
        bare = not part and match["zone"] is None and not text.startswith("t")
    else:
        hour, minute = int(match["h"]), int(match["m"] or (30 if match["half"] == "半" else 0))
        bare = not (match["m"] or match["word"] or part)
    hour = _of_day(hour, part)
    second = int(match["s"] or 0)
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and minute):
        return None
    return hour * 60 + minute, _offset(match["zone"]), bare


def _of_day(hour: int, part: str) -> int:
    """Return the hour of the day of an hour with a.m., p.m. or the like."""
    if part == "中午":
        return hour + 12 if hour < 10 else hour
    if part.startswith(NIGHT):
        return hour + 12 if 5 <= hour <= 12 else hour
    if part == "pm" or part.startswith(AFTERNOON):
        return hour + 12 if hour < 12 else hour
    return 0 if hour == 12 and (part == "am" or part.startswith(MORNING)) else hour


def _offset(ending: str | None) -> int | None:
    if ending is None:
        return None
    digits = re.sub(r"[^\d+-]", "", ending)
    if not digits:
        return 0
    hours, minutes = (int(digits[1:3]), int(digits[3:] or 0)) if len(digits) > 2 else (int(digits[1:]), 0)
    return (-1 if digits[0] == "-" else 1) * (hours * 60 + minutes)
