"""What people and programs say of a shift, read into indices and steps: types that look names and times up.

A model made of them is validated with its problem as the context, so that everything wrong with it, of its form as
of its names, comes at once (`read`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from routeopt.errors import Fault, InputError, MisreadError
from routeopt.problem.model import Problem
from routeopt.validation import broken_rule, similar

FAR_M = 5000.0
"""A team is taken to be at the place nearest to its position within this distance, metres."""
PREFIX = "RO-"
Model = TypeVar("Model", bound="Part")


class Part(BaseModel):
    """What all parts share."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


def _problem(info: ValidationInfo) -> Problem:
    """The problem in which names are looked up."""
    assert isinstance(info.context, Problem)
    return info.context


def _looked_up(find: Callable[[Problem, Any], int]) -> BeforeValidator:
    """A validator that finds a value in the problem; what cannot be read is an error of its own code."""

    def validate(value: Any, info: ValidationInfo) -> int:
        try:
            return find(_problem(info), value)
        except MisreadError as error:
            raise PydanticCustomError(error.code, "cannot be read", error.values) from None

    return BeforeValidator(validate)


TeamIndex = Annotated[int, _looked_up(lambda problem, name: problem.named_teams.index(name))]
"""A team by its name."""
Site = Annotated[int, _looked_up(lambda problem, place: problem.find_site(place))]
"""A place by its name, or by a position that is near it."""
Stoppable = Annotated[int, _looked_up(lambda problem, place: problem.find_site(place, stops=True))]
"""A place by its name, or one for stops by a position that is near it."""
Whereabouts = Annotated[int, _looked_up(lambda problem, place: problem.find_site(place, FAR_M))]
"""Where a team is: the place nearest to it."""
Now = Annotated[int, _looked_up(lambda problem, time: problem.find_step(time))]
"""The step in which a time lies."""
Later = Annotated[int, _looked_up(lambda problem, time: problem.find_step(time, up=True, inside=False))]
"""The first step that begins at a time or later; it may lie after the plan if its day is given."""
Opens = Annotated[int, _looked_up(lambda problem, time: problem.find_step(time, up=True))]
"""The first step of a window."""
Closes = Annotated[int, _looked_up(lambda problem, time: min(problem.find_step(time), problem.n_steps - 1))]
"""The last step of a window."""


class SpokenTask(Part):
    """A task as `routeopt.problem.tasks.Task.of` takes it, and as JSON has it."""

    name: str = Field(min_length=1)
    place: Site
    service_min: float = Field(gt=0, le=1e6)
    windows: Annotated[list[Annotated[tuple[Opens, Closes], Field(strict=False)]], Field(strict=False)] = Field([])
    reward: float = Field(0.01, ge=0)
    mandatory: bool = False
    teams: Annotated[list[TeamIndex], Field(strict=False, min_length=1)] | None = None

    @field_validator("windows")
    @classmethod
    def _in_order(cls, windows: list[tuple[int, int]], info: ValidationInfo) -> list[tuple[int, int]]:
        """A window ends where it begins or later."""
        for first, last in windows:
            if first > last:
                begin, end = (_problem(info).time(step) for step in (first, last))
                raise PydanticCustomError("RO-427", "cannot be read", {"first": begin, "last": end})
        return windows


def read(model: type[Model], problem: Problem | None, document: Mapping[str, Any], where: str) -> Model:
    """Validate a document against a problem.

    Parameters
    ----------
    where
        What the document is, for the places of faults: ``situation.teams["Foot 1"].place``.

    Raises
    ------
    InputError
        With every fault.
    """
    try:
        return model.model_validate(dict(document), context=problem)
    except ValidationError as error:
        try:
            raise InputError([_fault(model, where, one) for one in error.errors()]) from None
        except UnicodeEncodeError:  # half of a pair of surrogates, which pydantic cannot repeat
            raise InputError(Fault("RO-499", where)) from None


def _fault(model: type[BaseModel], where: str, error: Any) -> Fault:
    """One of pydantic's errors as a fault with its place."""
    loc = [part for part in error["loc"] if part != "[key]"]
    place = where
    for n, part in enumerate(loc):
        inside = f"[{part}]" if isinstance(part, int) else f'["{part}"]'
        place += f".{part}" if isinstance(part, str) and not (n and loc[n - 1] == "teams") else inside
    key = str(loc[-1]) if loc else where
    if error["type"].startswith(PREFIX):
        return Fault(error["type"], place, **error["ctx"])
    if error["type"] == "extra_forbidden":
        return Fault("RO-111", place, key=key, hint=similar(key, _keys(model, loc[:-1])))
    rule = broken_rule(error, key)
    return Fault(rule.code, place, key=key, **rule.values)


def _keys(model: type[BaseModel], loc: list[str | int]) -> list[str]:
    """The keys that the model has at a place."""
    inner = next((part for part in loc if isinstance(part, str)), None)
    parts: Mapping[Any, type[BaseModel]] = getattr(model, "parts", {})
    return list(parts.get(inner, model).model_fields)
