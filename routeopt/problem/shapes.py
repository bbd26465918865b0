"""Shapes on the map, read from GeoJSON: named features as geometries in metres."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.border import bordered
from routeopt.errors import Fault, ScenarioError
from routeopt.streets.network import StreetNetwork, project

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")


@bordered("document")
def read_shapes(
    path: Path, net: StreetNetwork, keys: Sequence[str], types: Collection[str], codes: tuple[str, str]
) -> dict[str, Any]:
    """Read the named features of a GeoJSON file: name → shapely geometry, metres, in the order of the file.

    Features of one name are joined.

    Parameters
    ----------
    keys
        Properties that may hold the name; the first that a feature has.
    types
        Types of geometry that count.
    codes
        Of the faults of a file that cannot be read, and of one without such features.

    Raises
    ------
    ScenarioError
        If the file does not exist, is no GeoJSON, or has no such features.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        named = [_named(feature, keys, types) for feature in document["features"]]
        parts: dict[str, list[Any]] = {}
        for name, geometry in (one for one in named if one is not None):
            parts.setdefault(name, []).append(geometry)
        found = {name: _joined(geometries, net) for name, geometries in parts.items()}
    except FileNotFoundError:
        raise ScenarioError(Fault("RO-401", path)) from None
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ScenarioError(Fault(codes[0], path, reason=str(error) or type(error).__name__)) from None
    if not found:
        raise ScenarioError(Fault(codes[1], path))
    return found


def in_metres(geometry: Any, net: StreetNetwork) -> Any:
    """Convert a shapely geometry of (lon, lat) to metres from the network's origin."""
    import shapely

    def metres(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(project(net, at[:, 1], at[:, 0]))

    return shapely.transform(geometry, metres)


def _named(feature: Any, keys: Sequence[str], types: Collection[str]) -> tuple[str, Any] | None:
    """Return the name and geometry of a feature that counts; None of others."""
    about, geometry = feature.get("properties") or {}, feature.get("geometry") or {}
    name = next((about[key] for key in keys if about.get(key) is not None), None)
    if name is None or geometry.get("type") not in types:
        return None
    return str(name), geometry


def _joined(geometries: list[Any], net: StreetNetwork) -> Any:
    """Return the union of GeoJSON geometries, in metres."""
    import shapely
    from shapely.geometry import shape

    found = shapely.union_all([shape(one) for one in geometries]) if len(geometries) > 1 else shape(geometries[0])
    return in_metres(found, net)
