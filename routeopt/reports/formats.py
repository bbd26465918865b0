"""Output formats: one file each, listed as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from routeopt.errors import Fault, InputError, nearest
from routeopt.exchange import geojson, gpx, ics, kml, plan_json, proof, stops_csv, watch_csv, xlsx
from routeopt.exchange.whole import staged
from routeopt.reports import plots
from routeopt.reports.cards import cards
from routeopt.reports.html import page as html
from routeopt.reports.model import ReportModel

FORMATS: dict[str, Callable[[ReportModel, Path], None]] = {
    "plan.json": plan_json.write,
    "routes.geojson": geojson.write,
    "report.html": html.write,
    "cards.pdf": cards.write,
    "gpx": gpx.write,
    "routes.kml": kml.write,
    "routes.kmz": kml.write_kmz,
    "plan.xlsx": xlsx.write,
    "watch.csv": watch_csv.write,
    "stops.csv": stops_csv.write,
    "ics": ics.write,
    "plots": plots.write,
    "proof.json.gz": proof.write,
}
"""File name → its writer; a name without a suffix is a folder of files."""
DEFAULT = ("plan.json", "routes.geojson", "report.html")
"""Written by default."""


def chosen(text: str) -> tuple[str, ...]:
    """Return the keys of `FORMATS` for ``gpx,kml,xlsx``: suffixes, first parts, whole names, or ``all``.

    The default, for "", is `DEFAULT`.

    Raises
    ------
    InputError
        If a word is not a format; lists all such words.
    """
    suffixes = {name.rsplit(".", 1)[-1]: name for name in FORMATS}
    known = {name.split(".", 1)[0]: name for name in reversed(FORMATS)} | suffixes
    asked = [word.strip().lower() for word in text.split(",") if word.strip()]
    faults = []
    found: list[str] = []
    for word in asked:
        if word == "all":
            found += FORMATS
        elif word in FORMATS or word in known:
            found.append(known.get(word, word))
        else:
            near = nearest(word, [*known, "all"])
            faults.append(
                Fault("RO-631", "--format", name=word, near=near)
                if near
                else Fault("RO-630", "--format", name=word, known=list(suffixes))
            )
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(found)) or DEFAULT


def with_plan(names: Iterable[str], *, watch: bool = False) -> tuple[str, ...]:
    """Add plan.json, without which a plan can be neither checked nor exported nor compared, and a watch list."""
    return tuple(dict.fromkeys(("plan.json", *names, *(["watch.csv"] if watch else []))))


def write_files(report: ReportModel, folder: Path, names: Iterable[str] = DEFAULT) -> list[Path]:
    """Write these keys of `FORMATS` into a folder, all or none; return the files or folders written.

    Raises
    ------
    OSError
        If the disk refuses to write; ``filename`` is the file.
    """
    names = list(names)
    with staged(folder) as stage:
        for name in names:
            try:
                FORMATS[name](report, stage / name)
            except OSError as error:
                raise OSError(error.errno, error.strerror, error.filename or str(folder / name)) from error
    return [folder / name for name in names]
