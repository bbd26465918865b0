"""Goals and how far a plan reaches them, as files hold them and as people are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from routeopt.errors import Message, Words, shown
from routeopt.evaluation import Figures
from routeopt.problem import Problem
from routeopt.problem.goal_names import Scope, scope
from routeopt.problem.goals import Measure

ADVICE = Message("goal-advice")
"""What helps where a floor is missed."""
MOST_DIGITS = 6
"""Decimals of a percentage that are shown at most."""
LEAST_PRICE = 0.01
"""Smaller prices are told as less than this."""
SCOPE = {
    "within_min": "within_min", "zone": "zone", "from": "begin", "until": "end", "responders": "responders",
    "measure": "measure", "street": "street", "span_min": "span_min",
}  # fmt: skip
"""Key of a goal in files → field of its `Scope`."""

KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,), "reached": (int, float), "within_min": (int, float, type(None)),
    "zone": (str, type(None)), "from": (str, type(None)), "until": (str, type(None)),
}  # fmt: skip
"""Key of a goal in files → types of its value."""
LATER: dict[str, tuple[type, ...]] = {
    "rate": (int, float),
    "responders": (int,),
    "measure": (str,),
    "street": (str, type(None)),
    "span_min": (int, float, type(None)),
}
"""Likewise of keys that older files do not have."""


def goals_json(problem: Problem, figures: Figures, prices: Sequence[float] = ()) -> list[dict[str, Any]]:
    """List the goals: what is asked, what is reached, and the price, null where it is not known.

    ``rate`` times the price is what one percentage point more costs in points of visibility.
    """
    return [
        {
            "name": goal.name, "at_least": figure.at_least, "reached": figure.reached, "holds": figure.holds,
            "price": price, "rate": figure.rate,
            **{key: getattr(what, name) for key, name in SCOPE.items()},
        }
        for goal, figure, price in zip_longest(problem.goals, figures.goals, prices)
        for what in (scope(problem, goal),)
    ]  # fmt: skip


def unmet(goals: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the names of the floors that a plan misses."""
    return [goal["name"] for goal in goals if not goal["holds"]]


def title(goal: Mapping[str, Any]) -> Message | str:
    """Name a goal of `goals_json`; one that the planner gave no name by what it asks for."""
    return Scope(**{name: goal.get(key) for key, name in SCOPE.items()}).title(goal["name"])


def read_goals(figures: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the sound goals of the figures of a file."""
    listed = figures.get("goals")
    return [goal for goal in (listed if isinstance(listed, list) else []) if _is_sound(goal)]


def _is_sound(goal: object) -> bool:
    if not isinstance(goal, Mapping):
        return False
    kinds = KINDS | {key: types for key, types in LATER.items() if key in goal}
    return all(isinstance(goal.get(key), types) for key, types in kinds.items())


def titles(documents: Iterable[Mapping[str, Any]], _: Words) -> dict[str, str]:
    """Name → title in the reader's language, of the goals of several plans' figures."""
    return {goal["name"]: str(shown(title(goal), _)) for one in documents for goal in read_goals(one)}


def amounts(goal: Mapping[str, Any]) -> tuple[Message | str, Message | str]:
    """Tell what a goal asks for and what is reached: shares, or minutes of presence."""
    span = goal.get("span_min")
    if _is_presence(goal):
        return Message("goal-always"), Message("goal-missing", minutes=_missing(goal))
    if span is None:
        return f"{goal['at_least']:.1%}", f"{goal['reached']:.1%}"
    most, found = (f"{(1 - goal[key]) * span:.0f}" for key in ("at_least", "reached"))
    return Message("goal-most-minutes", minutes=most), Message("goal-minutes", minutes=found)


def missed(goals: Iterable[Mapping[str, Any]]) -> list[Message]:
    """Tell which floors a plan misses; `ADVICE` says what helps."""
    return [_missed(goal) for goal in goals if not goal["holds"]]


def _missed(goal: Mapping[str, Any]) -> Message:
    """Tell by how much a plan misses a floor."""
    if _is_presence(goal):
        most = f"{_team_minutes(goal):.0f}"
        return Message("goal-too-few", name=title(goal), minutes=_missing(goal), most=most)
    if goal.get("span_min") is not None:
        reached, most = _minutes(goal, "reached"), _minutes(goal, "at_least")
        return Message("goal-over", name=title(goal), reached=reached, most=most)
    reached, floor = (f"{goal[key]:.{_digits(goal)}%}" for key in ("reached", "at_least"))
    return Message("goal-missed", name=title(goal), reached=reached, floor=floor, points=_points(goal))


def _is_presence(goal: Mapping[str, Any]) -> bool:
    """Whether it asks for teams that are present."""
    return goal.get("measure") == Measure.PRESENCE and goal.get("span_min") is not None


def _team_minutes(goal: Mapping[str, Any]) -> float:
    """Minutes of all the teams that must be present."""
    return float((goal.get("responders") or 1) * goal["span_min"])


def _missing(goal: Mapping[str, Any]) -> str:
    """Minutes in which one of them is missing."""
    return f"{(1 - goal['reached']) * _team_minutes(goal):.{0 if goal['holds'] else 1}f}"


def _minutes(goal: Mapping[str, Any], key: str) -> str:
    """Minutes of presence, as many digits as tell a cap that is missed from what is reached."""
    return f"{(1 - goal[key]) * goal['span_min']:.{0 if goal['holds'] else 1}f}"


def standing(goal: Mapping[str, Any]) -> Message:
    """Tell whether the floor of a goal is held or missed, and by how much."""
    if _is_presence(goal):
        return Message("goal-kept" if goal["holds"] else "goal-missing", minutes=_missing(goal))
    if goal.get("span_min") is not None:
        minutes = f"{abs(goal['reached'] - goal['at_least']) * goal['span_min']:.0f}"
        return Message("goal-under" if goal["holds"] else "goal-longer", minutes=minutes)
    return Message("goal-held" if goal["holds"] else "goal-short", points=_points(goal))


def price(goal: Mapping[str, Any]) -> Message | str:
    """Tell what one percentage point more of a goal would cost; "" where that is not known."""
    if goal["price"] is None or not goal["holds"] or _is_presence(goal):
        return ""
    cost = goal["price"] * goal.get("rate", 1.0)
    if cost == 0:
        return Message("goal-price-nothing")
    if goal.get("span_min") is not None:
        return Message("goal-price-minute", points=f"{100 * cost / goal['span_min']:.2g}")
    if cost < LEAST_PRICE:
        return Message("goal-price-little", points=f"{LEAST_PRICE:g}")
    return Message("goal-price", points=f"{cost:.2f}")


def goal_rows(goals: Iterable[Mapping[str, Any]], _: Words) -> Iterator[tuple[Mapping[str, Any], str, str, str]]:
    """Yield each goal with its title, how it stands, and what more of it costs, in the reader's language."""
    for goal in goals:
        name, stands, costs = (str(shown(text, _)) for text in (title(goal), standing(goal), price(goal)))
        yield goal, name, stands, costs


def _points(goal: Mapping[str, Any]) -> str:
    """How many percentage points a plan is above or below the floor."""
    return f"{100 * abs(goal['reached'] - goal['at_least']):.{_digits(goal)}f}"


def _digits(goal: Mapping[str, Any]) -> int:
    """How many decimals tell a floor that is missed from what is reached: one, if that suffices."""
    off = 100 * abs(goal["reached"] - goal["at_least"])
    return 1 if goal["holds"] else next((n for n in range(1, MOST_DIGITS) if round(off, n) > 0), MOST_DIGITS)
