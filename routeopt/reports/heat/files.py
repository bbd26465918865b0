"""A night's heat map as files: a page that opens with no network, pictures, GeoJSON and tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.cells import guarded
from routeopt.demand.busiest import Heat
from routeopt.errors import english, shown
from routeopt.messages import Words, words
from routeopt.reports.fonts import installed
from routeopt.reports.model import StreetLines
from routeopt.reports.page.data import as_bytes, page_data, script_words
from routeopt.reports.page.render import render
from routeopt.reports.strings import span_of
from routeopt.streets.network import unproject

Array = NDArray[np.float64]

PACKAGE = "routeopt.reports.heat"
MODULES = ("heatmap",)
"""Scripts after the shared ones."""
LEAST_SHARE = 1e-7
"""Segments with less of the night's demand are in no table."""
TOP = 0.998
"""The densest streets beyond this quantile share the last colour."""
RAMP = ("#fdd49e", "#fc8d59", "#d7301f", "#7f0000")
"""Least to most, as on the page."""
UNSURE = 2.5
"""Relative deviations beyond this are shown as this."""
ROAD = "#c9cdd2"
INK = "#1b1d21"


def _per_metre(heat: Heat, table: Array) -> Array:
    return table / np.maximum(heat.net.seg_length_m, 1.0)[:, None]


def _shades(heat: Heat, table: Array) -> Array:
    """0 to 1 for every segment and column: a square root, so that quiet streets can be told from empty ones."""
    dense = _per_metre(heat, table)
    top = float(np.quantile(dense[dense > 0], TOP))
    return np.asarray(np.sqrt(np.minimum(dense / top, 1.0)))


def _counted(heat: Heat) -> NDArray[np.int64]:
    total = heat.value.sum(axis=1)
    return np.flatnonzero(total > LEAST_SHARE * total.sum())


def write_page(heat: Heat, folder: Path, lang: str = "en") -> list[str]:
    """Write heatmap.html in the reader's language."""
    _ = words(lang)
    night = heat.value.sum(axis=0)
    said = [
        {"street": shown(p.street, _), "busiest": shown(p.busiest, _), "why": shown(p.why, _), "share": p.share}
        for p in heat.places
    ]
    page = render(
        PACKAGE, "heatmap", lang, MODULES, _data(heat, said, _),
        title=heat.name, subtitle=_("Demand, {when}").format(when=span_of(heat.clock, _)),
        clock=heat.clock, slice_s=heat.clock.step_s, night=[float(x) for x in night / night.max()],
        places=said, notes=[shown(note, _) for note in heat.notes],
    )  # fmt: skip
    with (folder / "heatmap.html").open("w", encoding="utf-8", newline="") as handle:
        handle.write(page)
    return ["heatmap.html"]


def heat_words(_: Words) -> dict[str, str]:
    """Key → words in the reader's language, as the page's scripts use them (``T.key``)."""
    return {
        **script_words(_),
        "no_demand": _("no demand"),
        "share_of_top": _("{share} of the densest streets' demand"),
        "unsure": _("± {share} over the night"),
        "unnamed": _("street without a name"),
    }


def _data(heat: Heat, said: list[dict[str, Any]], _: Words) -> dict[str, Any]:
    net = heat.net
    shades = _shades(heat, heat.value)
    lit = np.flatnonzero(shades.max(axis=1) > 1 / 510)
    row = np.full(net.n_segments, -1, dtype=np.int64)
    row[lit] = np.arange(len(lit))
    total, off = heat.value.sum(axis=1)[lit], heat.deviation.sum(axis=1)[lit]
    unsure = np.minimum(off / np.maximum(total, 1e-300), UNSURE)
    return {
        **page_data(heat.clock, heat_words(_), shades[lit], heat.clock.step_s, StreetLines.of(net, row)),
        "unsure": as_bytes(unsure * 100 / 255),
        "busiest_s": int(heat.value.sum(axis=0).argmax()) * heat.clock.step_s,
        "places": [
            [p.lat, p.lon, f"{p.rank}. {text['street']}\n{text['busiest']}\n{text['why']}"]
            for p, text in zip(heat.places, said, strict=True)
        ],
    }


def write_pictures(heat: Heat, folder: Path, lang: str = "en") -> list[str]:
    """Write heatmap-2100.png for every hour, all in one scale, the busiest places numbered.

    Words are English where the system has no font for the language.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    font = installed() if lang == "zh" else None
    _ = words(lang if font else "en")
    shades = _shades(heat, heat.hourly(heat.value))
    names = []
    net = heat.net
    lines = [np.column_stack([net.geom_x[a:b], net.geom_y[a:b]]) / 1000 for a, b in pairwise(net.geom_ptr)]
    style = {"font.family": [*([font] if font else []), "DejaVu Sans"]}
    with mpl.rc_context(style):
        for hour, shade in zip(heat.hours, shades.T, strict=True):
            figure = _picture(heat, lines, shade, hour.text, _)
            name = f"heatmap-{hour.begin_min // 60 % 24:02d}{hour.begin_min % 60:02d}.png"
            figure.savefig(folder / name, dpi=130)
            plt.close(figure)
            names.append(name)
    return names


def _picture(heat: Heat, lines: list[Array], shade: Array, when: str, _: Words) -> Any:
    """Return a figure of the streets, lines in km, in the shades of an hour, (n_segments,) from 0 to 1."""
    from matplotlib import pyplot as plt
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap

    net = heat.net
    ramp = LinearSegmentedColormap.from_list("heat", RAMP)
    size = np.array([np.ptp(net.geom_x), np.ptp(net.geom_y)]) / 1000
    wide = 9.0 * size / max(float(size.max()), 1e-9)
    width = 0.35 if net.n_segments > 8000 else 0.7
    figure, ax = plt.subplots(figsize=(max(4.0, wide[0]) + 0.4, max(4.0, wide[1]) + 0.8), layout="constrained")
    ax.add_collection(LineCollection(lines, colors=ROAD, linewidths=width))
    order = [int(s) for s in np.argsort(shade) if shade[s] > 0.05]
    ax.add_collection(
        LineCollection(
            [lines[s] for s in order], colors=ramp(shade[order]), capstyle="round",
            linewidths=width + 2.6 * shade[order],
        )
    )  # fmt: skip
    for place in heat.places:
        x, y = lines[place.segment].mean(axis=0)
        ax.annotate(
            str(place.rank), (x, y), xytext=(6, 6), textcoords="offset points", fontsize=7.5, color=INK,
            bbox={"boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": INK, "linewidth": 0.6},
        )  # fmt: skip
    ax.set(title=_("Demand, {when}").format(when=when), aspect="equal", xlabel=_("km"), ylabel=_("km"))
    ax.autoscale()
    bar = figure.colorbar(ScalarMappable(cmap=ramp), ax=ax, shrink=0.4, aspect=24, pad=0.01)
    bar.set_ticks([0, 1], labels=[_("low"), _("high")])
    bar.set_label(_("demand per metre of street"))
    bar.outline.set_visible(False)
    ax.spines[["top", "right"]].set_visible(False)
    credit = "© OpenStreetMap contributors (ODbL)"
    figure.text(0.995, 0.004, credit, ha="right", va="bottom", fontsize=6.5, color="#555b66")
    return figure


def write_csv(heat: Heat, folder: Path, lang: str = "en") -> list[str]:
    """Write heatmap.csv, a row per segment and hour, and places.csv, the busiest places with reasons.

    No text is one that a spreadsheet would compute.
    """
    _ = words(lang)
    net = heat.net
    rows = _counted(heat)
    value, off = heat.hourly(heat.value), heat.hourly(heat.deviation)
    x, y = (net.node_x[net.seg_u] + net.node_x[net.seg_v]) / 2, (net.node_y[net.seg_u] + net.node_y[net.seg_v]) / 2
    lat, lon = unproject(net, x, y)
    with (folder / "heatmap.csv").open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(
            ["segment", "street", "class", "lat", "lon", "length_m", "hour", "demand_per_min", "deviation"]
        )
        for s in rows:
            about = (
                int(s), guarded(net.names[net.seg_name[s]]), net.classes[net.seg_class[s]],
                f"{lat[s]:.6f}", f"{lon[s]:.6f}", f"{net.seg_length_m[s]:.1f}",
            )  # fmt: skip
            table.writerows(
                (*about, hour.text, f"{value[s, k]:.4g}", f"{off[s, k]:.2g}") for k, hour in enumerate(heat.hours)
            )
    with (folder / "places.csv").open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["rank", "street", "lat", "lon", "busiest", "share_of_demand", "why"])
        table.writerows(
            (
                p.rank,
                guarded(str(shown(p.street, _))),
                p.lat,
                p.lon,
                guarded(str(shown(p.busiest, _))),
                f"{p.share:.5f}",
                guarded(str(shown(p.why, _))),
            )
            for p in heat.places
        )
    return ["heatmap.csv", "places.csv"]


def write_geojson(heat: Heat, folder: Path, lang: str = "en") -> list[str]:  # noqa: ARG001
    """Write heatmap.geojson: a line per segment with its hours, coordinates (lon, lat) in WGS-84 (RFC 7946)."""
    net = heat.net
    lat, lon = (np.round(values, 6) for values in unproject(net, net.geom_x, net.geom_y))
    value, off = heat.hourly(heat.value), heat.hourly(heat.deviation)
    with (folder / "heatmap.geojson").open("w", encoding="utf-8", newline="") as handle:
        handle.write('{"type":"FeatureCollection","features":[')
        for n, s in enumerate(_counted(heat)):
            part = slice(int(net.geom_ptr[s]), int(net.geom_ptr[s + 1]))
            feature = {
                "type": "Feature",
                "geometry": {
                    "type": "LineString",
                    "coordinates": np.column_stack([lon[part], lat[part]]).tolist(),
                },
                "properties": {
                    "segment": int(s),
                    "street": net.names[net.seg_name[s]],
                    "demand_per_min": {h.text: float(f"{value[s, k]:.4g}") for k, h in enumerate(heat.hours)},
                    "deviation": {h.text: float(f"{off[s, k]:.2g}") for k, h in enumerate(heat.hours)},
                },
            }
            handle.write((",\n" if n else "\n") + json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
        handle.write("\n]}\n")
    return ["heatmap.geojson"]


def summary(heat: Heat) -> dict[str, Any]:
    """Build the object of ``heatmap --json``, in English."""
    share = heat.value.sum(axis=0)
    return {
        "scenario": heat.name,
        "hours": {h.text: round(float(share[h.slices].sum() / share.sum()), 6) for h in heat.hours},
        "places": [
            {"rank": p.rank, "street": shown(p.street, english), "lat": p.lat, "lon": p.lon,
             "busiest": shown(p.busiest, english), "share_of_demand": round(p.share, 6),
             "why": shown(p.why, english)}
            for p in heat.places
        ],
        "notes": [shown(note, english) for note in heat.notes],
    }  # fmt: skip


HEAT_FORMATS: dict[str, Callable[[Heat, Path, str], list[str]]] = {
    "page": write_page,
    "pictures": write_pictures,
    "tables": write_csv,
    "GeoJSON": write_geojson,
}
"""What is written → its writer (heat, folder, language), which returns the names of its files."""
