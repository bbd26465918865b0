"""Plan every case of a what-if, here or in other processes, and gather the rows of its table."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from routeopt.budget import Budget
from routeopt.errors import Message, RouteoptError, one_line
from routeopt.evaluation import Figures, evaluate
from routeopt.executor import Done, Workers, in_order, opened, shared
from routeopt.guard import function, kind, refuse, whole
from routeopt.lagrangian import bound as least_bound
from routeopt.problem.build import Built, build_with_streets
from routeopt.rules import check
from routeopt.scenario.model import Scenario
from routeopt.solving import MOST_SEED, solve
from routeopt.whatif.cases import Asked, Case, cases, names_of
from routeopt.whatif.response import Load, Response, response

log = logging.getLogger(__name__)


class Limits(NamedTuple):
    """What every case is planned within."""

    budget: Budget
    bound: Budget | None
    """Of the upper bound; None for no bound."""
    seed: int
    load: Load


@dataclass(frozen=True)
class Row:
    """What is known of a case; shares are in [0, 1]."""

    section: str
    label: str
    teams: int
    modes: dict[str, int]
    changed: tuple[str, ...] = ()
    """Teams that the scenario does not have, with +, and those that it has, with −."""
    value: float = 0.0
    visibility: float = 0.0
    handling: dict[str, float] = field(default_factory=dict)
    """Minutes → share of the demand that a free team with powers reaches within that time."""
    backup: dict[str, float] = field(default_factory=dict)
    """The same of a second team."""
    bound: float | None = None
    """No plan of this case has a greater value."""
    floors: int = 0
    """Number of floors."""
    unmet: tuple[str, ...] = ()
    """Floors that the plan misses."""
    left_out: tuple[str, ...] = ()
    """Tasks that it does not serve."""
    response: Response | None = None
    gain: float | None = None
    """Visibility more than with fewer teams, per team added; of other cases, than in the scenario."""
    fewest: bool = False
    """Whether these are the fewest teams of the table that meet all floors."""
    error: tuple[Message, ...] = ()
    """Why the case cannot be planned: faults, or rules that its plan breaks."""
    runtime_s: float = 0.0

    @property
    def meets_all(self) -> bool:
        """Whether there is a plan that meets all floors."""
        return not self.error and not self.unmet

    def to_json(self) -> dict[str, Any]:
        """Return it for `json.dumps`."""
        return {
            "section": self.section, "case": self.label, "teams": self.teams, "modes": self.modes,
            "changed": list(self.changed), "value": self.value, "visibility": self.visibility, "gain": self.gain,
            "handling": self.handling, "backup": self.backup, "bound": self.bound, "floors": self.floors,
            "unmet": list(self.unmet),
            "left_out": list(self.left_out), "meets_all": self.meets_all, "fewest": self.fewest,
            "queue": None if self.response is None else self.response.to_json(),
            "error": "; ".join(map(str, self.error)) or None,
            "runtime_s": round(self.runtime_s, 3),
        }  # fmt: skip


def whatif(
    scenario: Scenario,
    asked: Asked,
    *,
    budget: Budget | None = None,
    bound: Budget | None = None,
    seed: int = 0,
    load: Load | None = None,
    executor: Executor | None = None,
    progress: Done | None = None,
) -> Iterator[Row]:
    """Plan the scenario and every case that is asked for, and yield a row each, in this order.

    Parameters
    ----------
    asked
        What is varied: `routeopt.whatif.cases.parse`.
    budget, bound
        Limits of each search (default: 3 seconds) and of each upper bound (default: none).
    load
        Calls, for response under load.
    executor
        Where cases are planned, several at a time. Default: here, one after the other.
    progress
        Called with the number of rows so far, and of all.

    Raises
    ------
    InputError
        If something that is asked for cannot be, with every fault. A case that cannot be planned has an error.
    """
    faults = kind("scenario", scenario, Scenario) + kind("asked", asked, Asked) + whole("seed", seed, 0, MOST_SEED)
    faults += kind("budget", budget, Budget, optional=True) + kind("bound", bound, Budget, optional=True)
    refuse(faults + kind("load", load, Load, optional=True) + function("progress", progress))
    every = cases(scenario, asked)
    limits = Limits(budget or Budget(seconds=3.0), bound, int(seed), load or Load())
    other = [case for case in every if case is every[0] or case.scenario != scenario]
    done: Iterator[Row]
    if executor is None:
        done = (run_case(scenario, case, limits) for case in other)
    else:
        done = in_order([_submit(executor, scenario, case, limits) for case in other])
    base: Row | None = None
    for n, case in enumerate(every, 1):
        if case in other or base is None:
            row = next(done)
            base = base or row
        else:
            row = replace(base, section=case.section, label=case.label)
        yield row
        if progress is not None:
            progress(n, len(every))


def run_case(scenario: Scenario, case: Case, limits: Limits) -> Row:
    """Plan one case here; the files of the scenario are read."""
    row, built = _built(scenario, case)
    return row if built is None else _planned(row, built, limits)


def _submit(executor: Executor, scenario: Scenario, case: Case, limits: Limits) -> Future[Row]:
    """Plan one case elsewhere; the files of the scenario are read by this machine alone, wherever workers are."""
    if isinstance(executor, Workers):
        return executor.submit(run_case, scenario, case, limits)
    row, built = _built(scenario, case)
    if built is not None:
        return executor.submit(_planned, row, shared(executor, built), limits)
    done: Future[Row] = Future()
    done.set_result(row)
    return done


def _built(scenario: Scenario, case: Case) -> tuple[Row, Built | None]:
    """Build one case; None if it cannot be built, which the row tells."""
    changed = tuple(names_of(scenario, case.scenario))
    row = Row(case.section, case.label, len(case.scenario.teams), case.modes, changed)
    try:
        return row, build_with_streets(case.scenario)
    except RouteoptError as error:
        return _failed(row, error), None


def _planned(row: Row, given: Any, limits: Limits) -> Row:
    """Plan what has been built; ``given`` is of `shared`."""
    built: Built = opened(given)
    problem = built.problem
    try:
        result = solve(problem, limits.budget, seed=limits.seed)
        violations = check(problem, result.plan)
        figures = evaluate(problem, result.plan)
        row = replace(
            row, **_shares(figures), error=tuple(violations), runtime_s=result.runtime_s,
            response=response(built, result.plan, limits.load),
        )  # fmt: skip
        if limits.bound is not None:
            row = replace(row, bound=least_bound(problem, limits.bound, result.plan).value)
    except RouteoptError as error:
        row = _failed(row, error)
    return row


def _failed(row: Row, error: RouteoptError) -> Row:
    log.debug("%s %s: %s", *map(one_line, (row.section, row.label, error)))
    return replace(row, error=tuple(error.faults))


def _shares(figures: Figures) -> dict[str, Any]:
    return {
        "value": figures.value, "visibility": figures.visibility,
        "handling": {f"{minutes:g}": share for minutes, share in figures.handling.items()},
        "backup": {f"{minutes:g}": share for minutes, share in figures.backup.items()},
        "floors": len(figures.goals), "unmet": tuple(goal.name for goal in figures.goals if not goal.holds),
        "left_out": figures.tasks.left_out,
    }  # fmt: skip


def with_gains(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with their gains, and which teams are the fewest that meet all floors."""
    base = next((row for row in rows if row.section == "base" and not row.error), None)
    known = {row.teams: row for row in rows if row.section in ("base", "teams") and not row.error}
    numbers = sorted(known)
    enough = [row.teams for row in rows if row.section == "teams" and row.floors and row.meets_all]
    fewest = min(enough, default=None)
    found = []
    for row in rows:
        gain = None
        if not row.error and row.section == "teams":
            fewer = [n for n in numbers if n < row.teams]
            if fewer:
                before = known[fewer[-1]]
                gain = (row.visibility - before.visibility) / (row.teams - before.teams)
        elif not row.error and base is not None and row.section != "base":
            gain = row.visibility - base.visibility
        found.append(replace(row, gain=gain, fewest=row.section == "teams" and row.teams == fewest))
    return found
