"""Everything that routeopt raises on purpose.

::

    RouteoptError            1  an internal error, unless a child says otherwise
    ├── InputError           2  something that a person or a program gave cannot be used
    │   ├── ScenarioError    2  the scenario file
    │   ├── StreetsError     2  the street data, or its download
    │   └── DemandError      2  incidents, venues, fixed entries
    └── InfeasibleError      3  the input is sound, and no plan can satisfy it

Each carries every fault found at once; ``exit_code`` is what the command line returns.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from routeopt.catalogue import SENTENCES

Words = Callable[[str], str]
"""English text → the reader's language; values are filled in afterwards."""


def english(text: str) -> str:
    """The text itself."""
    return text


class Message:
    """A code of the catalogue and its values; a sentence only when it is shown (`text`).

    A value may be a message itself, or a list of them.
    """

    __slots__ = ("code", "values")

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values: Mapping[str, Any] = values

    def text(self, _: Words = english) -> str:
        """The sentence in the reader's language, with its remedy."""
        sentence = SENTENCES[self.code]
        parts = [text for part in (sentence.what, sentence.remedy) if part and (text := self._filled(part, _))]
        return ("" if parts and parts[0].endswith("。") else " ").join(parts)

    def _filled(self, text: str, _: Words) -> str:
        return _(text).format(**{name: shown(value, _) for name, value in self.values.items()})

    def json(self) -> dict[str, Any]:
        """Code, values and the English sentence, as JSON wants them."""
        return {"code": self.code, "values": {k: plain(v) for k, v in self.values.items()}, "text": self.text()}

    def _key(self) -> tuple[Any, ...]:
        return (self.code, tuple(sorted((k, repr(v)) for k, v in self.values.items())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {dict(self.values)!r})"


def shown(value: Any, _: Words) -> Any:
    """A value as a sentence shows it."""
    if isinstance(value, Message):
        return value.text(_)
    if isinstance(value, (list, tuple)):
        return ", ".join(str(shown(item, _)) for item in value)
    return value


def one_line(text: object) -> str:
    r"""Return a text as a line of a log shows it: what ends lines, steers terminals or turns text is escaped.

    Example::

        >>> one_line("Foot 1\nroot: all is well")
        'Foot 1\\nroot: all is well'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def plain(value: Any) -> Any:
    """A value as JSON wants it."""
    if isinstance(value, Message):
        return value.json()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


class Fault(Message):
    """One thing wrong with an input: its place, its value, the rule, and what to do about it."""

    __slots__ = ("column", "line", "path")

    def __init__(
        self, code: str, path: object = "", line: int | None = None, column: int | None = None, **values: Any
    ) -> None:
        super().__init__(code, **values)
        self.path = path if isinstance(path, Message) else str(path)
        """File, or the name of the thing (a message where that is to be translated)."""
        self.line = line
        self.column = column

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        return self._place(english)

    def _place(self, _: Words) -> str:
        return ":".join(
            str(shown(part, _)) for part in (self.path, self.line, self.column) if part not in ("", None)
        )

    def text(self, _: Words = english) -> str:
        """Place, what is wrong, and the remedy, in the reader's language."""
        place, sentence = self._place(_), super().text(_)
        return _("{place}: {text}").format(place=place, text=sentence) if place else sentence

    def json(self) -> dict[str, Any]:
        """Also with path, line and column."""
        place = {"path": shown(self.path, english), "line": self.line, "column": self.column}
        return {**super().json(), **place}

    def _key(self) -> tuple[Any, ...]:
        return (*super()._key(), repr(self.path), self.line, self.column)


class MisreadError(Exception):
    """A value that cannot be read: a code with values. Whoever knows its place makes a fault of it (`at`)."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values

    def at(self, place: object) -> Fault:
        """Return the fault at a place."""
        return Fault(self.code, place, **self.values)


class RouteoptError(Exception):
    """Base class; ``str(error)`` has one line per fault."""

    exit_code = 1

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        """With its faults, also to and from other processes."""
        return type(self), (self.faults,)


class InputError(RouteoptError):
    """Something that a person or a program gave cannot be used."""

    exit_code = 2


class ScenarioError(InputError):
    """The scenario file cannot be used."""


class StreetsError(InputError):
    """The street data cannot be read, downloaded or used."""


class DemandError(InputError):
    """Incidents, venues or fixed entries cannot be used."""


class InfeasibleError(RouteoptError):
    """No plan can satisfy the problem's rules."""

    exit_code = 3


def nearest(word: str, known: Iterable[str], likeness: float = 0.5) -> str | None:
    """The known word that is most like ``word``, if any is at least so like it (0 to 1)."""
    found = difflib.get_close_matches(word, list(known), 1, likeness)
    return found[0] if found else None
