"""What the parts of a scenario are made of: times of day, positions, lengths, names."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from routeopt.errors import InputError
from routeopt.scenario.faults import of_part

Mode = Literal["foot", "bike", "ebike", "car"]
TIME = re.compile(r"^(\d{1,2}):(\d{2})(?:\+([01]))?$")


def parse_time(value: object) -> int:
    """Convert ``19:00``, ``02:00+1`` or ``26:00`` to minutes after the start day's midnight."""
    match = TIME.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("time_format", 'must be a time of day: "19:00", "02:00+1" or "26:00"')
    hour, minute, days = int(match[1]), int(match[2]), int(match[3] or 0)
    if minute > 59 or hour > (23 if match[3] else 47):
        raise PydanticCustomError("time_range", "must have hours to 23 (47 for the next day), minutes to 59")
    return (days * 24 + hour) * 60 + minute


def text_of(minutes: int) -> str:
    """Format minutes after midnight as planners write them."""
    return f"{minutes % 1440 // 60:02d}:{minutes % 60:02d}" + ("+1" if minutes >= 1440 else "")


ClockTime = Annotated[
    int,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}(\+[01])?$", "examples": ["19:00", "02:00+1"]}),
]
Latitude = Annotated[float, Field(ge=-90, le=90, description="degrees north, WGS-84")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="degrees east, WGS-84")]
Share = Annotated[float, Field(ge=0, le=1)]


def _metres(value: float) -> float:
    if 0 < value < LEAST_M:
        raise PydanticCustomError("metres", "must be metres, not kilometres")
    return value


LEAST_M = 5.0
"""Shorter lengths along streets, other than 0, are taken for kilometres."""
Metres = Annotated[float, AfterValidator(_metres)]
"""A length, metres, that nobody means to be a step or two."""
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A mapping of a scenario: strict, without unknown keys.

    Raises
    ------
    InputError
        If a part that is made in Python breaks a rule of the format; with every fault at once. ``model_validate``
        raises pydantic's own error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True, populate_by_name=True)

    def __init__(self, /, **data: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError as error:
            raise InputError(of_part(type(self), error)) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # `model_validate` does without it
