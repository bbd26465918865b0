"""What a visit is: the rows of one table, of which a visit names one.

The first rows are the dwell menu, one row per dwell time, and may be done at any place open for stops; after them
comes a row per task. Whoever reads a plan asks this table and does not know how many dwells there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Kind(IntEnum):
    """What sort of activity a row is."""

    DWELL = 0
    """An ordinary stop of the patrol, for one of the dwell times."""
    TASK = 1
    """A one-off visit with windows, a service and a reward."""


@dataclass(frozen=True, eq=False)
class Activities:
    """One row per activity; n_activities rows."""

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
    """(n_activities,) whether it may be done at most once."""
    crew: NDArray[np.int32]
    """(n_activities,) how many teams it takes at the same time."""
    site: NDArray[np.int32]
    """(n_activities,) where it is done; −1: at any site open for stops."""
    who: NDArray[np.bool_]
    """(n_activities, n_teams) which team may do it."""
    name: tuple[str, ...]
    """(n_activities,) "" for dwells."""
    first_task: int
    """The row of task 0."""

    def __len__(self) -> int:
        return len(self.steps)

    def task(self, activity: int) -> int | None:
        """Index of the task that the row is, None where it is not one."""
        return activity - self.first_task if self.kind[activity] == Kind.TASK else None

    def of_task(self, task: int) -> int:
        """The row of a task."""
        return self.first_task + task
