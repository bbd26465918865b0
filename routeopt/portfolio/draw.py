"""Tonight's plan, drawn with equal chances and so that anybody can check the draw afterwards.

The plan drawn is a number that follows from the seed and the digest of the portfolio alone:
SHA-256 of ``digest:seed``, as a whole number, modulo the number of plans. A seed that nobody chose makes the
chances equal (the remainder favours no plan by more than 2⁻²⁴⁰).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from routeopt.errors import Fault, InputError

SEED = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True)
class Drawn:
    """A line of the log."""

    date: str
    """For which night, YYYY-MM-DD; "" where a seed alone was given."""
    seed: str
    digest: str
    """SHA-256 of the files of all plans, in order."""
    plans: int
    """How many there were."""
    plan: int
    """The one drawn, from 1 on."""

    def to_json(self) -> dict[str, object]:
        """Return it for `json.dumps`."""
        return asdict(self)

    def is_sound(self) -> bool:
        """Whether its seed draws this plan."""
        return self.plan == number(self.seed, self.digest, self.plans)


def draw(text: str, digest: str, plans: int, log: Iterable[Drawn] = ()) -> tuple[Drawn, bool]:
    """Draw for a date, with a new seed, or again by the seed of the log; return it, and whether it is new.

    A date for which these plans were drawn already keeps its draw: nobody draws until they like the plan.

    Raises
    ------
    InputError
        If it is neither a date nor a seed.
    """
    try:
        date = dt.date.fromisoformat(text).isoformat()
    except ValueError:
        date = ""
    if not date and not SEED.fullmatch(text.lower()):
        raise InputError(Fault("RO-642", "--draw", value=text))
    for line in log:
        if line.digest == digest and (line.date == date if date else line.seed == text.lower()):
            return line, False
    seed = secrets.token_hex(16) if date else text.lower()
    return Drawn(date, seed, digest, plans, number(seed, digest, plans)), True


def number(seed: str, digest: str, plans: int) -> int:
    """Return the plan that a seed draws, from 1 on."""
    return int(hashlib.sha256(f"{digest}:{seed}".encode()).hexdigest(), 16) % plans + 1
