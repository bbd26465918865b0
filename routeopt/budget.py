"""When a search ends: limits as plain values, without any state."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from routeopt.errors import Fault, InputError
from routeopt.guard import is_number, is_whole, shown


@dataclass(frozen=True)
class Budget:
    """Limits of a search, which ends as soon as any of them is reached; None means no such limit.

    Raises
    ------
    InputError
        If a limit is negative or not a number.

    Examples
    --------
    >>> Budget(seconds=10).is_spent(seconds=9.5, iterations=1000)
    False
    >>> Budget(seconds=10, iterations=1000).is_spent(seconds=9.5, iterations=1000)
    True
    """

    seconds: float | None = None
    """Wall time."""
    iterations: int | None = None
    """Iterations; with this limit alone the same seed gives the same plan."""
    no_improvement: int | None = None
    """Iterations in a row without a better plan."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None and not (is_number(value) if limit.name == "seconds" else _is_count(value)):
                code = "RO-421" if limit.name == "seconds" else "RO-422"
                faults.append(Fault(code, f"budget.{limit.name}", got=shown(value)))
                continue
            if value is not None and not value >= 0:
                faults.append(Fault("RO-450", "budget", limit=limit.name, value=value))
        if faults:
            raise InputError(faults)

    def is_spent(self, seconds: float, iterations: int, improved_at: int = 0) -> bool:
        """Whether a limit is reached after ``seconds`` and ``iterations``.

        ``improved_at`` is the iteration that found the best plan so far.
        """
        seconds_left, iterations_left = self.remaining(seconds, iterations, improved_at)
        return seconds_left <= 0 or iterations_left <= 0

    def remaining(self, seconds: float, iterations: int, improved_at: int = 0) -> tuple[float, float]:
        """Seconds and iterations until the next limit; infinite without one."""
        left = [math.inf if limit is None else limit - done for limit, done in (
            (self.iterations, iterations), (self.no_improvement, iterations - improved_at),
        )]  # fmt: skip
        return math.inf if self.seconds is None else self.seconds - seconds, min(left)

    def share(self, seconds: float, iterations: int) -> float | None:
        """Share of the search that is over, in [0, 1]; None if its end cannot be foreseen.

        By the iteration limit alone where there is one, so that the same seed gives the same plan.
        """
        limit, done = (self.seconds, seconds) if self.iterations is None else (self.iterations, iterations)
        if limit is None:
            return None
        return min(1.0, done / limit) if limit > 0 else 1.0


def _is_count(value: object) -> bool:
    """Whether it is a whole number, or as a float one that ends nothing: NaN and infinity have their own rule."""
    return is_whole(value) or (isinstance(value, float) and not math.isfinite(value))
