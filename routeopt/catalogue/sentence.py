"""What one message says, in English."""

from __future__ import annotations

from typing import NamedTuple


class Sentence(NamedTuple):
    """A message in English, with ``{name}`` for each of its values."""

    what: str
    """The value, and the rule that it breaks; or the whole message where nothing is wrong."""
    remedy: str = ""
    """What to do instead."""
    cause: str = ""
    """For the page of error codes: when this happens, where the sentence alone does not tell."""


def N_(text: str) -> str:  # noqa: N802
    """Mark a text for translation without translating it."""
    return text
