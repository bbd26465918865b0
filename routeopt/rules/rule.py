"""What a rule is, and what is reported where a plan breaks it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from routeopt.errors import Message, Words, english
from routeopt.problem import Problem
from routeopt.timeline import Stay, Timeline

if TYPE_CHECKING:
    from routeopt.rules.limits import Limits


class Violation(Message):
    """A rule that a plan breaks: a code of `routeopt.catalogue.plans` with names and times as values."""

    __slots__ = ("team", "visit")

    def __init__(self, code: str, team: int | None = None, visit: int | None = None, **values: Any) -> None:
        super().__init__(code, **values)
        self.team = team
        """Index of the team; None if the violation concerns no single team."""
        self.visit = visit
        """Number of the team's visit, from 1; None if the violation concerns no single visit."""

    def json(self) -> dict[str, Any]:
        """Code, values and sentence, with the indices of team and visit."""
        return {**super().json(), "team": self.team, "visit": self.visit}

    def _key(self) -> tuple[Any, ...]:
        return (*super()._key(), self.team, self.visit)


class Rule(ABC):
    """One rule of plans: the specification of what is allowed, independent of every solver."""

    codes: tuple[str, ...] = ()
    """Codes of its violations, in `routeopt.catalogue.plans`."""
    of_one_route: bool = True
    """Whether a route can be judged by itself."""

    @abstractmethod
    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """Yield every violation; ``days`` are the timelines of the routes, whose indices exist."""

    def restrict(self, problem: Problem, limits: Limits) -> None:  # noqa: B027
        """Narrow the tables that searches read, so that no plan drawn from them breaks the rule.

        Default: nothing, for rules that hold by the way routes are made.
        """

    def explain(self, violation: Violation, _: Words = english) -> str:
        """Say in the reader's language what is wrong with the plan."""
        return violation.text(_)


def of_team(problem: Problem, code: str, team: int, **values: Any) -> Violation:
    """Return a violation of a whole route."""
    return Violation(code, team, who=problem.team_names[team], **values)


def of_stop(problem: Problem, code: str, team: int, stay: Stay, **values: Any) -> Violation:
    """Return a violation of one stop."""
    return Violation(
        code, team, stay.order + 1, who=problem.team_names[team], stop=stay.order + 1,
        place=problem.site_names[stay.site], time=time_of(problem, stay.start), **values,
    )  # fmt: skip


def time_of(problem: Problem, step: int) -> str:
    """Return the wall time at the beginning of a step, ``HH:MM``."""
    return problem.clock.text(step * problem.clock.step_s)


def minutes_of(problem: Problem, steps: int) -> str:
    """Return the length of ``steps`` in minutes."""
    return f"{round(steps * problem.clock.step_s / 60, 1):g}"
