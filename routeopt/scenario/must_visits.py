"""Places that must be visited and tasks that fall due, as planners write them; and how each stands on one night.

A night is named by the date on which its shift starts. Due dates are the last night on which a visit is in time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import Field

from routeopt.errors import Message
from routeopt.scenario.duties import WEEKDAYS, Date, Weekday
from routeopt.scenario.parts import Name, Part, Share

MOST_DAYS = 366
"""Longest interval between visits, days."""
MOST_REWARD = 1.0
"""A reward rises no further, as a share of the night's demand."""


class MustVisit(Part):
    """Places that are visited at least once in a number of nights, or never left alone for long tonight."""

    places: list[Name] = Field(default_factory=list, max_length=5000, description="names of places of ``sites``")
    zone: Name | None = Field(None, description="community: all places of ``sites`` that lie in it")
    file: str | None = Field(
        None, description="CSV with a column ``name`` (or 名称): names of places of ``sites``"
    )
    every_nights: int | None = Field(
        None, ge=1, le=MOST_DAYS, description="each of them is visited at least once in this number of nights"
    )
    max_gap_min: float | None = Field(
        None, gt=0, le=1440, description="longest time tonight without any team at one of them, minutes"
    )
    least_min: float | None = Field(
        None, gt=0, le=1440, description="shortest stay that counts, minutes; default: the shortest dwell"
    )
    reward: Share = Field(
        0.001,
        description="what a visit is worth on the last night but for which it would be late, as a share of the "
        "night's demand; less before, more after",
    )


class Carried(Part):
    """How one task, or one place that must be visited, stands after a night."""

    name: Name
    last: Date | None = Field(None, description="night on which it was last done")
    due: Date | None = Field(None, description="last night on which it is in time")
    carried: int = Field(0, ge=0, le=100_000, description="nights on which it was open and not done")
    code: str = Field("", description="why it was not done last night, for machines")
    why: str = Field("", description="the same, for people")


class CarryOver(Part):
    """What earlier nights left, and when what was done was done last."""

    format: Literal["routeopt-carry-over"] = "routeopt-carry-over"
    version: Literal[1] = 1
    scenario: str = Field("", description="name of the scenario")
    night: Date | None = Field(None, description="the last night that it knows of")
    tasks: list[Carried] = Field(default_factory=list, max_length=100_000)
    places: list[Carried] = Field(default_factory=list, max_length=100_000)
    tonight: list[Name] = Field(
        default_factory=list, description="places that are to be visited on the next night"
    )
    before: CarryOver | None = Field(None, description="how things stood before that night")

    def of_tasks(self) -> dict[str, Carried]:
        """Return the entries of tasks by name."""
        return {one.name: one for one in self.tasks}

    def of_places(self) -> dict[str, Carried]:
        """Return the entries of places by name."""
        return {one.name: one for one in self.places}


class Dated(Protocol):
    """What a task says of the nights on which it is done."""

    @property
    def since(self) -> dt.date | None:
        """First night."""

    @property
    def due(self) -> dt.date | None:
        """Last night on which it is in time."""

    @property
    def every_days(self) -> int | None:
        """Days between two times; None for once."""

    @property
    def weekdays(self) -> list[Weekday]:
        """Nights on which it may be done; none for all."""


@dataclass(frozen=True)
class Interval:
    """A visit that comes back, such as to a place that must be visited regularly."""

    every_days: int
    since: dt.date | None = None
    due: dt.date | None = None
    weekdays: list[Weekday] = field(default_factory=list)


@dataclass(frozen=True)
class Standing:
    """How a visit that is open on a night stands then."""

    due: dt.date | None
    """Last night on which it is in time; None without one."""
    left: int | None
    """Days until then; negative if it is late; None without a due date."""
    factor: float
    """By how much its reward is multiplied."""
    last: bool
    """Whether no later night is in time, and this one is."""
    carried: int
    """Nights on which it was open before, and not done."""

    def message(self) -> Message | None:
        """What the report says of it; None if there is nothing to say."""
        if self.due is None:
            return Message("due-carried", nights=self.carried) if self.carried else None
        if self.left is not None and self.left < 0:
            return Message("due-late", due=self.due.isoformat(), days=-self.left)
        if self.carried:
            return Message("due-and-carried", due=self.due.isoformat(), nights=self.carried)
        return Message("due-by", due=self.due.isoformat())


def has_dates(task: Dated) -> bool:
    """Whether a task depends on which night it is."""
    return bool(task.due or task.since or task.every_days or task.weekdays)


def is_once(task: Dated) -> bool:
    """Whether a task is over when it is done; without dates it belongs to every night of its scenario."""
    return task.every_days is None and bool(task.due or task.since)


def falls_on(task: Dated, night: dt.date) -> bool:
    """Whether the night's weekday is one of the task's."""
    return not task.weekdays or WEEKDAYS[night.weekday()] in task.weekdays


def due_of(task: Dated, entry: Carried | None, night: dt.date | None) -> dt.date | None:
    """Return the last night on which the next visit is in time; None if it may be done at any time."""
    if task.every_days is None or night is None:
        return task.due
    if entry is not None and entry.last is not None:
        return entry.last + dt.timedelta(days=task.every_days)
    if entry is not None and entry.due is not None:
        return entry.due
    return task.due or max(night, task.since or night) + dt.timedelta(days=task.every_days - 1)


def standing(task: Dated, entry: Carried | None, night: dt.date | None) -> Standing | None:
    """Tell how a task stands on a night; None if it is not open then: done, too early, or on another weekday.

    Its reward rises: by the share of its interval that is over, and by one for each night that it is late or was
    carried over. A task without dates is open every night.
    """
    carried = 0 if entry is None else entry.carried
    if night is None or not has_dates(task):
        return Standing(None, None, 1.0 + carried, False, carried)
    last = None if entry is None else entry.last
    if (last is not None and (is_once(task) or last >= night)) or not falls_on(task, night):
        return None
    if task.since is not None and night < task.since:
        return None
    due = due_of(task, entry, night)
    if due is None:
        return Standing(None, None, 1.0 + carried, False, carried)
    left = (due - night).days
    factor = 1.0 + max(-left, carried)
    if task.every_days is not None and left >= 0:
        factor = max(1, task.every_days - left) / task.every_days + carried
    later = (night + dt.timedelta(days=n) for n in range(1, min(left, 7) + 1))
    return Standing(due, left, factor, left >= 0 and not any(falls_on(task, one) for one in later), carried)


def raised(reward: float, factor: float) -> float:
    """Return a reward that has risen."""
    return min(MOST_REWARD, reward * factor)


def nights_of(start: dt.date, nights: int) -> Sequence[dt.date]:
    """List the dates of a number of nights."""
    return [start + dt.timedelta(days=n) for n in range(nights)]
