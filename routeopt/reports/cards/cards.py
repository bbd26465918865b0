"""cards.pdf: a duty card per team, to be read under a street lamp.

Set by typst (the extra ``cards``). The text is as large as lets a card stay on one page (`TRIES`); longer
routes go on on the back. The QR code holds the scenario's ``route_link`` with the stops, or, where it
has none, the first stop as a geo URI (RFC 5870), which phones open in their own map and which tells no server.
"""

from __future__ import annotations

import json
import re
from importlib.resources import as_file, files
from itertools import groupby
from pathlib import Path
from typing import Any

from routeopt.clock import Clock
from routeopt.errors import Fault, InputError
from routeopt.messages import Words, words
from routeopt.reports.cards import route_map
from routeopt.reports.model import Directions, ReportModel, Stop, Why
from routeopt.reports.strings import day_of, mode_word

TRIES = ((10.5, 1), (9.2, 1), (8.2, 1), (10.5, 2), (8.2, 2))
"""(text size in points, pages that it may take), the first that does is taken."""
CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Sarasa Gothic SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "Heiti SC", "SimHei",
)  # fmt: skip
"""Sans-serif families with simplified Chinese, the first that is there is taken."""
LATIN_FONT = "DejaVu Sans"
"""Comes with matplotlib."""


def write(report: ReportModel, path: Path) -> None:
    """Write the cards in the report's language.

    Raises
    ------
    InputError
        If a package or font that the cards need is missing; says what to install.
    """
    try:
        import segno
        import typst
    except ImportError as error:
        raise InputError(Fault("RO-632", path.name, package=error.name)) from None
    _ = words(report.lang)
    data = _data(report, _)
    folder = _latin_fonts()
    families = typst.Fonts(font_paths=[folder]).families()
    data["fonts"] = fonts(json.dumps(data, ensure_ascii=False), families, path.name)
    for card in data["cards"]:
        stops = [s for s in report.stops if s.team_index == card["index"]]
        card["map"] = route_map.draw(report, report.tracks[card["index"]], stops, data["fonts"])
        code, card["qr_says"] = _link(report, stops, _)
        card["qr"] = segno.make(code, error="l", boost_error=True, micro=False).svg_inline(border=2)
    with as_file(files("routeopt.reports.cards") / "cards.typ") as template:

        def run(call: Any, cards: list[dict[str, Any]], **more: Any) -> Any:
            inputs = {"data": json.dumps(data | {"cards": cards}, ensure_ascii=False)}
            return call(template, font_paths=[folder], sys_inputs=inputs, **more)

        open_cards = data["cards"]
        for size, most in TRIES:
            for card in open_cards:
                card["size"] = size
            pages = json.loads(run(typst.query, open_cards, selector="<pages>", field="value"))
            for card, found in zip(open_cards, pages, strict=True):
                card["pages"] = found["pages"]
            open_cards = [card for card in open_cards if card["pages"] > most]
            if not open_cards:
                break
        path.write_bytes(run(typst.compile, data["cards"]))


def fonts(text: str, families: list[str], file: str) -> list[str]:
    """Choose the font families for ``text``.

    Raises
    ------
    InputError
        If the text has Chinese characters and none of the families has them.
    """
    chinese = next((f for f in CHINESE_FONTS if f in families), None)
    if chinese is None and CHINESE.search(text):
        raise InputError(Fault("RO-633", file, known=CHINESE_FONTS[1:5]))
    return [chinese, LATIN_FONT] if chinese else [LATIN_FONT]


def _latin_fonts() -> str:
    """Folder of the font that a dependency ships."""
    import matplotlib as mpl

    return str(Path(mpl.get_data_path()) / "fonts" / "ttf")


def _data(report: ReportModel, _: Words) -> dict[str, Any]:
    """What the template shows, as texts."""
    return {
        "title": report.problem.name,
        "lang": report.lang,
        "region": {"zh": "CN"}.get(report.lang),
        "cards": _cards(report, _),
        "phones": [list(phone) for phone in report.phones],
        "foot": _("strategy {name}").format(name=report.result.strategy)
        + ", " + _("seed {number}").format(number=report.result.seed)
        + " · " + _("map © OpenStreetMap contributors, ODbL"),
        "words": {
            "start": _("Start"), "end": _("End"), "stops": _("Stops"), "colon": _(": "), "comma": _(", "),
            "semicolon": _("; "),
            "legend": _(
                "← left, → right, ↑ straight on, ↓ turn round; lengths in metres. Right: the share of the town's "
                "demand in sight, ▲ at the place's busiest time."
            ),
        },
    }  # fmt: skip


def _cards(report: ReportModel, _: Words) -> list[dict[str, Any]]:
    """A card per team."""
    problem, clock = report.problem, report.problem.clock
    directions = {
        k: {w.order: w for w in own} for k, own in groupby(report.directions, key=lambda w: w.team_index)
    }
    whys = {(s.team_index, s.order): w for s, w in zip(report.stops, report.whys, strict=True)}
    cards = []
    for team, name in enumerate(problem.team_names):
        begin, end = (int(x[team]) * clock.step_s for x in (problem.team_start_step, problem.team_end_step))
        own = directions.get(team, {})
        start = problem.site_names[problem.team_start_site[team]]
        finish = problem.site_names[problem.team_end_site[team]]
        stops = [s for s in report.stops if s.team_index == team]
        home = own.get(len(stops) + 1)
        first = _row("▶", clock.text(begin), start, _("start of duty"))
        last = _row(
            "■", clock.text(home.arrive_s if home else end), finish, _("end of duty"), _way(home, _),
            _("on duty until {time}").format(time=clock.text(end)),
        )  # fmt: skip
        rows = [_stop_row(clock, s, whys[team, s.order], own.get(s.order), _) for s in stops]
        hours = f"{clock.text(begin)}–{clock.text(end)}"
        mode = problem.profiles[problem.team_profile[team]].mode
        km = sum(w.length_m for w in own.values()) / 1000
        cards.append(
            {
                "index": team, "team": name, "mode": mode_word(mode, _), "size": 0, "pages": 1,
                "span": f"{day_of(clock.date, _)}  {hours}" if clock.date else hours,
                "start": f"{clock.text(begin)}  {start}", "end": f"{clock.text(end)}  {finish}",
                "total": _("{n}, {km} km").format(n=len(stops), km=f"{km:.1f}"), "stops": [first, *rows, last],
            }
        )  # fmt: skip
    return cards


def _row(
    mark: str, time: str, place: str, note: str, way: dict[str, Any] | None = None, wait: str = ""
) -> dict[str, Any]:
    return {"mark": mark, "time": time, "place": place, "note": note, "way": way, "wait": wait}


def _stop_row(clock: Clock, stop: Stop, why: Why, way: Directions | None, _: Words) -> dict[str, Any]:
    """A stop's row of the card."""
    wait = "" if stop.start_s == stop.arrive_s else _("wait there from {time}").format(
        time=clock.text(stop.arrive_s)
    )  # fmt: skip
    return _row(
        str(stop.order), f"{clock.text(stop.start_s)}–{clock.text(stop.end_s)}", stop.site,
        _note(stop, why.demand, why.busiest, _), _way(way, _), wait,
    )  # fmt: skip


def _note(stop: Stop, demand: float, busiest: bool, _: Words) -> str:
    """Length of a stop and its reason in brief."""
    return (
        _("{minutes} min").format(minutes=f"{stop.dwell_min:g}") + f" · {demand:.1%}" + (" ▲" if busiest else "")
    )


def _way(way: Directions | None, _: Words) -> dict[str, Any] | None:
    """How to get there, in the template's terms."""
    if way is None:
        return None
    turns = {
        "left": "←", "right": "→", "straight": "↑", "back": "↓", "n": _("north"), "ne": _("north-east"),
        "e": _("east"), "se": _("south-east"), "s": _("south"), "sw": _("south-west"), "w": _("west"),
        "nw": _("north-west"),
    }  # fmt: skip
    about = _("{minutes} min, {metres} m").format(
        minutes=round((way.arrive_s - way.depart_s) / 60), metres=_metres(way.length_m)
    )
    moves = [
        {"turn": turns[m.turn], "street": m.street or _("unnamed way"), "metres": str(_metres(m.length_m))}
        for m in way.moves
    ]
    return {"about": about, "moves": moves}


def _metres(length: float) -> int:
    """Round a length to 10 m."""
    return max(10, round(length / 10) * 10)


def _link(report: ReportModel, stops: list[Stop], _: Words) -> tuple[str, str]:
    """What the QR code holds, and what it says below."""
    spots = [f"{s.lat:.5f},{s.lon:.5f}" for s in stops]
    if report.route_link and spots:
        return report.route_link.replace("{points}", ";".join(spots)), _("The route (phone map)")
    if spots:
        return f"geo:{spots[0]}", _("First stop (phone map)")
    track = report.tracks[0]
    return f"geo:{track.lat[0]:.5f},{track.lon[0]:.5f}", _("Post (phone map)")
