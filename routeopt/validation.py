"""Pydantic's errors as codes with values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from routeopt.errors import Message, nearest

CODES: dict[str, str] = {
    "missing": "RO-112",
    "string_type": "RO-113",
    "string_too_short": "RO-114",
    "int_type": "RO-115",
    "int_from_float": "RO-115",
    "int_parsing": "RO-115",
    "float_type": "RO-116",
    "float_parsing": "RO-116",
    "finite_number": "RO-117",
    "bool_type": "RO-118",
    "list_type": "RO-119",
    "dict_type": "RO-120",
    "model_type": "RO-120",
    "model_attributes_type": "RO-120",
    "date_type": "RO-121",
    "date_parsing": "RO-121",
    "date_from_datetime_parsing": "RO-121",
    "date_from_datetime_inexact": "RO-121",
    "union_tag_not_found": "RO-122",
    "union_tag_invalid": "RO-123",
    "literal_error": "RO-124",
    "greater_than_equal": "RO-125",
    "less_than_equal": "RO-126",
    "greater_than": "RO-127",
    "less_than": "RO-128",
    "too_short": "RO-129",
    "too_long": "RO-130",
    "string_too_long": "RO-131",
    "time_format": "RO-132",
    "time_range": "RO-133",
    "phone": "RO-134",
    "route_link": "RO-135",
    "crs": "RO-137",
    "encoding": "RO-138",
    "metres": "RO-168",
}
"""Pydantic's error type (or one of `routeopt.scenario.model`) → code."""
OTHER = "RO-136"
KINDS = ("fixed", "venues", "incidents")
NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*([%％]?)")
"""A number in a text, and whether it is a percentage."""
LIMITS = ("ge", "le", "gt", "lt")


class Rule(NamedTuple):
    """A rule that a value breaks."""

    code: str
    values: dict[str, Any]
    """All but the key's name."""


def broken_rule(error: Mapping[str, Any], name: str) -> Rule:
    """Translate one of pydantic's errors about the key ``name``; all but ``extra_forbidden``."""
    kind, value, about = str(error["type"]), error.get("input"), error.get("ctx") or {}
    code = CODES.get(kind, OTHER)
    values: dict[str, Any] = {"got": got(value)}
    if code == "RO-112":
        values = {"name": name}
    elif code == "RO-114":
        values = {}
    elif code in ("RO-115", "RO-116"):
        number = NUMBER.match(value) if isinstance(value, str) else None
        values["hint"] = ""
        if number:
            values["hint"] = Message("hint-similar", name=_share(number[1]) if number[2] else number[1])
    elif code == "RO-122":
        values = {"options": KINDS, "first": KINDS[0]}
    elif code == "RO-123":
        tag = str(about.get("tag", ""))
        values = {"got": tag, "options": KINDS, "hint": similar(tag, KINDS)}
    elif code == "RO-124":
        expected = str(about["expected"])
        options = re.findall(r"'([^']+)'", expected)
        values |= {"options": options or [expected], "hint": similar(str(value), options)}
    elif code in ("RO-125", "RO-126", "RO-127", "RO-128"):
        values |= _limit(code, name, value, about)
    elif code == "RO-129":
        values = {"least": about["min_length"], "count": about["actual_length"]}
    elif code == "RO-130":
        values = {"most": about["max_length"], "count": about["actual_length"]}
    elif code == "RO-131":
        values = {"most": about["max_length"], "count": len(str(value))}
    elif code == "RO-168":
        values["metres"] = f"{1000 * value:g}"  # type: ignore[operator]
    elif code == OTHER:
        values["reason"] = str(error["msg"])
    return Rule(code, values)


def _limit(code: str, name: str, value: object, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the limit that a number is beyond, and a hint where the number is likely a percentage."""
    limit = float(next(about[key] for key in LIMITS if key in about))
    hint = Message("hint-lat-lon") if name == "lat" else ""
    if code == "RO-126" and limit == 1 and isinstance(value, int | float) and 2 <= value <= 100:
        hint = Message("hint-similar", name=_share(value))
    return {"limit": int(limit) if limit.is_integer() else limit, "hint": hint}


def _share(percent: str | float) -> str:
    """Format a percentage as the share that it is."""
    return f"{float(percent) / 100:g}"


def got(value: object) -> object:
    """Return a value as messages show it: text in quotes, no contents of lists and mappings."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return Message("value-mapping")
    if isinstance(value, (list, tuple)):
        return Message("value-list")
    if isinstance(value, bool):
        return str(value).lower()
    return Message("value-nothing") if value is None else value


def similar(word: str, known: Any, *, otherwise: object = "") -> object:
    """Hint at the known word most like ``word``; ``otherwise`` if none is like it."""
    near = nearest(word, known)
    return Message("hint-similar", name=near) if near else otherwise


def one_of(word: str, known: Any) -> object:
    """Hint at the known word most like ``word``; if none is like it, at all of them."""
    return similar(word, known, otherwise=Message("hint-known", names=list(known)))
