"""The legs that a search knows: those of the profiles, and those of plans from elsewhere, whatever they are."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from routeopt.kernels.visibility import levels
from routeopt.problem import Problem
from routeopt.search import pack


class KnownLegs:
    """The profiles of a problem, with further legs where not all are known, first those between teams' ends."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.profiles = problem, list(problem.profiles)
        ends = problem.team_start_site.tolist(), problem.team_end_site.tolist()
        self.learn(zip(range(problem.n_teams), *ends, strict=True))

    def copy(self) -> KnownLegs:
        """Return the same legs, to learn others."""
        other = copy.copy(self)
        other.profiles = list(self.profiles)
        return other

    def learn(self, legs: Iterable[tuple[int, int, int]]) -> bool:
        """Look up the legs (team, site, target) that are not known; return whether there were any."""
        if all(profile.knows_all for profile in self.profiles):
            return False
        problem, wanted = self.problem, dict[int, set[tuple[int, int]]]()
        for team, i, k in legs:
            p = int(problem.team_profile[team])
            for q in set(problem.periods.profile[p].tolist()) if problem.periods.change else (p,):
                if self.profiles[q].row(i, k) < 0:
                    wanted.setdefault(q, set()).add((i, k))
        more = False
        for q, pairs in sorted(wanted.items()):
            known = self.profiles[q].with_legs(pairs)
            more |= known is not self.profiles[q]
            self.profiles[q] = known
        return more

    def packed(self, fade: float, *, tiles: bool) -> levels.Movement:
        """Return the arrays for the kernels; with `levels.Tiles` if asked for."""
        positions = self.problem.site_lat, self.problem.site_lon
        return pack.stack(self.profiles, fade, self.problem.periods, positions if tiles else None)
