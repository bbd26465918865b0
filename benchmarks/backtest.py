"""How well the heat map predicts, on files of incidents and the streets around them.

uv run python -m benchmarks.backtest --osm EXTRACT --incidents CSV --name "2019, 30 days"
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin
from routeopt.demand.forecast.backtest import AREAS, EVEN, OURS, RECENT, Backtest, Range, backtest
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.osm import read_streets


def figures(found: Backtest, name: str) -> list[Figure]:
    """Hit rates of the heat map, of the best trivial forecast and of the last 28 days."""
    sample = f"{name}, by {found.by}"
    ours, rivals = found.forecasts[0], found.forecasts[1:]
    rows = [Figure(f"{sample}: incidents tested", found.incidents, "incidents", n=found.days)]

    def add(area: float, what: str, value: Range, unit: str, note: str = "") -> None:
        percent = (100 * value.value, unit, 100 * value.low, 100 * value.high)
        rows.append(Figure(f"{sample}, {area:.0%} of length: {what}", *percent, found.days, note))

    for k, area in enumerate(AREAS):
        best = max(rivals, key=lambda forecast: forecast.hit_rate[k].value)
        lead = best.ahead[k]
        add(area, OURS, ours.hit_rate[k], "%")
        add(area, "best trivial forecast", best.hit_rate[k], "%", best.name)
        for rival in rivals:
            if rival.name in (RECENT, EVEN):
                add(area, rival.name, rival.hit_rate[k], "%")
        add(area, "lead", lead, "points", "significant at 95 %" if lead.low > 0 else "not significant at 95 %")
    return rows


def main(
    osm: Annotated[Path, typer.Option(help="Street file.")],
    incidents: Annotated[Path, typer.Option(help="File of incidents.")],
    name: Annotated[str, typer.Option(help="Name of the sample in the recorded figures.")],
    by: Annotated[str, typer.Option(help="day, shift or both.")] = "both",
    days: Annotated[int, typer.Option(help="Most test days.", min=1)] = 180,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Back-test the heat map; min and max of a figure are its 95 % interval, n the number of test days."""
    run = begin()
    net = read_streets(Streets(file=str(osm.resolve())), osm.resolve().parent, SPEEDS_KPH)
    source = IncidentDemand(kind="incidents", file=incidents.name)
    found: list[Figure] = [Figure(f"{name}: street length", float(net.seg_length_m.sum()) / 1000, "km")]
    for one in ("day", "shift") if by == "both" else (by,):
        began = time.perf_counter()
        found += figures(backtest(source, net, incidents.resolve().parent, one, days=days), name)
        sys.stderr.write(f"by {one}: {time.perf_counter() - began:.0f} s\n")
    rows: list[dict[str, Any]] = [figure._asdict() for figure in found]
    for figure in found:
        sys.stderr.write(f"{figure.name}: {figure.value:.4g} {figure.unit}\n")
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        sys.stderr.write(f"recorded in {run.record('backtest', found, note).name}\n")


if __name__ == "__main__":
    typer.run(main)
