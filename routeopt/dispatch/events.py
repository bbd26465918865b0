"""What happens during a shift: events, each a record of its own that nothing changes afterwards.

As JSON an event is an object with ``id`` (its sender's; the same id again is the same event), ``kind`` (one of
`EVENTS`), ``happened_at`` and ``entered_at`` (ISO 8601, with an offset from UTC or in the station's own time) and
the fields of its kind. Teams, places and tasks are named as the scenario names them; a place may be a position,
``{"lat": 26.66, "lon": 119.55}`` (with ``crs`` where it is not WGS-84). Other fields are refused: nothing that is
said of a person has a place to be written in.

Nothing is deleted: `Struck` strikes an event out, and stays in the record itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from routeopt.errors import Fault, InputError, MisreadError
from routeopt.problem import Problem
from routeopt.problem.names import Names
from routeopt.problem.spoken import Part, read
from routeopt.scenario.changes import Corner, Near, StreetChange
from routeopt.scenario.parts import Mode

LONGEST_ID = 100
"""Most characters of an id."""
LONGEST_TEXT = 200
"""Most characters of a note or a reason."""


def _known(names: str) -> AfterValidator:
    """A validator that returns a name as the scenario spells it, where a problem says which there are."""

    def validate(name: str, info: ValidationInfo) -> str:
        if info.context is None:
            return name
        known: Names = getattr(info.context, names)
        try:
            return known.names[known.index(name)]
        except MisreadError as error:
            raise PydanticCustomError(error.code, "cannot be read", error.values) from None

    return AfterValidator(validate)


def _place(value: Any, info: ValidationInfo) -> Any:
    """Check that a place is a site's name or a position near one; a name comes back as the scenario spells it."""
    if info.context is None:
        return value
    try:
        site = info.context.find_site(value, FAR_M)
    except MisreadError as error:
        raise PydanticCustomError(error.code, "cannot be read", error.values) from None
    return info.context.site_names[site] if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """Read a time of JSON."""
    if isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, dt.datetime):
        return value
    raise PydanticCustomError("RO-700", "cannot be read", {"value": str(value)[:40]})


FAR_M = 5000.0
"""A position stands for a place within this distance, metres."""
Moment = Annotated[dt.datetime, BeforeValidator(_moment)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
TeamName = Annotated[str, _known("named_teams")]
PlaceName = Annotated[Any, BeforeValidator(_place)]
"""The name of a place, or a position."""
Minutes = Annotated[float, Field(gt=0, le=24 * 60)]


class Event(Part):
    """What all events have."""

    kind: ClassVar[str]

    id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    happened_at: Moment
    entered_at: Moment
    source: Annotated[str, Field(max_length=40)] = ""
    """What it was entered with: a desk, a device, another system; never who."""

    def to_json(self) -> dict[str, Any]:
        """Return the event for `json.dumps`; `read_event` reads it back."""
        own = self.model_dump(mode="json", exclude_defaults=True)
        times = {key: getattr(self, key).isoformat() for key in ("happened_at", "entered_at")}
        return {"id": self.id, "kind": self.kind, **times, **{k: v for k, v in own.items() if k not in times}}


class Position(Event):
    """Where a team is."""

    kind = "position"
    team: TeamName
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    accuracy_m: Annotated[float, Field(ge=0)] = 0.0


class Arrived(Event):
    """A team is at a place."""

    kind = "arrived"
    team: TeamName
    place: PlaceName


class Left(Event):
    """A team leaves a place, and what it was sent to do there is over."""

    kind = "left"
    team: TeamName
    place: PlaceName = None
    """Default: where it is."""


class Sent(Event):
    """A team was sent somewhere by a person."""

    kind = "sent"
    team: TeamName
    place: PlaceName
    minutes: Minutes
    """How long it will be busy from now on, its way included."""
    task: str | None = None
    """The task that it is sent for."""
    recommended: TeamName | None = None
    """The team that stood first in the recommendation, if there was one."""


class OffDuty(Event):
    """A team goes off duty."""

    kind = "off_duty"
    team: TeamName


class OnDuty(Event):
    """A team is on duty again."""

    kind = "on_duty"
    team: TeamName
    place: PlaceName = None
    """Where it is; default: its start."""


class TaskAdded(Event):
    """Something has come up that must or may be done."""

    kind = "task_added"
    task: dict[str, Any]
    """What `routeopt.problem.tasks.Task.of` takes: name, place, service_min, windows, reward, mandatory, teams."""


class TaskDone(Event):
    """A task is done."""

    kind = "task_done"
    task: str
    team: TeamName | None = None


class TaskCancelled(Event):
    """A task is not to be done any more."""

    kind = "task_cancelled"
    task: str
    reason: Text = ""


class PlaceBusy(Event):
    """More people than expected are at a place."""

    kind = "place_busy"
    place: PlaceName
    factor: Annotated[float, Field(gt=0, le=10)] = 2.0
    """How many times as much as was expected."""
    minutes: Minutes = 60.0
    """After which the difference has fallen to 1/e."""


class PlaceClosed(Event):
    """Nobody can stop at a place any more."""

    kind = "place_closed"
    place: PlaceName


class PlaceOpened(Event):
    """A place that was closed can be visited again."""

    kind = "place_opened"
    place: PlaceName


class StreetClosed(Event):
    """Nobody gets through some streets any more: those that are all that is given by names, near and polygon."""

    kind = "street_closed"
    names: Annotated[list[Text], Field(max_length=200)] = Field(default_factory=list)
    """Streets with one of these names."""
    near: Near | None = None
    """Streets whose middle lies in a circle; with a name, a part of that street."""
    polygon: Annotated[list[Corner], Field(min_length=3, max_length=1000)] | None = None
    """Streets whose middle lies in an area, its corners [lat, lon]."""
    modes: Annotated[list[Mode], Field(max_length=4)] = Field(default_factory=list)
    """Modes that do not get through; default: all."""
    minutes: Minutes | None = None
    """How long, where that is known; default: until they are open."""

    @property
    def change(self) -> StreetChange:
        """What a scenario would say of these streets."""
        return StreetChange(names=self.names, near=self.near, polygon=self.polygon, modes=self.modes, closed=True)


class StreetOpened(Event):
    """Streets that were closed are open again."""

    kind = "street_opened"
    of: str
    """The id of the event that closed them."""


class PlanPublished(Event):
    """A person has put another plan in force."""

    kind = "plan_published"
    plan: dict[str, Any]
    """`routeopt.plan.Plan.to_json` of it; it may have the tasks added by then."""


class Note(Event):
    """A remark."""

    kind = "note"
    text: Text


class Struck(Event):
    """An event was entered wrongly: it counts no longer."""

    kind = "struck"
    of: str
    """The event's id."""
    reason: Text = ""


EVENTS: dict[str, type[Event]] = {
    model.kind: model
    for model in (
        Position, Arrived, Left, Sent, OffDuty, OnDuty, TaskAdded, TaskDone, TaskCancelled, PlaceBusy, PlaceClosed,
        PlaceOpened, StreetClosed, StreetOpened, PlanPublished, Note, Struck,
    )
}  # fmt: skip
"""Kind → its event."""


def fields_of(kind: str) -> frozenset[str]:
    """Return the fields that events of a kind may have; none of an unknown kind."""
    model = EVENTS.get(kind)
    return frozenset() if model is None else frozenset({"kind", *model.model_fields})


def read_event(document: Mapping[str, Any], problem: Problem | None = None, where: str = "event") -> Event:
    """Read an event from JSON's objects.

    Parameters
    ----------
    problem
        Looks up teams and places; without it names are taken as they are.

    Raises
    ------
    InputError
        If a field is missing, unknown or of a wrong value, or a name is unknown; lists all faults.
    """
    if not isinstance(document, Mapping):
        raise InputError(Fault("RO-423", where, expected="object", got=type(document).__name__))
    model = EVENTS.get(document["kind"]) if isinstance(document.get("kind"), str) else None
    if model is None:
        raise InputError(
            Fault("RO-701", f"{where}.kind", value=str(document.get("kind"))[:40], known=list(EVENTS))
        )
    return read(model, problem, {key: value for key, value in document.items() if key != "kind"}, where)
