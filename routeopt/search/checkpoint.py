"""The state of a search as plain values, from which another process goes on to the same result.

It is taken where a search stands after every `EVERY` iterations, counted from its start: there every search,
whether its state is taken or not, computes its coverage anew (`renew`), so that what follows depends on the plan
alone, and not on the roundings of how it came about. What the state lacks follows from the problem and the seed.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, InputError
from routeopt.kernels.visibility import levels
from routeopt.problem import Problem
from routeopt.search import crews
from routeopt.search.state import Search, Visits, rows
from routeopt.search.tracker import Tracker

EVERY = 4000
"""Iterations after which the coverage is computed anew, and the state may be taken."""
FORMAT, VERSION = "routeopt-checkpoint", 1

State = Mapping[str, Any]
"""See `taken`; `json` keeps it exactly."""
Keep = Callable[[dict[str, Any]], None]
"""Called with the state of a search now and then."""


def renew(searches: Sequence[Search]) -> None:
    """Compute the coverage of each search anew."""
    for search in searches:
        search.marks.span[:] = 0, search.problem.n_steps
        levels.mark_all(search.marks, search.within_sight)
        search.refresh()


def about(problem: Problem, seed: int, threads: int, iterations: int | None) -> dict[str, Any]:
    """Return what a search must have in common with one that goes on from its state."""
    return {
        "format": FORMAT, "version": VERSION, "problem": fingerprint(problem), "seed": seed, "threads": threads,
        "iterations": iterations,
    }  # fmt: skip


def fingerprint(problem: Problem) -> str:
    """Return a SHA-256 of all tables of a problem."""
    found = hashlib.sha256()

    def feed(value: Any) -> None:
        if isinstance(value, np.ndarray):
            found.update(f"{value.dtype.str} {value.shape} ".encode())
            found.update(np.ascontiguousarray(value).data)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                found.update(field.name.encode())
                feed(getattr(value, field.name))
        elif isinstance(value, (tuple, list)):
            for part in value:
                feed(part)
        elif isinstance(value, (str, int, float, bool, type(None))):
            found.update(f"{value!r} ".encode())

    feed(problem)
    return found.hexdigest()


def refuse_other(state: State, here: Mapping[str, Any]) -> None:
    """Refuse the state of a search of another problem, or with other options.

    Raises
    ------
    InputError
        With everything that differs.
    """
    faults = [
        Fault("RO-920", "checkpoint", key=key, there=str(state.get(key))[:40], here=str(value)[:40])
        for key, value in here.items()
        if state.get(key) != value
    ]
    if faults:
        raise InputError(faults)


def taken(
    searches: Sequence[Search], numbers: Sequence[NDArray[np.uint64]], tracker: Tracker, rng: np.random.Generator
) -> dict[str, Any]:
    """Return the state of searches that stand at a multiple of `EVERY` iterations, for `json.dumps`."""
    first = searches[0]
    floors = first.floors
    return {
        "tracker": {
            "iterations": tracker.iterations, "improved_at": tracker.improved_at, "value": tracker.value,
            "known": tracker._known, "seconds": tracker.seconds, "routes": [r.tolist() for r in tracker.routes],
            "history": tracker.history,
        },
        "searches": [
            {
                "routes": [None if route is None else route.tolist() for route in one.current_routes()],
                "best": [
                    route[: max(0, n)].tolist() for route, n in zip(one.best.routes, one.best.counts, strict=True)
                ],
                "objective": float(one.best.objective[0]), "iteration": int(one.best.iteration[0]),
                "random": int(state[0]),
            }
            for one, state in zip(searches, numbers, strict=True)
        ],
        "begin": [[q, begin] for q, begin in first.crews.begin.items()],
        "rng": rng.bit_generator.state,
        "floors": None if floors is None else {
            "prices": floors.prices.tolist(), "step": floors._step.tolist(), "missing": floors._missing.tolist(),
            "kept": list(floors.kept), "best": list(floors._best),
        },
    }  # fmt: skip


def begin_from(state: State, tracker: Tracker) -> None:
    """Let a tracker go on from a state.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    with _read():
        told = state["tracker"]
        tracker.iterations, tracker.improved_at = int(told["iterations"]), int(told["improved_at"])
        tracker.value, tracker._known = float(told["value"]), float(told["known"])
        tracker.routes = [rows(route) for route in told["routes"]]
        tracker.history = [(float(s), float(v)) for s, v in told["history"]]
        tracker.began -= float(told["seconds"])


def restore(
    state: State, searches: Sequence[Search], numbers: Sequence[NDArray[np.uint64]], rng: np.random.Generator
) -> None:
    """Let searches that have no plan yet go on from a state.

    Raises
    ------
    InputError
        If the state cannot be of these searches.
    """
    first = searches[0]
    with _read():
        rng.bit_generator.state = state["rng"]
        for q, begin in state["begin"]:
            crews.set_begin(first, int(q), None if begin is None else int(begin))
        for search, told, number in zip(searches, state["searches"], numbers, strict=True):
            search.problem, search.owed = first.problem, first.owed
            search.instance = search.instance._replace(owed=first.owed)
            search.set_plan([None if route is None else _sound(search, route) for route in told["routes"]])
            number[0] = int(told["random"])
        if first.floors is not None:
            told, floors = state["floors"], first.floors
            floors.prices, floors._step = (
                np.array(told["prices"], dtype=float),
                np.array(told["step"], dtype=float),
            )
            floors._missing = np.array(told["missing"], dtype=float)
            floors.kept, floors._best = tuple(told["kept"]), (float(told["best"][0]), float(told["best"][1]))
            floors._weigh()
            for search in searches:
                search.reprice()
        renew(searches)
        for search, told in zip(searches, state["searches"], strict=True):
            for team, route in enumerate(told["best"]):
                best = _sound(search, route)
                search.best.routes[team, : len(best)], search.best.counts[team] = best, len(best)
            search.best.objective[0], search.best.iteration[0] = float(told["objective"]), int(told["iteration"])


def _sound(search: Search, visits: Any) -> Visits:
    """Return a route as rows that the kernels can read.

    Raises
    ------
    ValueError
        If a number is outside the problem.
    """
    found = rows(visits)
    n_activities = len(search.menu.visit_steps)
    limits = (search.problem.n_sites, search.problem.n_steps, n_activities)
    least = (0, 0, -n_activities)
    wrong = any((column < low).any() or (column >= most).any() for column, low, most in zip(
        found.T, least, limits, strict=False))  # fmt: skip
    ends = found[:, 1] + search.menu.visit_steps[found[:, 2]] if not wrong else found[:, 1]
    if wrong or len(found) > search.routes.shape[1] or (found[1:, 1] < ends[:-1]).any():
        raise ValueError("a visit is outside the problem")
    return found


@contextmanager
def _read() -> Iterator[None]:
    """Make a fault of what another value than a state causes."""
    try:
        yield
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise InputError(Fault("RO-921", "checkpoint", reason=str(error))) from None
