"""Rules that contradict each other: the smallest conflict, against all that two teams can do on small nights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations, pairwise, product

import numpy as np
import pytest

from routeopt import Budget, solve
from routeopt.clock import Clock
from routeopt.errors import InfeasibleError
from routeopt.problem import UNREACHABLE
from routeopt.problem.access import Access, Closure
from routeopt.problem.activities import Sort
from routeopt.problem.periods import Periods
from routeopt.problem.tasks import Task, windows, with_tasks
from routeopt.problem.zones import ZoneLayer
from routeopt.rules import restricted
from routeopt.search import conflicts as module
from routeopt.search.conflicts import conflicts, refuse_conflicts

FULL = ((0, 59),)


# what can be done, without the model ------------------------------------------------------------------------


def broken(problem) -> set[frozenset]:
    """What each way to do the mandatory tasks, or some of them, breaks: (kind, subject) of rules."""
    tasks = np.flatnonzero(problem.tasks.mandatory).tolist()
    choices: list[list] = []
    group = problem.tasks.group
    for q in tasks:
        crew = int(problem.tasks.crew[q])
        teams = [who for n in range(1, crew + 1) for who in combinations(range(problem.n_teams), n)]
        if problem.tasks.sort[q] == Sort.BREAK:
            teams = [(int(problem.tasks.allowed[q].argmax()),)]  # its own team's
        choices.append([None, *product(teams, range(problem.n_steps))])
    found: set[frozenset] = set()
    alone = [
        {done: set() if done is None else set(_of_task(problem, q, *done)) for done in own}
        for q, own in zip(tasks, choices, strict=True)
    ]
    for chosen in product(*choices):
        served = Counter(int(group[q]) for q, done in zip(tasks, chosen, strict=True) if done)
        if any(n > 1 for n in served.values()):
            continue  # of alternatives one is done
        rules = set().union(*(own[done] for own, done in zip(alone, chosen, strict=True)))
        rules |= {("required", (int(group[q]),)) for q in tasks if group[q] not in served}
        if any(one <= rules for one in found):
            continue
        ways = [_of_team(problem, team, tasks, chosen) for team in range(problem.n_teams)]
        found |= {frozenset(rules.union(*way)) for way in product(*ways)}
    return {one for one in found if not any(other < one for other in found)}


def _of_task(problem, q, teams, start) -> Iterator[tuple]:
    site, end = int(problem.tasks.site[q]), start + int(problem.tasks.service_steps[q])
    group = int(problem.tasks.group[q])
    if len(teams) < problem.tasks.crew[q]:
        yield "crew", (group,)
    if not any(problem.tasks.lead[q, team] for team in teams):
        yield "lead", (group,)
    if not any(a <= start <= b for a, b in windows(problem, q)):
        yield "window", (group,)
    for team in teams:
        if not problem.tasks.allowed[q, team]:
            yield "who", (group,)
        if not problem.in_area(team, site):
            yield "area", (int(problem.team_area[team]),)
        for begin, until in problem.access.closed(team, site):
            if start < until and begin < end:
                yield "closed", (site, begin, until)


def _of_team(problem, team, tasks, chosen) -> list[set]:
    """The sets of rules of which a team breaks one, whichever it likes; none if it cannot do this at all."""
    moves, site = problem.movement(team), problem.tasks.site
    own = sorted((done[1], q) for q, done in zip(tasks, chosen, strict=True) if done and team in done[0])
    begin, finish = int(problem.team_start_step[team]), int(problem.team_end_step[team])
    rested = _rested(problem, team, own, begin, finish)
    if not own:
        return rested
    ends = [start + int(problem.tasks.service_steps[q]) for start, q in own]

    def fits(a, b, leaves, due):
        least = moves.least(a, b)
        if any(d + moves.steps(a, b, min(d, problem.n_steps)) <= due for d in range(leaves, due + 1)):
            return [set()]
        return [{("streets", ())}] if moves.changes and least < UNREACHABLE and leaves + least <= due else []

    first, last = int(site[own[0][1]]), int(site[own[-1][1]])
    post, home = int(problem.team_start_site[team]), int(problem.team_end_site[team])
    legs = [fits(post, first, begin, own[0][0]), fits(last, home, ends[-1], finish)]
    duty, ways = (("begin", (begin,)), ("end", (finish,))), ((post, first), (last, home))
    for leg, rule, way in zip(legs, duty, ways, strict=True):
        if set() not in leg and any(moves.steps(*way, t) < UNREACHABLE for t in range(problem.n_steps + 1)):
            leg.append({rule})
    for ((_, q), (start, r)), end in zip(pairwise(own), ends, strict=False):
        legs.append(fits(int(site[q]), int(site[r]), end, start))
    stops = [int(site[q]) for _, q in own]
    turns = [place for n, place in enumerate(stops) if n == 0 or stops[n - 1] != place]
    again = {place for place, n in Counter(turns).items() if n > 1 and not problem.access.may_return(place)}
    extra = {("no-return", (place,)) for place in again}
    return [extra.union(*way) for way in product(*legs, rested)]


def _rested(problem, team, own, begin, finish) -> list[set]:
    """The same of the longest time without a break."""
    most = int(problem.longest_work[team]) if len(problem.longest_work) else 0
    if not most:
        return [set()]
    found = []
    breaks = [
        (start, start + int(problem.tasks.service_steps[q]))
        for start, q in own if problem.tasks.sort[q] == Sort.BREAK
    ]  # fmt: skip
    since, rules = begin, [{("begin", (begin,))}]
    for start, end in breaks:
        if start - since > most:
            found.append([{("rest", (most,))}, *rules])
        since, rules = end, []
    if finish - since > most:
        found.append([{("rest", (most,))}, *rules, {("end", (finish,))}])
    return [set().union(*way) for way in product(*found)]


def smallest(ways: set[frozenset]) -> int:
    """Size of the smallest set of rules of which every way breaks one."""
    rules = sorted(set(chain.from_iterable(ways)))
    for n in range(len(rules) + 1):
        for some in combinations(rules, n):
            if all(way & set(some) for way in ways):
                return n
    raise AssertionError


def verify(problem, found) -> None:
    """The conflict is one, the smallest, and what is to be left out is enough, and the least."""
    ways = broken(problem)
    rules = {(part.kind, part.subject) for part in found.parts}
    assert all(way & rules for way in ways)
    assert len(rules) == len(found.parts) == smallest(ways)
    for rule in rules:
        assert any(not way & (rules - {rule}) for way in ways), rule
    assert found.necessary
    assert found.smallest
    left_out = {(part.kind, part.subject) for part in found.leave_out}
    assert any(way <= left_out for way in ways)
    assert len(left_out) == min(map(len, ways))


# one scenario for each pair of rules ------------------------------------------------------------------------


@pytest.fixture
def line(make_problem):
    """Five places in a row, ``apart`` steps from one to the next; teams start and end at the first."""

    def make(n_teams=2, n_steps=60, apart=3, begin=0, end=60):
        problem = make_problem(0, n_sites=5, n_points=8, n_steps=n_steps, n_teams=n_teams)
        place = np.arange(5)
        return replace(
            problem, profiles=tuple(_straight(p, apart * abs(place[:, None] - place)) for p in problem.profiles),
            team_start_step=np.full(n_teams, begin, np.int32),
            team_end_step=np.full(n_teams, min(end, n_steps), np.int32),
            team_end_site=np.zeros(n_teams, np.int32),
        )  # fmt: skip

    return make


def _straight(profile, travel):
    none = {key: getattr(profile, key)[:0] for key in ("pass_point", "pass_step", "pass_present", "pass_leaves")}
    return replace(profile, travel_steps=travel.astype(np.int32), pass_ptr=np.zeros_like(profile.pass_ptr), **none)


def must(problem, *tasks):
    """Add mandatory tasks (site, windows, service, teams)."""
    return with_tasks(
        problem,
        [Task("ABC"[n], site, when, steps, 0, True, who) for n, (site, when, steps, who) in enumerate(tasks)],
    )


def in_areas(problem, own, areas=(0, 0, 0, 1, 1)):
    """Teams keep to areas: east has the first three places, west the others."""
    return replace(
        problem,
        area_names=("east", "west"),
        site_area=np.array(areas, np.int32),
        team_area=np.array(own, np.int32),
    )


def with_crew(problem, q, crew):
    """The same with a task that takes several teams at once."""
    sizes = problem.tasks.crew.copy()
    sizes[q] = crew
    return replace(problem, tasks=replace(problem.tasks, crew=sizes))


def with_lead(problem, q, *teams):
    """The same with a task of which one of these teams must be."""
    lead = problem.tasks.lead.copy()
    lead[q] = np.isin(np.arange(problem.n_teams), teams)
    return replace(problem, tasks=replace(problem.tasks, lead=lead))


def with_break(problem, team, window, length=4, sites=(1,), longest=0):
    """The same with a break of one team, at one of several places, and its longest time without one."""
    name = f"rest {team}"
    tasks = [
        Task(name if n == 0 else f"{name} {n}", site, (window,), length, 0.0, True, frozenset({team}),
             presence=0.0, sort=Sort.BREAK, instead_of=None if n == 0 else name)
        for n, site in enumerate(sites)
    ]  # fmt: skip
    most = np.where(np.arange(problem.n_teams) == team, longest, 0).astype(np.int32)
    return replace(with_tasks(problem, tasks), longest_work=most)


def slow_from(problem, step):
    """The same with streets on which every way takes thrice as long from a step on."""
    profiles = (*problem.profiles, *(_straight(p, 3 * p.travel_steps) for p in problem.profiles))
    rows = np.array([[0, 2], [1, 3], [2, 2], [3, 3]], np.int32)
    response = tuple(np.arange(4 * 5 + 1) for _ in problem.response_ptr)
    points = tuple(np.zeros(20, np.int32) for _ in problem.response_point)
    return replace(
        problem, profiles=profiles, periods=Periods(np.array([0, step], np.int32), rows), response_ptr=response,
        response_point=points,
    )  # fmt: skip


def steps(*values):
    return np.array(values, dtype=np.int32)


def anybody(*teams):
    return frozenset(teams) or None


CASES = {
    "window end": lambda line: must(line(end=55), (2, ((52, 55),), 2, None)),
    "window begin": lambda line: must(line(), (4, ((0, 5),), 2, None)),
    "window closed": lambda line: must(line().closed([Closure(2, 20, 40)]), (2, ((22, 30),), 2, None)),
    "window window": lambda line: must(line(1), (4, ((20, 20),), 2, None), (1, ((24, 24),), 2, None)),
    "window who": lambda line: must(
        line(), (4, ((20, 20),), 2, anybody(0)), (1, ((22, 24),), 2, anybody(0))
    ),
    "who area": lambda line: must(in_areas(line(), (0, -1)), (4, FULL, 2, anybody(0))),
    "who closed": lambda line: must(line().closed([Closure(3, 0, 60, 0)]), (3, FULL, 2, anybody(0))),
    "who who": lambda line: must(line(), (2, ((9, 12),), 9, anybody(1)), (3, ((9, 12),), 9, anybody(1))),
    "nobody": lambda line: replace_who(must(line(), (2, FULL, 2, None))),
    "area area": lambda line: must(in_areas(line(), (0, 1), (0, 0, 1, 1, -1)), (4, FULL, 2, None)),
    "area window": lambda line: must(
        in_areas(line(), (0, 1)), (3, ((20, 21),), 5, None), (4, ((20, 21),), 5, None)
    ),
    "area closed": lambda line: must(in_areas(line().closed([Closure(4, 0, 60)]), (0, 0)), (4, FULL, 2, None)),
    "closed end": lambda line: must(line(end=55).closed([Closure(4, 0, 45)]), (4, FULL, 2, None)),
    "closed begin": lambda line: must(line().closed([Closure(4, 10, 60)]), (4, FULL, 2, None)),
    "closed closed": lambda line: must(
        line().closed([Closure(2, 0, 20), Closure(2, 24, 60)]), (2, FULL, 5, None)
    ),
    "begin end": lambda line: must(line(begin=20, end=40), (4, FULL, 2, None)),
    "crew who": lambda line: with_crew(must(line(), (2, FULL, 2, anybody(0))), 0, 2),
    "crew area": lambda line: with_crew(must(in_areas(line(), (0, -1)), (4, FULL, 2, None)), 0, 2),
    "crew closed": lambda line: with_crew(must(line().closed([Closure(2, 0, 60, 1)]), (2, FULL, 2, None)), 0, 2),
    "crew end": lambda line: with_crew(
        must(replace(line(), team_end_step=steps(12, 60)), (3, FULL, 2, None)), 0, 2
    ),
    "crew window": lambda line: with_crew(
        must(line(), (2, ((20, 21),), 5, None), (4, ((22, 23),), 2, None)), 0, 2
    ),
    "lead who": lambda line: with_lead(must(line(), (2, FULL, 2, anybody(0))), 0, 1),
    "lead closed": lambda line: with_lead(must(line().closed([Closure(2, 0, 60, 1)]), (2, FULL, 2, None)), 0, 1),
    "break window": lambda line: with_break(must(line(1), (4, ((20, 20),), 20, None)), 0, (22, 30), sites=(1, 3)),
    "break who": lambda line: with_break(must(line(), (4, ((20, 20),), 20, anybody(1))), 1, (22, 30)),
    "break end": lambda line: with_break(line(1, end=50), 0, (46, 48)),
    "break closed": lambda line: with_break(
        line(1).closed([Closure(1, 20, 40), Closure(3, 0, 60)]), 0, (20, 30), sites=(1, 3)
    ),
    "break area": lambda line: with_break(in_areas(line(1), (0,)), 0, (20, 40), sites=(3, 4)),
    "rest window": lambda line: with_break(line(1), 0, (45, 50), longest=40),
    "rest end": lambda line: with_break(line(1), 0, (10, 20), longest=35),
    "rest required": lambda line: with_break(
        must(line(1, 30, 1), (4, ((8, 8),), 12, None)), 0, (5, 25), longest=14, length=3
    ),
    "post crew": lambda line: posted(
        with_crew(must(line(), (2, ((20, 20),), 5, None), (4, ((23, 26),), 2, None)), 0, 2)
    ),
    "return window": lambda line: must(
        replace(line(1, 20, 1), access=Access(no_return=np.arange(5) == 3)),
        (3, ((6, 6),), 1, None), (1, ((10, 10),), 1, None), (3, ((14, 14),), 1, None),
    ),
    "streets window": lambda line: must(slow_from(line(1), 10), (4, ((20, 22),), 2, None)),
    "streets end": lambda line: must(slow_from(line(1, end=50), 10), (4, FULL, 2, None)),
}  # fmt: skip
EXPECTED = {
    "window end": "required window end",
    "window begin": "required window begin",
    "window closed": "required window closed",
    "window window": "required required window window",
    "window who": "required required window window who who",
    "who area": "required who area",
    "who closed": "required who closed",
    "who who": "required required window window who who",
    "nobody": "required who",
    "area area": "required area area",
    "area window": "required required window window area",
    "area closed": "required closed|required area",
    "closed end": "required closed end",
    "closed begin": "required closed begin",
    "closed closed": "required closed closed",
    "begin end": "required begin end",
    "crew who": "required crew who",
    "crew area": "required crew area",
    "crew closed": "required crew closed",
    "crew end": "required crew begin end",
    "crew window": "required required window window crew",
    "lead who": "required who lead",
    "lead closed": "required closed lead",
    "break window": "required required window window",
    "break who": "required required window window who",
    "break end": "required window end",
    "break closed": "required window closed closed",
    "break area": "required area",
    "rest window": "window begin end rest",
    "rest end": "required window end rest | begin window end rest",
    "rest required": "required begin end rest",
    "post crew": "required required window window crew",
    "return window": "required required required window window window no-return",
    "streets window": "required window streets begin",
    "streets end": "required streets begin end",
}
"""Name → kinds of the rules in the smallest conflict, or in one of several of the same size."""


def posted(problem):
    """The same with the first task as a fixed post."""
    return replace(problem, tasks=replace(problem.tasks, sort=np.array([Sort.POST, Sort.TASK], np.int32)))


def replace_who(problem):
    return replace(problem, tasks=replace(problem.tasks, allowed=np.zeros_like(problem.tasks.allowed)))


@pytest.mark.parametrize("name", CASES)
def test_each_pair_of_rules_that_can_contradict(line, name):
    problem = CASES[name](line)
    (found,) = conflicts(problem)
    kinds = sorted(part.kind for part in found.parts)
    assert kinds in [sorted(one.split()) for one in EXPECTED[name].split("|")]
    verify(problem, found)


def random_rules(make_problem, seed):
    """Three mandatory tasks of two teams in nine minutes, and a few rules of every kind."""
    rng = np.random.default_rng(seed)
    problem = make_problem(seed, n_sites=5, n_points=8, n_steps=9, n_teams=2)
    profiles = []
    for profile in problem.profiles:
        travel = rng.integers(1, 4, size=(5, 5))
        for k in range(5):  # no way is shorter by another place
            travel = np.minimum(travel, travel[:, [k]] + travel[[k]])
        np.fill_diagonal(travel, 0)
        profiles.append(_straight(profile, travel))
    problem = replace(
        problem, profiles=tuple(profiles), clock=Clock(19 * 60, 9), dwell_steps=steps(1, 2),
        dwell_effect=np.array([0.5, 1.0]), team_start_step=rng.integers(0, 3, 2).astype(np.int32),
        team_end_step=rng.integers(8, 10, 2).astype(np.int32),
        access=Access(no_return=rng.random(5) < 0.4),
    ).closed([
        Closure(int(rng.integers(5)), int(a), int(a) + 5, None if rng.random() < 0.5 else int(rng.integers(2)))
        for a in rng.integers(0, 6, 2)
    ])  # fmt: skip
    if seed % 2:
        problem = in_areas(problem, rng.integers(-1, 2, 2))
    tasks = []
    for _ in range(3):
        opens = int(rng.integers(0, 6))
        who = None if rng.random() < 0.5 else anybody(int(rng.integers(2)))
        tasks.append((int(rng.integers(1, 5)), ((opens, opens + int(rng.integers(0, 4))),), 2, who))
    return must(problem, *tasks)


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_conflict_of_random_nights(make_problem, seed):
    problem = random_rules(make_problem, seed)
    found, possible = conflicts(problem), frozenset() in broken(problem)
    assert bool(found) != possible
    if found:
        verify(problem, found[0])


def test_most_random_nights_are_in_conflict(make_problem):
    """So that the test before has something to find."""
    assert sum(bool(conflicts(random_rules(make_problem, seed))) for seed in range(6)) >= 3


def test_conflicts_without_a_task_in_common_are_told_at_once(line):
    problem = must(
        line().closed([Closure(2, 20, 40)]),
        (2, ((22, 30),), 2, None), (3, FULL, 2, None), (4, ((0, 5),), 2, None),
    )  # fmt: skip
    assert {one.tasks for one in conflicts(problem)} == {(0,), (2,)}
    with pytest.raises(InfeasibleError) as error:
        refuse_conflicts(problem)
    assert len(error.value.faults) == 2


def test_among_many_tasks_those_that_exclude_each_other_are_found(line):
    """Thirteen tasks can be done; two more are both at the same time, far apart, for one team alone."""
    easy = [Task(f"easy {n}", 1 + n % 3, ((0, 59),), 1, 0, True) for n in range(13)]
    hard = [Task(f"hard {n}", site, ((30, 30),), 2, 0, True, anybody(1)) for n, site in enumerate((1, 4))]
    problem = with_tasks(line(), [*easy[:6], hard[0], *easy[6:], hard[1]])
    (found,) = conflicts(problem)
    assert [problem.tasks.names[q] for q in found.tasks] == ["hard 0", "hard 1"]
    assert Counter(part.kind for part in found.parts) == {"required": 2, "window": 2, "who": 2}
    assert found.necessary
    assert len(found.leave_out) == 1
    assert not found.smallest  # of all tasks; nobody has looked among the easy ones


def test_rules_are_left_out_one_by_one_where_the_smallest_takes_too_long(line, monkeypatch):
    monkeypatch.setattr(module, "MOST_ROUNDS", 1)
    problem = CASES["window who"](line)
    (found,) = conflicts(problem)
    ways, rules = broken(problem), {(part.kind, part.subject) for part in found.parts}
    assert all(way & rules for way in ways)
    assert all(any(not way & (rules - {rule}) for way in ways) for rule in rules)
    assert (found.necessary, found.smallest) == (True, False)


def test_without_time_there_is_no_answer(line):
    assert conflicts(CASES["window end"](line), seconds=0.0) == []
    refuse_conflicts(CASES["window end"](line), seconds=0.0)


def test_nothing_required_nothing_in_conflict(line):
    assert conflicts(line()) == []
    assert conflicts(must(line(), (4, FULL, 2, None))) == []


def test_the_fault_tells_the_rules_in_the_planners_words(line):
    with pytest.raises(InfeasibleError) as error:
        refuse_conflicts(CASES["window who"](line))
    (fault,) = error.value.faults
    text = str(fault)
    assert fault.code == "RO-489"
    for words in (
        'task "A" must be done', '"A" must begin 19:20–19:20', 'only team 0 may do "A"',
        '"B" must begin 19:22–19:24', "All but any one of them can be held", 'can be held without: "',
    ):  # fmt: skip
        assert words in text, words


def test_areas_are_told_as_areas_in_the_tables_of_searches(line):
    """Where areas have been made closures of their teams."""
    from routeopt.rules import restricted

    problem = CASES["who area"](line)
    (found,) = conflicts(restricted(problem))
    assert sorted(part.kind for part in found.parts) == ["area", "required", "who"]


def test_solve_tells_the_rules_that_contradict(line):
    """One task that nobody can do in time, and two that exclude each other."""
    for name in ("window end", "window who"):
        with pytest.raises(InfeasibleError) as error:
            solve(CASES[name](line), Budget(iterations=1))
        assert [fault.code for fault in error.value.faults] == ["RO-489"]


def test_zones_and_reserves_contradict_tasks_elsewhere(line):
    """The task is at the far end, for the first team alone; closures that searches make are no rules."""
    problem = must(line(), (4, FULL, 2, anybody(0)))
    layer = ZoneLayer("parts", ("near", "far"), np.full(8, -1), np.array([0, 0, 0, 1, 1]))
    keeps = replace(problem, zone_layers=(layer,), team_zone=np.array([0, -1]))
    stands_by = replace(problem, team_reserve=np.array([True, False]))
    for wrong, kind, said in (
        (keeps, "zone", "keep to near"),
        (stands_by, "reserve", "a reserve, which stands by"),
    ):
        for one in (wrong, restricted(wrong)):
            (found,) = conflicts(one)
            assert found.smallest
            assert Counter(part.kind for part in found.parts) == Counter(["required", "who", kind])
            assert any(said in str(part.title) for part in found.parts)
