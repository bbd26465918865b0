"""plan.xlsx: a summary, a sheet per team with a row per stop, and the places where teams may stop.

It is meant to be edited and given back to ``routeopt check --edited`` (`routeopt.exchange.edited.reader` reads
it): times are real date cells, ``end`` follows from start and minutes, places are chosen from a list.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from routeopt.errors import shown
from routeopt.exchange.datum import NAMES, calendar, place, said, stop_id
from routeopt.exchange.export import Dates
from routeopt.explain.goals import amounts, goal_rows
from routeopt.messages import Words, words
from routeopt.reports.colours import colour
from routeopt.reports.model import ReportModel

MOST = 31
"""Characters of a sheet's name, at most."""
SPARE_ROWS = 40
"""Rows below the last stop in which places and minutes can be chosen too."""


def sheet_names(teams: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Name a sheet for every team: characters that Excel refuses become ``_``, equal names are numbered."""
    used = {name.casefold() for name in (*taken, "history")}
    found = []
    for name in teams:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name).strip(" '") or "_"
        plain = plain if not plain.startswith("=") else "_" + plain
        short, number = _cut(plain, MOST), 1
        while short.casefold() in used:
            number += 1
            short = _cut(plain, MOST - len(f" ({number})")) + f" ({number})"
        used.add(short.casefold())
        found.append(short)
    return found


def _cut(name: str, length: int) -> str:
    """Cut a name to ``length`` UTF-16 units, as Excel counts them."""
    while len(name.encode("utf-16-le")) > 2 * length:
        name = name[:-1]
    return name.rstrip(" '")


def write(report: ReportModel, path: Path) -> None:
    """Write the workbook."""
    import xlsxwriter

    _ = words(report.lang)
    when = calendar(report)
    book = xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    fine = report.problem.clock.step_s % 60 != 0
    forms = {
        "head": book.add_format({"bold": True, "bg_color": "#e8edf2", "bottom": 1, "text_wrap": True}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "time": book.add_format({"num_format": "hh:mm:ss" if fine else "hh:mm", "align": "center"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        "share": book.add_format({"num_format": "0.0%", "align": "left"}),
        "degree": book.add_format({"num_format": "0.000000"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "left": book.add_format({"align": "left"}),
        "why": book.add_format({"indent": 1}),
    }
    summary, places = _("Summary"), _("Places")
    names = sheet_names(report.problem.team_names, (summary, places))
    book.set_properties(  # of the plan, not of the writing: the same plan gives the same file
        {"title": report.problem.name, "comments": " ".join(said(report, when, _)), "created": when.start}
    )
    try:
        _summary(book.add_worksheet(summary), report, when, names, forms, _)
        for team, name in enumerate(names):
            sheet = book.add_worksheet(name)
            sheet.set_tab_color(colour(team))
            _team(sheet, report, team, when, places, forms, _)
        _places(book.add_worksheet(places), report, forms, _)
    finally:
        book.close()


def _summary(
    sheet: Any, report: ReportModel, when: Dates, names: list[str], forms: dict[str, Any], _: Words
) -> None:
    problem, result, figures = report.problem, report.result, report.figures
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 3, 12)
    sheet.set_column(4, 6, 17)
    sheet.write_string(0, 0, problem.name, forms["title"])
    row = 2

    def line(label: str, value: Any, form: str = "left") -> None:
        nonlocal row
        sheet.write_string(row, 0, label)
        if form in ("day", "moment"):
            sheet.write_datetime(row, 1, value, forms[form])
        else:
            sheet.write(row, 1, value, forms[form])
        row += 1

    band: Any = figures["band"]
    line(_("day"), when.date, "day")
    line(_("from"), when.local(0), "moment")
    line(_("to"), when.local(problem.clock.duration_s), "moment")
    line(_("visibility, effective (seen or still held off)"), figures["visibility"], "share")
    line(_("model uncertainty, lowest"), band["low"], "share")
    line(_("model uncertainty, highest"), band["high"], "share")
    if result.bound is not None:
        line(_("upper bound"), result.bound, "share")
    line(_("visibility, instant (seen now)"), figures["instant"], "share")
    for label, key in (
        (_("seen within {n} min"), "within"),
        (_("a team within {n} min (response coverage)"), "handling"),
    ):
        shares: Any = figures[key]
        for minutes, share in shares.items():
            line(label.format(n=minutes), share, "share")
    line(_("found by"), _("{strategy}, seed {n}").format(strategy=result.strategy, n=result.seed))
    line(_("positions"), NAMES[report.export.crs])
    row = _team_table(sheet, report, when, names, row + 1, forms, _)
    row = _zone_table(sheet, report, row, forms, _)
    row = _goal_table(sheet, report, row, forms, _)
    _texts(sheet, report, when, row, forms, _)
    _page(sheet, 1)


def _team_table(
    sheet: Any, report: ReportModel, when: Dates, names: list[str], row: int, forms: dict[str, Any], _: Words
) -> int:
    """List the teams from a row on; return the row after them."""
    problem = report.problem
    modes = {"foot": _("foot"), "bike": _("bike"), "ebike": _("e-bike"), "car": _("car")}
    for column, label in enumerate((_("team"), _("sheet"), _("mode"), _("stops"), _("first"), _("last"))):
        sheet.write_string(row, column, label, forms["head"])
    row += 1
    for team, name in enumerate(problem.team_names):
        own = report.counted(team)
        sheet.write_string(row, 0, name)
        sheet.write_url(row, 1, f"internal:'{names[team].replace(chr(39), chr(39) * 2)}'!A1", string=names[team])
        mode = problem.profiles[problem.team_profile[team]].mode
        sheet.write_string(row, 2, modes.get(mode, mode))
        sheet.write_number(row, 3, len(own), forms["left"])
        if own:
            sheet.write_datetime(row, 4, when.local(own[0].start_s), forms["moment"])
            sheet.write_datetime(row, 5, when.local(own[-1].end_s), forms["moment"])
        row += 1
    return row


def _zone_table(sheet: Any, report: ReportModel, row: int, forms: dict[str, Any], _: Words) -> int:
    """List the zones, if any, after a blank row; return the row after them."""
    zones: Any = report.figures["zones"]
    if zones:
        row += 1
        sheet.write_string(row, 0, _("zone") if report.zone_kind else _("community"), forms["head"])
        sheet.write_string(row, 1, _("visibility"), forms["head"])
        for name, share in zones.items():
            row += 1
            sheet.write_string(row, 0, name)
            sheet.write_number(row, 1, share, forms["share"])
        row += 1
    return row


def _goal_table(sheet: Any, report: ReportModel, row: int, forms: dict[str, Any], _: Words) -> int:
    """List the goals, if any, after a blank row; return the row after them."""
    if report.goals:
        row += 1
        for column, label in enumerate((_("goal"), _("at least"), _("reached"))):
            sheet.write_string(row, column, label, forms["head"])
        for goal, name, stands, _costs in goal_rows(report.goals, _):
            row += 1
            sheet.write_string(row, 0, name)
            for column, (key, told) in enumerate(zip(("at_least", "reached"), amounts(goal), strict=True), 1):
                if isinstance(told, str):
                    sheet.write_number(row, column, goal[key], forms["share"])
                else:
                    sheet.write_string(row, column, str(shown(told, _)))
            sheet.write_string(row, 3, stands)
        row += 1
    return row


def _texts(sheet: Any, report: ReportModel, when: Dates, row: int, forms: dict[str, Any], _: Words) -> None:
    """Write what the plan is, what it leaves out, and how to edit it, after a blank row."""
    edit = _(
        "To change the plan, change start, minutes or place in the teams' sheets, delete or add rows, or move "
        "rows to another sheet. A row without a start follows the row above it as early as it can. Then give the "
        "file to routeopt check SCENARIO --edited FILE."
    )
    told = [str(shown(message, _)) for message in (*report.violations, *report.notes)]
    texts = [*said(report, when, _), *told, edit]
    for text in texts:
        row += 1
        sheet.merge_range(row, 0, row, 6, "", forms["wrap"])
        sheet.write_string(row, 0, text, forms["wrap"])
        sheet.set_row(row, 15 * (1 + sum(2 if ord(c) > 0x2E7F else 1 for c in text) // 110))


def _team(
    sheet: Any, report: ReportModel, team: int, when: Dates, places: str, forms: dict[str, Any], _: Words
) -> None:
    problem = report.problem
    columns = (
        (_("stop"), 7), (_("start"), 9), (_("minutes"), 9), (_("end"), 9), (_("place"), 30),
        (report.zone_kind or _("community"), 16), (_("street"), 20), (_("arrives"), 9), (_("lat"), 11),
        (_("lon"), 11), (_("why"), 90),
    )  # fmt: skip
    for column, (label, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, label, forms["head"])
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    own = report.stops_of[team]
    for row, stop in enumerate(own, 1):
        lat, lon = place(report, stop.lat, stop.lon)
        end = when.local(stop.end_s)
        sheet.write_string(row, 0, stop_id(team, stop.order))
        sheet.write_datetime(row, 1, when.local(stop.start_s), forms["time"])
        sheet.write_number(row, 2, stop.dwell_min)
        sheet.write_formula(row, 3, f"=B{row + 1}+C{row + 1}/1440", forms["time"], _serial(end))
        sheet.write_string(row, 4, stop.title)
        sheet.write_string(row, 5, stop.zone)
        sheet.write_string(row, 6, stop.street)
        sheet.write_datetime(row, 7, when.local(stop.arrive_s), forms["time"])
        sheet.write_number(row, 8, lat, forms["degree"])
        sheet.write_number(row, 9, lon, forms["degree"])
        sheet.write_string(row, 10, stop.reason, forms["why"])
    last = len(own) + SPARE_ROWS
    n_places = int(problem.site_stoppable.sum())
    menu = [f"{steps * problem.clock.step_s / 60:g}" for steps in problem.dwell_steps.tolist()]
    sheet.data_validation(1, 2, last, 2, {"validate": "list", "source": menu, "error_type": "warning"})
    if n_places:
        source = f"='{places}'!$A$2:$A${n_places + 1}"
        sheet.data_validation(1, 4, last, 4, {"validate": "list", "source": source, "error_type": "warning"})
    for row in range(len(own) + 1, last + 1):
        sheet.write_blank(row, 1, None, forms["time"])
    _page(sheet)


def _places(sheet: Any, report: ReportModel, forms: dict[str, Any], _: Words) -> None:
    for column, (label, width) in enumerate(
        ((_("place"), 34), (report.zone_kind or _("community"), 20), (_("lat"), 12), (_("lon"), 12))
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, label, forms["head"])
    sheet.freeze_panes(1, 0)
    problem = report.problem
    row = 0
    for site, name in enumerate(problem.site_names):
        if problem.site_stoppable[site]:
            row += 1
            lat, lon = place(report, problem.site_lat[site], problem.site_lon[site])
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, problem.site_zone[site])
            sheet.write_number(row, 2, lat, forms["degree"])
            sheet.write_number(row, 3, lon, forms["degree"])


def _page(sheet: Any, n_high: int = 0) -> None:
    """Print on A4 landscape, one page wide; ``n_high`` 0 sets no limit on the pages."""
    sheet.set_default_row(18)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, n_high)


def _serial(time: dt.datetime) -> float:
    """Convert a date to days since 1899-12-30, as spreadsheets count."""
    days: float = (time - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    return days
