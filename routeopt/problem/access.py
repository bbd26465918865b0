"""Where and when teams may stop: closed intervals of steps per class of teams and site; none unless given.

A visit must not overlap a closed interval at its site. Passing through, and waiting before a visit, are free.
Where no return is allowed, a team that has left does not stop again; staying on for another visit is one stop.

Example: site 3 is closed to team 1 from step 20 on in a night of 120 steps::

    >>> access = close(Access(), 2, 5, 120, [Closure(site=3, begin=20, end=120, team=1)])
    >>> access.is_open(1, 3, 10, 20), access.is_open(1, 3, 10, 21), access.is_open(0, 3, 10, 21)
    (True, False, True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault
from routeopt.guard import kind, whole


class Closure(NamedTuple):
    """A site closed in the steps ``begin ≤ t < end``, to one team or to all."""

    site: int
    begin: int
    end: int
    team: int | None = None


@dataclass(frozen=True, eq=False)
class Access:
    """Closed intervals, CSR by class and site: row ``class · n_sites + site``. `close` makes it.

    Raises
    ------
    InputError
        As part of a problem: with every fault (types, shapes, ranges, pointers).
    """

    team_class: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_teams,) class of each team; empty where nothing is closed."""
    ptr: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    """(n_classes · n_sites + 1,)"""
    begin: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """First closed step, ascending within a row."""
    end: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """First open step after it; intervals of a row do not touch."""
    no_return: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """(n_sites,) where no team stops twice; empty where teams may return everywhere."""

    def __bool__(self) -> bool:
        """Whether anything is forbidden."""
        return bool(len(self.begin) or self.no_return.any())

    def may_return(self, site: int) -> bool:
        """Whether a team may stop at the site again after it has left."""
        return not (len(self.no_return) and self.no_return[site])

    @cached_property
    def _n_sites(self) -> int:
        """Rows of one class."""
        return (len(self.ptr) - 1) // (int(self.team_class.max(initial=0)) + 1)

    def closures(self) -> Iterator[Closure]:
        """Yield every closed interval of every team."""
        row = np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))
        for team, own in enumerate(self.team_class):
            for k in np.flatnonzero(row // max(self._n_sites, 1) == own):
                yield Closure(int(row[k]) % self._n_sites, int(self.begin[k]), int(self.end[k]), team)

    def closed(self, team: int, site: int) -> list[tuple[int, int]]:
        """List the closed intervals (begin, end exclusive) of a site for a team, in order."""
        if not len(self.team_class):
            return []
        row = int(self.team_class[team]) * self._n_sites + site
        part = slice(int(self.ptr[row]), int(self.ptr[row + 1]))
        return list(zip(self.begin[part].tolist(), self.end[part].tolist(), strict=True))

    def is_open(self, team: int, site: int, begin: int, end: int) -> bool:
        """Whether a visit of the team in the steps ``begin ≤ t < end`` overlaps no closed interval of its site."""
        return all(until <= begin or end <= since for since, until in self.closed(team, site))


def close(access: Access, n_teams: int, n_sites: int, n_steps: int, closures: Iterable[Closure]) -> Access:
    """Return the access with more closures, cut to the plan; those that are empty then are ignored."""
    shut: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(n_teams)]
    for closure in (*access.closures(), *closures):
        since, until = max(closure.begin, 0), min(closure.end, n_steps)
        for team in range(n_teams) if closure.team is None else (closure.team,):
            if since < until:
                shut[team].setdefault(closure.site, []).append((since, until))
    classes: dict[tuple[tuple[int, int, int], ...], int] = {}
    team_class = []
    for sites in shut:
        key = tuple((site, *gap) for site in sorted(sites) for gap in _union(sites[site]))
        team_class.append(classes.setdefault(key, len(classes)))
    rows = np.array([c * n_sites + site for key, c in classes.items() for site, _, _ in key], dtype=np.int64)
    if not len(rows):
        return Access(no_return=access.no_return)
    ends = np.array([gap for key in classes for _, *gap in key], dtype=np.int32)
    ptr = np.searchsorted(rows, np.arange(len(classes) * n_sites + 1)).astype(np.int64)
    return Access(
        np.array(team_class, dtype=np.int32), ptr, ends[:, 0].copy(), ends[:, 1].copy(), access.no_return
    )


def closure_faults(closures: Iterable[Closure], n_teams: int, n_sites: int) -> list[Fault]:
    """List what is no closure, or names a site or team that does not exist."""
    found = []
    for n, closure in enumerate(closures):
        where = f"closures[{n}]"
        wrong = kind(where, closure, Closure)
        if not wrong:
            wrong = whole(f"{where}.site", closure.site, 0, n_sites - 1)
            wrong += whole(f"{where}.begin", closure.begin) + whole(f"{where}.end", closure.end)
            if closure.team is not None:
                wrong += whole(f"{where}.team", closure.team, 0, n_teams - 1)
        found += wrong
    return found


def _union(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join intervals that overlap or touch."""
    found: list[tuple[int, int]] = []
    for since, until in sorted(intervals):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found
