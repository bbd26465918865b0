"""Commands on finished plans: export, check, diff."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

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
    print_files,
    searching,
    writing,
)
from routeopt.errors import Fault, InfeasibleError, InputError

if TYPE_CHECKING:
    from routeopt.exchange.edited.reader import Edited
    from routeopt.explain.plan_diff import StopChange
    from routeopt.plan import Plan, Result, Visit
    from routeopt.problem import Problem
    from routeopt.problem.build import Built
    from routeopt.rules import Violation

app = typer.Typer()

PlanArg = Annotated[Path, typer.Argument(help="plan.json of this scenario.", show_default=False)]


def _built_for(scenario: Path, plan_file: Path | None) -> Built:
    """The scenario on the plan's day, which is not the scenario's own where it was planned with --date."""
    from routeopt.exchange.plan_json import date_of, read_document

    return build(scenario, None if plan_file is None else date_of(read_document(plan_file)))


@app.command()
def export(
    scenario: ScenarioArg,
    plan_file: PlanArg,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    date: DateOption = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; the plan's own unless told.")
    ] = None,
) -> None:
    """Write a finished plan's files: for phones, maps, spreadsheets and calendars."""
    from routeopt.exchange.plan_json import read_result
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import chosen, write_files
    from routeopt.rules import check as find_violations

    names, options, language = chosen(formats), export_of(crs, day(date)), language_of(lang)
    target = out_dir or plan_file.parent
    can_write(target)
    names = tuple(name for name in names if (target / name).resolve() != plan_file.resolve())
    built = _built_for(scenario, plan_file)
    result = read_result(plan_file, built.problem)
    violations = find_violations(built.problem, result.plan)
    if violations:
        remedy = "Look at it with: routeopt check"
        raise InfeasibleError([Fault(str(plan_file), str(violation), remedy) for violation in violations])
    report = replace(build_model(built, result, language), export=options)
    with writing(target):
        print_files(write_files(report, target, names))


@app.command()
def check(
    scenario: ScenarioArg,
    plan_file: Annotated[
        Path | None,
        typer.Argument(help="plan.json of this scenario; with --edited, the plan in force.", show_default=False),
    ] = None,
    edited_file: Annotated[
        Path | None,
        typer.Option("--edited", help="plan.xlsx, stops.csv or routes.geojson that somebody has changed."),
    ] = None,
    mend: Annotated[
        bool, typer.Option("--repair", help="Keep what was changed, and re-plan the rest around it.")
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
    """Check a plan, or what somebody made of it, against every hard rule, and say what it is worth."""
    if edited_file is None:
        if plan_file is None:
            raise InputError(Fault("routeopt check", "needs a plan.json, or --edited FILE.", ""))
        _check_plan(scenario, plan_file, as_json)
        return
    from routeopt.exchange.edited.reader import read_edited
    from routeopt.exchange.plan_json import read_plan
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import chosen, write_files
    from routeopt.rules import check as find_violations

    names, options, language = chosen(formats), export_of(crs), language_of(lang)
    if out_dir is not None:
        can_write(out_dir)
    base_file = plan_file or _in_force(scenario, edited_file)
    if mend and base_file is None:
        what = "needs the plan in force, to know what was changed."
        raise InputError(Fault("--repair", what, "Give its plan.json after the scenario."))
    built = _built_for(scenario, base_file)
    problem = built.problem
    base = None if base_file is None else read_plan(base_file, problem)
    edited = read_edited(edited_file, problem, base)
    violations = find_violations(problem, edited.plan)
    if not as_json:
        _print_edit(problem, base, edited, violations)
    plans = {"in_force": base, "edited": None if violations else edited.plan}
    repaired = None
    if mend and base is not None:
        repaired = _repaired(problem, base, edited, seconds, seed)
        unmended = find_violations(problem, repaired.plan)
        if unmended:  # a rule that what was changed breaks by itself, such as a task's window
            remedy = "Change the edit: the repair keeps it as it is."
            raise InfeasibleError([Fault("repair", str(violation), remedy) for violation in unmended])
        plans["repaired"] = repaired.plan
    if as_json:
        document = {
            "plan_in_force": None if base_file is None else str(base_file),
            **_edit_json(problem, base, edited, violations, plans),
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        _print_outcome(problem, edited, violations, plans)
    result = repaired or (None if violations else _as_edited(problem, edited.plan))
    if out_dir is not None and result is not None:
        report = replace(build_model(built, result, language), export=options)
        with writing(out_dir):
            files = write_files(report, out_dir, names)
        if not as_json:
            print_files(files)
    if result is None:
        raise typer.Exit(3)


def _check_plan(scenario: Path, plan_file: Path, as_json: bool) -> None:
    """A plan.json by itself."""
    from routeopt.evaluation import evaluate
    from routeopt.exchange.plan_json import read_plan
    from routeopt.reports.build_model import figures_json
    from routeopt.rules import check as find_violations

    built = _built_for(scenario, plan_file)
    candidate = read_plan(plan_file, built.problem)
    violations = [str(v) for v in find_violations(built.problem, candidate)]
    figures = {} if violations else figures_json(evaluate(built.problem, candidate))
    if as_json:
        sys.stdout.write(json.dumps({"violations": violations, **figures}, ensure_ascii=False) + "\n")
    else:
        for line in violations:
            out.print(line, highlight=False, soft_wrap=True)
        if not violations:
            out.print(f"no violations; visibility {figures['visibility']:.2%}")
    if violations:
        raise typer.Exit(3)


def _in_force(scenario: Path, edited_file: Path) -> Path | None:
    """The plan.json beside the edited file, or where ``plan`` writes it."""
    for folder in (edited_file.resolve().parent, Path("plans") / scenario.resolve().parent.name):
        found = folder / "plan.json"
        if found.is_file() and found.resolve() != edited_file.resolve():
            err.print(f"the plan in force: {found}", highlight=False, markup=False, soft_wrap=True)
            return found
    err.print("no plan in force is known: give its plan.json after the scenario to see what was changed")
    return None


def _repaired(problem: Problem, base: Plan, edited: Edited, seconds: float, seed: int) -> Result:
    """The rest re-planned around what was changed."""
    from routeopt.budget import Budget
    from routeopt.dispatch.repair import repair

    pinned: set[tuple[int, int]] = set()
    left: list[Visit] = []
    for old, new in zip(base.routes, edited.plan.routes, strict=True):
        there = Counter(old.visits)
        for n, visit in enumerate(new.visits):
            if there[visit] > 0:
                there[visit] -= 1
            else:
                pinned.add((new.team, n))
        left += there.elements()
    with searching("repair", seconds) as progress:
        found = repair(problem, edited.plan, pinned, left, Budget(seconds=seconds), seed=seed, progress=progress)
    if found.interrupted:
        err.print("interrupted: this is the best repair so far")
    return found


def _as_edited(problem: Problem, plan: Plan) -> Result:
    """The edited plan as a result."""
    from routeopt.evaluation import visibility
    from routeopt.plan import Result

    return Result(plan, visibility(problem, plan), "edited", 0, 0.0, 0)


def _placed(problem: Problem, edited: Edited, violation: Violation) -> str:
    """Where in the file a violation is, as a prefix; "" where it is no single row's."""
    team = problem.team_names.index(violation.team) if violation.team in problem.team_names else -1
    return edited.where.get((team, violation.visit or 0), "")


def _changes(problem: Problem, before: Plan | None, after: Plan | None) -> list[StopChange]:
    from routeopt.explain.plan_diff import changes, stops_of

    return [] if before is None or after is None else changes(stops_of(problem, before), stops_of(problem, after))


def _figures(problem: Problem, plans: Mapping[str, Plan | None]) -> dict[str, dict[str, Any]]:
    from routeopt.evaluation import evaluate
    from routeopt.reports.build_model import figures_json

    return {name: figures_json(evaluate(problem, one)) for name, one in plans.items() if one is not None}


def _edit_json(
    problem: Problem,
    base: Plan | None,
    edited: Edited,
    violations: Sequence[Violation],
    plans: Mapping[str, Plan | None],
) -> dict[str, Any]:
    """What an edit does, for machines."""
    mended = plans.get("repaired")
    return {
        "violations": [{"where": _placed(problem, edited, v) or None, "violation": str(v)} for v in violations],
        "notes": list(edited.notes),
        "changes": None if base is None else [c.json() for c in _changes(problem, base, edited.plan)],
        "repair": None if mended is None else [c.json() for c in _changes(problem, edited.plan, mended)],
        "figures": _figures(problem, plans),
    }


def _print_edit(problem: Problem, base: Plan | None, edited: Edited, violations: Sequence[Violation]) -> None:
    """What was changed, and which rules that breaks."""
    for note in edited.notes:
        out.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    if base is not None:
        _print_changes("what was changed", _changes(problem, base, edited.plan))
    for violation in violations:
        place = _placed(problem, edited, violation)
        out.print(
            f"{place}: {violation}" if place else str(violation), highlight=False, markup=False, soft_wrap=True
        )


def _print_outcome(
    problem: Problem, edited: Edited, violations: Sequence[Violation], plans: Mapping[str, Plan | None]
) -> None:
    """The repair, and the plans' figures side by side."""
    mended = plans.get("repaired")
    if mended is not None:
        _print_changes("what the repair changes besides", _changes(problem, edited.plan, mended))
    elif violations:
        text = "the edited plan cannot be walked as it stands; --repair re-plans the rest around what was changed"
        out.print(text, soft_wrap=True)
    else:
        out.print("no violations")
    figures = _figures(problem, plans)
    if figures:
        _print_figures({name.replace("_", " "): one for name, one in figures.items()})


def _print_changes(title: str, found: Sequence[StopChange]) -> None:
    """Changes by team and time."""
    if not found:
        out.print(f"{title}: nothing")
        return
    table = Table(title=f"{title}: {len(found)}")
    for column in ("team", "what", "place", "was", "now"):
        table.add_column(column, overflow="fold")
    for change in found:
        was, now = change.was, change.now
        cells = ["" if stop is None else stop.text for stop in (was, now)]
        place = (now or was).site  # type: ignore[union-attr]
        if was is not None and now is not None and was.site != now.site:
            place = f"{was.site} → {now.site}"
        if was is not None and now is not None and was.team != now.team:
            cells[0] = f"{was.team}, {cells[0]}"
        table.add_row(change.team, change.kind, place, *cells)
    out.print(table)


SHOWN = {
    "visibility": "visibility, effective",
    "instant": "visibility, instant",
    "band: low": "  with what is uncertain",
    "band: high": "  to",
}
"""Figures' names for people; the others are told by their keys."""


def _print_figures(figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Plans side by side, with the last against the first; communities that gain or lose stand below."""
    from routeopt.explain.plan_diff import figure_rows

    names = list(figures)
    table = Table(title="figures")
    table.add_column("figure")
    for name in (*names, *(["change"] if len(names) > 1 else [])):
        table.add_column(name, justify="right")
    every = [figure_rows(figures[names[0]], one) for one in figures.values()]
    for row in zip(*every, strict=False):
        key, first, last = row[0][0], row[0][1], row[-1][2]
        label = SHOWN.get(key) or key.replace("zones: ", "community ").replace("within: ", "seen within, min: ")
        label = label.replace("handling: ", "handling, min: ").replace("backup: ", "second team, min: ")
        values = [first, *(one[2] for one in row[1:])]
        shown = ["–" if value is None else f"{value:.1%}" for value in values]
        if len(names) > 1:
            shown.append("" if first is None or last is None else f"{100 * (last - first):+.1f}")
        table.add_row(label, *shown)
    out.print(table)


@app.command()
def diff(
    first: Annotated[
        Path, typer.Argument(metavar="A", help="plan.json, such as last night's.", show_default=False)
    ],
    second: Annotated[Path, typer.Argument(metavar="B", help="plan.json, such as tonight's.", show_default=False)],
    scenario: Annotated[
        Path | None,
        typer.Option(help="Evaluate both on this night; their own figures unless told.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """What one plan does differently from another, and what it is worth."""
    from routeopt.exchange.plan_json import date_of, read_document
    from routeopt.explain import plan_diff

    files = (first, second)
    documents = [read_document(path) for path in files]
    found = plan_diff.changes(*(plan_diff.stops_in(path, doc) for path, doc in zip(files, documents, strict=True)))
    notes = []
    figures: list[dict[str, Any]]
    if scenario is not None:
        figures = _both_on(scenario, files)
    else:
        figures = [plan_diff.object_in(doc, "figures") for doc in documents]
        other = plan_diff.other_inputs(*documents)
        if other:
            notes.append(
                f"the plans were made on different {', '.join(other)}: their figures are each night's own. "
                "--scenario evaluates both on one."
            )
    counts = plan_diff.by_team(found)
    if as_json:
        document = {
            "a": str(first), "b": str(second), "notes": notes, "teams": counts,
            "changes": [c.json() for c in found],
            "figures": {name: {"a": a, "b": b} for name, a, b in plan_diff.figure_rows(*figures)},
        }  # fmt: skip
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    days = [date_of(doc) for doc in documents]
    names = ["A" if days[0] is None else f"A {days[0]}", "B" if days[1] is None else f"B {days[1]}"]
    for note in notes:
        out.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    if counts:
        table = Table(title="stops by team")
        table.add_column("team", overflow="fold")
        for kind in plan_diff.KINDS:
            table.add_column(kind, justify="right")
        for team, kinds in counts.items():
            table.add_row(team, *(str(kinds.get(kind, "")) for kind in plan_diff.KINDS))
        out.print(table)
    _print_changes("from A to B", found)
    if any(figures):
        _print_figures(dict(zip(names, figures, strict=True)))


def _both_on(scenario: Path, files: Sequence[Path]) -> list[dict[str, Any]]:
    """Both plans' figures on one night.

    Raises
    ------
    InfeasibleError
        One of them cannot be walked there.
    """
    from routeopt.evaluation import evaluate
    from routeopt.exchange.plan_json import read_plan
    from routeopt.reports.build_model import figures_json
    from routeopt.rules import check as find_violations

    problem = build(scenario).problem
    plans = [read_plan(path, problem) for path in files]
    faults = [
        Fault(str(path), str(violation), "Leave out --scenario, or repair it first.")
        for path, plan in zip(files, plans, strict=True)
        for violation in find_violations(problem, plan)
    ]
    if faults:
        raise InfeasibleError(faults)
    return [figures_json(evaluate(problem, plan)) for plan in plans]
