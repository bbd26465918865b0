"""What was done of a plan, as the teams or the desk write it down: a table with a row for each stop or task.

Columns, in English or Chinese, in any order: team (队伍), place or task (地点, 任务), time (时间), done (完成: yes
or no, 是 or 否), reason (原因). A CSV, TSV, XLSX or HTML table; only these columns are read, and others are named
in a note. A list without a column done has what was done. A row without a time speaks of every stop of its team
there; without a team, of every team's.

Nothing personal: of a reason what stands in every report is its kind (`KINDS`); its own words are kept for the
station's own next night, with long numbers (telephones, identity cards) taken out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from routeopt.border import bordered
from routeopt.clock import DAY_S, Clock, moment
from routeopt.demand.incidents import sniff, tables
from routeopt.demand.incidents.sheets import Sheet, html, workbook
from routeopt.diff import PlannedStop
from routeopt.errors import Fault, InputError, Message, MisreadError
from routeopt.problem.names import Names, plain

HEADERS: dict[str, tuple[str, ...]] = {
    "team": ("team", "unit", "队伍", "组", "组别", "巡组", "班组", "巡逻组", "巡逻队", "小组"),
    "place": (
        "place", "site", "location", "place/task", "地点", "位置", "点位", "站点", "场所", "单位", "单位名称",
        "重点单位", "地点/任务", "任务/地点",
    ),
    "task": ("task", "order", "任务", "任务名称", "事项"),
    "date": ("date", "day", "日期"),
    "time": (
        "time", "start", "starttime", "start_time", "doneat", "时间", "开始", "开始时间", "到岗时间", "到达时间",
        "完成时间", "实际时间", "计划时间",
    ),
    "done": (
        "done", "completed", "complete", "finished", "visited", "status", "result", "完成", "已完成", "是否完成",
        "完成情况", "走访", "是否走访", "是否到岗", "状态", "结果",
    ),
    "reason": ("reason", "why", "whynot", "why_not", "原因", "未完成原因", "理由"),
}  # fmt: skip
"""Key → headers."""
OWN_EXPORT = "dwell_min"
"""A column of stops.csv, whose own column reason says why the stop was planned."""
YES = frozenset({
    "yes", "y", "true", "1", "done", "completed", "complete", "finished", "visited", "ok", "✓", "✔", "√", "☑",
    "是", "有", "已", "已完成", "完成", "已走访", "已到", "到岗", "已到岗", "已办", "对",
})  # fmt: skip
NO = frozenset({
    "no", "n", "false", "0", "not", "notdone", "open", "unfinished", "missed", "skipped", "cancelled", "canceled",
    "×", "✗", "✘", "否", "未", "未完成", "没有", "没完成", "未走访", "未到", "未到岗", "未办", "取消", "已取消",
})  # fmt: skip


def _either(english: str, chinese: str) -> str:
    """Return a pattern of whole English words, or of Chinese anywhere."""
    return f"(?<![a-z])(?:{english})(?![a-z])|{chinese}"


KINDS: dict[str, str] = {
    "left-called-away": _either(
        r"call(?:ed)?|dispatch(?:ed)?|incidents?|emergency", r"处警|出警|接警|警情|处置|增援|支援|抽调|调派"
    ),
    "left-no-time": _either(r"time|late|busy", r"来不及|时间|超时|太晚|(?<!帮)忙"),
    "left-nobody": _either(r"nobody|no one|not (?:at )?home|absent", r"无人|没人|不在"),
    "left-closed": _either(r"closed|locked|shut", r"关门|锁|停业|歇业|打烊"),
    "left-no-way": _either(
        r"block(?:ed|ade)?|closures?|no way|roads?|traffic", r"封路|封闭|堵|无法到达|绕行|进不去"
    ),
    "left-weather": _either(
        r"rain(?:y|ing|ed)?|storms?|stormy|typhoon|weather|snow(?:y|ing|ed)?", r"雨|台风|天气|雪"
    ),
    "left-vehicle": _either(r"vehicles?|breakdown|broken?|battery|flat", r"车辆|故障|没电|抛锚"),
}
"""Kind of a reason (a code of the catalogue) → the words that tell it; the first that fits."""
OTHER = "left-other"
LONG_NUMBER = re.compile(r"\d[\d \-]{5,}[\dXx]")
"""Telephones and numbers of identity cards."""
LONGEST = 80
"""Characters of a reason that are kept."""
NEAR_S = 3 * 3600
"""A row speaks of the nearest stop there, at most this far from its time, seconds."""
DEPTH = 30
"""Lines among which the header is looked for."""
SHOWN = 5
"""Lines that a note names."""


class DoneRow(NamedTuple):
    """What is said of a stop or a task."""

    where: str
    """File and line."""
    team: str
    """As the plan writes it; "" if none is given."""
    place: str
    task: str
    time_s: int | None
    """Seconds after the midnight of the plan's day, as in `PlannedStop`; None if none is given."""
    done: bool
    reason: str
    """As written, shortened, without long numbers."""
    kind: str
    """One of `KINDS`, `OTHER`, or "" without a reason."""

    @property
    def title(self) -> str:
        """What it speaks of."""
        return self.task or self.place


@dataclass(frozen=True)
class Done:
    """A file of what was done."""

    rows: tuple[DoneRow, ...]
    notes: tuple[Message, ...]
    answers: bool = True
    """Whether it has a column done; otherwise it is a list of what was done."""


@bordered()
def read_done(path: Path, clock: Clock, teams: Sequence[str] = ()) -> Done:
    """Read what was done of a plan.

    Parameters
    ----------
    clock
        Of the plan, to which times without a day belong.
    teams
        Names of its teams; others are refused. Without, any name is taken.

    Raises
    ------
    InputError
        If the file is no table with a place (or task) and whether it was done, or a team, a time or an answer
        cannot be read; lists all faults.
    """
    faults: list[Fault] = []
    notes: list[Message] = []
    rows: list[DoneRow] = []
    blank: list[int] = []
    tables_read = 0
    answers = False
    for _sheet, lines in sheets_of(path, "RO-565"):
        columns: dict[str, int] | None = None
        for seen, (line, cells) in enumerate(lines):
            if columns is None:
                columns = _columns(cells)
                if columns is None:
                    if seen >= DEPTH:
                        break
                    continue
                tables_read += 1
                answers |= "done" in columns
                left = [name.strip() for k, name in enumerate(cells) if name.strip() and k not in columns.values()]
                if left:
                    notes.append(Message("done-ignored", file=path.name, names=left))
                continue
            told = {key: _cell(cells, at) for key, at in columns.items()}
            if any(told.get(key) for key in ("place", "task", "done")):
                rows += _row(path, line, told, clock, teams, faults, blank)
    if not tables_read:
        faults.append(Fault("RO-565", path))
    if faults:
        raise InputError(faults)
    if blank:
        shown = [*map(str, blank[:SHOWN]), *(["…"] if len(blank) > SHOWN else [])]
        notes.append(Message("done-blank", file=path.name, count=len(blank), lines=shown))
    return Done(tuple(rows), tuple(dict.fromkeys(notes)), answers)


class _Spoken(NamedTuple):
    """A stop, or what a row says of one."""

    team: str | None
    """None: any."""
    place: str | None
    task: str | None
    """None: none."""
    time_s: int | None


def told_of(
    stops: Sequence[PlannedStop], done: Done, tasks: Sequence[str] = ()
) -> tuple[list[DoneRow | None], list[DoneRow]]:
    """Find what is said of each planned stop; and the rows that speak of none.

    Parameters
    ----------
    tasks
        Name of the task that each stop does, "" for none; a row may name either the place or the task.
    """
    of_stop = [plain(name) or None for name in tasks] or [None] * len(stops)
    sites, known = {plain(stop.site) for stop in stops}, set(of_stop)

    def spoken(row: DoneRow) -> _Spoken:
        named = [plain(name) for name in (row.task, row.place) if name]
        task = next((name for name in named if name in known), None)
        place = next((name for name in reversed(named) if name in sites), None)
        return _Spoken(row.team or None, place, task, row.time_s)

    own = [_Spoken(s.team, plain(s.site), task, s.start_s) for s, task in zip(stops, of_stop, strict=True)]
    found: list[DoneRow | None] = [None] * len(stops)
    spare: list[DoneRow] = []
    for row, rows in zip(done.rows, _meant(own, [spoken(row) for row in done.rows]), strict=True):
        for n in rows:
            found[n] = row
        if not rows:
            spare.append(row)
    return found, spare


def _meant(stops: Sequence[_Spoken], rows: Sequence[_Spoken]) -> list[list[int]]:
    """Find the stops that each row means: of its task, else of its place, by its team; no stop is meant twice.

    A row with a time means the nearest within `NEAR_S`; the others then mean all that are left, those of a task
    first. Of several rows that say the same each means one.
    """
    free = list(range(len(stops)))
    alike = Counter(row for row in rows if row.time_s is None)
    found: list[list[int]] = [[] for _ in rows]
    for k, row in sorted(enumerate(rows), key=lambda one: (one[1].time_s is None, one[1].task is None)):
        own = [
            n
            for n in free
            if (stops[n].place == row.place if row.task is None else stops[n].task == row.task)
            and row.team in (None, stops[n].team)
        ]
        if row.time_s is not None:
            away = {n: abs((stops[n].time_s or 0) - row.time_s) for n in own}
            own = sorted((n for n in own if away[n] <= NEAR_S), key=lambda n: away[n])[:1]
        elif alike[row] > 1:
            own = own[:1]
        found[k] = own
        free = [n for n in free if n not in own]
    return found


def masked(text: str) -> str:
    """Shorten a reason and take long numbers out of it."""
    text = LONG_NUMBER.sub("…", re.sub(r"\s+", " ", text).strip())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def kind_of(reason: str) -> str:
    """Return the kind of a reason; "" for none."""
    text = unicodedata.normalize("NFKC", reason).casefold()
    return next((kind for kind, words in KINDS.items() if re.search(words, text)), OTHER) if text.strip() else ""


def sheets_of(path: Path, code: str, **values: Any) -> Iterator[Sheet]:
    """Yield the sheets of a CSV, TSV, XLSX or HTML table, in the usual encodings.

    Parameters
    ----------
    code, values
        Of the fault of a file of another kind.

    Raises
    ------
    InputError
        If the file does not exist, is empty or no table.
    """
    raw = sniff.unpacked(path)
    kind = sniff.kind_of(path, raw)
    if kind == "workbook":
        yield from workbook(path, raw)
    elif kind == "html":
        yield from html(sniff.coding_of(path, raw).whole(raw))
    elif kind == "text":
        yield "", tables.lines(path, raw, sniff.coding_of(path, raw), path.suffix.lower())
    else:
        raise InputError(Fault(code, path, **values))


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    """Key → column, if this row is a header."""
    known = {word: key for key, words in HEADERS.items() for word in words}
    names = [re.sub(r"\([^()]*\)|[\s:*?]", "", unicodedata.normalize("NFKC", cell).casefold()) for cell in cells]
    found: dict[str, int] = {}
    for column, name in enumerate(names):
        key = known.get(name)
        if key is not None and not (name == "reason" and OWN_EXPORT in names):
            found.setdefault(key, column)
    named = "place" in found or "task" in found
    return found if named and ("done" in found or "reason" in found or len(found) > 2) else None


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""


def _row(
    path: Path, line: int, told: dict[str, str], clock: Clock, teams: Sequence[str], faults: list[Fault],
    blank: list[int],
) -> Iterator[DoneRow]:  # fmt: skip
    """Yield the row, unless it has faults or no answer."""
    before, reason = len(faults), told.get("reason", "")
    place, task = told.get("place", ""), told.get("task", "")
    if not place and not task:
        faults.append(Fault("RO-566", path, line))
    if "done" not in told:  # a list of what was done
        told = {**told, "done": "" if reason else "yes"}
    answer = re.sub(r"\s", "", unicodedata.normalize("NFKC", told.get("done", "")).casefold())
    if answer and answer not in YES and answer not in NO:
        faults.append(Fault("RO-568", path, line, value=told["done"][:40]))
    team = told.get("team", "")
    if team and teams:
        try:
            team = teams[Names("team", teams).index(team)]
        except MisreadError as error:
            faults.append(Fault(error.code, path, line, **error.values))
    time_s = None
    if told.get("time"):
        try:
            time_s = _time_s(told["time"], told.get("date", ""), clock)
        except MisreadError as error:
            faults.append(Fault(error.code, path, line, **error.values))
    if len(faults) > before:
        return
    if not answer and not reason:
        blank.append(line)
        return
    yield DoneRow(f"{path}:{line}", team, place, task, time_s, answer in YES, masked(reason), kind_of(reason))


def _time_s(text: str, date: str, clock: Clock) -> int:
    """Seconds after the midnight of the plan's day."""
    try:
        found = moment(f"{date} {text}" if date else text)
    except MisreadError:
        found = moment(text)
    if clock.date is not None and found.day is not None:
        return (found.day - clock.date).days * DAY_S + found.time_s
    middle = clock.start_min * 60 + clock.duration_s // 2
    return (
        found.time_s if found.absolute else min(found.time_s, found.time_s + DAY_S, key=lambda t: abs(t - middle))
    )
