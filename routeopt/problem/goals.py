"""Goals: floors on what is seen, left unseen, or reached in time, caps on presence, teams that must be present.

A goal has a price, what reaching one more of its share is worth in visibility. Searches add that to the value of a
plan, and raise the price until the floor holds (`routeopt.search.floors`); ``evaluate`` never does. That enough
teams are present is a rule, which ``check`` knows, unless its price is fixed: a plan may then miss it at that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault
from routeopt.guard import is_whole, kind, number, refuse, whole
from routeopt.problem.checked import MOST_STEPS, Checked, put_in

MOST_PRICE = 20.0
"""Greatest price; a floor that does not hold at a far smaller one cannot be reached."""


MOST_RESPONDERS = 9
"""Teams that can be asked to reach the same demand, at most."""


class Measure(StrEnum):
    """What a goal is a floor on."""

    SHARE = "share"
    """The share of the demand that is seen, or reached in time."""
    UNSEEN = "unseen"
    """The share of the demand that is not seen: a floor on it is a cap on what is seen."""
    TIME = "time"
    """The share of its time with no free team with powers at its sites: a floor on it is a cap on presence."""
    PRESENCE = "presence"
    """The share of the free teams with powers asked for that are at its sites, over its time."""
    FAIR = "fair"
    """The share of the demand that is seen, over that of the whole town in the same steps: a ratio."""


@dataclass(frozen=True, eq=False)
class Goal:
    """A floor on a share of the demand.

    Raises
    ------
    InputError
        With every fault.
    """

    name: str
    at_least: float
    """The share of the demand, in (0, 1]."""
    radius: int | None = None
    """What must happen to it: index into ``handling_min`` of the time within which a free team with powers reaches
    it; None: that it is seen, or still held off by an earlier presence."""
    points: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    """(n_points,) demand points that count; all of them where it is empty."""
    steps: tuple[int, int] | None = None
    """First and last step that count, both inclusive; None for all."""
    price: float = 0.0
    """Value of reaching the whole share, as a share of the night's demand; searches start from it. Of
    `Measure.FAIR`, that of a share seen beyond ``at_least`` times the town's."""
    responders: int = 1
    """How many teams must reach it within ``radius``; of `Measure.PRESENCE`, be at its sites at any time."""
    measure: Measure = Measure.SHARE
    sites: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    """(n_sites,) of `Measure.TIME` and `Measure.PRESENCE`, where presence counts; on a leg, that at the site
    nearer in time. ``points`` then only say which zone or street it is. Empty otherwise."""
    fixed_price: bool = False
    """Whether ``price`` stays as it is, and the plan may miss the goal at that; of `Measure.PRESENCE` alone."""

    def __post_init__(self) -> None:
        on = Checked("goal", self)
        on.faults += kind("goal.name", self.name, str)
        on.faults += number("goal.at_least", self.at_least, None, 1, above=0)
        on.faults += number("goal.price", self.price, 0, MOST_PRICE)
        on.put("points", "?", (None,))
        on.put("sites", "?", (None,))
        if self.radius is not None:
            on.faults += whole("goal.radius", self.radius, 0)
        on.faults += whole("goal.responders", self.responders, 1, MOST_RESPONDERS)
        if self.measure not in set(Measure) or (self.radius is not None and self.measure != Measure.SHARE):
            on.fault("RO-478", "measure", known=list(Measure), got=str(self.measure))
        if (self.measure in (Measure.TIME, Measure.PRESENCE)) != bool(np.size(self.sites)):
            on.fault("RO-661", "sites")
        on.faults += kind("goal.fixed_price", self.fixed_price, bool)
        if self.measure == Measure.PRESENCE and self.at_least != 1:
            on.fault("RO-447", "at_least", got=self.at_least)
        if self.fixed_price is True and self.measure != Measure.PRESENCE:
            on.fault("RO-448", "fixed_price")
        on.faults += kind("goal.steps", self.steps, tuple, optional=True)
        if isinstance(self.steps, tuple):
            on.faults += self._step_faults(self.steps)
        refuse(on.faults)
        put_in(self, "measure", Measure(self.measure))
        for name in ("at_least", "price"):
            put_in(self, name, float(getattr(self, name)))

    @staticmethod
    def _step_faults(steps: tuple[int, ...]) -> list[Fault]:
        if len(steps) != 2 or not all(is_whole(step) for step in steps):
            return whole("goal.steps", steps)
        return whole("goal.steps[0]", steps[0], 0, steps[1]) + whole("goal.steps[1]", steps[1], 0, MOST_STEPS)

    @property
    def is_on_presence(self) -> bool:
        """Whether it is on where teams are, not on demand."""
        return self.measure in (Measure.TIME, Measure.PRESENCE)

    @property
    def is_rule(self) -> bool:
        """Whether a plan that misses it is no plan."""
        return self.measure == Measure.PRESENCE and not self.fixed_price

    def span(self, n_steps: int) -> slice:
        """Return the steps that count, of a plan of ``n_steps``."""
        first, last = self.steps or (0, n_steps - 1)
        return slice(first, last + 1)

    def of_town(self) -> Goal:
        """Return the same share of all demand in its steps."""
        return replace(self, points=np.empty(0, dtype=np.bool_), measure=Measure.SHARE)

    def reached(self, demand: NDArray[np.float64], seen: NDArray[Any]) -> float:
        """Return how much is reached, where ``seen`` says how far each point is seen or reached in each step."""
        own = self.demand(demand)
        share = float((own * seen).sum() / own.sum())
        if self.measure == Measure.UNSEEN:
            return 1.0 - share
        if self.measure == Measure.FAIR:
            town = self.of_town().reached(demand, seen)
            return share / town if town > 0 else 1.0
        return share

    def demand(self, demand: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the demand that counts, (n_points, n_steps), 0 elsewhere."""
        found, span = np.zeros(demand.shape), self.span(demand.shape[1])
        points = self.points if len(self.points) else slice(None)
        found[points, span] = demand[points, span]
        return found
