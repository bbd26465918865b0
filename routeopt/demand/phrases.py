"""Several messages as one."""

from __future__ import annotations

from collections.abc import Sequence

from routeopt.errors import Message

SENTENCES = "list-sentences"
"""Separated by spaces."""
SEMICOLON = "list-semicolon"
COMMA = "list-comma"


def chained(code: str, items: Sequence[Message | str]) -> Message | str:
    """Join messages by the sentence ``code``, which has values ``first`` and ``rest``."""
    if not items:
        return ""
    joined = items[-1]
    for item in reversed(items[:-1]):
        joined = Message(code, first=item, rest=joined)
    return joined
