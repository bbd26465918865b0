"""The teams' colours: Okabe and Ito's, which colour-blind people can tell apart, and two more."""

from __future__ import annotations

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c8c00")


def colour(number: int) -> str:
    """The colour of the team or line of that number, as ``#rrggbb``; colours repeat."""
    return COLOURS[number % len(COLOURS)]
