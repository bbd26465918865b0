"""cards.pdf: a duty card per team, to be read under a street lamp, and one per operator of cameras.

Set by typst (the extra ``cards``). The text is as large as lets a card stay on one page (`TRIES`); longer
routes go on on the back. The QR code holds the scenario's ``route_link`` with the stops, or, where it
has none, the first stop as a geo URI (RFC 5870), which phones open in their own map and which tells no server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from routeopt.clock import Clock
from routeopt.errors import Fault, InputError
from routeopt.explain.directions import COMPASS
from routeopt.messages import Words, words
from routeopt.reports.cards import route_map
from routeopt.reports.cards.operators import operator_cards
from routeopt.reports.model import Change, Directions, Free, ReportModel, Stop
from routeopt.reports.strings import change_words, compass_word, day_of, free_words, mode_word
from routeopt.streets.names import street_of

TRIES = ((10.5, 1), (9.6, 1), (10.5, 2), (9.6, 2))
"""(text size in points, pages that it may take), the first that does is taken; the last for longer ones too."""
CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Sarasa Gothic SC",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "Heiti SC", "SimHei",
)  # fmt: skip
"""Sans-serif families with simplified Chinese, the first that is there is taken."""
LATIN_FONT = "DejaVu Sans"
"""Comes with matplotlib."""
PUNCTUATION = {"en": "[·×′″°…—–‘’“”]", "zh": "[·×–]"}
"""Language → what comes from the Latin font although Chinese fonts have it too, as wide as a character."""
STREETS = 4
"""Closed or slow streets that a card names."""
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'
"""A square as large as any other, since the card says how wide its code is."""
FAR_M = 1500.0
"""Longer ways are told in kilometres."""


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
    data |= {"latin": LATIN_FONT, "punctuation": PUNCTUATION[report.lang]}
    data["fonts"] = fonts(json.dumps(data, ensure_ascii=False), families, path.name)
    for card in data["cards"][: report.problem.n_teams]:
        stops = report.stops_of[card["index"]]
        card["map"] = route_map.draw(report, report.tracks[card["index"]], stops, data["fonts"])
        code, card["qr_says"] = _link(report, stops, _)
        card["qr"] = segno.make(code, error="l", boost_error=True, micro=False).svg_inline(border=2)
    with as_file(files("routeopt.reports.cards") / "cards.typ") as template:

        def run(call: Any, cards: list[dict[str, Any]], **more: Any) -> Any:
            """Let typst read the cards; to count their pages without their pictures, which take a while."""
            if call is typst.query:
                cards = [card | {"map": route_map.BLANK, "qr": BLANK} if "map" in card else card for card in cards]
            inputs = {"data": json.dumps(data | {"cards": cards}, ensure_ascii=False)}
            return call(template, font_paths=[folder], sys_inputs=inputs, **more)

        open_cards, pages = data["cards"], dict[tuple[int, float], int]()
        for size, most in TRIES:
            for card in open_cards:
                card["size"] = size
            unknown = [card for card in open_cards if (card["index"], size) not in pages]
            if unknown:
                found = json.loads(run(typst.query, unknown, selector="<pages>", field="value"))
                pages |= {(one["index"], size): one["pages"] for one in found}
            open_cards = [card for card in open_cards if pages[card["index"], size] > most]
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
        "cards": [*_cards(report, _), *operator_cards(report, _)],
        "phones": [list(phone) for phone in report.phones],
        "foot": _("map © OpenStreetMap contributors, ODbL"),
        "words": {
            "start": _("Start"), "end": _("End"), "stops": _("Stops"), "colon": _(": "), "comma": _(", "),
            "semicolon": _("; "), "order": _("ORDER"), "post": _("POST"), "break": _("BREAK"),
            "cameras": _("Cameras"), "new": _("Bold: not watched in the time before."),
            "legend": _("← left, → right, ↑ straight on, ↓ turn round; lengths in metres."),
        },
    }  # fmt: skip


def _cards(report: ReportModel, _: Words) -> list[dict[str, Any]]:
    """A card per team."""
    problem, clock = report.problem, report.problem.clock
    cards = []
    for team, name in enumerate(problem.team_names):
        begin, end = (int(x[team]) * clock.step_s for x in (problem.team_start_step, problem.team_end_step))
        own = {way.order: way for way in report.ways_of[team]}
        start = problem.site_names[problem.team_start_site[team]]
        finish = problem.site_names[problem.team_end_site[team]]
        stops = report.stops_of[team]
        home = own.get(len(stops) + 1)
        free = report.free_of[team]
        first = _row("▶", clock.text(begin), start, _("start of duty"))
        last = _row("■", clock.text(end), finish, _("end of duty"))
        rows = list(_rows(clock, stops, free, own, _))
        rows += _way_home(clock, home, finish, [f for f in free if f.before > len(stops)], _)
        hours = f"{clock.text(begin)}–{clock.text(end)}"
        mode = problem.profiles[problem.team_profile[team]].mode
        km = sum(w.length_m for w in own.values()) / 1000
        cards.append(
            {
                "index": team, "team": name, "mode": mode_word(mode, _), "size": 0,
                "span": f"{day_of(clock.date, _)}  {hours}" if clock.date else hours,
                "start": f"{clock.text(begin)}  {start}", "end": f"{clock.text(end)}  {finish}",
                "total": _("{n}, {km} km").format(n=len(report.counted(team)), km=f"{km:.1f}"),
                "stops": [first, *rows, last],
                "changes": [
                    _changed(c, clock, _)
                    for c in report.changes
                    if mode in c.modes and c.begin_s < end and begin < c.end_s
                ],
            }
        )  # fmt: skip
    return cards


def _changed(change: Change, clock: Clock, _: Words) -> list[str]:
    """How streets are, and which."""
    part = _("part of {street}")
    names = [name if whole else part.format(street=name) for name, whole in change.streets[:STREETS]]
    more = ["…"] if len(change.streets) > STREETS else []
    return [change_words(change, clock, _), _(", ").join([*(names or [_("unnamed way")]), *more])]


def _row(
    mark: str,
    time: str,
    place: str,
    note: str = "",
    way: dict[str, Any] | None = None,
    wait: str = "",
    why: str = "",
    kind: str = "stop",
) -> dict[str, Any]:
    return {
        "mark": mark, "time": time, "place": place, "note": note, "way": way, "wait": wait, "why": why,
        "kind": kind,
    }  # fmt: skip


def _rows(
    clock: Clock, stops: list[Stop], free: list[Free], directions: dict[int, Directions], _: Words
) -> Iterator[dict[str, Any]]:
    """Rows of a team's stops; what makes a place busy is told where it is new."""
    told: set[tuple[str, str]] = set()
    for stop in stops:
        before = [f for f in free if f.before == stop.order]
        way = _way(directions.get(stop.order), _)
        for n, pause in enumerate(before):
            yield _free_row(clock, pause, _, None if n else way)
            way = None
        why = stop.busy if (stop.site, stop.busy) not in told else ""
        told.add((stop.site, stop.busy))
        yield _stop_row(clock, stop, way, why, bool(before), _)


def _free_row(clock: Clock, free: Free, _: Words, way: dict[str, Any] | None = None) -> dict[str, Any]:
    """A time without a stop."""
    times = f"{clock.text(free.begin_s)}–{clock.text(free.end_s)}"
    return _row("", times, free_words(free, _), way=way, kind="free")


def _way_home(
    clock: Clock, home: Directions | None, finish: str, free: list[Free], _: Words
) -> Iterator[dict[str, Any]]:
    """The way to the end of the duty and, where it comes early, the time until then."""
    if home is not None:
        times = f"{clock.text(home.depart_s)}–{clock.text(home.arrive_s)}"
        yield _row("", times, _("to {place}").format(place=finish), way=_way(home, _), kind="way")
    for pause in free:
        yield _free_row(clock, pause, _)


def _stop_row(
    clock: Clock, stop: Stop, way: dict[str, Any] | None, why: str, waited: bool, _: Words
) -> dict[str, Any]:
    """A stop's row of the card."""
    wait = ""
    if stop.start_s > stop.arrive_s and not waited:
        wait = _("wait there from {time}").format(time=clock.text(stop.arrive_s))
    times = f"{clock.text(stop.start_s)}–{clock.text(stop.end_s)}"
    minutes = _("{minutes} min").format(minutes=f"{stop.dwell_min:g}")
    title, note = stop.title, minutes
    if stop.kind in ("order", "post"):
        why = stop.reason
    elif stop.kind == "break":
        title, why = stop.task, _("at {place}").format(place=stop.site)
    elif stop.kind == "wait":
        title, why = _("{place}, free").format(place=stop.title), ""
    elif stop.kind == "away":
        title, why = _("not available"), _("afterwards at {place}").format(place=stop.title)
    return _row(str(stop.order), times, title, note, way, wait, why, stop.kind)


def _way(way: Directions | None, _: Words) -> dict[str, Any] | None:
    """How to get there, in the template's terms."""
    if way is None:
        return None
    turns = {
        "left": "←", "right": "→", "straight": "↑", "back": "↓",
        **{point: compass_word(point, _) for point in COMPASS},
    }  # fmt: skip
    minutes = round((way.arrive_s - way.depart_s) / 60)
    if way.length_m < FAR_M:
        about = _("{minutes} min, {metres} m").format(minutes=minutes, metres=_metres(way.length_m))
    else:
        about = _("{minutes} min, {km} km").format(minutes=minutes, km=f"{way.length_m / 1000:.1f}")
    moves = [
        {
            "turn": turns[m.turn],
            "street": street_of(m.street) or _("unnamed way"),
            "metres": str(_metres(m.length_m)),
        }
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
