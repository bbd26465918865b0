"""State of a search: the problem as kernel arrays, the current plan, the best plan and the convergence history."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.kernels.compiled import address
from routeopt.kernels.visibility import anneal, levels, longest_path, response, solution
from routeopt.kernels.visibility.whereabouts import INTERVAL
from routeopt.plan import Plan, Route, Visit, longest_route
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.activities import Kind
from routeopt.problem.goals import MOST_PRICE
from routeopt.rules import restricted
from routeopt.search import crews, floors, pack
from routeopt.search.known import KnownLegs

Visits = NDArray[np.int64]
"""(n, 4): site, start step, activity (see `routeopt.plan.Visit`), anchor (see `solution.Solution`)."""
Progress = Callable[[float, float, float | None], None]
"""Callback of (seconds, value of the best plan so far, bound or None)."""

NOTHING: Visits = np.empty((0, 4), dtype=np.int64)
"""Route without visits."""
FEW_TEAMS = 16
"""Teams up to which every route is walked where a change is felt; with more, those that may be near alone."""
MANDATORY = 10.0
"""Penalty per unserved mandatory task, on top of the sum of all rewards and of the greatest prices of goals."""


class Search:
    """A problem packed for the kernels, with the current plan and its coverage.

    Raises
    ------
    InfeasibleError
        If a team cannot travel from its start to its end within its shift, so that no plan exists.
    """

    MOST = 15
    """Sites considered when a stretch is re-solved: those whose best stay gains most."""
    _warm = False

    def __init__(self, problem: Problem) -> None:
        self.crews = crews.Crews(restricted(problem))
        """Tasks that several teams do together."""
        problem = self.crews.problem
        self.problem = problem
        """The problem with tables as narrow as the rules allow, and a task for each team of a crew."""
        self.total = float(problem.demand.sum())
        self.floors = floors.Floors(problem) if problem.goals else None
        """Goals and their prices; None without goals."""
        fade = float(np.exp(-problem.clock.step_s / problem.tau_s))
        self.known = KnownLegs(problem)
        self.movement = self.known.packed(fade, tiles=problem.n_teams > FEW_TEAMS)
        self.menu = levels.Menu(
            problem.dwell_steps.astype(np.int64), problem.dwell_effect, problem.visit_steps.astype(np.int64),
            problem.visit_effect, problem.activities.presence, problem.activities.lasting,
            problem.activities.kind == Kind.AWAY, problem.activities.first_task, float(problem.passage_effect),
            fade, int(problem.spacing_steps),
        )  # fmt: skip
        self.penalty = MANDATORY + float(problem.tasks.reward.sum()) + MOST_PRICE * len(problem.goals)
        """Penalty per unserved mandatory task, as a share of the demand."""
        first = problem.tasks.is_first
        self.owed = self.penalty * float((problem.tasks.mandatory & first).sum()) * self.total
        """Penalty if all mandatory tasks are unserved, in demand × steps."""
        self.tasks = pack.tasks(problem, self.penalty, self.total)
        self.is_first = first
        """(n_tasks,) whether it is the first of the tasks of which one is served."""
        self.allowed, self.mandatory = problem.tasks.allowed, problem.tasks.mandatory
        self.ends = np.stack(
            [problem.team_start_site, problem.team_end_site, problem.team_start_step, problem.team_end_step],
            axis=1,
        ).astype(np.int64)
        self.teams = levels.Teams(
            problem.team_profile.astype(np.int64), problem.team_factor, self.ends, problem.site_stoppable
        )
        _refuse_impossible(self)
        weight = problem.demand.sum(axis=1)
        self.site_demand = np.stack([pack.demand_seen(p, weight) for p in problem.profiles])
        """(n_profiles, n_sites) total demand seen from each site."""
        self.stoppable = problem.site_stoppable[None] & (self.site_demand > 0)
        """(n_profiles, n_sites) whether stopping is allowed, and any demand is seen from there."""
        self.instance = solution.Instance(
            self.movement, self.menu, self.teams, self.tasks,
            np.ascontiguousarray(problem.tasks.allowed.reshape(len(problem.tasks), problem.n_teams)),
            problem.tasks.mandatory, self.stoppable,
            pack.neighbours(problem, self.stoppable),
            np.power(self.menu.fade, np.arange(problem.n_steps + 1, dtype=np.float64)),
            pack.access(problem), self.owed,
        )  # fmt: skip
        crews.packed(self)
        self.within_sight = self._within_sight()
        """The points where anything is ever seen, by any plan; in a town these are few."""
        self.clear()
        self.refresh()
        if not Search._warm:
            self._warm_up()
            Search._warm = True

    def _within_sight(self) -> NDArray[np.int64]:
        problem = self.problem
        if problem.absent0.size or problem.keep0.size:
            return np.arange(problem.n_points)
        found = problem.level0 > 0
        found[self.movement.sight.point] = True
        found[self.movement.legs.point] = True
        return np.flatnonzero(found)

    def clear(self) -> None:
        """Allocate the arrays of the current plan, without any team."""
        problem = self.problem
        demand, reach = problem.demand, response.NO_REACH
        if self.floors is not None:
            self._priced = self.floors.priced_demand()
            demand = self._priced.view()
            demand.flags.writeable = False  # another type for kernels, which would all be compiled again
            reach = self.floors.reach(problem, problem.activities.free)
        n_more = reach.weight.shape[1] if len(reach.weight) else 0
        self.coverage, self.marks = levels.coverage(
            demand, problem.level0, problem.absent0, problem.keep0, n_more, self.within_sight
        )
        longest = longest_route(problem) + 2
        self.routes = np.zeros((problem.n_teams, longest, 4), dtype=np.int64)
        self.counts = np.full(problem.n_teams, -1, dtype=np.int64)
        n_intervals = problem.n_steps // INTERVAL + 1 if problem.n_teams > FEW_TEAMS else 0
        self.solution = solution.Solution(
            self.routes, self.counts, np.full(problem.n_teams, -1, dtype=np.int64),
            np.zeros((problem.n_teams, n_intervals), dtype=np.uint64),
        )  # fmt: skip
        self.best = anneal.Best(
            self.routes.copy(), self.counts.copy(), np.full(1, -np.inf), np.zeros(1, dtype=np.int64)
        )
        """Best plan that the annealing kernel has found."""
        self.undo = anneal.Undo(
            np.zeros(1, dtype=np.int64),
            np.zeros((2, 4), dtype=np.int64),
            np.zeros((2, longest, 4), dtype=np.int64),
            np.zeros((2, n_intervals), dtype=np.uint64),
        )
        if len(reach.weight):
            reach = floors.compiled(
                self.movement, self.menu, self.teams, self.solution, self.marks, reach, self.coverage.seen
            )
        self.reach = reach
        """What is reached in time, where a goal asks for it."""
        self.scratch = np.zeros(
            2 * problem.n_sites * self.instance.neighbours.shape[2] * (problem.n_steps + 1), np.float32
        )
        """Working memory of the longest path."""
        open_to = np.ones(problem.n_sites, dtype=np.bool_)
        found = np.zeros((2 * (problem.n_steps + 1), 4), dtype=np.int64)
        coverage, marks, undo, fade = self.coverage, self.marks, self.undo, self.menu.fade
        zero, nothing, types = 0, undo.visits[0, :0], dict[int, Any]()
        self.memory = anneal.Memory(
            coverage, reach, marks, undo, self.scratch, open_to, found,
            address(
                longest_path.best_stretch, types, self.instance, self.solution, coverage, reach, self.scratch,
                zero, zero, zero, open_to, found,
            ),
            address(solution.splice, types, self.instance, self.solution, zero, zero, zero, nothing, marks),
            address(
                levels.refresh_near, types, self.movement, self.menu, self.teams, self.solution, marks, coverage
            ),
            address(levels.settle, types, fade, marks, coverage),
            address(anneal.take_back, types, self.solution, undo, fade, marks, coverage),
        )  # fmt: skip

    def twin(self) -> Search:
        """Return a search of the same problem with a copy of the current plan, for use in another thread."""
        other = copy.copy(self)
        other.known = self.known.copy()
        other.clear()
        other.set_plan(self.current_routes())
        return other

    def _warm_up(self) -> None:
        """Compile every kernel, or load it from the cache, before the time of a search starts."""
        self.set_route(0, NOTHING)
        self.splice(0, 0, 0, self.best_stretch(0, 0, most=1))
        self.set_route(0, None)
        self.refresh()
        none = np.zeros(1, dtype=np.int64)
        draws = anneal.Draws(none, 0.0, 0.0, 0.0, 0.0, 1, none, 0, 1)
        self.anneal(draws, anneal.UNDECIDED, 0, 0, np.zeros(1, dtype=np.uint64))
        self.put_back()

    # the current plan -------------------------------------------------------------------------------------

    def route(self, team: int) -> Visits:
        """Return the team's visits (a view)."""
        return self.routes[team, : max(0, self.counts[team])]

    def refresh(self) -> None:
        """Update the coverage near all routes that have changed."""
        changed = self.movement, self.menu, self.teams, self.solution, self.marks
        levels.refresh_near(*changed, self.coverage)
        if len(self.reach.weight):
            response.recount(*changed, self.reach, self.coverage.seen)
        self.settle()

    def between(self, team: int, first: int, last: int) -> tuple[int, int, int, int]:
        """Return the ends of a stretch of visits: (site, step) it starts from, then (site, step) it must reach.

        These are the end of visit ``first`` − 1 and the start of visit ``last``, or the ends of the team's shift.
        """
        found: tuple[int, int, int, int] = solution.between(self.menu, self.ends, self.solution, team, first, last)
        return found

    def _follow(self, routes: Iterable[tuple[int, Visits]]) -> None:
        """Make sure that the kernels know the legs of routes (team, visits) from elsewhere."""
        legs: list[tuple[int, int, int]] = []
        for team, visits in routes:
            start, end = self.ends[team, :2].tolist()
            legs += [(team, i, k) for i, k in pairwise([start, *visits[:, 0].tolist(), end])]
        if self.known.learn(legs):
            self.movement = self.known.packed(self.menu.fade, tiles=self.problem.n_teams > FEW_TEAMS)
            self.instance = self.instance._replace(movement=self.movement)
            self.within_sight = self._within_sight()
            self.marks.span[:] = 0, self.problem.n_steps
            levels.mark_all(self.marks, self.within_sight)

    def set_route(self, team: int, visits: Visits | None) -> None:
        """Replace the team's route (None: remove the team); call `refresh` before reading the coverage."""
        if visits is not None:
            self._follow([(team, visits)])
        if visits is not None or self.counts[team] >= 0:
            self.splice(team, 0, max(0, int(self.counts[team])), NOTHING if visits is None else visits)
        if visits is None:
            self.counts[team] = -1

    def splice(self, team: int, first: int, last: int, visits: Visits) -> None:
        """Replace the visits ``first`` to ``last`` (exclusive); call `refresh` before reading the coverage."""
        solution.splice(self.instance, self.solution, team, first, last, visits, self.marks)

    def is_sealed(self, team: int, n: int) -> bool:
        """Return whether the gap before visit ``n`` of the team may not change, as a later visit is sealed."""
        return bool((self.route(team)[n:, 3] & solution.SEALED).any())

    def stretches(self, team: int) -> list[tuple[int, int]]:
        """List (first, last exclusive) of the stretches of at most two visits around each place between visits.

        They contain no anchor, and none lies before a sealed visit.
        """
        anchor = self.route(team)[:, 3]
        sealed = np.flatnonzero(anchor & solution.SEALED)
        least = int(sealed[-1]) + 1 if len(sealed) else 0
        free = np.append(anchor == 0, False)
        return [
            (row - int(row > least and free[row - 1]), row + int(free[row]))
            for row in range(least, len(anchor) + 1)
        ]

    def stop_span(self, team: int) -> tuple[int, int]:
        """Return from when to when the team may begin a stop after its route, steps since the route's end."""
        since, until = solution.stop_span(self.menu, self.solution, team, int(self.counts[team]))
        now = self.between(team, int(self.counts[team]), int(self.counts[team]))[1]
        return since - now, until - now

    def take_out(self, team: int, first: int, last: int) -> None:
        """Remove the visits ``first`` to ``last`` (exclusive) and leave a gap there until the next `splice`."""
        self.splice(team, first, last, NOTHING)
        self.solution.gap[team] = first
        self.refresh()

    def anneal(
        self, draws: anneal.Draws, cooling: anneal.Cooling, begin: int, n_iterations: int,
        state: NDArray[np.uint64],
    ) -> None:  # fmt: skip
        """Run ``n_iterations`` of simulated annealing (see `kernels.visibility.anneal.anneal`)."""
        anneal.anneal(
            self.instance, self.solution, self.memory, self.best, draws, cooling, begin, n_iterations, state,
        )  # fmt: skip

    def changed(self) -> list[int]:
        """Return the teams whose stretches were re-solved last."""
        found: list[int] = self.undo.where[: self.undo.size[0], 0].tolist()
        return found

    def settle(self) -> None:
        """Keep the stretches that were re-solved: update the coverage before and after them."""
        levels.settle(self.menu.fade, self.marks, self.coverage)
        self.reach.is_kept[0] = False

    def put_back(self) -> None:
        """Undo the re-solved stretches and their coverage."""
        if len(self.reach.weight):
            response.restore(self.marks, self.reach, self.coverage.seen)
        anneal.take_back(self.solution, self.undo, self.menu.fade, self.marks, self.coverage)

    def set_plan(self, routes: Sequence[Visits | None]) -> None:
        """Replace the current plan and update the coverage."""
        self._follow((team, visits) for team, visits in enumerate(routes) if visits is not None)
        for team, visits in enumerate(routes):
            self.set_route(team, visits)
        self.refresh()

    def change_routes(self, routes: Sequence[Visits | None]) -> None:
        """Make the routes the current plan, as `set_plan` does; those that are the same are left alone."""
        for team, visits in enumerate(routes):
            absent = self.counts[team] < 0
            new = NOTHING if visits is None else visits
            if absent != (visits is None) or not np.array_equal(self.route(team), new):
                self.set_route(team, visits)
        self.refresh()

    def done(self) -> NDArray[np.bool_]:
        """Return whether the current plan serves each task, (n_tasks,)."""
        found: NDArray[np.bool_] = solution.done(
            self.solution, self.problem.activities.first_task, self.tasks.group
        )
        return found

    def open_tasks(self, team: int) -> NDArray[np.bool_]:
        """Return whether the team may serve each task and nobody does so in the current plan, (n_tasks,)."""
        open_to: NDArray[np.bool_] = self.instance.allowed[:, team] & ~self.done()
        return open_to

    def missing(self) -> NDArray[np.intp]:
        """List the mandatory tasks that the current plan does not serve; of alternatives, the first."""
        return np.flatnonzero(self.instance.mandatory & ~self.done() & self.is_first)

    def objective(self) -> float:
        """Return visibility plus rewards of the current plan, less ``penalty`` per unserved mandatory task.

        Negative if a mandatory task is unserved, otherwise equal to the value of `evaluate`, with what the goals
        add that have a price.
        """
        return self.as_share(
            solution.objective(self.solution, self.problem.activities.first_task, self.tasks, self.coverage.seen)
        )

    def worth(self) -> float:
        """Return visibility plus rewards of the current plan: its `objective` without penalties and prices."""
        if self.floors is None:
            return self.objective() + self.penalty * len(self.missing()) + self.left()
        seen = 1.0 - self.coverage.absent * self.coverage.bare
        reward = self.problem.tasks.reward[self.done() & self.is_first].sum()
        return float((self.floors.demand * seen).sum() / self.total + reward)

    def left(self) -> float:
        """Return what stops of the current plan outside their teams' zones cost, as a share of the demand."""
        if not self.tasks.leaving.size:
            return 0.0
        sites = [self.route(team)[:, 0] for team in range(len(self.counts))]
        new = [own[np.append(True, np.diff(own) != 0)[: len(own)]] for own in sites]
        return float(sum(self.tasks.leaving[team, own].sum() for team, own in enumerate(new))) / self.total

    def reprice(self) -> None:
        """Count with the present prices of the goals; the best plan of the kernel was one under others."""
        assert self.floors is not None
        self._priced[:] = self.floors.priced_demand()
        self.marks.span[:] = 0, self.problem.n_steps
        levels.mark_all(self.marks, self.within_sight)
        self.refresh()
        self.best.objective[0] = -np.inf

    def as_share(self, objective: float) -> float:
        """Convert a kernel's objective (demand × steps, without penalties) to that of `objective`."""
        return (objective - self.owed) / self.total

    def value(self, routes: Sequence[Visits | None]) -> float:
        """Make the routes the current plan and return its `objective`."""
        self.set_plan(routes)
        return self.objective()

    def current_routes(self) -> list[Visits | None]:
        """Copy the current plan, for `set_plan`; None for a team that is absent."""
        return [None if n < 0 else route[:n].copy() for route, n in zip(self.routes, self.counts, strict=True)]

    def copy_routes(self) -> list[Visits]:
        """Copy the current plan; an absent team has no visits."""
        return [self.route(team).copy() for team in range(self.problem.n_teams)]

    # best responses ---------------------------------------------------------------------------------------

    def returns(self, team: int, planned: Sequence[int] = ()) -> NDArray[np.bool_]:
        """Return at which sites the team must not stop again, (n_sites,); ``planned`` it will visit besides."""
        found = np.zeros(self.problem.n_sites, dtype=np.bool_)
        if len(self.problem.access.no_return):
            found[self.route(team)[:, 0]] = True
            found[list(planned)] = True
            found &= self.problem.access.no_return
        return found

    def best_stretch(self, team: int, first: int, *, most: int | None = None) -> Visits:
        """Find the best visits between visit ``first`` − 1 and visit ``first`` of the team, all else fixed.

        Call `take_out` for the team's present visits there first, since everything in the coverage counts.

        Parameters
        ----------
        most
            Number of sites considered, besides those of tasks. Default: all.

        There are none also where none leads through the gap; ask `is_through` if anything was taken out of it.
        """
        found = self.memory.found
        row = longest_path.best_stretch(
            self.instance, self.solution, self.coverage, self.reach, self.scratch, team, first,
            self.problem.n_sites if most is None else most,
            np.ones(self.problem.n_sites, dtype=np.bool_), found,
        )  # fmt: skip
        return found[row:].copy() if row != longest_path.NO_WAY else NOTHING

    def is_through(self, team: int, n: int) -> bool:
        """Return whether the team can go straight on between visits ``n`` − 1 and ``n``."""
        at, now, home, finish = self.between(team, n, n)
        return now + self.problem.movement(team).steps(at, home, now) <= finish

    def plan(self, routes: Sequence[Visits]) -> Plan:
        """Convert routes to a plan; merge consecutive visits to one site, unless one of them serves a task."""
        return Plan(tuple(Route(team, self._stays(team, visits)) for team, visits in enumerate(routes)))

    def _is_one_visit(self, team: int, stay: Sequence[Visit]) -> bool:
        """Return whether visits to one site may be told as one: only dwells, at no time closed in between."""
        end = stay[-1].start + int(self.menu.visit_steps[stay[-1].activity])
        rows = self.problem.activities.rows
        dwells = all(rows[visit.activity].kind is Kind.DWELL for visit in stay)
        return dwells and self.problem.access.is_open(team, stay[0].site, stay[0].start, end)

    def _stays(self, team: int, visits: Visits) -> tuple[Visit, ...]:
        table, found = self.problem.activities.rows, []
        for (site, merges), group in groupby(
            visits.tolist(), key=lambda row: (row[0], row[3] == 0 and table[row[2]].kind is not Kind.WAIT)
        ):
            stay = [Visit(i, start, what, bool(anchor & solution.FIXED)) for i, start, what, anchor in group]
            if merges and len(stay) > 1 and self._is_one_visit(team, stay):
                end = stay[-1].start + int(self.menu.dwell_steps[stay[-1].activity])
                longest = int(np.searchsorted(self.menu.dwell_steps, end - stay[0].start, side="right")) - 1
                stay = [Visit(site, end - int(self.menu.dwell_steps[longest]), longest)]
            found += stay
        return tuple(visit._replace(activity=self.crews.activity(visit.activity)) for visit in found)

    def rows_of(self, plan: Plan) -> list[Visits]:
        """Convert the routes of a plan to rows, (n, 4) each; crews begin when they do there from now on."""
        return self.in_parts([with_anchors(self.problem, route.visits) for route in plan.routes])

    def in_parts(self, routes: Sequence[Visits]) -> list[Visits]:
        """Convert rows of the given problem to those of `problem`; crews begin when they do there from now on."""
        return crews.rows_in_parts(self, routes)


def _refuse_impossible(search: Search) -> None:
    faults = []
    for team, (start, end, begin, finish) in enumerate(search.ends):
        steps = search.problem.movement(team).steps(start, end, begin)
        if begin + steps > finish:
            minutes = f"{steps * search.problem.clock.step_s / 60:g}"
            why = Message("no-way") if steps >= UNREACHABLE else Message("way-takes", minutes=minutes)
            where = Message("place-team", name=search.problem.team_names[team])
            faults.append(Fault("RO-453", where, why=why))
    if faults:
        raise InfeasibleError(faults)


def rows(visits: Sequence[Sequence[int]]) -> Visits:
    """Return visits as rows, (n, 4); those of three numbers (site, start step, activity) may change."""
    found = np.array([(*visit[:3], visit[3] if len(visit) > 3 else 0) for visit in visits], dtype=np.int64)
    return found.reshape(-1, 4)


def with_anchors(problem: Problem, visits: Sequence[Sequence[int]]) -> Visits:
    """Return visits as rows, (n, 4), with what no search chooses as anchors.

    Waiting and being away are what has happened: they are sealed. A stop of a length outside the menu is fixed.
    """
    found = rows(visits)
    kind = problem.activities.kind[found[:, 2]]
    found[kind == Kind.STOP, 3] |= solution.FIXED
    found[(kind == Kind.WAIT) | (kind == Kind.AWAY), 3] |= solution.SEALED
    return found
