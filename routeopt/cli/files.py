"""Commands on finished plans: export, check, diff."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.goals import print_goals, print_missed
from routeopt.cli.planned import read_planned
from routeopt.cli.terminal import (
    CrsOption,
    DateOption,
    FormatOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    SeedOption,
    TimeOption,
    build,
    can_write,
    day,
    err,
    export_of,
    language_of,
    out,
    own_folder,
    print_files,
    print_notes,
    searching,
    words_of,
    writing,
)
from routeopt.errors import Fault, InfeasibleError, InputError, Message, Words

if TYPE_CHECKING:
    from routeopt.diff import StopChange
    from routeopt.exchange.edited.reader import Edited
    from routeopt.exchange.export import Export
    from routeopt.explain.prices import RulePrice
    from routeopt.plan import Plan, Result
    from routeopt.problem import Problem
    from routeopt.problem.build import Built
    from routeopt.rules import Violation

app = typer.Typer()

PlanArg = Annotated[Path, typer.Argument(help="plan.json of this scenario.", show_default=False)]


def _built_for(scenario: Path, plan_file: Path | None, _: Words) -> Built:
    """Build the scenario on the plan's day, which differs from the scenario's where --date was used."""
    from routeopt.exchange.plan_json import date_of, read_document

    return build(scenario, None if plan_file is None else date_of(read_document(plan_file)), _)


@app.command()
def export(
    scenario: ScenarioArg,
    plan_file: PlanArg,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    date: DateOption = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files. Default: the plan's own.")
    ] = None,
) -> None:
    """Write files of a finished plan for phones, maps, spreadsheets and calendars."""
    from routeopt.exchange.plan_json import read_document
    from routeopt.reports.formats import chosen

    names, options, language = chosen(formats), export_of(crs, day(date)), language_of(lang)
    _ = words_of(lang)
    target = out_dir or plan_file.parent
    can_write(target)
    names = tuple(name for name in names if (target / name).resolve() != plan_file.resolve())
    found = read_planned(scenario, plan_file, _)
    command = read_document(plan_file).get("command")
    repeat = command if isinstance(command, str) else ""
    print_files(_written(found.built, found.result, target, names, options, language, repeat, found.prices), _)


@app.command()
def check(
    scenario: ScenarioArg,
    plan_file: Annotated[
        Path | None,
        typer.Argument(help="plan.json of this scenario; with --edited, the plan in force.", show_default=False),
    ] = None,
    edited_file: Annotated[
        Path | None,
        typer.Option("--edited", help="Edited plan.xlsx, stops.csv or routes.geojson."),
    ] = None,
    mend: Annotated[
        bool, typer.Option("--repair", help="Keep the changed stops and re-plan the rest around them.")
    ] = False,
    seconds: TimeOption = 5.0,
    seed: SeedOption = 0,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the edited or repaired plan.", show_default=False)
    ] = None,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a plan, or an edited one, against every rule, and evaluate it."""
    _ = words_of(lang)
    if edited_file is None:
        _check_plan(scenario, plan_file, as_json, _)
        return
    from routeopt.exchange.edited.reader import read_edited
    from routeopt.exchange.plan_json import read_plan, read_prices
    from routeopt.reports.formats import chosen, with_plan
    from routeopt.rules import check as find_violations

    names, options, language = chosen(formats), export_of(crs), language_of(lang)
    if out_dir is not None:
        can_write(out_dir)
    base_file = plan_file or _in_force(scenario, edited_file, _)
    if mend and base_file is None:
        raise InputError(Fault("RO-610", "--repair"))
    built = _built_for(scenario, base_file, _)
    problem = built.problem
    base = None if base_file is None else read_plan(base_file, problem)
    problem = problem if base_file is None else problem.priced(read_prices(base_file, problem))
    edited = read_edited(edited_file, problem, base)
    violations = find_violations(problem, edited.plan)
    if not as_json:
        _print_edit(problem, base, edited, violations, _)
    repaired = _repaired(problem, base, edited, seconds, seed, _) if mend and base is not None else None
    plans = {"in_force": base, "edited": None if violations else edited.plan}
    plans |= {} if repaired is None else {"repaired": repaired.plan}
    if as_json:
        _print_json(base_file, _edit_json(problem, base, edited, violations, plans))
    else:
        _print_outcome(problem, edited, violations, plans, _)
    result = repaired or (None if violations else _as_edited(problem, edited.plan))
    if result is None:
        raise typer.Exit(3)
    files = [] if out_dir is None else _written(built, result, out_dir, with_plan(names), options, language)
    if files and not as_json:
        print_files(files, _)


def _print_json(base_file: Path | None, found: dict[str, Any]) -> None:
    document = {"plan_in_force": None if base_file is None else str(base_file), **found}
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _written(
    built: Built,
    result: Result,
    target: Path,
    names: Sequence[str],
    options: Export,
    language: str,
    command: str = "",
    prices: tuple[RulePrice, ...] = (),
) -> list[Path]:
    """Write a plan's files."""
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import write_files

    report = replace(build_model(built, result, language), export=options, command=command, prices=prices)
    with writing(target):
        return write_files(report, target, names)


def _check_plan(scenario: Path, plan_file: Path | None, as_json: bool, _: Words) -> None:
    """Check a plan.json by itself."""
    if plan_file is None:
        raise InputError(Fault("RO-609", "routeopt check"))
    from routeopt.evaluation import evaluate
    from routeopt.exchange.plan_json import figures_json, read_plan, read_prices
    from routeopt.rules import check as find_violations
    from routeopt.rules import explain

    built = _built_for(scenario, plan_file, _)
    candidate = read_plan(plan_file, built.problem)
    violations = find_violations(built.problem, candidate)
    figures: dict[str, Any] = {}
    if not violations:
        prices = read_prices(plan_file, built.problem)
        figures = figures_json(built.problem, evaluate(built.problem, candidate), prices)
    if as_json:
        found = {
            "violations": [str(v) for v in violations],
            "violation_codes": [v.json() for v in violations],
            **figures,
        }  # fmt: skip
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        for violation in violations:
            out.print(explain(violation, _), highlight=False, markup=False, soft_wrap=True)
        if not violations:
            print_missed(figures, _)
            out.print(_("no violations; visibility {share}").format(share=f"{figures['visibility']:.2%}"))
            print_goals(figures, _)
    if violations:
        raise typer.Exit(3)


def _in_force(scenario: Path, edited_file: Path, _: Words) -> Path | None:
    """Find the plan.json beside the edited file, or where ``plan`` writes it."""
    for folder in (edited_file.resolve().parent, own_folder("plans", scenario)):
        found = folder / "plan.json"
        if found.is_file() and found.resolve() != edited_file.resolve():
            text = _("plan in force: {file}").format(file=found)
            err.print(text, highlight=False, markup=False, soft_wrap=True)
            return found
    err.print(_("no plan in force was found: give its plan.json after the scenario to see the changes"))
    return None


def _repaired(problem: Problem, base: Plan, edited: Edited, seconds: float, seed: int, _: Words) -> Result:
    """Re-plan the rest around the changed stops; refuse if that keeps a rule broken."""
    from routeopt.budget import Budget
    from routeopt.diff import edits
    from routeopt.dispatch.repair import repair
    from routeopt.rules import check as find_violations

    pinned, left = edits(base, edited.plan)
    with searching(_("repair"), seconds, _("visibility"), _) as progress:
        found = repair(problem, edited.plan, pinned, left, Budget(seconds=seconds), seed=seed, progress=progress)
    if found.interrupted:
        err.print(_("interrupted: this is the best repair so far"))
    left_over = find_violations(problem, found.plan)
    if left_over:  # a rule that what was changed breaks by itself, such as a task's window
        raise InfeasibleError([Fault("RO-614", "--repair", violation=violation) for violation in left_over])
    return found


def _as_edited(problem: Problem, plan: Plan) -> Result:
    """Wrap the edited plan in a result."""
    from routeopt.evaluation import value
    from routeopt.plan import Result

    return Result(plan, value(problem, plan), "edited", 0, 0.0, 0)


def _placed(edited: Edited, violation: Violation) -> str:
    """Place of a violation in the file; "" if it concerns no single row."""
    if violation.team is None or violation.visit is None:
        return ""
    return edited.where.get((violation.team, violation.visit), "")


def _changes(problem: Problem, before: Plan | None, after: Plan | None) -> list[StopChange]:
    from routeopt.diff import differences

    return [] if before is None or after is None else differences(problem, before, after)


def _figures(problem: Problem, plans: Mapping[str, Plan | None]) -> dict[str, dict[str, Any]]:
    from routeopt.evaluation import evaluate
    from routeopt.exchange.plan_json import figures_json

    return {name: figures_json(problem, evaluate(problem, one)) for name, one in plans.items() if one is not None}


def _edit_json(
    problem: Problem,
    base: Plan | None,
    edited: Edited,
    violations: Sequence[Violation],
    plans: Mapping[str, Plan | None],
) -> dict[str, Any]:
    """Changes, violations and figures of an edit as JSON."""
    mended = plans.get("repaired")
    return {
        "violations": [{"where": _placed(edited, v) or None, "violation": str(v)} for v in violations],
        "notes": [str(note) for note in edited.notes],
        "changes": None if base is None else [c.to_json() for c in _changes(problem, base, edited.plan)],
        "repair": None if mended is None else [c.to_json() for c in _changes(problem, edited.plan, mended)],
        "figures": _figures(problem, plans),
    }


def _print_edit(
    problem: Problem, base: Plan | None, edited: Edited, violations: Sequence[Violation], _: Words
) -> None:
    """Print the changes, and the rules that they break."""
    from routeopt.rules import explain

    print_notes(out, edited.notes, _)
    if base is not None:
        _print_changes(_("changes of the edit"), _changes(problem, base, edited.plan), _)
    for violation in violations:
        place, text = _placed(edited, violation), explain(violation, _)
        if place:
            text = _("{place}: {text}").format(place=place, text=text)
        out.print(text, highlight=False, markup=False, soft_wrap=True)


def _print_outcome(
    problem: Problem, edited: Edited, violations: Sequence[Violation], plans: Mapping[str, Plan | None], _: Words
) -> None:
    """Print the repair, and the plans' figures side by side."""
    mended = plans.get("repaired")
    if mended is not None:
        _print_changes(_("further changes of the repair"), _changes(problem, edited.plan, mended), _)
    elif violations:
        text = _("the edited plan breaks these rules; --repair re-plans the rest around the changes")
        out.print(text, soft_wrap=True)
    else:
        out.print(_("no violations"))
    figures = _figures(problem, plans)
    names = {"in_force": _("in force"), "edited": _("edited"), "repaired": _("repaired")}
    if figures:
        print_missed(list(figures.values())[-1], _)
        _print_figures({names[name]: one for name, one in figures.items()}, _)


def _print_changes(title: str, found: Sequence[StopChange], _: Words) -> None:
    """Print changes by team and time."""
    from routeopt.explain.plan_diff import kind_word

    if not found:
        out.print(_("{title}: none").format(title=title))
        return
    table = Table(title=_("{title}: {n}").format(title=title, n=len(found)))
    for column in (_("team"), _("change"), _("place"), _("before"), _("after")):
        table.add_column(column, overflow="fold")
    for change in found:
        was, now = change.was, change.now
        cells = ["" if stop is None else stop.text(_) for stop in (was, now)]
        place = (now or was).site  # type: ignore[union-attr]
        if was is not None and now is not None and was.site != now.site:
            place = f"{was.site} → {now.site}"
        if was is not None and now is not None and was.team != now.team:
            cells[0] = f"{was.team}{_(', ')}{cells[0]}"
        table.add_row(change.team, kind_word(change.kind, _), place, *cells)
    out.print(table)


def _print_figures(figures: Mapping[str, Mapping[str, Any]], _: Words) -> None:
    """Print plans side by side, with the difference of the last to the first."""
    from routeopt.explain.goals import titles
    from routeopt.explain.plan_diff import figure_rows, figure_word

    names, goals = list(figures), titles(figures.values(), _)
    table = Table(title=_("figures"))
    table.add_column(_("figure"))
    for name in (*names, *([_("difference")] if len(names) > 1 else [])):
        table.add_column(name, justify="right")
    every = [figure_rows(figures[names[0]], one) for one in figures.values()]
    for row in zip(*every, strict=False):
        key, first, last = row[0][0], row[0][1], row[-1][2]
        values = [first, *(one[2] for one in row[1:])]
        cells = ["–" if value is None else f"{value:.1%}" for value in values]
        if len(names) > 1:
            cells.append("" if first is None or last is None else f"{100 * (last - first):+.1f}")
        table.add_row(figure_word(key, _, goals), *cells)
    out.print(table)


@app.command()
def diff(
    first: Annotated[
        Path, typer.Argument(metavar="A", help="First plan.json, such as the one in force.", show_default=False)
    ],
    second: Annotated[
        Path, typer.Argument(metavar="B", help="Second plan.json, such as a new one.", show_default=False)
    ],
    scenario: Annotated[
        Path | None,
        typer.Option(
            help="Evaluate both on this scenario. Default: the figures in the files.", show_default=False
        ),
    ] = None,
    other_nights: Annotated[
        bool, typer.Option("--other-nights", help="Compare plans of different nights, such as of two days.")
    ] = False,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two plans of a night: their stops and their figures."""
    from routeopt.diff import changes
    from routeopt.exchange.plan_json import date_of, read_document
    from routeopt.explain import plan_diff

    _ = words_of(lang)
    files = (first, second)
    documents = [read_document(path) for path in files]
    if scenario is None and not other_nights and plan_diff.other_night(*documents):
        nights = [plan_diff.night_of(doc) for doc in documents]
        raise InputError(Fault("RO-634", second, here=nights[1], other=first, there=nights[0]))
    found = changes(*(plan_diff.stops_in(path, doc) for path, doc in zip(files, documents, strict=True)))
    notes: list[Message] = []
    figures: list[dict[str, Any]]
    if scenario is not None:
        figures = _both_on(scenario, files, _)
    else:
        figures = [plan_diff.object_in(doc, "figures") for doc in documents]
        other = plan_diff.other_inputs(*documents)
        if other:
            notes.append(Message("other-inputs", files=other))
    counts = plan_diff.by_team(found)
    if as_json:
        document = {
            "a": str(first), "b": str(second), "notes": [str(note) for note in notes], "teams": counts,
            "changes": [c.to_json() for c in found],
            "figures": {name: {"a": a, "b": b} for name, a, b in plan_diff.figure_rows(*figures)},
        }  # fmt: skip
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    days = [date_of(doc) for doc in documents]
    names = ["A" if days[0] is None else f"A {days[0]}", "B" if days[1] is None else f"B {days[1]}"]
    print_notes(out, notes, _)
    if counts:
        _print_counts(counts, _)
    _print_changes(_("changes from A to B"), found, _)
    if any(figures):
        _print_figures(dict(zip(names, figures, strict=True)), _)


def _print_counts(counts: dict[str, dict[str, int]], _: Words) -> None:
    """Print how many stops of each team changed, by kind."""
    from routeopt.diff import KINDS
    from routeopt.explain.plan_diff import kind_word

    table = Table(title=_("stops by team"))
    table.add_column(_("team"), overflow="fold")
    for kind in KINDS:
        table.add_column(kind_word(kind, _), justify="right")
    for team, kinds in counts.items():
        table.add_row(team, *(str(kinds.get(kind, "")) for kind in KINDS))
    out.print(table)


def _both_on(scenario: Path, files: Sequence[Path], _: Words) -> list[dict[str, Any]]:
    """Evaluate both plans on one scenario.

    Raises
    ------
    InfeasibleError
        If one of them breaks a rule there.
    """
    from routeopt.evaluation import evaluate
    from routeopt.exchange.plan_json import figures_json, read_plan
    from routeopt.rules import check as find_violations

    problem = build(scenario, None, _).problem
    plans = [read_plan(path, problem) for path in files]
    faults = [
        Fault("RO-615", path, violation=violation)
        for path, plan in zip(files, plans, strict=True)
        for violation in find_violations(problem, plan)
    ]
    if faults:
        raise InfeasibleError(faults)
    return [figures_json(problem, evaluate(problem, plan)) for plan in plans]
