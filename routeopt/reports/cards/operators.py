"""Cards of the operators, who watch cameras: what each watches when, in the terms of the cards' template."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from routeopt.messages import Words
from routeopt.reports.model import ReportModel, Watched
from routeopt.reports.strings import day_of, mode_word


def operator_cards(report: ReportModel, _: Words) -> Iterator[dict[str, Any]]:
    """Yield a card for each operator who watches any camera; their indices follow those of the teams."""
    video, clock = report.video, report.problem.clock
    if video is None:
        return
    by_operator = sorted(video.watches, key=lambda one: (one.operator, one.begin_s))
    order = {one.operator: n for n, one in reversed(list(enumerate(video.watches)))}
    groups = [(name, list(own)) for name, own in groupby(by_operator, key=attrgetter("operator"))]
    groups = [(name, own) for name, own in groups if any(one.cameras for one in own)]
    for n, (name, own) in enumerate(sorted(groups, key=lambda group: order[group[0]])):
        begin, end = clock.text(own[0].begin_s), clock.text(own[-1].end_s)
        hours, most = f"{begin}–{end}", max(len(one.cameras) for one in own)
        seen = {camera for one in own for camera in one.cameras}
        yield {
            "index": report.problem.n_teams + n, "team": name, "mode": mode_word("video", _), "size": 0,
            "span": f"{day_of(clock.date, _)}  {hours}" if clock.date else hours,
            "start": begin, "end": end, "total": _("{n}, {most} at a time").format(n=len(seen), most=most),
            "watches": [
                {"time": f"{clock.text(one.begin_s)}–{clock.text(one.end_s)}", "cameras": cameras}
                for one, cameras in _told(report, _joined(own))
            ],
        }  # fmt: skip


def _joined(own: list[Watched]) -> Iterator[Watched]:
    """Yield an operator's watches, those of the same cameras one after the other as one."""
    last: Watched | None = None
    for one in own:
        if last is not None and last.cameras == one.cameras and last.end_s == one.begin_s:
            last = Watched(last.operator, last.begin_s, one.end_s, last.cameras)
        else:
            if last is not None:
                yield last
            last = one
    if last is not None:
        yield last


def _told(report: ReportModel, watches: Iterator[Watched]) -> Iterator[tuple[Watched, list[dict[str, Any]]]]:
    """Yield each watch with its cameras by name, and whether each was not watched just before."""
    assert report.video is not None
    before: set[int] = set()
    for one in watches:
        named = sorted(one.cameras, key=lambda c: (c in before, report.video.names[c]))  # type: ignore[union-attr]
        yield one, [{"name": report.video.names[c], "new": c not in before} for c in named]
        before = set(one.cameras)
