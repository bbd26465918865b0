"""What the commands that plan print of their plans, and give as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from routeopt.cli.goals import print_goals, print_leaving, print_missed, print_prices
from routeopt.cli.terminal import out
from routeopt.errors import Words, shown

if TYPE_CHECKING:
    from routeopt.plan import Result
    from routeopt.problem.build import Built
    from routeopt.reports.model import ReportModel


def summary(report: ReportModel) -> dict[str, Any]:
    """The object of ``plan --json``."""
    from routeopt.explain.prices import prices_json

    problem, result = report.problem, report.result
    return {
        "scenario": problem.name,
        "strategy": result.strategy,
        "seed": result.seed,
        "runtime_s": round(result.runtime_s, 3),
        "iterations": result.iterations,
        "interrupted": result.interrupted,
        "bound": result.bound,
        **report.figures,
        "prices": prices_json(report.prices),
        "unpriced": list(report.unpriced),
        "violations": [str(v) for v in report.violations],
        "teams": list(problem.team_names),
        "sites": problem.n_sites,
        "stops": len(report.counted()),
        "basis": str(report.basis),
        "notes": [str(note) for note in report.notes],
        **report.cameras_json(),
    }


def brief(built: Built, result: Result) -> dict[str, Any]:
    """The object of a plan of ``compare --json``."""
    from routeopt.diff import stops_of
    from routeopt.evaluation import evaluate
    from routeopt.exchange.plan_json import figures_json
    from routeopt.rules import check as find_violations

    problem = built.problem
    return {
        "scenario": problem.name,
        "strategy": result.strategy,
        "seed": result.seed,
        "runtime_s": round(result.runtime_s, 3),
        "bound": result.bound,
        **figures_json(problem, evaluate(problem, result.plan), result.prices),
        "violations": [str(v) for v in find_violations(problem, result.plan)],
        "teams": list(problem.team_names),
        "sites": problem.n_sites,
        "stops": len(stops_of(problem, result.plan)),
    }


def print_plan(report: ReportModel, _: Words) -> None:
    """Print a plan's figures and stops."""
    from routeopt.reports.strings import video_rows

    figures: Any = report.figures
    print_missed(figures, _)
    if report.basis:
        out.print(shown(report.basis, _), highlight=False, soft_wrap=True)
    found_by = _("{strategy}, seed {n}").format(strategy=report.result.strategy, n=report.result.seed)
    table = Table(title=f"{report.problem.name}: {found_by}")
    table.add_column(_("figure"))
    table.add_column(_("value"), justify="right")
    table.add_row(_("visibility, effective (seen or still held off)"), f"{figures['visibility']:.1%}")
    low, high = figures["band"]["low"], figures["band"]["high"]
    table.add_row("  " + _("range under model uncertainty"), f"{low:.1%} – {high:.1%}")
    tasks = figures["tasks"]
    if report.result.bound is not None:
        label = _("upper bound, with rewards") if tasks["of"] else _("upper bound")
        table.add_row("  " + label, f"{report.result.bound:.1%}")
    table.add_row(_("visibility, instant (seen now)"), f"{figures['instant']:.1%}")
    for minutes, share in figures["within"].items():
        table.add_row(_("seen within {n} min").format(n=minutes), f"{share:.1%}")
    for minutes, share in figures["handling"].items():
        table.add_row(_("a team within {n} min (handling)").format(n=minutes), f"{share:.1%}")
    if tasks["of"]:
        table.add_row(_("tasks done"), _("{done} of {total}").format(done=tasks["done"], total=tasks["of"]))
        table.add_row("  " + _("visibility with rewards"), f"{figures['value']:.1%}")
    for label, without, shown_too in video_rows(report, _):
        table.add_row(label, f"{without:.1%} → {shown_too:.1%}")
    out.print(table)
    for name in tasks["left_out"]:
        out.print(_("task left out: {name}").format(name=name), highlight=False, markup=False)
    print_goals(figures, _)
    print_leaving(figures, _)
    print_prices(report.prices, len(report.unpriced), _)
    stops = Table(title=_("Stops"))
    for column in (_("team"), _("number of stops"), _("first"), _("last"), _("places")):
        stops.add_column(column, overflow="fold")
    clock = report.problem.clock
    for team, name in enumerate(report.problem.team_names):
        own = report.counted(team)
        if own:
            places = list(dict.fromkeys(s.title for s in own))
            listed = _(", ").join(places[:6]) + (" …" if len(places) > 6 else "")
            stops.add_row(name, str(len(own)), clock.text(own[0].start_s), clock.text(own[-1].end_s), listed)
        else:
            stops.add_row(name, "0", "", "", _("stays at its post: no stop fits"))
    out.print(stops)
    for violation in report.violations:
        text = _("VIOLATION: {text}").format(text=shown(violation, _))
        out.print(text, highlight=False, markup=False, soft_wrap=True)


def print_comparison(rows: list[Result], names: list[str], objective: str, _: Words) -> None:
    """Print what strategies reach in equal time."""
    import statistics

    table = Table(title=_("{objective}, equal time").format(objective=objective))
    table.add_column(_("strategy"))
    for column in (_("median"), _("lowest"), _("highest"), _("against the first")):
        table.add_column(column, justify="right")
    medians = {n: statistics.median(r.value for r in rows if r.strategy == n) for n in names}
    for name in names:
        values = [r.value for r in rows if r.strategy == name]
        table.add_row(
            name, f"{medians[name]:.2%}", f"{min(values):.2%}", f"{max(values):.2%}",
            f"{medians[name] / medians[names[0]] - 1:+.1%}",
        )  # fmt: skip
    out.print(table)
