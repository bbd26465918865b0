"""Check that times of day are in order, and inside a shift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from routeopt.errors import Fault, Message
from routeopt.scenario.faults import KeyPath, Say
from routeopt.scenario.model import Scenario
from routeopt.scenario.parts import text_of


def next_day(minutes: int) -> Message | None:
    """Hint at the same time of the next day, where it can be written."""
    return Message("hint-similar", name=text_of(minutes + 1440)) if minutes < 1440 else None


def check_window(
    s: Scenario, fault: Say, place: KeyPath, who: Message, begin: int | None, end: int | None, *, within: bool
) -> Iterator[Fault]:
    """Check that a window ends after it begins and lies within the shift, or at least touches it."""
    first, last = s.shift.start, s.shift.end
    if last <= first:
        return  # the shift itself is the fault
    a, b = first if begin is None else begin, last if end is None else end
    window: dict[str, Any] = {"who": who, "begin": text_of(a), "end": text_of(b)}
    shift = {"first": text_of(first), "last": text_of(last)}
    if b <= a:
        yield fault("RO-145", (*place, "until"), **window, hint=next_day(b) or "")
    elif within and (a < first or b > last):
        yield fault("RO-146", place, **window, **shift)
    elif b <= first or a >= last:
        yield fault("RO-147", place, **window, **shift)
