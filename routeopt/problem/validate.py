"""Check the parts of a problem, by themselves and against each other (see `routeopt.problem.checked`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.guard import between, kind, number, refuse, shown, whole
from routeopt.problem.activities import Sort
from routeopt.problem.checked import (
    MOST_LEAVING,
    MOST_STEPS,
    Checked,
    falls,
    known,
    put_in,
    remember,
    shape_text,
)
from routeopt.problem.goals import Goal
from routeopt.problem.must_visits import MustVisits
from routeopt.problem.zones import ZoneLayer, labelled, zones_of

if TYPE_CHECKING:
    from routeopt.problem.model import Problem, Tasks

MOST_CREW = 100
"""Most teams that do a task together."""

# tasks ------------------------------------------------------------------------------------------------------


def check_tasks(tasks: Tasks) -> None:
    """Check tasks by themselves; their sites, teams and steps are checked with the problem.

    Raises
    ------
    InputError
        With every fault.
    """
    on = Checked("tasks", tasks)
    names = on.texts("names", tasks.names, None, str)
    put_in(tasks, "names", names)
    n = len(names)

    on.within("site", on.put("site", "i", (n,)), 0, MOST_STEPS)
    opens, ptr = on.put("opens", "i", (None,)), on.put("window_ptr", "l", (n + 1,))
    closes = on.put("closes", "i", (None if opens is None else len(opens),))
    if on.pointer("window_ptr", ptr, None if opens is None else len(opens)):
        on.values("window_ptr", ptr, lambda t: falls(t, "RO-416"))  # no task without a window
    on.within("opens", opens, 0, MOST_STEPS)
    on.within("closes", closes, 0, MOST_STEPS)
    if opens is not None and closes is not None and (opens > closes).any():
        k = int((opens > closes).argmax())
        on.fault("RO-427", f"opens[{k}]", first=int(opens[k]), last=int(closes[k]))
    on.within("service_steps", on.put("service_steps", "i", (n,)), 1, MOST_STEPS)
    on.within("reward", on.put("reward", "d", (n,)), 0, None)
    on.put("mandatory", "?", (n,))
    on.put("allowed", "?", (n, None))
    refuse(on.faults)
    _check_kinds_of_tasks(tasks, on)
    refuse(on.faults)


def _check_kinds_of_tasks(tasks: Tasks, on: Checked) -> None:
    """Check who does the tasks together, which are alternatives, and what they are; fill in what is not given."""
    n = len(tasks.names)
    defaults: dict[str, tuple[str, NDArray[Any]]] = {
        "crew": ("i", np.ones(n, np.int32)), "group": ("i", np.arange(n, dtype=np.int32)),
        "presence": ("d", np.ones(n)), "free": ("?", np.zeros(n, np.bool_)), "sort": ("i", np.zeros(n, np.int32)),
    }  # fmt: skip
    for name, (letter, default) in defaults.items():
        if n and not np.size(getattr(tasks, name)):
            put_in(tasks, name, default)
        on.put(name, letter, (n,))
    if n and not np.size(tasks.lead):
        put_in(tasks, "lead", np.ones_like(tasks.allowed))
    on.put("lead", "?", (n, tasks.allowed.shape[1] if n else None))
    on.within("crew", tasks.crew, 1, MOST_CREW)
    on.within("presence", tasks.presence, 0, 1)
    on.within("sort", tasks.sort, 0, max(Sort))
    if on.faults or not on.within("group", tasks.group, 0, n - 1):
        return
    first = tasks.group
    wrong = (first > np.arange(n)) | (first[first] != first)
    for name in ("service_steps", "reward", "mandatory", "presence", "free", "sort"):
        column = getattr(tasks, name)
        wrong |= column != column[first]
    shared = np.bincount(first, minlength=n)[first] > 1 if n else np.zeros(0, np.bool_)
    wrong |= shared & (tasks.crew > 1)
    if wrong.any():
        q = int(wrong.argmax())
        on.fault("RO-444", f"group[{q}]", task=tasks.names[q])


# problems ---------------------------------------------------------------------------------------------------


def check_problem(problem: Problem) -> None:
    """Check a problem's parts against each other, and bring its arrays into the kernels' form.

    Raises
    ------
    InputError
        With every fault.
    """
    from routeopt.problem.model import Periods, Profile, Tasks

    on = Checked("problem", problem)
    n_points, n_steps = _check_demand(problem, on)
    _check_visits(problem, on)
    n_sites, n_profiles = _check_profiles(problem, on, Profile, n_points)
    n_teams = _check_teams(on, n_profiles, n_sites, n_steps)
    _check_periods(problem, on, Periods, n_profiles, n_steps)
    _check_response(problem, on, n_profiles, n_sites, n_points)
    _check_names(problem, on, n_sites, n_points, n_teams)
    _check_tasks_fit(problem, on, Tasks, n_sites, n_steps, n_teams)
    _check_access(problem, on, n_sites, n_steps, n_teams)
    _check_must_visits(problem, on, n_sites)
    refuse(on.faults)
    _check_goals(problem, on)
    refuse(on.faults)


def _check_must_visits(problem: Problem, on: Checked, n_sites: int | None) -> None:
    """Check the table of places that may not be left alone for long."""
    table, wrong = problem.must_visits, kind("problem.must_visits", problem.must_visits, MustVisits)
    on.faults += wrong
    if wrong:
        return
    site = on.array("must_visits.site", table.site, "i", (None,))
    on.within("must_visits.site", site, 0, _last(n_sites))
    put_in(table, "site", site)
    for name in ("max_gap_steps", "least_steps"):
        n = None if site is None else len(site)
        steps = on.array(f"must_visits.{name}", getattr(table, name), "i", (n,))
        on.within(f"must_visits.{name}", steps, 1, MOST_STEPS)
        put_in(table, name, steps)


def _check_access(
    problem: Problem, on: Checked, n_sites: int | None, n_steps: int | None, n_teams: int | None
) -> None:
    """Check the closures: classes, pointers, and intervals in order and within the plan."""
    from routeopt.problem.access import Access

    access, wrong = problem.access, kind("problem.access", problem.access, Access)
    on.faults += wrong
    if wrong or n_sites is None or n_teams is None:
        return
    some = np.size(access.team_class) > 0
    again = on.array("access.no_return", access.no_return, "?", (n_sites if np.size(access.no_return) else 0,))
    classes = on.array("access.team_class", access.team_class, "i", (n_teams if some else 0,))
    if classes is None or not on.within("access.team_class", classes, 0, n_teams - 1):
        return
    n_rows = n_sites * (1 + int(classes.max(initial=-1)))
    ptr = on.array("access.ptr", access.ptr, "l", (n_rows + 1,))
    begin = on.array("access.begin", access.begin, "i", (None,))
    end = on.array("access.end", access.end, "i", (None if begin is None else len(begin),))
    if ptr is None or begin is None or end is None or not on.pointer("access.ptr", ptr, len(begin)):
        return
    on.within("access.begin", begin, 0, n_steps)
    on.within("access.end", end, 0, n_steps)
    row = np.repeat(np.arange(n_rows), np.diff(ptr))
    bad = begin >= end
    bad[1:] |= (row[1:] == row[:-1]) & (begin[1:] <= end[:-1])
    if bad.any():
        at = int(bad.argmax())
        on.fault("RO-427", f"access.begin[{at}]", first=int(begin[at]), last=int(end[at]))
    tables = {"team_class": classes, "ptr": ptr, "begin": begin, "end": end, "no_return": again}
    for name, table in tables.items():
        put_in(access, name, table)


def _check_periods(
    problem: Problem, on: Checked, expected: type, n_profiles: int | None, n_steps: int | None
) -> None:
    """Check when legs change, and by whose legs teams move then."""
    periods, wrong = problem.periods, kind("problem.periods", problem.periods, expected)
    on.faults += wrong
    if wrong or n_profiles is None or n_steps is None:
        return
    begin = on.array("periods.begin", periods.begin, "i", (None,))
    some = begin is not None and (len(begin) > 1 or np.size(periods.profile) > 0)
    n_periods = None if begin is None else len(begin)
    profile = on.array("periods.profile", periods.profile, "i", (n_profiles if some else 0, n_periods))
    if begin is None or profile is None:
        return
    if len(begin) == 0:
        on.fault("RO-424", "periods.begin")
        return
    if begin[0] != 0:
        on.fault("RO-418", "periods.begin", got=int(begin[0]))
    on.values("periods.begin", begin, lambda t: falls(t, "RO-416"))
    on.within("periods.begin", begin, 0, n_steps - 1)
    if on.within("periods.profile", profile, 0, n_profiles - 1) and some:
        own = profile[:, 0] != np.arange(n_profiles)
        if own.any():
            k = int(own.argmax())
            on.faults += between(f"problem.periods.profile[{k}, 0]", int(profile[k, 0]), k, k)
    put_in(periods, "begin", begin)
    put_in(periods, "profile", profile)


def _check_goals(problem: Problem, on: Checked) -> None:
    """Check the goals of a problem whose other parts are sound."""
    if not isinstance(problem.goals, (tuple, list)):
        on.faults += kind("problem.goals", problem.goals, tuple)
        return
    put_in(problem, "goals", tuple(problem.goals))
    for g, goal in enumerate(problem.goals):
        where = f"goals[{g}]"
        wrong = kind(f"problem.{where}", goal, Goal)
        if not wrong and goal.radius is not None:
            wrong += whole(f"problem.{where}.radius", goal.radius, 0, len(problem.handling_min) - 1)
        if not wrong and goal.steps is not None:
            wrong += whole(f"problem.{where}.steps[1]", goal.steps[1], 0, problem.n_steps - 1)
        on.faults += wrong
        if wrong:
            continue
        if len(goal.points) not in (0, problem.n_points):
            on.fault("RO-425", f"{where}.points", expected=problem.n_points, got=len(goal.points))
        elif len(goal.sites) not in (0, problem.n_sites):
            on.fault("RO-425", f"{where}.sites", expected=problem.n_sites, got=len(goal.sites))
        elif not len(goal.sites) and not goal.demand(problem.demand).any():
            on.fault("RO-426", where, got="0")


def _check_demand(problem: Problem, on: Checked) -> tuple[int | None, int | None]:
    """Check the demand, its clock and the first levels; return the numbers of points and of steps, if known."""
    demand = on.put("demand", "d", (None, None))
    n_points, n_steps = (None, None) if demand is None else demand.shape
    if demand is not None and demand.size == 0:
        on.fault("RO-424", "demand")
    elif on.within("demand", demand, 0, None) and demand is not None and not known(demand, "sum"):
        with np.errstate(over="ignore"):
            total = demand.sum()
        if 0 < total < np.inf:
            remember(demand, "sum")
        else:
            on.fault("RO-426", "demand", got=shown(total))
    wrong = kind("problem.clock", problem.clock, Clock)
    on.faults += wrong
    if not wrong and n_steps is not None and problem.clock.n_steps != n_steps:
        expected = shape_text((n_points, problem.clock.n_steps))
        on.fault("RO-411", "demand", shape=expected, got=shape_text((n_points, n_steps)))
    on.within("level0", on.put("level0", "d", (n_points,)), 0, 1)
    for name in ("absent0", "keep0"):
        table = getattr(problem, name)
        nothing = isinstance(table, np.ndarray) and table.size == 0
        on.within(name, on.put(name, "d", (0, 0) if nothing else (n_points, n_steps)), 0, 1)
    return n_points, n_steps


def _check_visits(problem: Problem, on: Checked) -> None:
    """Check the dwell menu, and the numbers of the model."""
    dwell = on.put("dwell_steps", "i", (None,))
    if dwell is not None and len(dwell) == 0:
        on.fault("RO-424", "dwell_steps")
    if on.within("dwell_steps", dwell, 1, MOST_STEPS):
        on.values("dwell_steps", dwell, lambda t: falls(t, "RO-416"))
    effect = on.put("dwell_effect", "d", (None if dwell is None else len(dwell),))
    if on.within("dwell_effect", effect, 0, 1):
        on.values("dwell_effect", effect, lambda t: falls(t, "RO-417"))
    for name, least, most, above in (("passage_effect", 0, 1, None), ("tau_s", None, None, 0)):
        value = getattr(problem, name)
        faults = number(f"problem.{name}", value, least, most, above=above)
        on.faults += faults
        if not faults:
            put_in(problem, name, float(value))


def _check_teams(on: Checked, n_profiles: int | None, n_sites: int | None, n_steps: int | None) -> int | None:
    """Check the teams' arrays; return the number of teams, if known."""
    factor = on.put("team_factor", "d", (None,))
    n_teams = None if factor is None else len(factor)
    if n_teams == 0:
        on.fault("RO-424", "team_factor")
    on.within("team_factor", factor, 0, 1)
    on.within("team_profile", on.put("team_profile", "i", (n_teams,)), 0, _last(n_profiles))
    for name in ("team_start_site", "team_end_site"):
        on.within(name, on.put(name, "i", (n_teams,)), 0, _last(n_sites))
    for name in ("team_start_step", "team_end_step"):
        on.within(name, on.put(name, "i", (n_teams,)), 0, n_steps)
    on.put("team_powers", "?", (n_teams,))
    some = np.size(getattr(on.thing, "team_anywhere", ())) > 0
    on.put("team_anywhere", "?", (n_teams if some else 0,))
    on.faults += whole("problem.spacing_steps", getattr(on.thing, "spacing_steps", None), 0, MOST_STEPS)
    some = np.size(getattr(on.thing, "longest_work", ())) > 0
    on.within("longest_work", on.put("longest_work", "i", (n_teams if some else 0,)), 0, MOST_STEPS)
    return n_teams


def _check_tasks_fit(
    problem: Problem, on: Checked, expected: type, n_sites: int | None, n_steps: int | None, n_teams: int | None
) -> None:
    """Check that the tasks' sites, windows and teams exist."""
    wrong = kind("problem.tasks", problem.tasks, expected)
    on.faults += wrong
    if wrong:
        return
    tasks = problem.tasks
    on.within("tasks.site", tasks.site, 0, _last(n_sites))
    on.within("tasks.closes", tasks.closes, 0, _last(n_steps))
    if len(tasks) and n_teams is not None and tasks.allowed.shape[1] != n_teams:
        on.fault(
            "RO-411", "tasks.allowed", shape=shape_text((len(tasks), n_teams)), got=shape_text(tasks.allowed.shape)
        )


def _last(n: int | None) -> int | None:
    return None if n is None else n - 1


def _check_profiles(
    problem: Problem, on: Checked, expected: type, n_points: int | None
) -> tuple[int | None, int | None]:
    """Return the numbers of sites and of profiles, as far as they are known."""
    profiles = problem.profiles
    if not isinstance(profiles, (tuple, list)):
        on.faults += kind("problem.profiles", profiles, tuple)
        return None, None
    put_in(problem, "profiles", tuple(profiles))
    if not profiles:
        on.fault("RO-424", "profiles")
        return None, None
    n_sites = None
    for p, profile in enumerate(profiles):
        wrong = kind(f"problem.profiles[{p}]", profile, expected)
        on.faults += wrong
        if wrong:
            continue
        n = profile.n_sites
        n_sites = n if n_sites is None else n_sites
        if n != n_sites:
            where = f"profiles[{p}].travel_steps"
            on.fault("RO-411", where, shape=shape_text((n_sites, n_sites)), got=shape_text((n, n)))
        if n_points is not None and profile.n_points > n_points:
            for name, most in profile.last_points().items():
                on.faults += between(f"problem.profiles[{p}].{name}", most, None, n_points - 1)
    return n_sites, len(profiles)


def _check_response(
    problem: Problem, on: Checked, n_profiles: int | None, n_sites: int | None, n_points: int | None
) -> None:
    """Check the response radii, and the points reached within each."""
    fields = ("handling_min", "response_ptr", "response_point")
    wrong = [f for name in fields if not isinstance(getattr(problem, name), (tuple, list))
             for f in kind(f"problem.{name}", getattr(problem, name), tuple)]  # fmt: skip
    on.faults += wrong
    if wrong:
        return
    minutes, n = [], len(problem.handling_min)
    for m, radius in enumerate(problem.handling_min):
        faults = number(f"problem.handling_min[{m}]", radius, 0)
        on.faults += faults
        minutes.append(radius if faults else float(radius))
    put_in(problem, "handling_min", tuple(minutes))
    for name in fields[1:]:
        if len(getattr(problem, name)) != n:
            on.fault("RO-425", name, expected=n, got=len(getattr(problem, name)))
            return
    ptrs, points = [], []
    rows = None if n_profiles is None or n_sites is None else n_profiles * n_sites + 1
    for m in range(n):
        ptr = on.array(f"response_ptr[{m}]", problem.response_ptr[m], "l", (rows,))
        point = on.array(f"response_point[{m}]", problem.response_point[m], "i", (None,))
        on.pointer(f"response_ptr[{m}]", ptr, None if point is None else len(point))
        on.within(f"response_point[{m}]", point, 0, _last(n_points))
        ptrs.append(ptr)
        points.append(point)
    put_in(problem, "response_ptr", tuple(ptrs))
    put_in(problem, "response_point", tuple(points))


def _check_names(
    problem: Problem,
    on: Checked,
    n_sites: int | None,
    n_points: int | None,
    n_teams: int | None,
) -> None:
    """Check names and places, and where teams may stop; fill in defaults for those not given."""
    on.faults += kind("problem.name", problem.name, str)
    for name, n, default in (
        ("site_names", n_sites, "site {}"), ("site_zone", n_sites, ""), ("point_names", n_points, ""),
        ("point_zone", n_points, ""), ("team_names", n_teams, "team {}"),
    ):  # fmt: skip
        put_in(problem, name, on.texts(name, getattr(problem, name), n, default.format))
    if n_sites is not None and np.size(problem.site_stoppable) == 0:
        put_in(problem, "site_stoppable", np.ones(n_sites, dtype=np.bool_))
    on.put("site_stoppable", "?", (n_sites,))
    areas = on.texts("area_names", problem.area_names, None, str)
    put_in(problem, "area_names", areas)
    for name, n in (("site_area", n_sites), ("team_area", n_teams)):
        on.within(name, on.put(name, "i", (n if areas else 0,)), -1, len(areas) - 1)
    _check_zones(problem, on, n_sites, n_points, n_teams)
    for name, most in (("site_lat", 90), ("site_lon", 180)):
        n = 0 if np.size(getattr(problem, name)) == 0 else n_sites
        on.within(name, on.put(name, "d", (n,)), -most, most)
    n = 0 if np.size(problem.point_segment) == 0 else n_points
    on.within("point_segment", on.put("point_segment", "i", (n,)), 0, MOST_STEPS)


def _check_zones(
    problem: Problem, on: Checked, n_sites: int | None, n_points: int | None, n_teams: int | None
) -> None:
    """Check that zones have every point and site, and that teams keep to zones that exist."""
    layers, wrong = problem.zone_layers, kind("problem.zone_layers", problem.zone_layers, tuple)
    for n, layer in enumerate([] if wrong else layers):
        bad = kind(f"problem.zone_layers[{n}]", layer, ZoneLayer)
        wrong += bad
        for name, size in () if bad else (("point", n_points), ("site", n_sites)):
            if size is not None and len(getattr(layer, name)) != size:
                on.fault("RO-425", f"zone_layers[{n}].{name}", expected=size, got=len(getattr(layer, name)))
    on.faults += wrong
    some = np.size(problem.team_zone) > 0
    home = on.put("team_zone", "i", (n_teams if some else 0,))
    leaving = on.put("leaving_price", "d", (n_teams if some and np.size(problem.leaving_price) else 0,))
    if on.faults:
        return
    on.put("team_reserve", "?", (n_teams if np.size(problem.team_reserve) else 0,))
    put_in(problem, "zone_layers", tuple(layers))
    if some:
        zones = zones_of(layers or labelled(problem.point_zone, problem.site_zone))
        on.within("team_zone", home, -1, len(zones) - 1)
        if on.within("leaving_price", leaving, -1, MOST_LEAVING) and leaving is not None and len(leaving):
            for team in np.flatnonzero((leaving > 0) & (problem.team_zone < 0)).tolist():
                on.fault("RO-659", f"leaving_price[{team}]")
