"""GraphML files → raw streets: those of osmnx, and of networkx where they have the same attributes."""

from __future__ import annotations

import ast
import mmap
from collections import defaultdict
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from routeopt.errors import Fault, StreetsError
from routeopt.streets.graph import raw_of_sound_graph
from routeopt.streets.raw import RawStreets
from routeopt.streets.unpack import first_line, plain

MOST_LISTED = 100_000
"""Characters of a list that is read; longer ones are text."""


def read_graphml(path: Path) -> RawStreets:
    """Read a graph of streets saved as GraphML, directed or not, in degrees or with its ``crs``.

    Raises
    ------
    StreetsError
        If it is not GraphML, or not a graph of streets.
    """
    with plain(path, "RO-205") as file:
        try:
            graph = _parse(file)
        except ParseError as error:
            line, column = error.position
            raise StreetsError(Fault("RO-205", path, line, column + 1, reason=first_line(error))) from None
        except Exception as error:  # networkx raises whatever it meets
            raise StreetsError(Fault("RO-205", path, reason=first_line(error))) from None
    return raw_of_sound_graph(graph, str(path))


def _parse(path: Path) -> Any:
    """Read the first graph of a file; values stay text, lists and geometry are read."""
    import warnings

    from networkx.readwrite.graphml import GraphMLReader

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find(b"<!ENTITY") >= 0:
            raise ValueError("XML entities are not supported")
    reader = GraphMLReader(node_type=str, edge_key_type=str, force_multigraph=True)
    reader.python_type = defaultdict(lambda: str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = next(iter(reader(path=path)), None)
    if graph is None:
        raise ValueError("no graph")
    for key, items in (("node_default", graph.nodes), ("edge_default", graph.edges)):
        usual = graph.graph.pop(key, {})
        for data in (data for *_, data in items(data=True)):
            for name, value in usual.items():
                data.setdefault(name, value)
            _values(data)
    return graph


def _values(data: MutableMapping[str, Any]) -> None:
    """Read lists, and lines given as WKT, in place; drop what is empty."""
    import shapely

    for name, value in list(data.items()):
        if name in ("x", "y"):
            continue
        if value in ("", "None", "nan"):
            del data[name]
        elif name == "geometry":
            if value.lstrip().upper().startswith("LINESTRING"):  # others nest, and the parser with them
                data[name] = shapely.from_wkt(value)
        elif value.startswith("[") and value.count("[") == 1 and len(value) < MOST_LISTED:
            try:
                data[name] = ast.literal_eval(value)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
