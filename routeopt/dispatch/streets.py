"""Streets that close during a shift: which they are, and by whose legs teams move from then on.

They are changes like those of a scenario (`routeopt.problem.build_periods`), which begin when they happened. What
is worked out for the same closures is kept, and is the same in every thread.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.errors import Fault, InputError
from routeopt.problem import Problem
from routeopt.problem.build import Built
from routeopt.problem.build_periods import MovingInTime, in_time
from routeopt.problem.build_profiles import by_mode, stacked
from routeopt.problem.changed_streets import ChangedStreets, nearest_street, segments_of
from routeopt.problem.sizes import Sizes, refuse_problem
from routeopt.scenario.changes import StreetChange
from routeopt.streets.network import MODES

KEPT = 8
"""Sets of closures whose legs are kept."""


class ClosedStreets(NamedTuple):
    """Streets that were closed, and for how long."""

    id: str
    """Of the event that closed them."""
    since_s: int
    until_s: int | None
    """None: until somebody opens them."""
    change: StreetChange

    def holds(self, now_s: int) -> bool:
        """Whether they are closed."""
        return self.since_s <= now_s and (self.until_s is None or now_s < self.until_s)


class LiveStreets:
    """The streets of a night, of which some may close.

    Parameters
    ----------
    built
        The night with its streets.
    """

    def __init__(self, built: Built) -> None:
        self.built = built
        self._kept: OrderedDict[tuple[object, ...], MovingInTime] = OrderedDict()
        self._lock = threading.Lock()

    def segments(self, change: StreetChange) -> NDArray[np.int64]:
        """List the segments of streets that are closed."""
        return segments_of(self.built.network, change)[0]

    def faults(self, change: StreetChange, where: str) -> Iterator[Fault]:
        """Yield why streets cannot be closed: there are none, or all legs would take too much memory."""
        if not (change.names or change.near or change.polygon):
            yield Fault("RO-714", where)
            return
        net = self.built.network
        segments, unknown = segments_of(net, change)
        for n in unknown:
            hint = nearest_street(net, change.names[n])
            yield Fault("RO-715", f"{where}.names[{n}]", street=change.names[n], hint=hint)
        if not len(segments) and not unknown:
            yield Fault("RO-716", where)
        problem = self.built.problem
        sizes = Sizes(
            problem.n_steps, sites=problem.n_sites, points=problem.n_points, profiles=len(self.built.snaps),
            posts=len(self.built.scenario.posts), all_legs=True,
        )  # fmt: skip
        try:
            refuse_problem(sizes, where)
        except InputError as error:
            yield from error.faults

    def moved(self, problem: Problem, closed: Sequence[ClosedStreets]) -> Problem:
        """Return the problem with the legs of a night in which streets close; takes time where they are new.

        Parameters
        ----------
        problem
            The night, with whatever else has changed.
        """
        changes = self._changes(closed, problem.clock)
        if not changes:
            return problem
        moving = self._moving(changes)
        return replace(
            problem, profiles=moving.profiles, periods=moving.periods,
            **stacked(self.built.scenario, moving.reach),
        )  # fmt: skip

    def drawn(self, problem: Problem, closed: Sequence[ClosedStreets]) -> Built:
        """Return what draws a problem of `moved`."""
        changes = self._changes(closed, problem.clock)
        if not changes:
            return replace(self.built, problem=problem)
        every = (*self.built.changes, *changes)
        return replace(self.built, problem=problem, networks=self._moving(changes).networks, changes=every)

    def _changes(self, closed: Sequence[ClosedStreets], clock: Clock) -> list[ChangedStreets]:
        """Return closures in steps; those of which the night sees nothing are left out."""
        found = []
        for one in closed:
            begin = max(0, one.since_s // clock.step_s)
            end = clock.n_steps if one.until_s is None else min(clock.n_steps, -(-one.until_s // clock.step_s))
            segments = self.segments(one.change)
            if begin < end and len(segments):
                modes = tuple(one.change.modes or MODES)
                found.append(ChangedStreets(segments, begin, end, 0.0, modes))
        return found

    def _moving(self, changes: Sequence[ChangedStreets]) -> MovingInTime:
        """Return how teams move under some changes besides the scenario's."""
        key = tuple((one.segments.tobytes(), one.begin, one.end, one.modes) for one in changes)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._worked_out(changes)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _worked_out(self, changes: Sequence[ChangedStreets]) -> MovingInTime:
        built = self.built
        points = built.problem.point_segment.astype(np.int64)
        usual = by_mode(built.scenario, built.network, built.snaps, points, all_legs=True)
        return in_time(built.scenario, built.network, built.snaps, points, usual, [*built.changes, *changes])
