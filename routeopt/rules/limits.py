"""What a plan may do, as the tables that searches read: open at first, then narrowed by one rule after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.problem import Problem
from routeopt.problem.access import Access, Closure, close
from routeopt.problem.tasks import windows, with_windows


class Limits:
    """Tables that a rule may narrow; nothing here allows what another rule has forbidden."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        n_tasks, last = len(problem.tasks), problem.n_steps - 1
        self.stoppable: NDArray[np.bool_] = np.ones(problem.n_sites, dtype=np.bool_)
        """(n_sites,) where teams may stop without a task."""
        self.allowed: NDArray[np.bool_] = np.ones((n_tasks, problem.n_teams), dtype=np.bool_)
        """(n_tasks, n_teams) who may do each task."""
        self.windows: list[list[tuple[int, int]]] = [[(0, last)] for _ in range(n_tasks)]
        """Steps in which each task may begin: first and last."""
        self._access: Access | None = None
        self._closures: list[Closure] = []
        self._no_return: NDArray[np.bool_] = np.zeros(problem.n_sites, dtype=np.bool_)

    def forbid_stops(self, sites: NDArray[np.bool_]) -> None:
        """Forbid stops without a task at some sites, (n_sites,)."""
        self.stoppable &= ~sites

    def forbid_tasks(self, pairs: NDArray[np.bool_]) -> None:
        """Forbid tasks to teams, (n_tasks, n_teams)."""
        self.allowed &= ~pairs

    def narrow(self, task: int, allowed: Sequence[tuple[int, int]]) -> None:
        """Let a task begin only in some intervals of steps (first, last)."""
        self.windows[task] = [
            (max(a, first), min(b, last))
            for first, last in allowed
            for a, b in self.windows[task]
            if max(a, first) <= min(b, last)
        ]

    def close(self, *closures: Closure) -> None:
        """Forbid visits to sites in intervals of steps, to one team or to all."""
        self._closures += closures

    def keep_to(self, team: int, sites: NDArray[np.bool_]) -> None:
        """Forbid visits of a team to all but some sites, (n_sites,)."""
        access, last = self._problem.access, self._problem.n_steps
        outside = np.flatnonzero(~sites).tolist()
        self.close(*(Closure(k, 0, last, team) for k in outside if access.closed(team, k) != [(0, last)]))

    def forbid_return(self, sites: NDArray[np.bool_]) -> None:
        """Let no team stop twice at some sites, (n_sites,)."""
        self._no_return |= sites

    def close_as(self, access: Access) -> None:
        """Forbid the visits that ``access`` forbids."""
        if self._access is None:
            self._access = access
        else:
            self._closures += access.closures()

    def tables(self) -> Problem:
        """Return the problem with its tables as narrow as the limits; the same one if they are."""
        problem, tasks = self._problem, self._problem.tasks
        changed: dict[str, Any] = {}
        if not np.array_equal(self.stoppable, problem.site_stoppable):
            changed["site_stoppable"] = self.stoppable
        allowed = tasks.allowed.reshape(self.allowed.shape)
        if [windows(problem, q) for q in range(len(tasks))] != self.windows or (self.allowed != allowed).any():
            none = [q for q, found in enumerate(self.windows) if not found]
            self.allowed[none] = False
            listed = {q: found or [(0, 0)] for q, found in enumerate(self.windows)}
            changed["tasks"] = with_windows(replace(tasks, allowed=self.allowed), listed)
        given = problem.access.no_return if len(problem.access.no_return) else np.zeros_like(self._no_return)
        no_return = self._no_return if self._no_return.any() else Access().no_return
        same = np.array_equal(self._no_return, given)
        if self._closures or self._access is not problem.access or not same:
            size = problem.n_teams, problem.n_sites, problem.n_steps
            access = close(self._access or Access(), *size, self._closures)
            changed["access"] = replace(access, no_return=no_return)
        return replace(problem, **changed) if changed else problem
