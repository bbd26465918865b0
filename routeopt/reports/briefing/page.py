"""briefing.html: the daily meeting on one page, for the screen and for paper; it opens with no network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from routeopt.briefing.gather import Briefing
from routeopt.briefing.work import Left
from routeopt.errors import Message, english, plain, shown
from routeopt.explain.goals import titles
from routeopt.explain.plan_diff import figure_word
from routeopt.messages import Words, words
from routeopt.reports.briefing import maps
from routeopt.reports.colours import COLOURS
from routeopt.reports.page.render import render
from routeopt.reports.strings import day_of, percent, span_of

PACKAGE = "routeopt.reports.briefing"
ROWS = 8
"""Rows of a table at most; the others are counted."""
CHANCE = 0.05
"""So few incidents where they were expected by chance at most: otherwise the forecast counts as right."""
WRONG = Message("forecast-wrong")
FEW = 2
"""Stops that a cell names."""


def write(briefing: Briefing, path: Path, lang: str = "en") -> None:
    """Write the page in the reader's language."""
    path.write_text(page(briefing, lang), encoding="utf-8")


def page(briefing: Briefing, lang: str = "en") -> str:
    """Return the page's HTML."""
    _ = words(lang)
    last, tonight = briefing.last, briefing.tonight
    frame = maps.frame_of(briefing.net, briefing.heat, *_positions(briefing))
    pictures = [maps.draw(briefing.net, heat, frame, briefing.grounds) for heat in briefing.heat]
    teams = [] if tonight is None else list(tonight.teams)
    happened, stops = _happened(briefing, frame, _), _stops(briefing, frame)
    title = _("Daily briefing")
    return render(
        PACKAGE, "briefing", lang, (), None, title=f"{title} · {briefing.name}",
        subtitle=_("Last night: {last}. Tonight: {tonight}.").format(
            last=span_of(last.clock, _), tonight=span_of(briefing.scenario.clock, _)
        ),
        b=briefing, lead=[str(shown(one, _)) for one in lead(briefing)], rows=ROWS,
        pictures=pictures, happened=happened, stops=stops, busiest=busiest(briefing),
        outside=(len(briefing.happened) - len(happened), _stops_at(briefing) - len(stops)),
        verdict=shown(verdict(briefing), _), wrong=verdict(briefing) == WRONG,
        colours=COLOURS, teams=teams, size=(maps.WIDTH, maps.HEIGHT), percent=percent,
        left=[(one, Message(one.kind).text(_) if one.kind else "") for one in briefing.work.left],
        due=[(one, _due(one.due, briefing, _)) for one in briefing.due],
        figures=list(_figures(briefing, _)), why=lambda place: _("; ").join(str(shown(m, _)) for m in place.why),
        joined=lambda items: _(", ").join(items), stops_in=lambda items: _few(items, _),
        stamp=lambda when: _stamp(when, _),
    )  # fmt: skip


def lead(briefing: Briefing) -> list[Message]:
    """The three sentences that a meeting begins with: last night, what was done, tonight."""
    work, missing = briefing.work, briefing.missed
    night = briefing.of_plan
    if not briefing.knows_incidents:
        first = Message("lead-unknown")
    elif not night:
        first = Message("lead-quiet")
    else:
        expected: Message | str = ""
        if briefing.from_before:  # one that knew the night expects nothing
            expected = Message("lead-expected", count=f"{briefing.expected * len(night):.1f}")
        first = Message(
            "lead-incidents", count=len(night), inside=len(night) - len(missing), share=busiest(briefing),
            expected=expected, near=sum(bool(one.near) for one in night),
        )  # fmt: skip
    if not work.reported:
        second = Message("lead-not-told", planned=work.planned)
    elif work.done == work.planned:
        second = Message("lead-all-done", planned=work.planned)
    else:
        rest = work.planned - work.done - work.undone
        second = Message(
            "lead-done", planned=work.planned, done=work.done, left=work.undone,
            rest=Message("lead-rest", count=rest) if rest else "",
            carried=sum((one.carried or bool(one.tonight)) and bool(one.time) for one in work.left),
        )  # fmt: skip
    return [first, second, _tonight(briefing)]


def _tonight(briefing: Briefing) -> Message:
    count, unmet = len(briefing.series), len(briefing.unmet)
    series: Message | str = ""
    if count:
        series = Message("lead-series", count=count) if count > 1 else Message("lead-one-series")
    if briefing.tonight is None:
        return Message("lead-no-plan", series=series)
    missed: Message | str = ""
    if unmet:
        missed = Message("lead-unmet", count=unmet) if unmet > 1 else Message("lead-one-unmet")
    said: dict[str, Any] = {
        "teams": len(briefing.tonight.teams), "stops": len(briefing.tonight.stops), "series": series,
        "unmet": missed,
    }  # fmt: skip
    seen = next((row for row in briefing.figures if row.name == "visibility"), None)
    if seen is None or seen.now is None or seen.before is None:
        return Message("lead-tonight-first", **said)
    change = f"{100 * (seen.now - seen.before):+.1f}"
    return Message("lead-tonight", share=percent(seen.now), change=change, **said)


def busiest(briefing: Briefing) -> str:
    """Share of the streets that is called the busiest."""
    return f"{100 * briefing.share:g}\u00a0%"


def verdict(briefing: Briefing) -> Message | str:
    """Say whether chance explains how many of the night's incidents were on the busiest streets.

    Nothing where there were none, or where the forecast knew them.
    """
    from scipy.stats import binom

    n, inside = len(briefing.of_plan), len(briefing.of_plan) - len(briefing.missed)
    if not n or not briefing.from_before:
        return ""
    few = float(binom.cdf(inside, n, briefing.expected))
    return WRONG if few <= CHANCE else Message("forecast-right")


def _stops_at(briefing: Briefing) -> int:
    """How many of tonight's stops have a position."""
    return 0 if briefing.tonight is None else int(np.isfinite(briefing.tonight.lat).sum())


def _positions(briefing: Briefing) -> tuple[Any, Any]:
    """Where there are incidents and stops of tonight."""
    lat = [one.lat for one in briefing.happened]
    lon = [one.lon for one in briefing.happened]
    if briefing.tonight is not None:
        known = np.isfinite(briefing.tonight.lat) & np.isfinite(briefing.tonight.lon)
        lat += briefing.tonight.lat[known].tolist()
        lon += briefing.tonight.lon[known].tolist()
    return np.array(lat, dtype=np.float64), np.array(lon, dtype=np.float64)


def _happened(briefing: Briefing, frame: maps.Frame, _: Words) -> list[maps.Mark]:
    found = briefing.happened
    kinds = ["hit" if one.inside else "miss" if one.in_plan else "day" for one in found]
    said = [f"{_stamp(one.when, _)} {one.category} {one.street}" for one in found]
    lat, lon = (np.array([getattr(one, key) for one in found], dtype=np.float64) for key in ("lat", "lon"))
    return maps.marks(briefing.net, frame, lat, lon, kinds, said)


def _stops(briefing: Briefing, frame: maps.Frame) -> list[maps.Mark]:
    night = briefing.tonight
    if night is None:
        return []
    known = np.flatnonzero(np.isfinite(night.lat) & np.isfinite(night.lon))
    number = {team: n for n, team in enumerate(night.teams)}
    kinds = [COLOURS[number[night.stops[n].team] % len(COLOURS)] for n in known]
    said = [f"{night.stops[n].team} {night.text(n)} {night.title(n)}" for n in known.tolist()]
    return maps.marks(briefing.net, frame, night.lat[known], night.lon[known], kinds, said)


def _due(due: dt.date | None, briefing: Briefing, _: Words) -> tuple[str, bool]:
    """When something is due, and whether that is tonight or past."""
    night = briefing.scenario.shift.date
    if due is None or night is None:
        return "", False
    days = (due - night).days
    if days < 0:
        return _("{day}, overdue").format(day=day_of(due, _)), True
    return (_("tonight"), True) if days == 0 else (day_of(due, _), False)


def _figures(briefing: Briefing, _: Words) -> Iterator[tuple[str, str, str, str]]:
    """Label, last night, tonight and the change of each figure."""
    nights = [night.figures for night in (briefing.last, briefing.tonight) if night is not None]
    goals = titles(nights, _)
    for row in briefing.figures:
        before = "–" if row.before is None else percent(row.before)
        change = "" if row.before is None or row.now is None else f"{100 * (row.now - row.before):+.1f}"
        yield figure_word(row.name, _, goals), before, percent(row.now or 0.0), change


def _few(stops: Sequence[str], _: Words) -> str:
    """The first stops, and how many more there are."""
    named = _(", ").join(stops[:FEW])
    more = len(stops) - FEW
    return named if more <= 0 else _("{stops} and {n} more").format(stops=named, n=more)


def _stamp(when: Any, _: Words) -> str:
    """Weekday and time of an incident."""
    day = when.astype("datetime64[D]").item()
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{days[day.weekday()]} {str(when)[11:16]}"


def as_dict(briefing: Briefing) -> dict[str, Any]:
    """Build the object of ``briefing --json``, in English."""
    work = briefing.work

    def left(one: Left) -> dict[str, Any]:
        return {
            "title": one.title, "team": one.team, "time": one.time, "reason": one.kind, "task": one.is_task,
            "carried": one.carried, "tonight": list(one.tonight),
        }  # fmt: skip

    return {
        "scenario": briefing.name,
        "last": str(briefing.last.clock.date), "tonight": str(briefing.scenario.shift.date),
        "lead": [one.text(english) for one in lead(briefing)],
        "forecast": {
            "known": briefing.knows_incidents, "share": briefing.share, "incidents": len(briefing.of_plan),
            "inside": len(briefing.of_plan) - len(briefing.missed), "expected": round(briefing.expected, 6),
            "near": sum(bool(one.near) for one in briefing.of_plan),
            "right": None if not verdict(briefing) else verdict(briefing) != WRONG,
            "hours": [
                {"hour": h.text, "incidents": h.incidents, "inside": h.inside,
                 "expected": round(h.expected, 6), "near": h.near} for h in briefing.hours
            ],
        },
        "incidents": [
            {"when": str(one.when), "category": one.category, "street": one.street, "lat": round(one.lat, 6),
             "lon": round(one.lon, 6), "in_plan": one.in_plan, "inside": one.inside, "near": list(one.near)}
            for one in briefing.happened
        ],
        "done": {
            "reported": work.reported, "planned": work.planned, "done": work.done, "left": work.undone,
            "extra": work.extra, "teams": [vars(team) for team in work.teams],
        },
        "left": [left(one) for one in work.left],
        "due": [
            {**vars(one), "due": None if one.due is None else str(one.due), "planned": list(one.planned)}
            for one in briefing.due
        ],
        "disputes": [
            {"street": one.street, "when": str(one.when), "category": one.category, "tonight": list(one.tonight)}
            for one in briefing.disputes
        ],
        "series": [
            {**vars(one), "first": str(one.first), "last": str(one.last), "tonight": list(one.tonight)}
            for one in briefing.series
        ],
        "planned": briefing.tonight is not None,
        "figures": {row.name: {"before": row.before, "now": row.now} for row in briefing.figures},
        "teams": [{**vars(one), "places": list(one.places)} for one in briefing.teams],
        "changes": [
            {"place": one.place, "before_min": one.before_min, "now_min": one.now_min, "when": list(one.when),
             "why": plain(one.why)} for one in briefing.places
        ],
        "unmet": plain(briefing.unmet), "notes": [str(note) for note in briefing.notes],
    }  # fmt: skip
