"""What a visit is: the rows of one table, of which a visit names one.

The first rows are the dwell menu, one row per dwell time, and may be done at any place open for stops; after them
comes a row per task. Three more rows per number of steps, addressed from the end so that adding tasks moves none
of them, are for what no search chooses: a stop of a length that a person set, outside the menu; and what a plan
records, waiting somewhere and being away. Whoever reads a plan asks this table and does not know how many dwells
there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Kind(IntEnum):
    """What sort of activity a row is."""

    DWELL = 0
    """An ordinary stop of the patrol, for one of the dwell times."""
    TASK = 1
    """A one-off visit with windows, a service and a reward."""
    WAIT = 2
    """Waiting for a number of steps, seen and free, which leaves no effect: what became of a stop cut short."""
    AWAY = 3
    """Sent away or off duty for a number of steps: neither seen nor free. No leg leads to it; the team waits where
    it is until then, and is at the visit's site afterwards."""
    STOP = 4
    """A stop of any number of steps, as a person set it: like a dwell, with the effect of the longest dwell of the
    menu that fits in it, but a search leaves it as it is."""

    @property
    def is_record(self) -> bool:
        """Whether it is no stop, and is only there to record what has happened: waiting or being away."""
        return self in (Kind.WAIT, Kind.AWAY)


class Sort(IntEnum):
    """What a task is to people; the solver does not ask."""

    TASK = 0
    """A visit that is done once."""
    BREAK = 1
    """A rest: required, neither seen nor free."""
    POST = 2
    """A fixed presence at a place for a time."""


class Row(NamedTuple):
    """Columns of one activity (see `Activities`)."""

    kind: Kind
    steps: int
    presence: float
    free: bool
    lasting: bool


@dataclass(frozen=True, eq=False)
class Activities:
    """One row per activity: dwells, tasks, stops of n_steps … 1 steps, waiting and being away likewise.

    Example: in a night of 120 steps, −10 is 10 steps away, −130 is 10 steps of waiting, −250 a stop of 10 steps.
    """

    kind: NDArray[np.int8]
    """(n_activities,) a `Kind`."""
    steps: NDArray[np.int32]
    """(n_activities,) length of a visit, steps, at least 1."""
    effect: NDArray[np.float64]
    """(n_activities,) g in [0, 1] of a stay of that length alone."""
    presence: NDArray[np.float64]
    """(n_activities,) how far a team that does it is seen, in [0, 1]."""
    free: NDArray[np.bool_]
    """(n_activities,) whether a team that does it counts for response coverage."""
    reward: NDArray[np.float64]
    """(n_activities,) what doing it once is worth, as a share of the demand."""
    required: NDArray[np.bool_]
    """(n_activities,) whether a plan without it is infeasible."""
    once: NDArray[np.bool_]
    """(n_activities,) whether its crew may do it at most once."""
    crew: NDArray[np.int32]
    """(n_activities,) how many teams it takes, which begin in the same step."""
    group: NDArray[np.int32]
    """(n_activities,) first row of the activities of which one is done, where they are done at most once."""
    site: NDArray[np.int32]
    """(n_activities,) where it is done; −1: at any site open for stops."""
    who: NDArray[np.bool_]
    """(n_activities, n_teams) which team may do it."""
    lasting: NDArray[np.bool_]
    """(n_activities,) whether leaving after it has an effect on the level, by the length of the whole stay."""
    name: tuple[str, ...]
    """(n_activities,) names of the tasks, "" for all others."""
    first_task: int
    """The row of task 0."""
    n_chosen: int
    """Number of rows that a search may choose: dwells and tasks."""

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def rows(self) -> list[Row]:
        """What readers of plans look up for every visit, in Python's types, by activity."""
        kinds = [Kind(kind) for kind in self.kind.tolist()]
        columns = self.steps.tolist(), self.presence.tolist(), self.free.tolist(), self.lasting.tolist()
        return [Row(*row) for row in zip(kinds, *columns, strict=True)]

    @property
    def _n_steps(self) -> int:
        return (len(self) - self.n_chosen) // 3

    def stop(self, steps: int) -> int:
        """The activity of a stop of ``steps`` steps, 1 … n_steps, that no search changes."""
        return -2 * self._n_steps - steps

    def stop_of(self, steps: int) -> int:
        """The activity of a stop of ``steps`` steps, 1 … n_steps: the dwell of the menu if it has one."""
        menu = self.steps[: self.first_task].tolist()
        return menu.index(steps) if steps in menu else self.stop(steps)

    def wait(self, steps: int) -> int:
        """The activity of waiting for ``steps`` steps, 1 … n_steps."""
        return -self._n_steps - steps

    def away(self, steps: int) -> int:
        """The activity of being away for ``steps`` steps, 1 … n_steps."""
        return -steps

    def exists(self, activity: int) -> bool:
        """Whether the table has such a row."""
        return self.n_chosen - len(self) <= activity < self.n_chosen

    def task(self, activity: int) -> int | None:
        """Index of the task that the row is, None where it is not one."""
        return activity - self.first_task if self.kind[activity] == Kind.TASK else None

    def of_task(self, task: int) -> int:
        """The row of a task."""
        return self.first_task + task
