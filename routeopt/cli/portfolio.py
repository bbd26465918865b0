"""The command that makes a portfolio of plans, and draws tonight's."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    ClusterOption,
    CrsOption,
    DateOption,
    FormatOption,
    JobsOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    SeedOption,
    build,
    can_write,
    compiling,
    day,
    err,
    executing,
    export_of,
    language_of,
    out,
    own_folder,
    print_files,
    print_notes,
    refuse_both,
    status,
    words_of,
    writing,
)
from routeopt.errors import Fault, InputError, Message, Words

if TYPE_CHECKING:
    from routeopt.portfolio.draw import Drawn
    from routeopt.portfolio.make import Portfolio
    from routeopt.problem.build import Built

SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*(%?)")
MOST_SHOWN = 8
"""Places listed at which a floor does not hold."""


def portfolio(
    scenario: ScenarioArg,
    number: Annotated[int, typer.Option("--plans", "-n", help="Number of plans.", min=1, max=1000)] = 20,
    within: Annotated[
        str, typer.Option(help="How much less than the best found a plan may be worth, such as 2% or 0.02.")
    ] = "2%",
    seconds: Annotated[float, typer.Option("--time", help="Search time in seconds, in all.", min=0.0)] = 300.0,
    iterations: Annotated[
        int | None,
        typer.Option(help="Maximum number of iterations of each plan; makes the portfolio reproducible.", min=0),
    ] = None,
    seed: SeedOption = 0,
    draw: Annotated[
        str | None,
        typer.Option(
            "--draw", metavar="DATE|SEED", show_default=False,
            help="Draw the plan of a night with a new seed, or again with a seed of the log; write its files. A "
            "portfolio that is there already is used if it was made of the same files and options.",
        ),
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(help="Floor: the longest stretch in which nobody may come to a place, minutes.", min=0.0),
    ] = None,
    unseen: Annotated[
        str | None,
        typer.Option(
            help="Floor: the greatest chance that nobody is in sight of a place for half an hour.",
            show_default=False,
        ),
    ] = None,
    jobs: JobsOption = None,
    address: ClusterOption = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder. Default: portfolios/<folder>/<name of the scenario file>."),
    ] = None,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    date: DateOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Make plans of about the same value that are as different as possible; draw tonight's."""
    from routeopt.exchange import portfolio as files
    from routeopt.portfolio.floors import Floors
    from routeopt.reports.formats import chosen, with_plan

    _ = words_of(lang)
    refuse_both(jobs, address)
    shares = _shares({"--within": within} | ({} if unseen is None else {"--unseen": unseen}))
    kinds, export, language = with_plan(chosen(formats)), export_of(crs), language_of(lang)
    target = out_dir or own_folder("portfolios", scenario)
    can_write(target)
    before = _log(draw, target)
    floors = Floors(gap, shares.get("--unseen"))
    built = build(scenario, day(date), _)
    asked: dict[str, Any] = {
        "asked": number, "within": shares["--within"], "seed": seed, "gap_floor_min": gap,
        "unseen_floor": floors.unseen, "date": date, "time_s": seconds, "iterations_asked": iterations,
    }  # fmt: skip
    known = None if draw is None else _known(built, target, asked)
    if known is None:
        found = _made(built, number, asked["within"], seconds, iterations, seed, floors, jobs, address, _)
        document, notes = _written(built, found, target, asked), _notes(found, number)
        if not as_json:
            _print_plans(found, document, _)
    else:
        document, notes = known, [Message("portfolio-reused", folder=target)]
    written = [target / name for name in (*document["plans"], files.ABOUT, files.TABLE)]
    drawn, made = _drawn(built, target, document, draw, before, kinds, export, language, notes)
    written += made
    if as_json:
        extra = {"drawn": None if drawn is None else drawn.to_json(), "reused": known is not None}
        _print_json(document | extra, target, notes, written)
        return
    print_notes(err, notes, _)
    _print_promise(document, _)
    _print_drawn(drawn, _)
    print_files(written[-6:] if drawn else written[-2:], _)


def _print_json(row: dict[str, Any], target: Path, notes: Sequence[Message], written: Sequence[Path]) -> None:
    """Print what portfolio.json has, what was drawn, and which files were written."""
    row = row | {"folder": str(target), "notes": [str(note) for note in notes]}
    sys.stdout.write(json.dumps(row | {"files": [str(path) for path in written]}, ensure_ascii=False) + "\n")


def _log(draw: str | None, target: Path) -> list[Drawn]:
    """Read what was drawn before, if a plan is to be drawn; checks before the work that it can be."""
    from routeopt.exchange import portfolio as files
    from routeopt.portfolio.draw import draw as draw_plan

    if draw is None:
        return []
    before = files.read_log(target / files.LOG)
    draw_plan(draw, "", 1)
    return before


def _known(built: Built, target: Path, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the portfolio that is in the folder already; None unless it was made of the same files, as asked."""
    from routeopt.exchange import portfolio as files
    from routeopt.exchange.digests import digests

    document = files.read_portfolio(target)
    same = document is not None and files.matches(document, asked, digests(built.inputs, built.scenario.folder))
    return document if same else None


def _written(built: Built, found: Portfolio, target: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Write a portfolio with the options that it was made with; return what portfolio.json has."""
    from routeopt.exchange import portfolio as files
    from routeopt.exchange.digests import digests

    about = files.portfolio_json(found, asked["asked"])
    about |= {key: asked[key] for key in ("date", "time_s", "iterations_asked")}
    with writing(target):
        return files.write_portfolio(found, target, about, digests(built.inputs, built.scenario.folder))


def _drawn(
    built: Built, target: Path, document: dict[str, Any], draw: str | None, before: Sequence[Drawn], kinds: Any,
    export: Any, language: str, notes: list[Message],
) -> tuple[Drawn | None, list[Path]]:  # fmt: skip
    """Draw a plan, if asked to, log it and write its files; return the draw and the files. Adds to the notes."""
    from routeopt.exchange import portfolio as files
    from routeopt.portfolio.draw import draw as draw_plan

    if draw is None:
        return None, []
    drawn, new = draw_plan(draw, document["digest"], len(document["plans"]), before)
    notes += [] if new else [Message("portfolio-drawn-before")]
    log, chosen = target / files.LOG, target / document["plans"][drawn.plan - 1]
    with writing(target):
        if new:
            files.add_to_log(log, drawn)
        return drawn, [*_write_drawn(built, chosen, target, kinds, export, language), log]


def _print_drawn(drawn: Drawn | None, _: Words) -> None:
    """Print which plan was drawn, if one was."""
    if drawn is not None:
        text = _("drawn: plan {plan} of {plans}, each with the same chance (seed {seed})")
        text = text.format(plan=drawn.plan, plans=drawn.plans, seed=drawn.seed)
        out.print(text, highlight=False, soft_wrap=True)


def _shares(texts: dict[str, str]) -> dict[str, float]:
    """Read shares: ``2%`` or ``0.02``.

    Raises
    ------
    InputError
        With every one that cannot be read.
    """
    found, faults = {}, []
    for option, text in texts.items():
        match = SHARE.fullmatch(text.strip())
        share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
        if not 0 <= share <= 1:
            faults.append(Fault("RO-641", option, value=text))
        found[option] = share
    if faults:
        raise InputError(faults)
    return found


def _made(
    built: Built, number: int, within: float, seconds: float, iterations: int | None, seed: int, floors: Any,
    jobs: int | None, address: str | None, _: Words,
) -> Portfolio:  # fmt: skip
    """Make the portfolio, with progress shown."""
    from routeopt.budget import Budget
    from routeopt.portfolio.make import portfolio as make

    worth_it = number if iterations is None and seconds >= 20 else 1
    with executing(jobs, address, worth_it) as executor, _making(number, seconds, _) as progress:
        found = make(
            built.problem, number, within, budget=Budget(seconds=seconds, iterations=iterations), seed=seed,
            floors=floors, executor=executor, progress=progress,
        )  # fmt: skip
    if found.interrupted:
        err.print(_("interrupted: these are the plans so far"))
    return found


@contextmanager
def _making(number: int, seconds: float, _: Words) -> Iterator[Any]:
    """Show how many plans there are, and how much of them is repeated."""
    with status(_) as say, compiling(_):
        say(_("looking for the best plan"))
        said = [0.0]

        def progress(now: float, plans: int, repeated: float, least: float) -> None:
            text = _(
                "{seconds} s: {plans} of {number} plans, {share} of the stops repeated, worth at least {least}"
            )
            if err.is_terminal or now - said[0] >= 5 or not said[0]:
                said[0] = now
                say(
                    text.format(
                        seconds=f"{now:.0f}",
                        plans=plans,
                        number=number,
                        share=f"{repeated:.1%}",
                        least=f"{least:.2%}",
                    ),
                    min(1.0, now / max(seconds, 1e-9)),
                )

        yield progress


def _notes(found: Portfolio, number: int) -> list[Message]:
    """Say what falls short."""
    notes = []
    if len(found.plans) < number:
        notes.append(Message("portfolio-short", found=len(found.plans), asked=number))
    same = sum(plan == found.plans[k] for k, plan in enumerate(found.plans[1:]))
    if same:
        notes.append(Message("portfolio-same", same=same, plans=len(found.plans)))
    return notes


def _write_drawn(built: Built, file: Path, folder: Path, kinds: Any, export: Any, language: str) -> list[Path]:
    """Write the files of the plan that was drawn."""
    from routeopt.exchange.plan_json import read_result
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import write_files

    report = replace(build_model(built, read_result(file, built.problem), language), export=export)
    return write_files(report, folder, kinds)


def _print_plans(found: Portfolio, document: dict[str, Any], _: Words) -> None:
    """Print a line per plan: its value, and how much of it the others repeat."""
    import numpy as np

    table = Table(title=_("{name}: {n} plans").format(name=found.problem.name, n=len(found.plans)))
    table.add_column(_("plan"))
    for column in (_("value"), _("of the best"), _("stops"), _("repeated by another plan"), _("at most")):
        table.add_column(column, justify="right")
    shares = np.where(np.eye(len(found.shares), dtype=bool), np.nan, found.shares)
    for k, name in enumerate(document["plans"]):
        own = shares[k][~np.isnan(shares[k])]
        cells = (f"{own.mean():.0%}", f"{own.max():.0%}") if len(own) else ("–", "–")
        share = found.values[k] / found.best if found.best > 0 else 1.0
        table.add_row(name, f"{found.values[k]:.2%}", f"{share:.2%}", str(len(found.stops[k])), *cells)
    out.print(table)


def _print_promise(document: dict[str, Any], _: Words) -> None:
    """Print what the portfolio promises."""

    def say(text: str) -> None:
        out.print(text, highlight=False, soft_wrap=True)

    say(
        _("a stop is repeated there within {minutes} min in {share} of other plans, {drawn} of nights").format(
            minutes=f"{document['repeat_within_min']:g}", share=f"{document['repeat_share']:.1%}",
            drawn=f"{document['repeat_share_drawn']:.1%}",
        )
    )  # fmt: skip
    say(
        _("entropy of when stops begin: {start} of at most {most} bits; of return times: {again} bits").format(
            start=f"{document['entropy_start_bits']:.2f}", most=f"{document['entropy_start_most_bits']:.2f}",
            again=f"{document['entropy_return_bits']:.2f}",
        )
    )  # fmt: skip
    worst, unseen = document["worst_gap"], document["worst_unseen_at"]
    if worst is None:
        return
    say(
        _("longest stretch in which nobody may come: {minutes} min, {place}, {begin}–{end}").format(
            minutes=f"{worst['gap_min']:g}", place=worst["place"], begin=worst["gap_from"], end=worst["gap_until"]
        )
    )
    if document["never"]:
        say(_("places to which no plan ever comes: {n}").format(n=len(document["never"])))
    say(
        _("greatest chance that nobody is in sight for {minutes} min: {share}, {place}, from {begin}").format(
            minutes=f"{document['unseen_window_min']:g}", share=f"{unseen['unseen_share']:.0%}",
            place=unseen["place"], begin=unseen["unseen_from"],
        )
    )  # fmt: skip
    _print_floors(document, say, _)


def _print_floors(document: dict[str, Any], say: Any, _: Words) -> None:
    """Print at which places a floor that was asked for does not hold."""
    missed = document["not_held"]
    if missed:
        say(_("FLOOR MISSED at {n} places:").format(n=len({one["place"] for one in missed})))
    for one in missed[:MOST_SHOWN]:
        text = _("{place}: nobody may come for {minutes} min") if one["floor"] == "gap" else _(
            "{place}: nobody in sight for half an hour with a chance of {share}"
        )  # fmt: skip
        say("  " + text.format(place=one["place"], minutes=f"{one['reached']:g}", share=f"{one['reached']:.0%}"))
    if len(missed) > MOST_SHOWN:
        say("  " + _("… and {n} more (portfolio.json has them all)").format(n=len(missed) - MOST_SHOWN))
    if (document["gap_floor_min"] is not None or document["unseen_floor"] is not None) and not missed:
        say(_("the floors hold at every place"))
