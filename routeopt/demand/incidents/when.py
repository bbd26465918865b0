"""When each row's incident happened: from one column of times or several, an interval and when it was known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.incidents import times as t
from routeopt.demand.incidents.positions import is_blank
from routeopt.demand.incidents.stamps import month
from routeopt.demand.incidents.table import Table, Texts
from routeopt.demand.incidents.times import DAY_MIN, Times, parse_clocks, parse_times
from routeopt.demand.incidents.words import HOUR, words_of
from routeopt.demand.incidents.zones import Evidence, Verdict, decide, to_zone
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.sources import IncidentFile

Rows = NDArray[np.bool_]
NO_TIME, NO_DATE, ABSURD = "row-no-time", "row-no-date", "row-absurd-time"
MIDNIGHTS = 0.1
"""From this share of times that are exactly midnight a note says so."""


class Moments(NamedTuple):
    """Intervals of a table's rows."""

    begin: NDArray[np.datetime64]
    """NaT for rows without a time."""
    length_min: NDArray[np.int64]
    known: NDArray[np.datetime64]
    timed: Rows
    """Whether the row has a time of day, to the hour."""
    why: NDArray[np.object_]
    """Code of why a row has no time; "" for the others."""
    notes: list[Message]


def moments(
    table: Table,
    one: IncidentFile,
    parts_of_day: dict[str, tuple[int, int]],
    place: tuple[float, float] | None,
) -> Moments:
    """Find every row's interval (begin and length) and when it was known.

    ``place`` is where the incidents are, for the time zone of files that give UTC and scenarios that give none.

    Raises
    ------
    DemandError
        If the column mixes times with and without an offset.
    """
    n = len(table.line)
    notes: list[Message] = []
    why = np.full(n, "", dtype=object)
    length = np.zeros(n, dtype=np.int64)
    never = np.full(n, np.datetime64("NaT", "m"))
    split = "time" not in table.cells and "year" in table.cells
    if "time" not in table.cells and not split:
        notes.append(Message("incidents-no-time", file=table.path.name))
        return Moments(never, length, never, np.zeros(n, dtype=np.bool_), why, notes)
    main = parse_times(_split(table) if split else _texts(table))
    others: dict[str, Times] = {
        key: parse_times(table.cells[key]) for key in ("end", "reported") if key in table.cells
    }
    if not split and main.dateless.any() and "date" in table.cells:
        main = _with_date(main, table)
    _refuse_mixed(table, one, main)
    clock, hourly = _clock_column(table)
    local = _local(table, one, main, others, clock, hourly, parts_of_day, place, notes)
    begin, timed, length = _joined(main, local["time"], clock, hourly, table, notes)
    none = np.isnat(begin)
    why[none] = NO_TIME
    why[main.dateless & none] = NO_DATE
    why[main.absurd & none] = ABSURD
    _note_order(table, main, notes)
    if "end" in others:
        span = (local["end"] - begin).astype("timedelta64[m]").astype(np.int64)
        sound = ~np.isnat(local["end"]) & ~none & others["end"].clock & (span > 0) & timed
        length = np.where(sound, span, length)
    begin, length = _in_shifts(table, begin, length, ~timed & ~none, parts_of_day, notes)
    known = begin + length.astype("timedelta64[m]")
    if "reported" in others:
        reported = local["reported"]
        known = np.where(reported > known, reported, known)  # False for NaT
    return Moments(begin, length, known, timed & ~none, why, notes)


def _texts(table: Table) -> Sequence[str]:
    """Return the column of times, with the report's time where it is blank."""
    texts = table.cells["time"]
    if "reported" not in table.cells:
        return texts
    return Texts(b if is_blank(a) else a for a, b in zip(texts, table.cells["reported"], strict=True))


def _split(table: Table) -> Sequence[str]:
    """Join year, month and day to ISO dates; without a day to months."""
    days = table.cells.get("day")
    found = Texts()
    for n, (year, name) in enumerate(zip(table.cells["year"], table.cells.get("month", []), strict=False)):
        number = month(name)
        text = f"{year.split('.')[0].strip()[:4]}-{number:02d}" if number else ""
        found.append(f"{text}-{days[n].split('.')[0].strip()}" if days is not None and text else text)
    return found if len(found) else [""] * len(table.line)


def _with_date(main: Times, table: Table) -> Times:
    """Put times of day without a date on the day of another column."""
    day = parse_times(table.cells["date"])
    rows = main.dateless & ~np.isnat(day.value)
    value = main.value.copy()
    midnight = day.value.astype("datetime64[D]").astype("datetime64[m]")
    value[rows] = midnight[rows] + main.minute[rows].astype("timedelta64[m]")
    minute = np.where(rows, -1, main.minute)
    return replace(
        main,
        value=value,
        minute=minute,
        absurd=main.absurd | (main.dateless & day.absurd),
        order=main.order or day.order,
        doubtful=main.doubtful or day.doubtful,
    )


def _clock_column(table: Table) -> tuple[NDArray[np.int64] | None, bool]:
    """Return times of day of a column of their own (-1 for none), and whether they are whole hours."""
    if "hour" in table.cells:
        hour, _ = parse_clocks(table.cells["hour"], hours=True)
        if "minute" not in table.cells:
            return hour, True
        minute = np.array(
            [int(c.split(".")[0]) if c.split(".")[0].isdecimal() else -1 for c in table.cells["minute"]],
            dtype=np.int64,
        )
        both = (hour >= 0) & (minute >= 0) & (minute < 60)
        return np.where(both, hour + minute, -1), False
    if "clock" in table.cells:
        named = True if HOUR.search(words_of(table.columns["clock"])) else None
        return parse_clocks(table.cells["clock"], hours=named)
    return None, False


def _refuse_mixed(table: Table, one: IncidentFile, main: Times) -> None:
    """Refuse a column in which some times have an offset and some do not, or both UTC and other offsets."""
    if one.timezone is not None or one.times == "local":
        return
    rows = main.clock & ~np.isnat(main.value) & ~main.dateless
    with_ending = rows & ~np.isnan(main.offset)
    if not with_ending.any():
        return
    offsets = main.offset[rows]
    different = set(np.where(np.isnan(offsets), 1e6, offsets).tolist())
    if len(different) == 1 or (
        1e6 not in different and 0.0 not in different and max(different) - min(different) <= 60
    ):
        return
    counts = {value: int((np.where(np.isnan(offsets), 1e6, offsets) == value).sum()) for value in different}
    rare = min(counts, key=lambda value: counts[value])
    at = int(np.flatnonzero(rows & (np.where(np.isnan(main.offset), 1e6, main.offset) == rare))[0])
    endings = [Message("incidents-no-ending") if v == 1e6 else f'"{ending(v)}"' for v in sorted(different)]
    raise DemandError(
        Fault("RO-345", table.path, table.line[at], name=table.columns.get("time", ""), endings=endings)
    )


def ending(offset: float) -> str:
    """Return an offset as an ending, ``Z`` or ``+08:00``."""
    if offset == 0:
        return "Z"
    minutes = abs(int(offset))
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _local(
    table: Table,
    one: IncidentFile,
    main: Times,
    others: dict[str, Times],
    clock: NDArray[np.int64] | None,
    hourly: bool,
    parts_of_day: dict[str, tuple[int, int]],
    place: tuple[float, float] | None,
    notes: list[Message],
) -> dict[str, NDArray[np.datetime64]]:
    """Return each column's times as the town's clocks showed them."""
    columns = {"time": main, **others}
    if all(np.isnan(times.offset).all() for times in columns.values()):
        return {key: times.value for key, times in columns.items()}
    evidence = _evidence(table, clock, hourly, parts_of_day)
    verdict = decide(list(columns.values()), evidence, one.timezone, place, local=one.times == "local")
    _note_zone(table, main, others, verdict, notes)
    if not verdict.convert:
        return {key: times.value for key, times in columns.items()}
    return {key: to_zone(times, verdict.zone) for key, times in columns.items()}


def _evidence(
    table: Table, clock: NDArray[np.int64] | None, hourly: bool, parts_of_day: dict[str, tuple[int, int]]
) -> list[Evidence]:
    """Return what the columns of hours and shifts say of the time of day."""
    found = []
    if "check" in table.cells:
        clock, hourly = parse_clocks(table.cells["check"])
    if clock is not None:
        first = np.where(clock < 0, -1, clock if hourly else (clock - 1) % DAY_MIN)
        name = next(table.columns[key] for key in ("check", "hour", "clock") if key in table.columns)
        found.append(Evidence(first, np.where(clock < 0, -1, first + (60 if hourly else 3)), name))
    if "shift" in table.cells:
        window = np.array(
            [parts_of_day.get(text.lower(), (-1, -1)) for text in table.cells["shift"]], dtype=np.int64
        )
        window = window.reshape(-1, 2)
        found.append(Evidence(window[:, 0], window[:, 1], table.columns["shift"]))
    return found


def _note_zone(
    table: Table, main: Times, others: dict[str, Times], verdict: Verdict, notes: list[Message]
) -> None:
    with_offset = next(times for times in (main, *others.values()) if not np.isnan(times.offset).all())
    counted = bool(with_offset.epoch.any())
    first = float(with_offset.offset[~np.isnan(with_offset.offset)][0])
    what = Message("incidents-counted") if counted else Message("incidents-ending", ending=ending(first))
    values = {"file": table.path.name, "what": what, "zone": verdict.zone or "Europe/Vienna"}
    if verdict.by == "column":
        code = "incidents-zone-column" if verdict.convert else "incidents-local-column"
        values |= {"name": verdict.evidence, "written": verdict.written, "converted": verdict.converted}
    else:
        code = {
            "key": "incidents-local-key", "stated": "incidents-zone-stated", "nearest": "incidents-zone-nearest",
            "offset": "incidents-local-offset", "none": "incidents-zone-none",
        }[verdict.by]  # fmt: skip
    notes.append(Message(code, **values))


def _joined(
    main: Times,
    local: NDArray[np.datetime64],
    clock: NDArray[np.int64] | None,
    hourly: bool,
    table: Table,
    notes: list[Message],
) -> tuple[NDArray[np.datetime64], Rows, NDArray[np.int64]]:
    """Return begin, whether it has a time of day, and length: a time of day that says nothing gives way."""
    begin, length = local.copy(), main.length_min.copy()
    timed: Rows = main.clock & (main.minute < 0) & ~np.isnat(local)
    same = t.constant(main, local)
    midnight = np.zeros(len(begin), dtype=np.bool_)
    midnight[timed] = local[timed].astype(np.int64) % DAY_MIN == 0
    given = np.zeros(len(begin), dtype=np.bool_)
    if clock is not None:
        useless = timed if same else midnight
        given = (clock >= 0) & ~np.isnat(begin) & (~timed | useless) & (length <= DAY_MIN)
        day = begin[given].astype("datetime64[D]").astype("datetime64[m]")
        begin[given] = day + clock[given].astype("timedelta64[m]")
        length[given] = 60 if hourly else 0
    rest = (timed if same else np.zeros_like(timed)) & ~given
    timed = (timed & ~rest) | given
    begin[rest] = begin[rest].astype("datetime64[D]").astype("datetime64[m]")
    length[rest] = DAY_MIN
    if rest.any():
        clock_text = str(local[np.flatnonzero(rest)[0]])[11:16]
        notes.append(Message("incidents-constant", file=table.path.name, count=int(rest.sum()), clock=clock_text))
    elif not same and clock is None and t.midnights(main, local) >= MIDNIGHTS and timed.sum() >= t.MANY:
        notes.append(Message("incidents-midnights", file=table.path.name, share=t.midnights(main, local)))
    return begin, timed, length


def _note_order(table: Table, main: Times, notes: list[Message]) -> None:
    if main.order and main.doubtful:
        notes.append(Message("incidents-order", file=table.path.name, order=ORDERS[main.order]))
    elif main.order == "dmy":
        notes.append(Message("incidents-day-first", file=table.path.name))


ORDERS = {
    "dmy": Message("order-day-first"), "mdy": Message("order-month-first"), "ymd": Message("order-year-first")
}  # fmt: skip


def _in_shifts(
    table: Table,
    begin: NDArray[np.datetime64],
    length: NDArray[np.int64],
    clockless: Rows,
    parts_of_day: dict[str, tuple[int, int]],
    notes: list[Message],
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Put days without a time of day into their shift where the file has it, else over their whole day."""
    if not clockless.any():
        return begin, length
    begin, length = begin.copy(), length.copy()
    months = clockless & (length > DAY_MIN)
    shift = [text.lower() for text in table.cells.get("shift", [""] * len(begin))]
    known = np.array([text in parts_of_day for text in shift]) & clockless & ~months
    window = np.array([parts_of_day.get(text, (0, DAY_MIN)) for text in shift], dtype=np.int64).reshape(-1, 2)
    begin[known] += window[known, 0].astype("timedelta64[m]")
    length[known] = window[known, 1] - window[known, 0]
    length[clockless & ~known & ~months] = DAY_MIN
    counts = {"count": int((clockless & ~months).sum()), "placed": int(known.sum())}
    if counts["count"]:
        notes.append(Message("incidents-date-only", file=table.path.name, **counts))
    if months.any():
        notes.append(Message("incidents-month-only", file=table.path.name, count=int(months.sum())))
    return begin, length
