"""Which columns of an incident file are read: named by the scenario, or guessed from Chinese and English headers.

Only position, time, category, number, origin and precision are read. No other cell gets past the parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from routeopt.demand.incidents.tables import Wanted
from routeopt.errors import DemandError, Fault, Message, nearest
from routeopt.scenario.model import IncidentFile

GUESSES: dict[str, tuple[str, ...]] = {
    "lat": ("latitude", "lat", "纬度", "gpslat", "wd", "y"),
    "lon": ("longitude", "lon", "lng", "long", "经度", "gpslon", "jd", "x"),
    "time": (
        "startdate", "datestart", "starttime", "start", "occurred", "occurredat", "occurredon", "occurdate",
        "calldatetimelocal", "calldatetime", "datesingle", "incidentdatetime", "datetime", "timestamp",
        "time", "date", "incidentdate", "dateocc",
        "发生时间", "案发时间", "发案时间", "报警时间", "接警时间", "警情时间", "时间", "日期",
    ),
    "date": ("date", "incidentdate", "occurdate", "发生日期", "案发日期", "报警日期", "日期"),
    "clock": ("timeocc", "incidenttime", "occurtime", "timeofday"),
    "end": ("enddate", "dateend", "endtime", "end", "发案时间止", "结束时间"),
    "reported": (
        "datesingle", "reportdat", "reportdate", "reporteddate", "reportdatetime", "reported",
        "报警时间", "接警时间",
    ),
    "shift": ("shift", "班次"),
    "type": (
        "offense", "offence", "type", "calltype", "crimetype", "incidenttype", "category", "primarytype",
        "offensetype", "offensegroup", "crime", "finalcalltype", "initialcalltype", "nature",
        "警情类别", "报警类别", "警情类型", "案件类别", "案件类型", "类别", "类型",
    ),
    "id": (
        "id", "uid", "ccn", "incidentid", "casenumber", "casenum", "incidentnumber",
        "警情编号", "接警编号", "案件编号", "编号",
    ),
    "precision": ("geocodetype", "geocodeprecision", "geocodequality", "matchtype", "定位精度"),
    "origin": ("origin", "callsource", "calltypeorig", "initiatedby", "报警方式", "警情来源", "发现方式", "来源"),
}  # fmt: skip
"""Key → names of its column, without spaces and underscores, best first."""
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
BLANK = frozenset({"", "nan", "null", "none", "na", "n/a", "-", "无"})
"""Cells that count as empty."""


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Guess the columns from a header; key → column."""
    plain = {re.sub(r"[\s_\-]+", "", name).lower(): name for name in reversed(header)}
    return {key: plain[n] for key, names in GUESSES.items() for n in names[::-1] if n in plain}


def choose_columns(one: IncidentFile) -> Callable[[Path, Sequence[str]], Wanted]:
    """Return the function that tells `read_table` the wanted columns."""

    def choose(path: Path, header: Sequence[str]) -> Wanted:
        given = {key: name for key, name in one.columns.model_dump().items() if name is not None}
        faults = []
        for key, name in given.items():
            if name not in header:
                near = nearest(name, header)
                hint = Message("hint-columns", names=list(header[:30]))
                if near:
                    hint = Message("hint-column", key=key, name=near)
                faults.append(Fault("RO-320", path, 1, name=name, key=key, hint=hint))
        guessed = {key: name for key, name in guess_columns(header).items() if key not in given}
        if "time" in given:  # the planner says what the time is: nothing is added to it
            guessed = {
                key: name for key, name in guessed.items() if key not in ("end", "reported", "date", "clock")
            }
        for key in ("date", "clock"):
            if key in guessed and guessed[key] in (guessed.get("time"), given.get("time")):
                guessed.pop(key)
        if guessed.get("reported") == guessed.get("time", given.get("time")):
            guessed.pop("reported", None)
        columns = guessed | given
        for key in ("lat", "lon"):
            if key not in columns:
                hint = Message("hint-name-column", key=key, names=list(header[:30]))
                if len(header) == 1:
                    hint = Message("hint-separator")
                faults.append(Fault("RO-321", path, 1, key=key, hint=hint))
        if faults:
            raise DemandError(faults)
        return columns

    return choose
