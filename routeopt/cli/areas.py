"""The command that draws patrol areas."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    JsonOption,
    LangOption,
    ScenarioArg,
    SeedOption,
    can_write,
    compiling,
    err,
    out,
    own_folder,
    print_files,
    print_notes,
    status,
    words_of,
    writing,
)
from routeopt.errors import Words

if TYPE_CHECKING:
    from routeopt.partition import StreetAreas
    from routeopt.scenario.model import Scenario

FILES = "areas.geojson", "areas.kml"


def areas(
    scenario: ScenarioArg,
    teams: Annotated[
        int | None, typer.Option(help="Number of areas. Default: one for each team of the scenario.", min=1)
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(help="How far an area's work may be from the mean, as a share of it.", min=0.0, max=1.0),
    ] = 0.03,
    travel: Annotated[
        float,
        typer.Option(
            help="Share of the work that is travel, by length of street; the rest is demand.", min=0.0, max=1.0
        ),
    ] = 0.0,
    goal: Annotated[
        float, typer.Option("--gap", help="Proven gap at which the search ends.", min=0.0, max=1.0)
    ] = 0.01,
    seconds: Annotated[float, typer.Option("--time", help="Longest search time in seconds.", min=0.0)] = 30.0,
    iterations: Annotated[
        int | None, typer.Option(help="Maximum number of iterations; makes the areas reproducible.", min=0)
    ] = None,
    seed: SeedOption = 0,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the files. Default: areas/<folder>/<name of the scenario file>."),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw patrol areas on the streets: connected, balanced and compact, with a proven gap."""
    from routeopt.budget import Budget
    from routeopt.exchange.areas import areas_json, write_geojson, write_kml
    from routeopt.exchange.whole import staged
    from routeopt.partition import draw_areas
    from routeopt.scenario.read import read_scenario

    _ = words_of(lang)
    target = out_dir or own_folder("areas", scenario)
    can_write(target)
    night = read_scenario(scenario)
    with _drawing(seconds, _) as (say, progress):
        found = draw_areas(
            night, teams, tolerance=tolerance, travel=travel, goal=goal, seed=seed, progress=progress, say=say,
            budget=Budget(seconds=seconds, iterations=iterations),
        )  # fmt: skip
    if found.interrupted:
        err.print(_("interrupted: these are the best areas so far"))
    print_notes(err, found.notes, _)
    with writing(target), staged(target) as stage:
        write_geojson(found, stage / FILES[0])
        write_kml(found, stage / FILES[1], _)
    if as_json:
        row = {
            "scenario": night.name, "areas": areas_json(found), "gap": found.gap,
            "gap_same_centres": found.gap_here, "balance": found.balance,
            "connected": all(found.connected), "mean_m": found.mean_m, "bound_m": found.bound_m or None,
            "tolerance": tolerance, "travel": travel, "seed": seed, "iterations": found.iterations,
            "runtime_s": round(found.runtime_s, 3), "interrupted": found.interrupted,
            "notes": [str(note) for note in found.notes], "files": [str(target / name) for name in FILES],
        }  # fmt: skip
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    _print(night, found, target / FILES[0], scenario, _)
    print_files([target / name for name in FILES], _)


def _print(night: Scenario, found: StreetAreas, file: Path, scenario: Path, _: Words) -> None:
    """Print what each area has, how good the areas are, and what a scenario needs to follow them."""
    table = Table(title=_("{name}: {n} areas").format(name=night.name, n=len(found.names)))
    table.add_column(_("area"))
    for column in (_("segments"), _("share of demand"), _("length of streets, km")):
        table.add_column(column, justify="right")
    table.add_column(_("in one piece"))
    for k, name in enumerate(found.names):
        table.add_row(
            name, str(int((found.area == k).sum())), f"{found.demand[k]:.2%}", f"{found.length_m[k] / 1000:.1f}",
            _("yes") if found.connected[k] else _("no"),
        )  # fmt: skip
    out.print(table)
    out.print(_("balance: work within ±{share} of the mean").format(share=f"{found.balance:.1%}"), highlight=False)
    mean = _("mean distance to the centre: {metres} m").format(metres=f"{found.mean_m:.0f}")
    if found.gap is not None:
        text = _("; none have less than {bound} m (gap {gap}), none with these centres less than {here} m")
        here, bound = f"{found.bound_here_m:.0f}", f"{found.bound_m:.0f}"
        mean += text.format(bound=bound, gap=f"{found.gap:.1%}", here=here)
    out.print(mean, highlight=False, soft_wrap=True)
    if len(found.names) == len(night.teams):
        _print_keys(night, found, file, scenario, _)


def _print_keys(night: Scenario, found: StreetAreas, file: Path, scenario: Path, _: Words) -> None:
    """Print the keys by which each team follows the area whose centre is near its start."""
    import os

    out.print(_("To let the teams follow them, add to the scenario:"))
    path = os.path.relpath(file.resolve(), scenario.resolve().parent)
    out.print(f"areas: {json.dumps(path, ensure_ascii=False)}", highlight=False, soft_wrap=True)
    for team, k in zip(night.teams, _paired(night, found), strict=True):
        text = f"  - {{name: {json.dumps(team.name, ensure_ascii=False)}, area: {found.names[k]}, …}}"
        out.print(text, highlight=False, soft_wrap=True)


def _paired(night: Scenario, found: StreetAreas) -> list[int]:
    """Return the area of each team: the least sum of distances from the teams' starts to the centres."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    from routeopt.streets.network import project

    net, posts = found.network, {post.name: post for post in night.posts}
    starts = [posts[team.start] for team in night.teams]
    x, y = project(net, np.array([p.lat for p in starts]), np.array([p.lon for p in starts]))
    at = net.seg_u[found.centre]
    away = np.hypot(x[:, None] - net.node_x[at], y[:, None] - net.node_y[at])
    return [int(k) for k in linear_sum_assignment(away)[1]]


@contextmanager
def _drawing(seconds: float, _: Words) -> Iterator[Any]:
    """Show the phases, then the mean distance and the bound so far."""
    with status(_) as say:
        said = [0.0]

        def progress(now: float, value: float | None, bound: float | None) -> None:
            if value is None:
                return
            text = _("{seconds} s: mean distance {metres} m").format(seconds=f"{now:.0f}", metres=f"{value:.0f}")
            if bound is not None:
                text += _(", at least {metres} m").format(metres=f"{bound:.0f}")
            if err.is_terminal or now - said[0] >= 5:
                said[0] = now
                say(text, min(1.0, now / max(seconds, 1e-9)))

        with compiling(_):
            yield say, progress
