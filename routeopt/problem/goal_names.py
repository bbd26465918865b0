"""What a goal asks for, told by the goal itself: its minutes, community and hours, and the name of one without."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from routeopt.errors import Message
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.model import Problem

CODES: dict[str | None, tuple[str, str]] = {
    Measure.SHARE: ("goal-seen", "goal-seen-zone"),
    Measure.FAIR: ("goal-fair", "goal-fair-zone"),
    Measure.UNSEEN: ("goal-unseen", "goal-unseen-zone"),
    Measure.PRESENCE: ("goal-presence", "goal-presence-zone"),
    Measure.TIME: ("goal-time", "goal-time-zone"),
}
"""Measure → code of what is asked for, of all demand and of a zone's."""


class Scope(NamedTuple):
    """What a floor is on; None where it is on all."""

    within_min: float | None
    """Minutes within which the demand is reached; None: it is seen, or still held off."""
    zone: str | None
    """Community whose demand counts."""
    begin: str | None
    """Since when it counts, HH:MM."""
    end: str | None
    responders: int | None = 1
    """How many teams must reach it; None in files of before there was a choice, likewise ``measure``."""
    measure: str | None = Measure.SHARE
    street: str | None = None
    """Street whose demand counts."""
    span_min: float | None = None
    """Of measures of presence, how long that is of which presence is a share, minutes; None of others."""

    def message(self) -> Message:
        """What is asked for, such as "reached within 3 min, 21:00–22:00"."""
        codes = CODES.get(self.measure, CODES[Measure.SHARE])
        where = self.zone or self.street
        values: dict[str, Any] = {"zone": where} if where else {}
        if self.measure == Measure.PRESENCE:
            values["teams"] = self.responders
        if self.within_min is not None:
            one = self.responders in (None, 1)
            codes = ("goal-reached", "goal-reached-zone") if one else ("goal-second", "goal-second-zone")
            values["minutes"] = f"{self.within_min:g}"
        what = Message(codes[1] if where else codes[0], **values)
        return what if self.begin is None else Message("goal-hours", what=what, begin=self.begin, end=self.end)

    def title(self, name: str) -> Message | str:
        """Return the name that a goal was given; the message, where its name is just that in English."""
        told = self.message()
        return told if str(told) == name else name


def scope(problem: Problem, goal: Goal) -> Scope:
    """Tell what a goal is a floor on; without community where its points are not those of one."""
    zone = street = None
    if len(goal.points):
        one = int(goal.points.argmax())  # tells which zones it may be
        near = (z for z in problem.zones if z.layer.point[one] == z.number)
        zone = next((z.title for z in near if np.array_equal(z.points, goal.points)), None)
        if zone is None and problem.point_names[one]:
            same = np.array([name == problem.point_names[one] for name in problem.point_names])
            street = problem.point_names[one] if np.array_equal(same, goal.points) else None
    if goal.is_on_presence:
        n_steps = len(range(*goal.span(problem.n_steps).indices(problem.n_steps)))
        span = n_steps * problem.clock.step_s / 60
    else:
        span = None
    within = None if goal.radius is None else problem.handling_min[goal.radius]
    if goal.steps is None:
        return Scope(within, zone, None, None, goal.responders, goal.measure, street, span)
    first, last = (problem.clock.text(step * problem.clock.step_s) for step in (goal.steps[0], goal.steps[1] + 1))
    return Scope(within, zone, first, last, goal.responders, goal.measure, street, span)
