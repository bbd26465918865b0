"""The command that plans the coming nights."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    CrsOption,
    FormatOption,
    JsonOption,
    LangOption,
    MemoryOption,
    ScenarioArg,
    SeedOption,
    can_write,
    compiling,
    day,
    err,
    export_of,
    language_of,
    out,
    own_folder,
    print_files,
    status,
    words_of,
    writing,
)
from routeopt.errors import Message, Words, shown

if TYPE_CHECKING:
    from routeopt.scenario.model import Scenario
    from routeopt.week.roll import Week

FILE = "week.json"


def week(
    scenario: ScenarioArg,
    nights: Annotated[int, typer.Option(help="Number of nights.", min=1, max=31)] = 7,
    start: Annotated[
        str | None,
        typer.Option(help="Date of the first night, YYYY-MM-DD. Default: the shift's.", show_default=False),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            help="What earlier nights left, as carry-over writes it. Default: the file that the scenario names.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--time", help="Search time of each night in seconds.", min=0.0)
    ] = 10.0,
    iterations: Annotated[
        int | None,
        typer.Option(help="Maximum number of iterations of each night; makes the week reproducible.", min=0),
    ] = None,
    seed: SeedOption = 0,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the nights. Default: weeks/<folder>/<name of the scenario file>."),
    ] = None,
    memory_limit: MemoryOption = None,
    formats: FormatOption = "json",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan the coming nights, spread what falls due over them, and say today what is going to fail."""
    from routeopt.budget import Budget
    from routeopt.exchange.whole import whole
    from routeopt.reports.formats import chosen, with_plan
    from routeopt.scenario.carried import read_carry_over
    from routeopt.scenario.read import read_scenario
    from routeopt.week.files import write_week
    from routeopt.week.roll import plan_week

    names, export, language = with_plan(chosen(formats)), export_of(crs), language_of(lang)
    _ = words_of(lang)
    target = out_dir or own_folder("weeks", scenario)
    can_write(target)
    night = read_scenario(scenario)
    earlier = None if history is None else read_carry_over(history)
    first = day(start, "--start")
    with status(_) as say, compiling(_):
        told = [""]

        def tell(message: Message) -> None:
            told[0] = message.text(_)
            say(told[0])

        def progress(now: float, value: float, _bound: float | None) -> None:
            if err.is_terminal:
                say(f"{told[0]}: {value:.2%}", min(1.0, now / max(seconds, 1e-9)))

        found = plan_week(
            night, nights=nights, start=first, history=earlier, seed=seed, say=tell, progress=progress,
            budget=Budget(seconds=seconds, iterations=iterations), memory_limit=memory_limit,
        )  # fmt: skip
    if found.interrupted:
        err.print(_("interrupted: these are the nights that are planned"))
    row = week_json(night, found)
    with writing(target):
        folders = write_week(found, scenario, target, names, language, export, seed)
        with whole(target / FILE) as file:
            file.write_text(json.dumps(row, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if as_json:
        row["files"] = [str(target / FILE), *map(str, folders)]
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    _print(night, found, _)
    print_files([target / FILE, *folders], _)


def week_json(scenario: Scenario, found: Week) -> dict[str, Any]:
    """Return the object of ``week --json``."""
    return {
        "scenario": scenario.name,
        "nights": [
            {
                "date": night.date.isoformat(), "visibility": night.visibility, "value": night.result.value,
                "assigned": list(night.assigned), "tasks_done": list(night.tasks_done),
                "places_done": list(night.places_done), "violations": [str(v) for v in night.violations],
                "open": [{"name": one.name, "code": why.code, "why": str(why)} for one, why in night.left.open],
                "notes": [str(note) for note in night.built.notes],
            }
            for night in found.nights
        ],
        "horizon": found.horizon.isoformat(), "due": found.n_due, "held": found.n_due - len(found.failing),
        "failing": [
            {
                "name": one.name, "kind": "place" if one.place else "task", "due": one.due.isoformat(),
                "done": None if one.done is None else one.done.isoformat(), "code": one.why.code,
                "why": str(one.why),
            }
            for one in found.failing
        ],
        "interrupted": found.interrupted,
    }  # fmt: skip


def _print(scenario: Scenario, found: Week, _: Words) -> None:
    """Print what each night does, and what is going to fail."""
    table = Table(title=f"{scenario.name}: {found.nights[0].date} – {found.nights[-1].date}")
    table.add_column(_("night"))
    for column in (_("follow-ups"), _("must-visits"), _("carried over"), _("visibility")):
        table.add_column(column, justify="right")
    for night in found.nights:
        table.add_row(
            night.date.isoformat(), str(len(night.tasks_done)), str(len(night.places_done)),
            str(len(night.left.open)), f"{night.visibility:.1%}",
        )  # fmt: skip
    out.print(table)
    held = found.n_due - len(found.failing)
    text = _("due by {date}: {due}; in time: {held}")
    out.print(text.format(date=found.horizon.isoformat(), due=found.n_due, held=held), highlight=False)
    if not found.failing:
        return
    failing = Table(title=_("Going to fail"))
    for column in (_("task or place"), _("due"), _("why"), _("done late on")):
        failing.add_column(column, overflow="fold")
    for one in found.failing:
        late = "" if one.done is None else one.done.isoformat()
        failing.add_row(one.name, one.due.isoformat(), str(shown(one.why, _)), late)
    out.print(failing)
