"""Everything that routeopt raises on purpose.

::

    RouteoptError            1  our fault, unless a child says otherwise
    ├── InputError           2  something that a person wrote cannot be used
    │   ├── ScenarioError    2  the scenario file
    │   ├── StreetsError     2  the street data, or its download
    │   └── DemandError      2  incidents, venues, fixed entries
    └── InfeasibleError      3  the input is sound, and no plan can satisfy it

Each carries every fault found at once; ``exit_code`` is what the command line returns.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: where it is, what is wrong (with the value), and what to do about it."""

    where: str
    """Place: ``file:line:column`` or ``file`` or the name of the thing."""
    what: str
    """The value and the rule that it breaks."""
    remedy: str = ""
    """What to write instead, as a sentence."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" {self.remedy}" if self.remedy else "")


class RouteoptError(Exception):
    """Base class; ``str(error)`` has one line per fault."""

    exit_code = 1

    def __init__(self, faults: Fault | Iterable[Fault] | str) -> None:
        if isinstance(faults, str):
            faults = [Fault("routeopt", faults)]
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InputError(RouteoptError):
    """Something that a person wrote cannot be used."""

    exit_code = 2


class ScenarioError(InputError):
    """The scenario file cannot be used."""


class StreetsError(InputError):
    """The street data cannot be read, downloaded or used."""


class DemandError(InputError):
    """Incidents, venues or fixed entries cannot be used."""


class InfeasibleError(RouteoptError):
    """No plan can satisfy the problem's hard rules."""

    exit_code = 3


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like ``word``, if any is."""
    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return found[0] if found else None
