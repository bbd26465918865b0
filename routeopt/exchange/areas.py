"""areas.geojson and areas.kml: the streets of each area as one feature, with what it has."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np

from routeopt.exchange.datum import xml_text
from routeopt.messages import Words
from routeopt.partition import StreetAreas
from routeopt.reports.colours import colour
from routeopt.streets.network import unproject

KML = "http://www.opengis.net/kml/2.2"


def areas_json(found: StreetAreas) -> list[dict[str, Any]]:
    """Return what each area has: its segments, the middle of it, and its shares."""
    lat, lon = _centres(found)
    return [
        {
            "area": name, "segments": np.flatnonzero(found.area == k).tolist(),
            "demand": float(found.demand[k]), "work": float(found.work[k]),
            "length_m": round(float(found.length_m[k]), 1), "connected": found.connected[k],
            "centre_segment": int(found.centre[k]), "centre": [round(float(lat[k]), 6), round(float(lon[k]), 6)],
        }
        for k, name in enumerate(found.names)
    ]  # fmt: skip


def write_geojson(found: StreetAreas, path: Path) -> None:
    """Write the areas as a FeatureCollection (RFC 7946) of MultiLineStrings, WGS-84."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "MultiLineString", "coordinates": lines},
            "properties": {
                "kind": "area",
                **{k: v for k, v in about.items() if k != "segments"},
                "stroke": colour(k),
            },
        }
        for k, (about, lines) in enumerate(zip(areas_json(found), _lines(found), strict=True))
    ]
    document = {"type": "FeatureCollection", "crs": "wgs84", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")


def write_kml(found: StreetAreas, path: Path, _: Words) -> None:
    """Write the areas as KML 2.2, a placemark each, WGS-84."""
    ET.register_namespace("", KML)
    root = ET.Element(f"{{{KML}}}kml")
    document = _under(root, "Document")
    _under(document, "name", _("patrol areas"))
    for k in range(len(found.names)):
        line = _under(ET.SubElement(document, f"{{{KML}}}Style", {"id": f"area{k + 1}"}), "LineStyle")
        red, green, blue = (colour(k)[n : n + 2] for n in (1, 3, 5))
        _under(line, "color", f"ff{blue}{green}{red}")
        _under(line, "width", "4")
    for k, (name, lines) in enumerate(zip(found.names, _lines(found), strict=True)):
        mark = _under(document, "Placemark")
        _under(mark, "name", name)
        said = _("{demand} of the demand, {km} km of streets").format(
            demand=f"{found.demand[k]:.1%}", km=f"{found.length_m[k] / 1000:.1f}"
        )
        _under(mark, "description", said)
        _under(mark, "styleUrl", f"#area{k + 1}")
        many = _under(mark, "MultiGeometry")
        for one in lines:
            _under(_under(many, "LineString"), "coordinates", " ".join(f"{lon:.6f},{lat:.6f}" for lon, lat in one))
    out = io.BytesIO()
    ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    path.write_bytes(out.getvalue())


def _lines(found: StreetAreas) -> list[list[list[list[float]]]]:
    """Return the polylines of each area's segments, (lon, lat)."""
    net = found.network
    lat, lon = unproject(net, net.geom_x, net.geom_y)
    at = np.column_stack([lon.round(6), lat.round(6)]).tolist()
    return [
        [at[net.geom_ptr[s] : net.geom_ptr[s + 1]] for s in np.flatnonzero(found.area == k)]
        for k in range(len(found.names))
    ]


def _centres(found: StreetAreas) -> tuple[Any, Any]:
    net = found.network
    u, v = net.seg_u[found.centre], net.seg_v[found.centre]
    return unproject(net, (net.node_x[u] + net.node_x[v]) / 2, (net.node_y[u] + net.node_y[v]) / 2)


def _under(parent: ET.Element, tag: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, f"{{{KML}}}{tag}")
    if text:
        child.text = xml_text(text)
    return child
