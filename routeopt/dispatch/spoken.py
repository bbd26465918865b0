"""A situation in people's terms, as JSON has it.

Fields: ``format`` "routeopt-situation"; ``version`` 1; ``scenario`` its name; ``date`` of the plan's start or
null; ``now`` a time of day; ``closed`` places. ``teams`` name → ``place`` where it will be free (a name, or a
position as an object with lat and lon, within 5 km of a place), ``free`` from when (default: now), ``on_duty``
(default: true; a team off duty needs no place). ``tasks`` that have come up, each with ``name``, ``place``,
``service_min``, ``windows`` [from, until] (default: the whole plan), ``reward`` (share of the demand, default
0.01), ``mandatory``, ``teams`` that may do it (default: all). Times are HH:MM, with ``+1`` for the day after
where that is needed. Other fields are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from routeopt.errors import Fault
from routeopt.guard import refuse
from routeopt.problem import Problem
from routeopt.problem.spoken import Later, Now, Part, SpokenTask, Stoppable, TeamIndex, Whereabouts, read


class SpokenTeam(Part):
    """A team that is not where the plan has it."""

    place: Whereabouts | None = None
    free: Later | None = None
    on_duty: bool = True


class SpokenSituation(Part):
    """What a command room knows at one moment."""

    parts: ClassVar[Mapping[str, type[Part]]] = {"teams": SpokenTeam, "tasks": SpokenTask}

    now: Now
    teams: Annotated[dict[TeamIndex, SpokenTeam], Field(strict=False)] = Field({})
    closed: Annotated[list[Stoppable], Field(strict=False)] = Field([])
    tasks: Annotated[list[SpokenTask], Field(strict=False)] = Field([])


def read_situation(problem: Problem, document: Mapping[str, Any]) -> SpokenSituation:
    """Read names, positions and times of a situation.

    Raises
    ------
    InputError
        With every fault.
    """
    found = read(SpokenSituation, problem, document, "situation")
    refuse([*_named_twice(problem, document), *_teams(problem, found)])
    return found


def _named_twice(problem: Problem, document: Mapping[str, Any]) -> list[Fault]:
    """Teams that have two entries, under names that differ in case or width."""
    names: dict[int, str] = {}
    faults = []
    for name in document.get("teams", {}):
        team = problem.named_teams.index(name)
        if team in names:
            faults.append(Fault("RO-495", f'situation.teams["{name}"]', name=names[team]))
        names[team] = name
    return faults


def _teams(problem: Problem, found: SpokenSituation) -> list[Fault]:
    """Teams on duty without a place, and those that are free before now."""
    faults = [Fault("RO-498", "situation.now")] if found.now == problem.n_steps else []
    for team, state in found.teams.items():
        where = f'situation.teams["{problem.team_names[team]}"]'
        if state.place is None and state.on_duty:
            faults.append(Fault("RO-112", where, key="place", name="place"))
        if state.free is not None and state.free < found.now:
            free = problem.clock.exact(state.free * problem.clock.step_s)
            faults.append(Fault("RO-496", f"{where}.free", free=free, now=problem.time(found.now)))
    return faults
