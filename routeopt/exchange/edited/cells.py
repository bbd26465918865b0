"""Parse minutes as planners type them and spreadsheets save them; `routeopt.clock` reads times."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from routeopt.errors import MisreadError
from routeopt.guard import is_finite


def minutes(value: Any) -> float:
    """Parse a cell's length in minutes: a number, ``10 min``, ``10分钟``, or a duration (0:10).

    Raises
    ------
    MisreadError
        If the cell cannot be read as such.
    """
    match value:
        case dt.timedelta():
            return value.total_seconds() / 60
        case dt.time():
            return value.hour * 60 + value.minute + value.second / 60
        case bool() | dt.datetime():
            pass
        case int() | float() if is_finite(value):
            return float(value)
        case str():
            text = unicodedata.normalize("NFKC", value).strip().lower()
            number = re.match(r"^(\d+(?:[.,]\d+)?)\s*(m|min|mins|minutes?|分钟?|')?$", text)
            if number:
                return float(number[1].replace(",", "."))
            clock = re.match(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$", text)
            if clock:
                return int(clock[1]) * 60 + int(clock[2]) + int(clock[3] or 0) / 60
    raise MisreadError("RO-564", value=value)
