"""Cut a smaller problem out of a larger one, and put its plans back.

The part has some of the teams and sites. What the other teams do is given, as factors on what is seen
(`Problem.absent0`, ``keep0``), so that the part's value is that of its demand points under everybody's presence.
Both values are sums over demand points: with Λ the demand of the whole and Λₚ that of the part's points, a plan of
the part worth v makes the whole worth ``rest`` + Λₚ/Λ · v, where ``rest`` is what the other points and the others'
tasks are worth. This is exact as long as the others' routes stay as they were, and the part has every point that
its teams can see from its sites or pass between them, as it has by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault
from routeopt.evaluation import Coverage, coverage
from routeopt.guard import kind, refuse, whole
from routeopt.plan import Plan, Route, check_plan
from routeopt.problem.access import Access, Closure, close
from routeopt.problem.model import Problem, Tasks
from routeopt.problem.movement import take_entries, take_rows
from routeopt.problem.must_visits import MustVisits
from routeopt.problem.periods import Periods
from routeopt.problem.tasks import done, with_windows
from routeopt.problem.zones import ZoneLayer

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Taken:
    """A part of a problem. Its index arrays are ascending and say which of the whole each of the part's is."""

    problem: Problem
    """The part, to be solved like any other problem; only the bound refuses it."""
    whole: Problem
    teams: Indices
    sites: Indices
    points: Indices
    tasks: Indices
    share: float
    """Demand of the part over that of the whole, in (0, 1]."""
    rest: float
    """What the whole is worth apart from the part's points and tasks."""

    def value(self, value: float) -> float:
        """Return what the whole is worth if the part is worth ``value``, the others' routes being as they were."""
        return self.rest + self.share * value

    def cut(self, plan: Plan) -> Plan:
        """Return the part of a plan of the whole.

        Raises
        ------
        InputError
            If it is not a plan of the whole, or a team of the part visits a site or does a task outside.
        """
        plan = check_plan(self.whole, plan)
        site = {int(i): n for n, i in enumerate(self.sites)}
        task = {int(q): n for n, q in enumerate(self.tasks)}
        faults: list[Fault] = []
        routes = []
        for team, k in enumerate(self.teams):
            visits = []
            for n, visit in enumerate(plan.routes[k].visits):
                q, activity = self.whole.activities.task(visit.activity), visit.activity
                if visit.site not in site or not (q is None or q in task):
                    where = f"plan.routes[{k}].visits[{n}]"
                    faults.append(Fault("RO-438", where, site=visit.site, activity=activity))
                    continue
                activity = activity if q is None else self.problem.activities.of_task(task[q])
                visits.append(visit._replace(site=site[visit.site], activity=activity))
            routes.append(Route(team, tuple(visits)))
        refuse(faults)
        return Plan(tuple(routes))

    def put_back(self, part: Plan, plan: Plan) -> Plan:
        """Return the plan of the whole with the routes of the part's teams replaced.

        Parameters
        ----------
        part
            A plan of ``problem``.
        plan
            A plan of ``whole``; several parts of different teams can be put back one after the other.

        Raises
        ------
        InputError
            If one of them is not a plan of its problem.
        """
        part, routes = check_plan(self.problem, part), list(check_plan(self.whole, plan).routes)
        for team, k in enumerate(self.teams.tolist()):
            visits = []
            for visit in part.routes[team].visits:
                q, activity = self.problem.activities.task(visit.activity), visit.activity
                activity = activity if q is None else self.whole.activities.of_task(int(self.tasks[q]))
                visits.append(visit._replace(site=int(self.sites[visit.site]), activity=activity))
            routes[k] = Route(k, tuple(visits))
        return Plan(tuple(routes))


def take(
    problem: Problem,
    plan: Plan,
    teams: Iterable[int],
    sites: Iterable[int],
    points: Iterable[int] | None = None,
) -> Taken:
    """Cut a smaller problem out of a larger one, with what the other teams do in ``plan`` as given.

    The posts of the teams, the sites that they visit in the plan, and those of the tasks that they do in it, are
    always in the part. Its tasks are those that its teams do in the plan, and those at its sites that one of them
    may do and nobody else does. Figures of response coverage are those of its teams alone. It has no
    goals, which are floors on the whole, and no longest gaps, which all teams keep together: their tasks do.

    Parameters
    ----------
    problem, plan
        The whole, and a plan of it.
    teams, sites
        Teams and sites of the part.
    points
        Demand points of the part. Default: all that its teams can see from its sites or pass between them. What
        the teams do at points that are left out does not count in the part, and counts in ``rest`` as in ``plan``:
        the values are then exact for that plan, and approximate for others.

    Raises
    ------
    InputError
        With every fault: indices outside the problem, a plan that is not one of it, no team, no demand.
    """
    refuse(kind("problem", problem, Problem))
    faults: list[Fault] = []
    who = _indices("teams", teams, problem.n_teams, faults)
    where = _indices("sites", sites, problem.n_sites, faults)
    what = None if points is None else _indices("points", points, problem.n_points, faults)
    if not faults and not len(who):
        faults.append(Fault("RO-424", "teams"))
    refuse(faults)
    plan = check_plan(problem, plan)
    inner, outer = (Plan(tuple(r for r in plan.routes if (r.team in who) is own)) for own in (True, False))
    served, others = done(problem, inner) > 0, done(problem, outer) > 0
    visited = np.array([visit.site for route in inner.routes for visit in route.visits], dtype=np.int64)
    posts = problem.team_start_site[who], problem.team_end_site[who]
    where = np.unique(np.concatenate([where, visited, *posts, problem.tasks.site[served]]).astype(np.int64))
    may = problem.tasks.allowed.reshape(len(served), problem.n_teams)[:, who].any(axis=1)
    taken = np.isin(problem.tasks.group, problem.tasks.group[others])
    tasks = np.flatnonzero(served | np.isin(problem.tasks.site, where) & may & ~taken)
    profiles = np.unique(problem.team_profile[who].astype(np.int64))
    if problem.periods.change:
        profiles = np.unique(problem.periods.profile[profiles]).astype(np.int64)
    if what is None:
        what = np.unique(np.concatenate([problem.profiles[p].covered(where) for p in profiles]))
    total, inside = float(problem.demand.sum()), float(problem.demand[what].sum())
    if not inside > 0:
        refuse([Fault("RO-426", "points", got="0")])
    given = coverage(problem, outer)
    seen = (given if points is None else coverage(problem, plan)).seen
    rest = _outside(problem, seen, what, np.setdiff1d(np.flatnonzero(others), tasks))
    share = inside / total
    cut = _tasks(_left_of_crews(problem, inner, outer), tasks, where, who, share)
    part = _part(problem, given, who, where, what, profiles, cut)
    return Taken(part, problem, who, where, what, tasks, share, rest)


def _outside(problem: Problem, seen: NDArray[np.float64], points: Indices, tasks: Indices) -> float:
    """Return the value that other points than ``points`` and the given tasks have in the whole."""
    elsewhere = np.setdiff1d(np.arange(problem.n_points), points)
    visible = float((problem.demand[elsewhere] * seen[elsewhere]).sum()) / float(problem.demand.sum())
    return visible + float(problem.tasks.reward[tasks].sum())


def _indices(name: str, given: object, n: int, faults: list[Fault]) -> Indices:
    """Return indices below ``n``, ascending, each once; append faults."""
    if not isinstance(given, Iterable):
        faults += kind(name, given, Sequence)
        return np.empty(0, dtype=np.int64)
    listed = list(given)
    wrong = [fault for k, index in enumerate(listed) for fault in whole(f"{name}[{k}]", index, 0, n - 1)]
    faults += wrong
    return np.unique(np.array([] if wrong else listed, dtype=np.int64))


def _part(
    problem: Problem,
    given: Coverage,
    who: Indices,
    where: Indices,
    what: Indices,
    profiles: Indices,
    tasks: Tasks,
) -> Problem:
    """Return the problem of some teams, sites, points and profiles, with the others' coverage as given."""
    index = np.full(problem.n_points, -1, dtype=np.int32)
    index[what] = np.arange(len(what), dtype=np.int32)
    rows = (profiles[:, None] * problem.n_sites + where).ravel()
    response = [
        take_entries(ptr, rows, point, index)
        for ptr, point in zip(problem.response_ptr, problem.response_point, strict=True)
    ]

    def some(names: tuple[str, ...], which: Indices) -> tuple[str, ...]:
        return tuple(names[i] for i in which)

    return replace(
        problem,
        demand=problem.demand[what],
        level0=problem.level0[what],
        profiles=tuple(problem.profiles[p].take(where, index) for p in profiles),
        team_profile=np.searchsorted(profiles, problem.team_profile[who]).astype(np.int32),
        periods=_periods(problem, who, profiles),
        team_factor=problem.team_factor[who],
        team_start_site=np.searchsorted(where, problem.team_start_site[who]).astype(np.int32),
        team_end_site=np.searchsorted(where, problem.team_end_site[who]).astype(np.int32),
        team_start_step=problem.team_start_step[who],
        team_end_step=problem.team_end_step[who],
        team_powers=problem.team_powers[who],
        response_ptr=tuple(ptr for ptr, _ in response),
        response_point=tuple(
            index[point[entries]] for point, (_, entries) in zip(problem.response_point, response, strict=True)
        ),
        site_names=some(problem.site_names, where),
        site_lat=problem.site_lat[where] if len(problem.site_lat) else problem.site_lat,
        site_lon=problem.site_lon[where] if len(problem.site_lon) else problem.site_lon,
        site_stoppable=problem.site_stoppable[where],
        site_zone=some(problem.site_zone, where),
        point_names=some(problem.point_names, what),
        point_segment=problem.point_segment[what] if len(problem.point_segment) else problem.point_segment,
        point_zone=some(problem.point_zone, what),
        zone_layers=tuple(layer.take(what, where) for layer in _layers(problem)),
        team_names=some(problem.team_names, who),
        tasks=tasks,
        access=_access(problem, who, where),
        site_area=problem.site_area[where] if len(problem.site_area) else problem.site_area,
        team_area=problem.team_area[who] if len(problem.team_area) else problem.team_area,
        team_zone=problem.team_zone[who] if len(problem.team_zone) else problem.team_zone,
        leaving_price=problem.leaving_price[who] if len(problem.leaving_price) else problem.leaving_price,
        team_anywhere=problem.team_anywhere[who] if len(problem.team_anywhere) else problem.team_anywhere,
        team_reserve=problem.team_reserve[who] if len(problem.team_reserve) else problem.team_reserve,
        absent0=given.absent[what],
        keep0=given.keep[what],
        goals=(),
        must_visits=MustVisits(),
    )


def _layers(problem: Problem) -> tuple[ZoneLayer, ...]:
    """Return the layers that the teams' zones are of, also where the names of places alone say which there are."""
    return (
        tuple(dict.fromkeys(zone.layer for zone in problem.zones))
        if len(problem.team_zone)
        else problem.zone_layers
    )


def _periods(problem: Problem, who: Indices, profiles: Indices) -> Periods:
    """Return when the legs of some teams change, among some profiles."""
    if not problem.periods.change:
        return Periods()
    rows = np.repeat(np.arange(len(profiles), dtype=np.int32)[:, None], len(problem.periods.begin), axis=1)
    for p in np.unique(problem.team_profile[who]):
        rows[np.searchsorted(profiles, p)] = np.searchsorted(profiles, problem.periods.profile[p])
    return Periods(problem.periods.begin, rows)


def _access(problem: Problem, who: Indices, where: Indices) -> Access:
    """Return what forbids some teams to stop at some sites."""
    no_return = problem.access.no_return
    known = Access(no_return=no_return[where] if len(no_return) else no_return)
    closures = [
        Closure(i, begin, end, team)
        for team, k in enumerate(who.tolist())
        for i, site in enumerate(where.tolist())
        for begin, end in problem.access.closed(k, site)
    ]
    return close(known, len(who), len(where), problem.n_steps, closures)


def _tasks(tasks: Tasks, which: Indices, where: Indices, who: Indices, share: float) -> Tasks:
    """Return some of the tasks, for some teams, with rewards as shares of the part's demand."""
    ptr, windows = take_rows(tasks.window_ptr, which)
    return Tasks(
        names=tuple(tasks.names[q] for q in which),
        site=np.searchsorted(where, tasks.site[which]).astype(np.int32),
        window_ptr=ptr,
        opens=tasks.opens[windows],
        closes=tasks.closes[windows],
        service_steps=tasks.service_steps[which],
        reward=tasks.reward[which] / share,
        mandatory=tasks.mandatory[which],
        allowed=tasks.allowed[np.ix_(which, who)] if len(tasks) else tasks.allowed,
        crew=tasks.crew[which],
        lead=tasks.lead[np.ix_(which, who)] if len(tasks) else tasks.lead,
        group=_groups(tasks, which),
        presence=tasks.presence[which],
        free=tasks.free[which],
        sort=tasks.sort[which],
    )


def _left_of_crews(problem: Problem, inner: Plan, outer: Plan) -> Tasks:
    """Return the tasks; of those that teams of both plans do together, the inner plan's half at its time."""
    own, others = done(problem, inner), done(problem, outer)
    shared = np.flatnonzero((own > 0) & (others > 0))
    if not len(shared):
        return problem.tasks
    crew, lead = problem.tasks.crew.copy(), problem.tasks.lead.copy()
    crew[shared], lead[shared] = own[shared], True
    begins = {
        problem.activities.task(visit.activity): visit.start for route in inner.routes for visit in route.visits
    }
    fixed = {int(q): [(begins[q], begins[q])] for q in shared.tolist()}
    return replace(with_windows(problem.tasks, fixed), crew=crew, lead=lead)


def _groups(tasks: Tasks, which: Indices) -> NDArray[np.int32]:
    """Return the first of the alternatives of each of some tasks, among these."""
    first: dict[int, int] = {}
    return np.array([first.setdefault(int(q), n) for n, q in enumerate(tasks.group[which])], dtype=np.int32)
