"""Plans and the results of strategies: visits, routes, plans, changes, results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from routeopt import document as documents
from routeopt.errors import Fault, InputError, Message
from routeopt.guard import is_number, is_whole, kind, number, refuse, whole
from routeopt.problem.model import Problem


class Visit(NamedTuple):
    """One activity of a team at a site, in the steps ``start ≤ t < start + length of the activity``."""

    site: int
    """Site index: row of the travel matrix."""
    start: int
    """First step of the visit; the team may arrive earlier and wait."""
    activity: int
    """Row of `Problem.activities`: a dwell time of the menu, or a task; negative ones are stops of another
    length (`Activities.stop`), wait or are away. Searches write a stay longer than the longest dwell as a wait
    followed by a visit."""
    fixed: bool = False
    """Whether a search must leave it as it is: an anchor. Searches solve the gaps between anchors."""


@dataclass(frozen=True)
class Route:
    """The visits of one team's shift, in time order. The team waits at the next visit's site, never on the way."""

    team: int
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One route per team, in the order of the teams."""

    routes: tuple[Route, ...]

    def table(self, problem: Problem) -> list[Line]:
        """List the visits in people's terms, by team and time.

        Raises
        ------
        InputError
            If the plan is not one of this problem.
        """
        return [
            _line(problem, route.team, visit) for route in indexed(problem, self).routes for visit in route.visits
        ]

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return the plan by names and clock times, for `json.dumps` (see `routeopt.document`).

        Raises
        ------
        InputError
            If the plan is not one of this problem.
        """
        routes = [
            {
                "team": problem.team_names[route.team],
                "visits": [documents.visit_json(problem, visit) for visit in route.visits],
            }
            for route in indexed(problem, self).routes
        ]
        return {**documents.head(problem), "routes": routes}

    @classmethod
    def from_json(cls, problem: Problem, document: Mapping[str, Any]) -> Plan:
        """Read a plan from what `to_json` returns, or from visits by names and clock times alone.

        Raises
        ------
        InputError
            If it is not a plan of this problem; lists all faults, each with its place, such as
            ``document.routes[0].visits[2].site``.
        """
        refuse(kind("problem", problem, Problem) + kind("document", document, Mapping))
        version = document.get("format"), document.get("version")
        if version != (documents.FORMAT, documents.VERSION):
            raise InputError(
                Fault("RO-511", "document", expected=documents.FORMAT, version=documents.VERSION, got=version)
            )
        return from_document(problem, document)


class Line(NamedTuple):
    """A line of a plan's table: one visit in people's terms."""

    team: str
    place: str
    street: str
    """Street of the place; "" where it is not known."""
    begin: str
    """Time of day: 21:40."""
    end: str
    minutes: float
    activity: str
    """``stop``, ``wait``, ``away``, or the name of the task."""


class Change(NamedTuple):
    """A visit added to, or dropped from, the plan in force."""

    team: int
    what: str
    """``added`` or ``dropped``."""
    visit: Visit
    why: Message

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return the change by names and clock times, for `json.dumps`.

        Parameters
        ----------
        problem
            With the tasks that the re-planned plan has: ``with_tasks(problem, situation.tasks_added)``.

        Raises
        ------
        InputError
            If the team or the visit is not one of this problem.
        """
        faults = kind("change.why", self.why, Message)
        if self.what not in documents.CHANGES:
            faults += documents.unknown_change("change.what", self.what)
        refuse(faults)
        route = indexed(problem, Plan((Route(self.team, (self.visit,)),)), "change").routes[0]
        return {
            "team": problem.team_names[route.team], "what": self.what,
            "visit": documents.spoken(problem, route.visits[0]), "why": self.why.json(),
        }  # fmt: skip

    @classmethod
    def from_json(cls, problem: Problem, document: Mapping[str, Any]) -> Change:
        """Read a change from what `to_json` returns.

        Raises
        ------
        InputError
            If it is not a change of this problem; lists all faults.
        """
        refuse(kind("problem", problem, Problem) + kind("document", document, Mapping))
        reader = documents.Reader(problem, document)
        team, what, row, why = reader.change()
        refuse(reader.faults)
        return cls(team, what, Visit(*row), why)


@dataclass(frozen=True)
class Result:
    """The plan that a strategy found, and how it was found."""

    plan: Plan
    value: float
    """Objective of the plan: visibility and rewards of tasks. Equals the value that ``evaluate`` returns."""
    strategy: str
    seed: int
    runtime_s: float
    iterations: int
    bound: float | None = None
    """Upper bound on the value of any plan; None if the strategy does not prove one."""
    history: tuple[tuple[float, float], ...] = field(default=())
    """(seconds, value) at each improvement."""
    interrupted: bool = False
    """Whether the search ended early by Ctrl-C."""
    prices: tuple[float, ...] = ()
    """Price of each goal under which the plan was found: what all of its share is worth in visibility."""
    changes: tuple[Change, ...] = ()
    """Changes to the plan in force, if a shift in progress was re-planned."""

    def timeless(self) -> Result:
        """Return the result without the time that it took: what the same inputs give again."""
        return replace(self, runtime_s=0.0, history=())

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return the plan and how it was found, for `json.dumps`; `Plan.from_json` reads the plan from it.

        Raises
        ------
        InputError
            If a value is of a wrong type, or the plan is not one of this problem.
        """
        refuse(_result_faults(self))
        document = self.plan.to_json(problem)
        routes = document.pop("routes")
        return document | {
            "strategy": self.strategy, "seed": int(self.seed), "iterations": int(self.iterations),
            "runtime_s": round(float(self.runtime_s), 3), "value": round(float(self.value), 9),
            "bound": None if self.bound is None else float(self.bound), "routes": routes,
            **({"changes": [change.to_json(problem) for change in self.changes]} if self.changes else {}),
            "trace": [[round(float(seconds), 3), float(value)] for seconds, value in self.history],
        }  # fmt: skip


def _result_faults(result: Result) -> list[Fault]:
    """Values of a result that are of a wrong type."""
    faults = kind("result.plan", result.plan, Plan) + kind("result.strategy", result.strategy, str)
    faults += whole("result.seed", result.seed, 0) + whole("result.iterations", result.iterations, 0)
    faults += number("result.value", result.value) + number("result.runtime_s", result.runtime_s)
    faults += [] if result.bound is None else number("result.bound", result.bound)
    for key in ("changes", "history", "prices"):
        faults += kind(f"result.{key}", getattr(result, key), tuple)
    if not faults:
        faults += [fault for price in result.prices for fault in number("result.prices", price)]
        for change in result.changes:
            faults += kind("result.changes", change, Change)
        for pair in result.history:
            sound = isinstance(pair, Sequence) and len(pair) == 2 and all(map(is_number, pair))
            faults += [] if sound else kind("result.history", pair, tuple) or number("result.history", None)
    return faults


def _line(problem: Problem, team: int, visit: Visit) -> Line:
    """A visit as a line of a plan's table; its street is that of the point which is seen best from its place."""
    said = documents.spoken(problem, visit)
    points, rho = problem.movement(team).seen(visit.site)
    street = problem.point_names[int(points[rho.argmax()])] if len(points) else ""
    what = said.get("task") or said.get("kind", "stop")
    return Line(problem.team_names[team], said["site"], street, said["start"], said["end"], said["minutes"], what)


def from_document(problem: Problem, document: Mapping[str, Any], source: str = "") -> Plan:
    """Read a plan from a JSON object, whose format and version are known.

    Parameters
    ----------
    source
        The file that it is from, for the places of faults; "" for none.

    Raises
    ------
    InputError
        If it is not a plan of this problem; lists all faults.
    """
    reader = documents.Reader(problem, document, source)
    routes = {team: Route(team, tuple(Visit(*row) for row in rows)) for team, rows in reader.routes()}
    refuse(reader.faults)
    return Plan(tuple(routes[team] for team in range(problem.n_teams)))


def in_ints(plan: Plan, name: str = "plan") -> Plan:
    """Convert numpy's integers in a plan to Python's, which do not overflow; other values stay.

    Raises
    ------
    InputError
        If the plan is not made of routes, or a route not of visits.
    """
    faults = kind(name, plan, Plan)
    refuse(faults or kind(f"{name}.routes", plan.routes, tuple))
    plain = True
    for k, route in enumerate(plan.routes):
        where = f"{name}.routes[{k}]"
        wrong = kind(where, route, Route)
        wrong = wrong or kind(f"{where}.visits", route.visits, tuple)
        if not wrong:
            plain &= type(route.team) is int
            for n, visit in enumerate(route.visits):
                if type(visit) is not Visit:
                    wrong += kind(f"{where}.visits[{n}]", visit, Visit)
                elif not (type(visit.site) is type(visit.start) is type(visit.activity) is int):
                    plain = False
                elif type(visit.fixed) is not bool:
                    if not is_whole(visit.fixed) and type(visit.fixed).__name__ != "bool":
                        wrong += kind(f"{where}.visits[{n}].fixed", visit.fixed, bool)
                    plain = False
        faults += wrong
    refuse(faults)
    if plain:
        return plan
    return Plan(
        tuple(
            Route(
                _int(r.team),
                tuple(Visit(_int(v.site), _int(v.start), _int(v.activity), bool(v.fixed)) for v in r.visits),
            )
            for r in plan.routes
        )
    )


def _int(value: Any) -> Any:
    return int(value) if is_whole(value) else value


def index_faults(problem: Problem, plan: Plan, name: str = "plan") -> list[Fault]:
    """List the teams, sites, steps and activities that are outside the problem or not integers."""
    rows = problem.activities
    ranges = (0, problem.n_sites - 1), (0, problem.n_steps - 1), (rows.n_chosen - len(rows), rows.n_chosen - 1)
    found = []
    for k, route in enumerate(plan.routes):
        found += whole(f"{name}.routes[{k}].team", route.team, 0, problem.n_teams - 1)
        for n, visit in enumerate(route.visits):
            for key, value, (least, most) in zip(Visit._fields, visit, ranges, strict=False):
                if type(value) is not int or not least <= value <= most:
                    found += whole(f"{name}.routes[{k}].visits[{n}].{key}", value, least, most)
    return found


def indexed(problem: Problem, plan: Plan, name: str = "plan") -> Plan:
    """Return the plan, in Python's integers, if all its indices are inside the problem.

    Raises
    ------
    InputError
        With every fault (`index_faults`).
    """
    refuse(kind("problem", problem, Problem))
    plan = in_ints(plan, name)
    refuse(index_faults(problem, plan, name))
    return plan


def team_faults(problem: Problem, plan: Plan) -> list[Fault]:
    """List the fault of a plan without exactly one route per team, in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams == list(range(problem.n_teams)):
        return []
    return [Fault("RO-429", "plan.routes", last=problem.n_teams - 1, got=", ".join(map(str, teams)) or "-")]


def longest_route(problem: Problem) -> int:
    """Return the greatest number of visits that fit into the plan one after the other."""
    return int(problem.n_steps // problem.visit_steps.min())


def check_plan(problem: Problem, plan: Plan) -> Plan:
    """Return the plan, in Python's integers, if a search can start from it; rules are checked elsewhere.

    Raises
    ------
    InputError
        If there is not one route per team in order, an index is outside the problem, or visits overlap, are not in
        time order, end after the plan or are too many; lists all faults.
    """
    plan = in_ints(plan)
    faults = index_faults(problem, plan)
    refuse(faults + team_faults(problem, plan))
    most = longest_route(problem)
    for k, route in enumerate(plan.routes):
        free = 0
        if len(route.visits) > most:
            faults.append(Fault("RO-432", f"plan.routes[{k}]", most=most, got=len(route.visits)))
        for n, visit in enumerate(route.visits):
            where, end = f"plan.routes[{k}].visits[{n}]", visit.start + int(problem.visit_steps[visit.activity])
            if visit.start < free:
                faults.append(Fault("RO-430", where, least=free, got=visit.start))
            if end > problem.n_steps:
                faults.append(Fault("RO-431", where, most=problem.n_steps, got=end))
            free = max(free, end)
    refuse(faults)
    return plan
