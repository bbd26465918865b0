"""The command that writes a scenario to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from routeopt.cli.demand import columns_of
from routeopt.cli.terminal import LangOption, can_write, err, status, words_of, writing
from routeopt.errors import Fault, InputError, Words


def new(
    place: Annotated[str | None, typer.Option(help="A town or district, looked up online when planning.")] = None,
    osm: Annotated[
        Path | None, typer.Option(help="A street file (.osm, .osm.gz, .osm.bz2, .osm.pbf, .graphml).")
    ] = None,
    incident_files: Annotated[
        list[Path] | None, typer.Option("--incidents", help="A file of reported incidents; may be repeated.")
    ] = None,
    target: Annotated[Path, typer.Option("--out", help="Scenario file to write.")] = Path("night.yaml"),
    lang: LangOption = None,
) -> None:
    """Write a commented scenario to start from, on what is found: streets, venues, incidents."""
    from routeopt.exchange.whole import whole
    from routeopt.scenario.starter import starter_text

    _ = words_of(lang)
    if (place is None) == (osm is None):
        raise InputError(Fault("RO-607", "routeopt new"))
    if target.exists():
        raise InputError(Fault("RO-608", target))
    can_write(target.parent)
    centre = venues = named = None
    columns: dict[str, dict[str, str]] = {}
    with status(_) as say:
        for file in incident_files or []:
            columns[_relative(file, target)] = columns_of(file, say)
        if osm is not None:
            say("reading streets")
            centre, venues = _found(osm)
            named = _relative(osm, target)
    text = starter_text(str(target), place, named, centre, venues, columns)
    with writing(target.parent), whole(target) as file:
        file.write_text(text, encoding="utf-8")
    _say_what_is_found(osm, venues, columns, _)
    err.print(_("wrote {file}; next: routeopt plan {file}").format(file=target), highlight=False, soft_wrap=True)


def _say_what_is_found(
    osm: Path | None, venues: dict[str, int] | None, incidents: dict[str, dict[str, str]], _: Words
) -> None:
    """What the scenario's demand stands on, or that it is still to be given."""
    from routeopt.explain.basis import counted

    lines = [_("demand: incidents of {file}").format(file=name) for name in incidents]
    if venues:
        what = counted("venues", sum(venues.values())).text(_)
        lines.append(_("demand: {what} of {file}").format(what=what, file=osm))
    elif osm is not None:
        lines.append(_("{file} has no venues that count").format(file=osm))
        if not incidents:
            lines.append(_("there is no demand yet: before planning, add incidents or places of your own to it"))
    for line in lines:
        err.print(line, highlight=False, soft_wrap=True)


def _relative(file: Path, target: Path) -> str:
    """A file as the scenario will name it."""
    folder, path = target.resolve().parent, file.resolve()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _found(osm: Path) -> tuple[tuple[float, float], dict[str, int]]:
    """A central place on the streets that is open to every mode (latitude, longitude), and class → venues."""
    from collections import Counter

    import numpy as np

    from routeopt.demand.venues import venues
    from routeopt.scenario.model import Streets
    from routeopt.scenario.sources import VenueDemand
    from routeopt.streets.network import unproject
    from routeopt.streets.osm import read_streets

    net = read_streets(
        Streets(file=str(osm.resolve())),
        osm.resolve().parent,
        {"foot": 4.5, "bike": 14, "ebike": 18, "car": 30},
    )
    open_to = [u for u in net.usable.values() if u.any()]
    shared = np.logical_and.reduce(open_to) if open_to else np.zeros(net.n_segments, dtype=np.bool_)
    used = net.seg_u[shared if shared.any() else slice(None)]
    x, y = net.node_x[used], net.node_y[used]
    nearest = int(np.hypot(x - np.median(x), y - np.median(y)).argmin())
    lat, lon = unproject(net, x[nearest : nearest + 1], y[nearest : nearest + 1])
    placed, _notes = venues(VenueDemand(kind="venues"), net, osm.resolve().parent)
    return (round(float(lat[0]), 6), round(float(lon[0]), 6)), dict(Counter(venue.kind for venue in placed))
