"""From an extract to a network that can be routed on: CPU seconds of routeopt, of osmnx, and of reading alone.

uv run python -m benchmarks.streets --osm EXTRACT
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep, median
from routeopt.folders import VARIABLE
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets.network import StreetNetwork
from routeopt.streets.osm import network_of, read_streets
from routeopt.streets.osm_file import read_osm

MAX_SEGMENT_M = Streets(file="").max_segment_m
FALLBACK_KPH = 30.0
"""osmnx's speed where no street says one."""
Stage = tuple[str, str, float]
"""Who, what, CPU seconds."""


class _Watch:
    """CPU seconds since it was last asked, of all threads."""

    def __init__(self) -> None:
        self.last = time.process_time()

    def __call__(self) -> float:
        spent, self.last = time.process_time() - self.last, time.process_time()
        return spent


def as_xml(extract: Path, target: Path) -> None:
    """Write an extract as plain XML, which is all that osmnx reads."""
    import osmium

    with osmium.io.Reader(str(extract)) as reader, osmium.SimpleWriter(str(target)) as writer:
        osmium.apply(reader, writer)


def bare(extract: Path) -> Iterator[Stage]:
    """Reading the streets and the nodes of a file with osmium, and doing nothing with them."""
    import osmium

    watch, streets = _Watch(), osmium.filter.KeyFilter("highway")
    for _ in osmium.FileProcessor(str(extract)).with_locations().with_filter(streets):
        pass
    yield "osmium", "read alone", watch()


def ours(who: str, extract: Path) -> Iterator[Stage]:
    """A network for every mode, cut into segments."""
    watch = _Watch()
    raw = read_osm(extract)
    yield who, "read", watch()
    network_of(raw, MAX_SEGMENT_M, SPEEDS_KPH)
    yield who, "cut, speeds, parts", watch()


def kept(extract: Path, folder: Path) -> Iterator[Stage]:
    """The same network from the disk."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder)
    try:
        streets = Streets(file=str(extract.resolve()))
        read_streets(streets, folder, SPEEDS_KPH)
        watch = _Watch()
        read_streets(streets, folder, SPEEDS_KPH)
        yield "routeopt, kept", "load", watch()
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def theirs(xml: Path) -> Iterator[Stage]:
    """A graph of networkx by osmnx, with speeds, of the largest part; one for all modes."""
    import osmnx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        watch = _Watch()
        graph = osmnx.graph_from_xml(xml, simplify=False, retain_all=True)
        yield "osmnx", "read", watch()
        other = [edge for *edge, highway in graph.edges(keys=True, data="highway") if not highway]
        graph.remove_edges_from(other)
        graph.remove_nodes_from([node for node, degree in graph.degree() if degree == 0])
        yield "osmnx", "leave out what is no street", watch()
        graph = osmnx.simplify_graph(graph)
        yield "osmnx", "simplify", watch()
        graph = osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graph, fallback=FALLBACK_KPH))
        yield "osmnx", "speeds", watch()
        osmnx.truncate.largest_component(graph, strongly=True)
        yield "osmnx", "largest part", watch()


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Who → CPU seconds of all stages together, of each run."""
    found: dict[str, dict[int, float]] = {}
    for row in rows:
        runs = found.setdefault(row["who"], {})
        runs[row["run"]] = runs.get(row["run"], 0.0) + row["cpu_s"]
    return {who: list(runs.values()) for who, runs in found.items()}


def figures(rows: Sequence[Mapping[str, Any]], extract: str) -> list[Figure]:
    """The median of each, and how many times as long osmnx takes in the same run."""
    spent = totals(rows)
    found = [median(f"extract to network, {extract}: {who}", values, "CPU s") for who, values in spent.items()]
    for who in ("routeopt", "routeopt, XML"):
        ratio = [other / own for own, other in zip(spent[who], spent["osmnx"], strict=True)]
        found.append(median(f"osmnx against {who}, {extract}", ratio, "times"))
    return found


def main(
    osm: Annotated[Path, typer.Option(help="A street file (.osm.pbf, .osm, .osm.gz or .osm.bz2).")],
    runs: Annotated[int, typer.Option(help="Number of runs.", min=1)] = 3,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Time routeopt, osmnx and osmium one after the other, several times."""
    run, rows = begin(), []
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "extract.osm"
        as_xml(osm, xml)
        _load(xml)
        for n in range(runs):
            for stages in (
                bare(osm), ours("routeopt", osm), ours("routeopt, XML", xml), kept(osm, Path(folder)), theirs(xml),
            ):  # fmt: skip
                for who, what, spent in stages:
                    rows.append({"run": n, "who": who, "what": what, "cpu_s": round(spent, 4)})
                    sys.stderr.write(f"{who:16} {what:28} {spent:8.3f} CPU s\n")
    name = osm.name.split(".")[0]
    for figure in figures(rows, name):
        sys.stderr.write(f"{figure.name}: {figure.value:.3g} {figure.unit}\n")
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep("streets", rows)
        sys.stderr.write(f"recorded in {run.record('streets', figures(rows, name), note).name}\n")


def _load(xml: Path) -> StreetNetwork:
    """Load all libraries, so that no stage is charged for it."""
    import osmnx  # noqa: F401

    return network_of(read_osm(xml), MAX_SEGMENT_M, SPEEDS_KPH)


if __name__ == "__main__":
    typer.run(main)
