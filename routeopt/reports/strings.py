"""Words that several reports share."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from routeopt.clock import Clock
from routeopt.explain.directions import COMPASS
from routeopt.messages import Words
from routeopt.reports.model import Change, Free, ReportModel, Stop


def mode_word(mode: str, _: Words) -> str:
    """Name of a mode of travel."""
    known = {
        "foot": _("on foot"),
        "bike": _("bicycle"),
        "ebike": _("e-bike"),
        "car": _("car"),
        "video": _("video"),
    }
    return known.get(mode, mode)


def span_of(clock: Clock, _: Words) -> str:
    """Day, where the plan has one, and hours: ``2026-05-01 (Fri), 19:00–02:00``."""
    hours = f"{clock.text(0)}–{clock.text(clock.duration_s)}"
    return f"{day_of(clock.date, _)}, {hours}" if clock.date else hours


def day_of(date: dt.date, _: Words) -> str:
    """A day with its weekday."""
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{date.isoformat()} ({days[date.weekday()]})"


def compass_word(point: str, _: Words) -> str:
    """A compass point; see `routeopt.explain.directions.COMPASS`."""
    return {
        "n": _("north"), "ne": _("north-east"), "e": _("east"), "se": _("south-east"), "s": _("south"),
        "sw": _("south-west"), "w": _("west"), "nw": _("north-west"),
    }[point]  # fmt: skip


def change_words(change: Change, clock: Clock, _: Words) -> str:
    """How streets are, and when: ``closed 19:30–23:00``."""
    times = {"begin": clock.text(change.begin_s), "end": clock.text(change.end_s)}
    if change.kind == "no_stop":
        return _("no stopping {begin}–{end}").format(**times)
    if change.kind == "oneway" and change.bearing is None:
        return _("one-way, the other way than usual, {begin}–{end}").format(**times)
    if change.kind == "oneway":
        point = compass_word(COMPASS[round((change.bearing or 0.0) / 45) % 8], _)
        return _("one-way to the {direction} {begin}–{end}").format(direction=point, **times)
    if change.kind == "slow":
        return _("at most {kph} km/h {begin}–{end}").format(kph=f"{change.kph:g}", **times)
    return _("closed {begin}–{end}").format(**times)


def where_of(stops: Sequence[Stop], _: Words) -> str:
    """Where a team is most: the two communities, or streets, with most of its time."""
    time: Counter[str] = Counter()
    for stop in stops:
        if stop.zone or stop.street:
            time[stop.zone or stop.street] += stop.end_s - stop.start_s
    return _(", ").join(name for name, _s in time.most_common(2))


def free_words(free: Free, _: Words) -> str:
    """A time without a stop: ``at the station, free``."""
    if free.post:
        return _("{post}: at the station, free").format(post=free.place)
    return _("{place}, free").format(place=free.place)


def worth_words(stop: Stop, _: Words) -> str:
    """What leaving a stop out would lose; "" where that is not known."""
    if stop.worth is None:
        return ""
    return _("without it the night would lose {points} percentage points").format(
        points=f"{100 * stop.worth:z.2f}"
    )


def percent(share: float) -> str:
    """A share as ``12.3 %``, the space one that does not break."""
    return f"{share:.1%}".replace("%", "\u00a0%")


def video_rows(report: ReportModel, _: Words) -> list[tuple[str, float, float]]:
    """List (label, share without cameras, share with those that are watched)."""
    video = report.video
    if video is None:
        return []
    text = _("noticed, a team within {minutes} min (without → with cameras)")
    return [
        (_("noticed at once (without → with cameras)"), *video.detection),
        *((text.format(minutes=f"{m:g}"), *pair) for m, pair in video.reached.items()),
    ]


def figure_rows(report: ReportModel, _: Words) -> list[tuple[str, str, bool]]:
    """List (label, value, whether it belongs to the row above) for every figure."""
    figures: Any = report.figures
    low, high = figures["band"]["low"], figures["band"]["high"]
    rows = [
        (_("Visibility, effective (seen or still held off)"), percent(figures["visibility"]), False),
        (_("range under model uncertainty"), f"{percent(low)} – {percent(high)}", True),
    ]
    if report.result.bound is not None:
        rows.append((_("upper bound"), percent(report.result.bound), True))
    rows.append((_("Visibility, instant (seen now)"), percent(figures["instant"]), False))
    for key, label in (
        ("within", _("Seen within {minutes} min")),
        ("handling", _("Response coverage: a team is there within {minutes} min")),
        ("backup", _("Backup: a second team is there within {minutes} min")),
    ):
        rows += [(label.format(minutes=m), percent(share), False) for m, share in figures[key].items()]
    return rows
