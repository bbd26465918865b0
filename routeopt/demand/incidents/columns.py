"""Which columns of an incident file are read: named by the scenario, or guessed from headers and values.

Only position, time, category, number, origin and precision are read. No other cell gets past the parser.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from routeopt.demand.incidents.guess import clock_beside, guess
from routeopt.demand.incidents.table import Choose, Wanted
from routeopt.errors import DemandError, Fault, Message, nearest
from routeopt.scenario.sources import IncidentFile

DISCOVERED = re.compile(
    r"officer|on.?view|proactive|patrol|self.?initiated|discovered|巡逻|盘查|自行发现|工作发现|主动发现",
    re.IGNORECASE,
)
"""Origins that mean that officers found it themselves."""
OWN_WORK = re.compile(
    r"traffic stop|traf(?:fic)? violation|passing call|on.?view|self.?initiated|directed patrol|patrol check"
    r"|business check|premise check|proactive|巡逻|盘查|自行发现|工作发现|主动发现",
    re.IGNORECASE,
)
"""Categories that officers open themselves, such as a stop."""
COARSE = re.compile(
    r"^(?:street ?name|street|route|road|postal(?: ?code)?|zip(?: ?code)?|city|locality|neighbou?rhood|district"
    r"|region|county|state|道路|街道|乡镇|社区|区县|城市)$",
    re.IGNORECASE,
)
"""Precisions of positions that stand for a whole street or more."""
TIMES = ("time", "date", "clock", "year", "month", "day", "hour", "minute", "end", "reported")
"""Keys of times: where the planner names one of the first eight, nothing is added to it."""
SHOWN = 30
"""Largest number of columns that a message lists."""


def choose_columns(one: IncidentFile) -> Choose:
    """Return the function that tells `read_table` the wanted columns."""

    def choose(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], line: int) -> Wanted:
        plain = {_plain(name): name for name in reversed(header) if name}
        faults = []
        given = {}
        for key, name in one.columns.model_dump().items():
            if name is None:
                continue
            if _plain(name) in plain:
                given[key] = plain[_plain(name)]
                continue
            near = nearest(name, header)
            hint = Message("hint-columns", names=list(header[:SHOWN]))
            if near:
                hint = Message("hint-column", key=key, name=near)
            faults.append(Fault("RO-320", path, line, name=name, key=key, hint=hint))
        found = guess(header, rows)
        guessed = {key: name for key, name in found.columns.items() if key not in given}
        if any(key in given for key in TIMES[:8]) or one.times == "none":  # nothing is added to what is said
            beside = clock_beside(header, rows, given)
            guessed = {key: name for key, name in guessed.items() if key not in TIMES} | beside
        elif found.dates and not any(key in guessed for key in TIMES):
            asked = list(found.dates[:SHOWN])
            faults.append(Fault("RO-346", path, line, columns=asked, name=asked[0]))
        if "position" in given:
            guessed = {key: name for key, name in guessed.items() if key not in ("lat", "lon")}
        if "lat" in given or "lon" in given:
            guessed.pop("position", None)
        columns = guessed | given
        if "position" not in columns:
            for key in ("lat", "lon"):
                if key not in columns:
                    hint = Message("hint-name-column", key=key, names=list(header[:SHOWN]))
                    if len(header) == 1:
                        hint = Message("hint-separator")
                    faults.append(Fault("RO-321", path, line, key=key, hint=hint))
        if faults:
            raise DemandError(faults)
        return {key: columns[key] for key in sorted(columns, key=_rank)}

    return choose


ORDER = ("lat", "lon", "position", *TIMES, "shift", "type", "id", "origin", "precision", "check")


def _rank(key: str) -> int:
    return ORDER.index(key)


def _plain(name: str) -> str:
    """A header without differences that do not show: width, case, spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
