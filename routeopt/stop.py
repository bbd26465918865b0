"""When a search ends: one-method criteria that combine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


class Stop(Protocol):
    """Asked before every iteration, or before as many as there is `room` for."""

    def done(self, seconds: float, iterations: int, value: float) -> bool:
        """Whether to stop after ``iterations`` iterations and ``seconds`` with best ``value``.

        Told of every better value with the iteration that found it, though perhaps some iterations later.
        """
        ...

    def share(self, seconds: float, iterations: int) -> float | None:
        """How much of the search is over, in [0, 1]; None if that cannot be foreseen."""
        ...

    def room(self, seconds: float, iterations: int) -> tuple[float, float]:
        """Seconds and iterations for which there is no need to ask again; infinite if that is no matter."""
        ...


@dataclass(frozen=True)
class MaxRuntime:
    """Stop after ``seconds`` of wall time."""

    seconds: float

    def done(self, seconds: float, iterations: int, value: float) -> bool:  # noqa: ARG002
        """See `Stop`."""
        return seconds >= self.seconds

    def share(self, seconds: float, iterations: int) -> float | None:  # noqa: ARG002
        """See `Stop`."""
        return min(1.0, seconds / self.seconds) if self.seconds > 0 else 1.0

    def room(self, seconds: float, iterations: int) -> tuple[float, float]:  # noqa: ARG002
        """See `Stop`."""
        return self.seconds - seconds, math.inf


@dataclass(frozen=True)
class MaxIterations:
    """Stop after ``iterations`` iterations; the same seed then gives the same plan."""

    iterations: int

    def done(self, seconds: float, iterations: int, value: float) -> bool:  # noqa: ARG002
        """See `Stop`."""
        return iterations >= self.iterations

    def share(self, seconds: float, iterations: int) -> float | None:  # noqa: ARG002
        """See `Stop`."""
        return min(1.0, iterations / self.iterations) if self.iterations > 0 else 1.0

    def room(self, seconds: float, iterations: int) -> tuple[float, float]:  # noqa: ARG002
        """See `Stop`."""
        return math.inf, self.iterations - iterations


@dataclass
class NoImprovement:
    """Stop after ``iterations`` iterations in a row without a better plan."""

    iterations: int
    _best: float = -math.inf
    _since: int = 0

    def done(self, seconds: float, iterations: int, value: float) -> bool:  # noqa: ARG002
        """See `Stop`."""
        if value > self._best:
            self._best, self._since = value, iterations
        return iterations - self._since >= self.iterations

    def share(self, seconds: float, iterations: int) -> float | None:  # noqa: ARG002
        """See `Stop`."""
        return None

    def room(self, seconds: float, iterations: int) -> tuple[float, float]:  # noqa: ARG002
        """See `Stop`."""
        return math.inf, self.iterations - (iterations - self._since)


@dataclass(frozen=True)
class AnyOf:
    """Stop when any of ``criteria`` says so."""

    criteria: tuple[Stop, ...]

    def done(self, seconds: float, iterations: int, value: float) -> bool:
        """See `Stop`."""
        answers = [c.done(seconds, iterations, value) for c in self.criteria]  # each one has to see it
        return any(answers)

    def share(self, seconds: float, iterations: int) -> float | None:
        """By the iteration limits alone if there are any, so that the same seed gives the same plan."""
        limits = [c for c in self.criteria if isinstance(c, MaxIterations)]
        shares = [c.share(seconds, iterations) for c in limits or self.criteria]
        return max((s for s in shares if s is not None), default=None)

    def room(self, seconds: float, iterations: int) -> tuple[float, float]:
        """The least of all."""
        rooms = [c.room(seconds, iterations) for c in self.criteria]
        return min((r[0] for r in rooms), default=math.inf), min((r[1] for r in rooms), default=math.inf)
