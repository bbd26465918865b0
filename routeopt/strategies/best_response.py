"""Best responses: plan team by team, then re-solve stretches of routes and accept them by annealing.

Each iteration removes the visits of one or two teams in a stretch of the shift and replaces them by the best
response to everything else (`kernels.visibility.longest_path`); simulated annealing decides whether to keep the
change (Kirkpatrick, Gelatt and Vecchi 1983).

Ruin and recreate by inserting single visits does not pay here: the gains of stays have to be summed either way, so
filling a stretch greedily takes as long as the longest path through it and loses four times as much (0.43 ms and
0.11 of an average visit's gain, against 0.45 ms and 0.03, on the reference scenario). Where tasks are all, or
most, of what can be won, they are moved by ruin and recreate first (`strategies.tasks_first`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.guard import refuse, whole
from routeopt.kernels.random import states
from routeopt.kernels.visibility.anneal import UNDECIDED, Draws
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search import checkpoint, crews, districts, joint, presence, required
from routeopt.search.building import LEAST_S
from routeopt.search.initial import sound_initial
from routeopt.search.schedule import Schedule, temperature
from routeopt.search.state import NOTHING, Progress, Search
from routeopt.search.tracker import Tracker
from routeopt.strategies import anywhere, tasks_first

name = "best_response"
WINDOWS_MIN = (20, 40)
"""Lengths of the re-solved stretches, minutes."""
VARY_MIN = 50.0
"""Probability of re-solving whole routes, and likewise of omitting some sites from a stretch: the square of this
over the length of the shift, at most 1. Short shifts need more variation and can afford it."""
MOST_WHOLE, MOST_IN_CITY = 40, 80
"""Sites considered for an initial whole route; 40 take a quarter of the time of all sites in a town. In a city,
where only legs to near sites are known, twice as many make the first plan 2.5 % better and no later one worse."""
PAIR = 0.5
"""Share of the iterations that re-solve two teams, one after the other, instead of one."""
OMIT, OMITTED = 0.8, 0.5
"""Probability of omitting sites when whole routes are re-solved, and the share of sites omitted; without this the
same route would be found again."""
HOT, COLD = 0.2, 0.005
"""First and last temperature, relative to the average objective per visit of the plan."""

WATCHES = 0.8
"""Share of the search in which tasks are planned around watches (`routeopt.search.presence`)."""
REPRICE = 100
"""Iterations between changes of the prices of goals."""
EXCHANGE = 4000
"""Iterations between exchanges of the best plan among threads (exchanging every 1000 gave no better plans)."""

MEET = 2000
"""Iterations between meetings of districts; at 1000 the meetings take a tenth of the time."""
TOGETHER = 200
"""Iterations between moves of tasks that several teams do together."""


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Return True: every problem is supported."""
    return True


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,
    progress: Progress | None = None,
    threads: int = 1,
    hot: float = HOT,
    keep: checkpoint.Keep | None = None,
    resume: checkpoint.State | None = None,
) -> Result:
    """Return the best plan found within ``budget``, counting the iterations of each thread; Ctrl-C ends it early.

    Parameters
    ----------
    problem
        From `build`.
    budget
        When to stop.
    seed
        Random seed.
    initial
        Plan to start from. Default: a best response of each team in turn.
    progress
        Called with (seconds, value of the best plan so far, None).
    threads
        Number of parallel searches, which share the best plan periodically, or each move one district's teams.
    hot
        First temperature, relative to the average objective per visit; less for a good plan to start from.
    keep
        Called with the state of the search now and then (`routeopt.search.checkpoint`).
    resume
        A state to go on from; the result is that of the search that it was taken of.

    Raises
    ------
    InputError
        ``initial`` breaks a rule, ``threads`` is less than 1, or ``resume`` is of another search.
    InfeasibleError
        If no plan exists.
    """
    refuse(whole("threads", threads, 1))
    if initial is not None and not problem.team_anywhere.any():
        initial = sound_initial(problem, initial)
    if keep is None and resume is None:
        done = _solved_otherwise(problem, budget, seed, initial, progress, threads, hot)
        if done is not None:
            return done
    here = checkpoint.about(problem, seed, threads, budget.iterations) if keep or resume else {}
    if resume is not None:
        checkpoint.refuse_other(resume, here)
    search, tracker = Search(problem), Tracker(budget, progress)
    problem = search.problem
    required.refuse_impossible(problem)
    interrupted = False
    try:
        if initial is not None:
            search.set_plan(search.rows_of(initial))
        if resume is not None:
            checkpoint.begin_from(resume, tracker)
        else:
            _begin(search, tracker, initial)
            if keep is None:  # a state that is kept has no place for routes of tasks alone
                share = tasks_first.plan_most(search, tracker, seed)
                hot *= 1.0 if share < tasks_first.LEAST else max(1.0 - share, COLD / hot)
        told = None if keep is None else partial(_tell, keep, here)
        anneal(search, tracker, seed, range(problem.n_teams), 0, threads, hot, told, resume)
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            empty = [NOTHING] * problem.n_teams
            tracker.offer(empty, search.value(empty))
    result = tracker.result(search, name, seed, interrupted)
    presence.refuse_broken(problem, result.plan)
    return result


def _solved_otherwise(
    problem: Problem, budget: Budget, seed: int, initial: Plan | None, progress: Progress | None, threads: int,
    hot: float,
) -> Result | None:  # fmt: skip
    """Solve what is not annealed as a whole: starts anywhere, tasks alone, watches; None for the rest."""
    if problem.team_anywhere.any():

        def inner(part: Problem, limit: Budget, number: int, start: Plan | None, tell: Progress | None) -> Result:
            return solve(part, limit, number, start, tell, threads, hot)

        return anywhere.solve(problem, budget, seed, initial, progress, inner)
    required.refuse_impossible(problem)
    presence.refuse_impossible(problem)
    alone = tasks_first.plan_alone(problem, budget, seed, progress, name, initial)
    return alone if alone is not None or initial is not None else _watched(problem, budget, seed, progress)


def _begin(search: Search, tracker: Tracker, initial: Plan | None) -> None:
    """Make the plan that is annealed."""
    joint.decide(search)
    _plan_absent(search, tracker)
    if len(search.missing()):
        required.hold(search)
        tracker.offer(search.copy_routes(), search.objective())
    _place_crews(search, tracker)
    if initial is not None and search.floors is not None:
        search.floors.offer([search], tracker)  # a search gives back no worse plan than it was given


def _watched(problem: Problem, budget: Budget, seed: int, progress: Progress | None) -> Result | None:
    """Plan tasks alone with watches where teams must be present, then by best responses; None if that fails."""
    first, rest = (
        Budget(
            None if budget.seconds is None else part * budget.seconds,
            None if budget.iterations is None else max(1, int(part * budget.iterations)), budget.no_improvement,
        )
        for part in (WATCHES, 1.0 - WATCHES)
    )  # fmt: skip
    found = tasks_first.plan_watched(problem, first, seed, progress, name)
    if found is None or found.interrupted:
        return found
    after = solve(problem, rest, seed, found.plan, progress, hot=COLD)
    return replace(
        max(after, found, key=lambda one: one.value), runtime_s=found.runtime_s + after.runtime_s,
        iterations=found.iterations + after.iterations, interrupted=after.interrupted,
        history=(*found.history, *((found.runtime_s + s, v) for s, v in after.history)),
    )  # fmt: skip


def _tell(keep: checkpoint.Keep, here: Mapping[str, Any], state: dict[str, Any]) -> None:
    keep({**here, **state})


def _plan_absent(search: Search, tracker: Tracker) -> None:
    """Plan the teams without a route, each as the best response to those before; in time, or they stay at home."""
    limit = math.inf if tracker.budget.seconds is None else max(tracker.budget.seconds, LEAST_S)
    most = MOST_WHOLE if search.movement.knows_all else MOST_IN_CITY
    for team in np.argsort(-search.problem.team_factor, kind="stable").tolist():
        if search.counts[team] < 0:
            late = tracker.seconds >= limit
            search.set_route(team, NOTHING if late else search.best_stretch(team, 0, most=most))
            search.refresh()
        tracker.offer(search.copy_routes(), search.objective())


def _place_crews(search: Search, tracker: Tracker) -> None:
    """Put the optional tasks that several teams do together into the plan where they pay."""
    for q, begin in search.crews.begin.items():
        if begin is None and not tracker.budget.is_spent(tracker.seconds, 0):
            joint.place(search, q, range(search.problem.n_teams))
            tracker.offer(search.copy_routes(), search.objective())


def anneal(
    search: Search, tracker: Tracker, seed: int, teams: Sequence[int], first_step: int, threads: int = 1,
    hot: float = HOT, keep: checkpoint.Keep | None = None, resume: checkpoint.State | None = None,
) -> None:  # fmt: skip
    """Re-solve stretches of ``teams`` from ``first_step`` on until the tracker stops; it keeps the best plan.

    Each of ``threads`` searches independently and adopts the best plan of all every `EXCHANGE` iterations; or, if
    there are many teams, moves those of its own district (see `routeopt.search.districts`).
    """
    draws, schedule = (
        _draws(search, teams, first_step, search.problem.n_steps - first_step),
        Schedule(tracker, hot, COLD, threads),
    )
    searches, numbers = [search, *(search.twin() for _ in range(threads - 1))], states(seed, threads)
    for one in searches:
        one.best.objective[0] = -np.inf
    rng = np.random.default_rng(int(numbers[0][0]))
    if resume is not None:
        checkpoint.restore(resume, searches, numbers, rng)

    def stand() -> None:
        """Forget how the plan came about, now and then; there the state may be taken."""
        if tracker.iterations % checkpoint.EVERY == 0:
            checkpoint.renew(searches)
            if keep is not None:
                keep(checkpoint.taken(searches, numbers, tracker, rng))

    try:
        with ThreadPoolExecutor(threads) as pool:
            if len(teams) == search.problem.n_teams and districts.pay(search, threads):
                _anneal_districts(searches, tracker, draws, schedule, numbers, pool, stand)
            else:
                _anneal(searches, tracker, draws, schedule, numbers, pool, rng, stand)
    finally:
        if search.floors is not None:
            search.floors.offer(searches, tracker)


def _anneal(
    searches: list[Search],
    tracker: Tracker,
    draws: Draws,
    schedule: Schedule,
    numbers: list[NDArray[np.uint64]],
    pool: ThreadPoolExecutor,
    rng: np.random.Generator,
    stand: Callable[[], None],
) -> None:
    """Run the searches, each with its own random numbers, until the tracker stops."""
    floors, together = searches[0].floors, bool(searches[0].crews)
    every = EXCHANGE if floors is None else REPRICE
    step = math.gcd(every, checkpoint.EVERY, *([TOGETHER] if together else []))
    while n := tracker.go_on(min(schedule.most(), step - tracker.iterations % step)):
        try:
            _run(searches, tracker.iterations - n, n, [draws] * len(searches), schedule, numbers, pool)
        finally:
            if floors is None:
                for one in searches:
                    tracker.offer_later(one)
        if tracker.iterations % every == 0:
            if floors is None:
                _exchange(searches)
            else:
                floors.offer(searches, tracker)
                floors.adjust(searches)
        if together and tracker.iterations % TOGETHER == 0:
            _move_crews(searches, tracker, schedule, rng)
        stand()
        schedule.count(n)


def _move_crews(searches: list[Search], tracker: Tracker, schedule: Schedule, rng: np.random.Generator) -> None:
    """Move a task that several teams do together, in the first search; the others follow."""
    first = searches[0]
    per_visit = first.objective() / max(1, int(first.counts.sum()))
    heat = temperature(schedule.cooling(1), tracker.iterations, max(0.0, per_visit))
    if joint.move(first, rng, heat):
        for one in searches:
            if one.floors is None:
                tracker.offer(first.copy_routes(), first.objective())
            one.best.objective[0] = -np.inf  # it was one with other penalties
        for twin in searches[1:]:
            crews.follow(twin, first)


def _anneal_districts(
    searches: list[Search],
    tracker: Tracker,
    draws: Draws,
    schedule: Schedule,
    numbers: list[NDArray[np.uint64]],
    pool: ThreadPoolExecutor,
    stand: Callable[[], None],
) -> None:
    """Run the searches, each for the teams of its own district, until the tracker stops."""
    teams = districts.cut(searches[0], len(searches), tracker.iterations // MEET)
    try:
        while n := tracker.go_on(min(schedule.most(), MEET - tracker.iterations % MEET)):
            own = [draws._replace(teams=some) for some in teams]
            try:
                _run(searches, tracker.iterations - n, n, own, schedule, numbers, pool)
            finally:
                for one in searches:
                    tracker.offer_later(one)
            if tracker.iterations % MEET == 0:
                districts.meet(searches, teams, tracker)
                stand()
                teams = districts.cut(searches[0], len(searches), tracker.iterations // MEET)
            schedule.count(n)
    finally:
        districts.join_best(searches, teams, tracker)


def _run(
    searches: Sequence[Search],
    begin: int,
    n: int,
    draws: Sequence[Draws],
    schedule: Schedule,
    numbers: Sequence[NDArray[np.uint64]],
    pool: ThreadPoolExecutor,
) -> None:
    """Run ``n`` iterations of all searches at once."""
    work = partial(Search.anneal, cooling=schedule.cooling(n), begin=begin, n_iterations=n)
    each = zip(searches, draws, numbers, strict=True)
    running = [pool.submit(work, one, draws=mine, state=state) for one, mine, state in each]
    try:
        for found in running:
            found.result()
    finally:
        wait(running)


def _exchange(searches: Sequence[Search]) -> None:
    """Continue every search whose best plan is worse from the best plan of all."""
    ahead = max(searches, key=lambda one: float(one.best.objective[0]))
    for one in searches:
        if one.best.objective[0] < ahead.best.objective[0]:
            routes = zip(ahead.best.routes, ahead.best.counts, strict=True)
            one.set_plan([None if n < 0 else route[:n] for route, n in routes])


def resolve(
    search: Search, state: NDArray[np.uint64], teams: Sequence[int], first_step: int, n_steps: int
) -> list[int]:
    """Re-solve one stretch, somewhere in the given steps, for one or two of ``teams``; return which teams.

    Call `Search.settle` or `Search.put_back` before any other change.
    """
    search.anneal(_draws(search, teams, first_step, n_steps), UNDECIDED, 0, 1, state)
    return search.changed()


def _draws(search: Search, teams: Sequence[int], first_step: int, n_steps: int) -> Draws:
    """Return the distribution of stretches of ``teams`` in ``n_steps`` steps from ``first_step`` on."""
    minute = 60.0 / search.problem.clock.step_s
    vary = min(1.0, (VARY_MIN * minute / n_steps) ** 2)
    widths = np.array([max(1, int(width * minute)) for width in WINDOWS_MIN])
    chosen = np.array(teams, dtype=np.int64)
    return Draws(widths, PAIR, vary, OMIT, OMITTED, Search.MOST, chosen, first_step, n_steps)
