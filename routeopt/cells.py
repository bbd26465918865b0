"""Texts in cells of a table that a spreadsheet may open: none is computed as a formula."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a text that a spreadsheet takes for a formula."""


def guarded(text: str) -> str:
    """Protect a text from being computed by a spreadsheet."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unguarded(text: str) -> str:
    """Undo `guarded`."""
    return text[1:] if text.startswith(tuple(f"'{c}" for c in (*FORMULA, "'"))) else text
