"""Stops outside the zones that teams leave at a price, as people are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from routeopt.errors import Message, Words


def leaving_rows(leaving: Iterable[Mapping[str, Any]], _: Words) -> Iterator[tuple[str, str, str, str]]:
    """Yield team, zone, stops outside it and their price, of the figures of a file, in the reader's language."""
    for one in leaving:
        stops = Message("leaving-stops", out=one["stops"], of=one["of"]).text(_)
        points = Message("price-points", points=f"{100 * one['stops'] * one['price']:.2f}").text(_)
        yield one["team"], one["zone"], str(stops), str(points)
