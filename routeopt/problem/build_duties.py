"""Put a scenario's fixed posts, breaks and limits on the sites and steps of its problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from routeopt.errors import Fault, Message, ScenarioError
from routeopt.problem import Problem
from routeopt.problem.activities import Sort
from routeopt.problem.build_tasks import numbered
from routeopt.problem.tasks import Task, with_tasks
from routeopt.scenario.duties import Break, FixedPost
from routeopt.scenario.model import Scenario, Team
from routeopt.scenario.model import Task as Written
from routeopt.scenario.parts import text_of
from routeopt.scenario.read import fault_in
from routeopt.validation import similar

PLACES = 24
"""Places all over the town where a break may be that names none, besides the team's posts."""


class PostTask(Written):
    """A fixed post as a task."""

    @property
    def sort(self) -> Sort:
        """What it is to people."""
        return Sort.POST


def with_posts(scenario: Scenario) -> Scenario:
    """Return the scenario with the fixed posts of its night as tasks; the same one if there are none.

    Raises
    ------
    ScenarioError
        If a post depends on the date, and the shift has no date.
    """
    date = scenario.shift.date
    faults = [
        fault_in(scenario, "RO-192", ("fixed_posts", n), who=Message("place-fixed-post", name=post.name))
        for n, post in enumerate(scenario.fixed_posts)
        if post.needs_date and date is None
    ]
    if faults:
        raise ScenarioError(faults)
    held = [_as_task(post) for post in scenario.fixed_posts if post.is_held(date)]
    return scenario.model_copy(update={"tasks": [*scenario.tasks, *held]}) if held else scenario


def _as_task(post: FixedPost) -> PostTask:
    """Convert a post: it begins when it begins, and its service is its whole length."""
    shared = (
        "name",
        "lat",
        "lon",
        "crew",
        "mandatory",
        "reward",
        "modes",
        "teams",
        "powers",
        "skills",
        "can_leave",
    )
    return PostTask.model_validate(
        {name: getattr(post, name) for name in shared}
        | {"service_min": float(post.until - post.from_), "windows": [[text_of(post.from_)] * 2]}
    )


def add_duties(problem: Problem, scenario: Scenario) -> Problem:
    """Add the breaks of all teams and the limits of the night to a problem with all its tasks.

    Raises
    ------
    ScenarioError
        If a break names a place that does not exist, or lies outside its team's duty; lists all.
    """
    rules, faults, tasks = scenario.rules, list[Fault](), list[Task]()
    taken = set(problem.tasks.names)
    for team, written in enumerate(scenario.teams):
        for n, rest in enumerate(_breaks_of(scenario, written)):
            found = list(_break(problem, scenario, team, n, rest, faults, taken))
            tasks += found
    if faults:
        once = {(fault.line, fault.column, str(fault)): fault for fault in faults}  # a break may be of all teams
        raise ScenarioError(list(once.values()))
    problem = with_tasks(problem, tasks)
    if rules.stops_per_hour is not None:
        problem = replace(problem, spacing_steps=problem.clock.steps(60 / rules.stops_per_hour, up=True))
    if rules.longest_without_break_min is not None:
        longest = problem.clock.steps(rules.longest_without_break_min)
        has_breaks = [bool(_breaks_of(scenario, team)) for team in scenario.teams]
        problem = replace(problem, longest_work=np.where(has_breaks, longest, 0).astype(np.int32))
    return problem


def _breaks_of(scenario: Scenario, team: Team) -> list[Break]:
    """Return the breaks of a team: its own, or the scenario's; those outside its duty are none of its own."""
    if team.breaks is not None:
        return team.breaks
    shift = scenario.shift
    since = shift.start if team.from_ is None else team.from_
    until = shift.end if team.until is None else team.until
    return [
        one for one in scenario.breaks if max(one.from_, since) + one.length_min <= until and one.until >= since
    ]


def _break(
    problem: Problem, scenario: Scenario, team: int, n: int, rest: Break, faults: list[Fault], taken: set[str]
) -> Iterator[Task]:
    """Yield a break of a team as a task at each of its places, alternatives of the first."""
    clock, who = problem.clock, scenario.teams[team].name
    own = scenario.teams[team].breaks is not None
    place = ("teams", team, "breaks", n) if own else ("breaks", scenario.breaks.index(rest))
    steps = clock.steps(rest.length_min, up=True)
    first = clock.step_at(rest.from_, up=True)
    last = clock.step_at(rest.until)
    first = max(first, int(problem.team_start_step[team]))
    last = min(last, int(problem.team_end_step[team]) - steps)
    if first > last:
        faults.append(fault_in(scenario, "RO-193", place, who=Message("place-team", name=who), name=rest.name))
        return
    sites = _sites(problem, team)
    if rest.places:
        known = {name: site for site, name in reversed(list(enumerate(problem.site_names)))}
        for m, name in enumerate(rest.places):
            if name not in known:
                hint = similar(name, known)
                faults.append(fault_in(scenario, "RO-194", (*place, "places", m), name=name, hint=hint))
        sites = [known[name] for name in rest.places if name in known]
    leader = None
    for site in sites:
        label = f"{rest.name} {who}" if leader is None else f"{rest.name} {who} ({problem.site_names[site]})"
        (name,) = numbered([label], taken)
        yield Task(
            name, site, ((first, last),), steps, 0.0, mandatory=True, teams=frozenset({team}), presence=0.0,
            sort=Sort.BREAK, instead_of=leader,
        )  # fmt: skip
        leader = leader or name


def _sites(problem: Problem, team: int) -> list[int]:
    """List the team's posts and places all over the town, each as far from those before as may be."""
    posts = list(dict.fromkeys([int(problem.team_end_site[team]), int(problem.team_start_site[team])]))
    whole, kept = [(0, problem.n_steps)], problem.kept_to(team)
    kept &= problem.site_stoppable
    open_to = np.array([
        bool(kept[i]) and problem.in_area(team, i) and problem.access.closed(team, i) != whole
        for i in range(problem.n_sites)
    ])  # fmt: skip
    x, y = problem.site_lon * np.cos(np.radians(problem.site_lat.mean())), problem.site_lat
    away = np.min([np.hypot(x - x[i], y - y[i]) for i in posts], axis=0)
    found = list(posts)
    while len(found) < len(posts) + PLACES:
        site = int(np.where(open_to, away, -1.0).argmax())
        if not open_to[site] or away[site] <= 0:
            break
        found.append(site)
        away = np.minimum(away, np.hypot(x - x[site], y - y[site]))
    return found
