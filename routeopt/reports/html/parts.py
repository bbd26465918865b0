"""The parts of report.html that are plain markup: they stand there, and print, without any script."""

from __future__ import annotations

from html import escape
from importlib.metadata import version
from typing import Any

import numpy as np

from routeopt.errors import shown
from routeopt.messages import Words
from routeopt.reports.colours import colour
from routeopt.reports.model import ReportModel
from routeopt.reports.strings import figure_rows, mode_word, percent

CURVE_SLICES = 140
"""Width of the town's curve, in slices of the night."""


def text_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2) on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue)]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "#000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#fff"


def table(head: list[tuple[str, str]], rows: list[str], name: str = "") -> str:
    """A table from (label, class) heads and finished rows."""
    cells = "".join(f'<th scope="col"{_class(cls)}>{escape(label)}</th>' for label, cls in head)
    top = f"<thead><tr>{cells}</tr></thead>" if head else ""
    mark = f' id="{name}"' if name else ""
    return f"<table{mark}>{top}<tbody>{''.join(rows)}</tbody></table>"


def _class(cls: str) -> str:
    return f' class="{cls}"' if cls else ""


def _cell(text: str, cls: str = "", label: str = "") -> str:
    """A cell; its column's label is shown where the screen is too narrow for a head."""
    mark = f' data-label="{escape(label)}"' if label else ""
    return f"<td{_class(cls)}{mark}>{escape(text)}</td>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _wide(content: str, label: str) -> str:
    """What is scrolled sideways where the screen is narrow, by keyboard too."""
    return f'<div class="chart" tabindex="0" role="region" aria-label="{escape(label)}">{content}</div>'


def tiles(report: ReportModel, _: Words) -> str:
    """The few figures that a commander looks at."""
    figures: Any = report.figures
    value, low, high = figures["visibility"], figures["band"]["low"], figures["band"]["high"]
    bound = report.result.bound
    marks = f'<i class="band" style="left:{low:.2%};width:{high - low:.2%}"></i>'
    about = _("{low} to {high} over what is uncertain").format(low=percent(low), high=percent(high))
    if bound is not None:
        marks += f'<i class="bound" style="left:{min(bound, 1):.2%}"></i>'
        about += " · " + _("no plan can exceed {bound} (dotted)").format(bound=percent(bound))
    marks += f'<i class="value" style="left:{value:.2%}"></i>'
    whole = list(figures["within"].items())[min(1, len(figures["within"]) - 1)]
    reach = list(figures["handling"].items())
    shown = [
        (_("Seen now (instant)"), percent(figures["instant"]), _("of the demand at that very time")),
        (_("Seen within {minutes} min").format(minutes=whole[0]), percent(whole[1]), _("of the night's demand")),
    ]
    if reach:
        minutes, share = reach[min(1, len(reach) - 1)]
        shown.append((_("A team within {minutes} min").format(minutes=minutes), percent(share), _("handling")))
    hours = float((report.problem.team_end_step - report.problem.team_start_step).sum())
    hours *= report.problem.clock.step_s / 3600
    shown.append(
        (
            _("Teams and stops"), f"{report.problem.n_teams} · {len(report.stops)}",
            _("{hours} team hours").format(hours=f"{hours:.1f}"),
        )
    )  # fmt: skip
    name = escape(_("Visibility, effective"))
    first = (
        f"<div><dt>{name}</dt><dd>{percent(value)}</dd>"
        f'<dd class="small"><span class="gauge" aria-hidden="true">{marks}</span>{escape(about)}</dd></div>'
    )
    rest = "".join(
        f'<div><dt>{escape(a)}</dt><dd>{escape(b)}</dd><dd class="small">{escape(c)}</dd></div>'
        for a, b, c in shown
    )
    return f'<dl class="tiles">{first}{rest}</dl>'


def violations(report: ReportModel, _: Words) -> str:
    """What the plan breaks, where it breaks anything."""
    if not report.violations:
        return ""
    lines = "".join(f"<li>{escape(str(shown(v, _)))}</li>" for v in report.violations)
    title = escape(_("Rules that this plan breaks"))
    return f'<section id="faults"><h2>{title}</h2><ul>{lines}</ul></section>'


def stops(report: ReportModel, _: Words) -> str:
    """Every stop; the scripts find it by its number in ``data-stop``."""
    clock = report.problem.clock
    head = [
        (_("Team"), ""), (_("No."), "n"), (_("From"), ""), (_("To"), ""), (_("Place"), ""),
        (_("Street"), ""), (_("Community"), ""), (_("Why"), ""),
    ]  # fmt: skip
    rows = []
    for n, s in enumerate(report.stops):
        place = f'<td><button type="button">{escape(s.site)}</button></td>'
        rows.append(
            f'<tr data-stop="{n}">{_cell(s.team)}{_cell(str(s.order), "n")}{_cell(clock.text(s.start_s), "t")}'
            f"{_cell(clock.text(s.end_s), 't')}{place}{_cell(s.street)}{_cell(s.zone)}"
            f"{_cell(s.reason, 'why')}</tr>"
        )
    return table(head, rows, "stops")


def figures(report: ReportModel, _: Words) -> str:
    """Every figure of the plan."""
    rows = [
        f'<tr{_class("sub" if sub else "")}><th scope="row">{escape(label)}</th>{_cell(value, "n")}</tr>'
        for label, value, sub in figure_rows(report, _)
    ]
    return table([], rows)


def zones(report: ReportModel, _: Words) -> str:
    """Each community's share of demand beside its share of what is seen."""
    if not report.zones:
        return _paragraph(_("The sites of this scenario name no communities."))
    head = [
        (_("Community"), ""), (_("of the demand"), "n"), (_("of what is seen"), "n"), ("", "bar"),
        (_("Visibility"), "n"), (_("Stops"), "n"),
    ]  # fmt: skip
    top = max(max(c.demand, c.seen) for c in report.zones)
    rows = []
    for c in report.zones:
        bars = "".join(f'<i style="width:{share / top:.1%}"></i>' for share in (c.demand, c.seen))
        rows.append(
            f'<tr><th scope="row">{escape(c.name)}</th>'
            f"{_cell(percent(c.demand), 'n')}{_cell(percent(c.seen), 'n')}"
            f'<td class="bar"><span class="pair" aria-hidden="true">{bars}</span></td>'
            f"{_cell(percent(c.visibility), 'n')}{_cell(str(c.stops), 'n')}</tr>"
        )
    return _wide(table(head, rows), _("Communities"))


def left_out(report: ReportModel, _: Words) -> str:
    """Places that the plan sees little of, and what a stop there would cost."""
    if not report.left_out:
        return _paragraph(_("No such place: wherever there is much demand, the plan sees its share."))
    clock = report.problem.clock
    head = [
        (_("Place"), ""), (_("Community"), ""), (_("of the demand"), "n"), (_("seen of it"), "n"),
        (_("most missed at"), "n"), (_("Why"), ""),
    ]  # fmt: skip
    rows = [
        f'<tr><th scope="row">{escape(p.site)}</th>{_cell(p.zone)}'
        f"{_cell(percent(p.demand), 'n', head[2][0])}{_cell(percent(p.visibility), 'n', head[3][0])}"
        f"{_cell(clock.text(p.when_s), 'n', head[4][0])}{_cell(p.reason, 'why')}</tr>"
        for p in report.left_out
    ]
    return table(head, rows, "left")


def audit(report: ReportModel, _: Words) -> str:
    """All that it takes to repeat the plan, and to know that the inputs are the same."""
    result = report.result
    name = report.inputs[0][0] if report.inputs else "scenario.yaml"
    limit = f"--iterations {result.iterations} --time {max(10, 10 * int(np.ceil(result.runtime_s)))}"
    facts = [
        (_("Strategy"), result.strategy),
        (_("Seed"), str(result.seed)),
        (_("Iterations"), f"{result.iterations} ({result.runtime_s:.1f} s)"),
        (_("Version"), f"routeopt {version('routeopt')}"),
        (_("To repeat"), f"routeopt plan {name} --strategy {result.strategy} --seed {result.seed} {limit}"),
    ]
    told = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in facts)
    rows = [
        f'<tr><th scope="row">{escape(file)}</th><td class="hash">{escape(hashed)}</td></tr>'
        for file, hashed in report.inputs
    ]
    notes = "".join(f"<li>{escape(str(shown(n, _)))}</li>" for n in report.notes)
    title = escape(_("Notes of the reading"))
    listed = f"<h3>{title}</h3><ul>{notes}</ul>" if notes else ""
    files = table([(_("File"), ""), ("SHA-256", "")], rows)
    return f'<dl class="facts">{told}</dl>{files}{listed}'


def hours(report: ReportModel) -> str:
    """A small map for every hour; the scripts draw them."""
    figures = "".join(
        f'<figure data-time="{t}"><canvas data-aspect="0.8" aria-hidden="true"></canvas>'
        "<figcaption></figcaption></figure>"
        for t in range(0, report.problem.clock.duration_s, 3600)
    )
    return f'<div id="hours">{figures}</div>'


def gantt(report: ReportModel, _: Words) -> str:
    """One axis: the town's demand and what is seen of it, then a lane per team."""
    problem, whole = report.problem, report.problem.clock.duration_s

    def at(seconds: float) -> str:
        return f"{seconds / whole:.3%}"

    town = escape(_("The town"))
    rows = [f'<span class="who">{town}</span><div class="lane curve">{_curve(report)}</div>']
    for team, name in enumerate(problem.team_names):
        tone = colour(team)
        text = ' class="dark"' if text_on(tone) == "#000" else ""
        begin, end = (
            int(x[team]) * problem.clock.step_s for x in (problem.team_start_step, problem.team_end_step)
        )
        bars = [f'<i class="duty" style="left:{at(begin)};width:{at(end - begin)}"></i>']
        for n, s in enumerate(report.stops):
            if s.team_index != team:
                continue
            if s.start_s > s.arrive_s:
                wait = f"left:{at(s.arrive_s)};width:{at(s.start_s - s.arrive_s)};color:{tone}"
                bars.append(f'<i class="wait" style="{wait}"></i>')
            clock = problem.clock
            title = escape(f"{s.order} · {clock.text(s.start_s)}–{clock.text(s.end_s)} · {s.site}")
            place = f"left:{at(s.start_s)};width:{at(s.end_s - s.start_s)};background:{tone}"
            bars.append(f'<b data-stop="{n}"{text} title="{title}" style="{place}"><span>{s.order}</span></b>')
        mode = mode_word(problem.profiles[problem.team_profile[team]].mode, _)
        rows.append(
            f'<span class="who" title="{escape(name)}, {escape(mode)}">{escape(name)}</span>'
            f'<div class="lane" data-team="{team}">{"".join(bars)}</div>'
        )
    first = -problem.clock.start_min * 60 % 3600
    marks = [0, *(t for t in range(first, whole, 3600) if 0.03 * whole < t < 0.97 * whole), whole]
    labels = "".join(f'<span style="left:{at(t)}">{problem.clock.text(t)}</span>' for t in marks)
    lines = "".join(f'<i style="left:{at(t)}"></i>' for t in marks)
    rows.append(f'<span></span><div class="axis">{labels}</div>')
    wanted, got = escape(_("the town's demand")), escape(_("of it seen, or still held off"))
    shapes = escape(_("block: a stop with its number; hatched: waiting for it; line: on the way"))
    keys = (
        f'<p class="tags small"><span><i style="background:#e07a3f"></i>{wanted}</span>'
        f'<span><i style="background:rgb(var(--seen))"></i>{got}</span>'
        f"<span>{shapes}</span></p>"
    )
    about = escape(_("Chart of the teams' stops over the night; the table of stops has the same in words."))
    grid = (
        f'<div id="gantt" role="img" aria-label="{about}">{"".join(rows)}'
        f'<div id="lines">{lines}<div id="cursor"></div></div></div>'
    )
    return _wide(grid, _("The night, team by team")) + keys


def _curve(report: ReportModel) -> str:
    """Demand over the night, and the seen part of it, as two areas."""
    problem = report.problem
    cuts = np.unique(
        np.linspace(0, problem.n_steps, min(CURVE_SLICES, problem.n_steps), endpoint=False).astype(int)
    )
    width = np.diff(np.append(cuts, problem.n_steps))
    wants = np.add.reduceat(problem.demand.sum(axis=0), cuts) / width
    gets = np.add.reduceat((problem.demand * report.seen).sum(axis=0), cuts) / width
    top = float(wants.max()) or 1.0

    def area(values: np.typing.NDArray[np.float64]) -> str:
        points = [f"{x},{100 - 96 * y / top:.1f}" for x, y in zip(cuts, values, strict=True)]
        points.append(f"{problem.n_steps},{100 - 96 * values[-1] / top:.1f}")
        return f"0,100 {' '.join(points)} {problem.n_steps},100"

    return (
        f'<svg viewBox="0 0 {problem.n_steps} 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon class="wants" points="{area(wants)}"/><polygon class="gets" points="{area(gets)}"/></svg>'
    )
