"""How teams move: travel times, lengths, what is passed on the way and what is seen from a site.

Everyone else asks a `Profile`: for a pair of sites, for one site to or from all, for all pairs of a few. Where
there are many sites a profile does not know every pair beforehand: the legs to the nearest sites are stored, and
any other is looked up on the streets when it is asked for, and kept. So ask only for the pairs that are needed.
`Profile.known` is the one exception, for the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

FAR = 2**30
ROWS_KEPT = 128
"""Sites whose travel times from or to all others are kept when they were looked up."""
UNREACHABLE = np.int32(FAR)
"""Travel steps between sites that a profile cannot link."""


class Seen(NamedTuple):
    """What is seen from a site, by demand point."""

    point: NDArray[np.int32]
    """Demand points, ascending, each once."""
    rho: NDArray[np.float64]
    """ρ in (0, 1]: how well each is seen."""


class Passage(NamedTuple):
    """What a leg passes, one entry for each point and step; empty where there is no way."""

    point: NDArray[np.int32]
    """Demand point passed."""
    step: NDArray[np.int32]
    """Step after the leg's departure in which it is passed, less than the leg's steps."""
    present: NDArray[np.float64]
    """Share of that step spent on it, in [0, 1]."""
    leaves: NDArray[np.float64]
    """1 where the team leaves the point at the end of that step (the passage's dose falls due), else 0."""


class Leg(NamedTuple):
    """One leg."""

    steps: int
    """Travel time; `FAR` where there is no way."""
    metres: float
    """Length; inf where there is no way."""
    passage: Passage


NO_LEG = Leg(
    FAR,
    np.inf,
    Passage(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float64), np.empty(0, np.float64)),
)
"""Where there is no way."""


@runtime_checkable
class Others(Protocol):
    """Looks up the legs that a profile does not know."""

    def leg(self, site: int, target: int) -> Leg:
        """Return a leg."""

    def steps_from(self, site: int) -> NDArray[np.int64]:
        """Return the travel time from a site to each site, (n_sites,) steps."""

    def steps_to(self, target: int) -> NDArray[np.int64]:
        """Return the travel time from each site to a site, (n_sites,) steps."""


class Known(NamedTuple):
    """The legs that are known beforehand, in rows by site and target."""

    ptr: NDArray[np.int64]
    """(n_sites + 1,) CSR pointer: the legs that leave each site."""
    target: NDArray[np.int32]
    """(n_legs,) site to which each leads, ascending within a site; the site itself is among them."""
    steps: NDArray[np.int32]
    """(n_legs,)"""
    passed: NDArray[np.int64]
    """(n_legs + 1,) CSR pointer: what each passes."""
    passage: Passage


@dataclass(frozen=True, eq=False)
class Profile:
    """How teams of one mode move between sites, what they see from them and what they pass.

    The arrays are how it is made and stored; readers use the methods. Either all legs are given, row i·n_sites + k
    being the leg i → k, or only some, as rows by site and target (``leg_ptr``, ``leg_target``); ``others`` then
    looks up the rest.

    Raises
    ------
    InputError
        With every fault: types, shapes, ranges, pointers.
    """

    mode: str
    travel_steps: NDArray[np.int32]
    """(n_sites, n_sites), or (n_legs,) where only some are given: travel time, whole steps, at least 1; 0 from a
    site to itself; UNREACHABLE where no way."""
    travel_m: NDArray[np.float64]
    """The same shape: length of that path, metres."""
    sight_ptr: NDArray[np.int64]
    """(n_sites + 1,) CSR pointer: what is seen from each site."""
    sight_point: NDArray[np.int32]
    """Demand point seen, ascending within a site, each at most once."""
    sight_rho: NDArray[np.float64]
    """ρ in (0, 1]: how well it is seen."""
    pass_ptr: NDArray[np.int64]
    """(n_legs + 1,) CSR pointer: what each leg passes."""
    pass_point: NDArray[np.int32]
    """Demand point passed."""
    pass_step: NDArray[np.int32]
    """Step after the leg's departure in which it is passed (0 ≤ step < travel_steps)."""
    pass_present: NDArray[np.float64]
    """Share of that step spent on it, in [0, 1]."""
    pass_leaves: NDArray[np.float64]
    """1 where the team leaves the point at the end of that step (the passage's dose falls due), else 0."""
    leg_ptr: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """(n_sites + 1,) CSR pointer: the legs given from each site; (0,) where all are."""
    leg_target: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_legs,) site to which each leads, ascending within a site, among them the site itself; (0,) likewise."""
    others: Others | None = None
    """Looks up the legs that are not given; None: there is no way."""
    n_points: int = field(init=False, default=0)
    """Least number of demand points that a problem with this profile must have."""

    def __post_init__(self) -> None:
        from routeopt.problem.check_profile import check_profile

        check_profile(self)

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.sight_ptr) - 1

    # legs -------------------------------------------------------------------------------------------------

    @property
    def knows_all(self) -> bool:
        """Whether every leg is known beforehand."""
        return len(self.leg_ptr) == 0

    def row(self, site: int, target: int) -> int:
        """Return the row of a leg, −1 if it is not known beforehand."""
        if self.knows_all:
            return site * self.n_sites + target
        first, last = self.leg_ptr.item(site), self.leg_ptr.item(site + 1)
        found = first + int(np.searchsorted(self.leg_target[first:last], target))
        return found if found < last and self.leg_target.item(found) == target else -1

    @cached_property
    def _kept(self) -> dict[tuple[int, int], Leg]:
        return {}

    def _other(self, site: int, target: int) -> Leg:
        """Look up a leg that is not known beforehand."""
        if self.others is None:
            return NO_LEG
        if (site, target) not in self._kept:
            self._kept[site, target] = self.others.leg(site, target)
        return self._kept[site, target]

    def steps(self, site: int, target: int) -> int:
        """Return the travel time of a leg in steps, `UNREACHABLE` where there is no way."""
        row = self.row(site, target)
        return self.travel_steps.item(row) if row >= 0 else self._other(site, target).steps

    @cached_property
    def _from(self) -> Callable[[int], NDArray[np.int64]]:
        assert self.others is not None
        return lru_cache(ROWS_KEPT)(self.others.steps_from)

    @cached_property
    def _to(self) -> Callable[[int], NDArray[np.int64]]:
        assert self.others is not None
        return lru_cache(ROWS_KEPT)(self.others.steps_to)

    def reachable(self, site: int, target: int) -> bool:
        """Return whether there is a way from ``site`` to ``target``."""
        return self.steps(site, target) < FAR

    def metres(self, site: int, target: int) -> float:
        """Return the length of a leg, metres."""
        row = self.row(site, target)
        return self.travel_m.item(row) if row >= 0 else self._other(site, target).metres

    def steps_from(self, site: int) -> NDArray[np.int64]:
        """Return the travel time from a site to each site, (n_sites,) steps, as a copy."""
        found: NDArray[np.int64]
        if self.knows_all:
            found = self.travel_steps[site].astype(np.int64)
            return found
        found = np.full(self.n_sites, FAR) if self.others is None else self._from(site).copy()
        own = slice(self.leg_ptr.item(site), self.leg_ptr.item(site + 1))
        found[self.leg_target[own]] = self.travel_steps[own]
        return found

    def steps_to(self, target: int) -> NDArray[np.int64]:
        """Return the travel time from each site to a site, (n_sites,) steps, as a copy."""
        if self.knows_all:
            return self.travel_steps[:, target].astype(np.int64)
        found = np.full(self.n_sites, FAR) if self.others is None else self._to(target).copy()
        rows = np.flatnonzero(self.leg_target == target)
        found[np.searchsorted(self.leg_ptr, rows, side="right") - 1] = self.travel_steps[rows]
        return found

    def pairs(self, sites: ArrayLike) -> NDArray[np.int64]:
        """Return the travel time between all pairs of a few sites, (n, n) steps: row from, column to."""
        few = np.asarray(sites, dtype=np.intp)
        if self.knows_all:
            return self.travel_steps[np.ix_(few, few)].astype(np.int64)
        return np.array([self.steps_from(i)[few] for i in few.tolist()], dtype=np.int64).reshape(
            len(few), len(few)
        )

    def passage(self, site: int, target: int) -> Passage:
        """Return what a leg passes."""
        row = self.row(site, target)
        if row < 0:
            return self._other(site, target).passage
        inside = slice(self.pass_ptr.item(row), self.pass_ptr.item(row + 1))
        return Passage(
            self.pass_point[inside], self.pass_step[inside], self.pass_present[inside], self.pass_leaves[inside]
        )

    def greatest_passage(self, n_points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the greatest ``present`` and ``leaves`` of any known leg at each point, (n_points,) each."""
        present, leaves = np.zeros(n_points), np.zeros(n_points)
        np.maximum.at(present, self.pass_point, self.pass_present)
        np.maximum.at(leaves, self.pass_point, self.pass_leaves)
        return present, leaves

    def covered(self, sites: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the demand points seen from any of the sites or passed between two of them, ascending."""
        _, seen = take_rows(self.sight_ptr, sites)
        _, passed = take_rows(self.pass_ptr, self._among(sites)[0])
        found: NDArray[np.int64] = np.union1d(self.sight_point[seen], self.pass_point[passed]).astype(np.int64)
        return found

    def take(self, sites: NDArray[np.int64], index: NDArray[np.int32]) -> Profile:
        """Return the profile of some sites and points.

        Parameters
        ----------
        sites : (n,)
            Ascending; site ``sites[i]`` becomes i.
        index : (n_points,)
            New index of each demand point, ascending, −1 for those left out.
        """
        seen_ptr, seen = take_entries(self.sight_ptr, sites, self.sight_point, index)
        rows, leg_ptr, leg_target = self._among(sites)
        pass_ptr, passed = take_entries(self.pass_ptr, rows, self.pass_point, index)
        shape = (len(sites), len(sites)) if self.knows_all else (len(rows),)
        return Profile(
            mode=self.mode,
            travel_steps=self.travel_steps.reshape(-1)[rows].reshape(shape),
            travel_m=self.travel_m.reshape(-1)[rows].reshape(shape),
            sight_ptr=seen_ptr,
            sight_point=index[self.sight_point[seen]],
            sight_rho=self.sight_rho[seen],
            pass_ptr=pass_ptr,
            pass_point=index[self.pass_point[passed]],
            pass_step=self.pass_step[passed],
            pass_present=self.pass_present[passed],
            pass_leaves=self.pass_leaves[passed],
            leg_ptr=leg_ptr,
            leg_target=leg_target,
            others=None if self.others is None else _Part(self.others, sites, index),
        )

    def _among(self, sites: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Return the rows of the legs known between some sites, with their ``leg_ptr`` and ``leg_target``."""
        if self.knows_all:
            return (sites[:, None] * self.n_sites + sites).ravel(), self.leg_ptr, self.leg_target
        new = np.full(self.n_sites, -1, dtype=np.int32)
        new[sites] = np.arange(len(sites), dtype=np.int32)
        ptr, rows = take_entries(self.leg_ptr, sites, self.leg_target, new)
        return rows, ptr, new[self.leg_target[rows]]

    def with_legs(self, pairs: Iterable[tuple[int, int]]) -> Profile:
        """Return the profile with some further legs among those that are known beforehand."""
        more = sorted({pair for pair in pairs if self.row(*pair) < 0})
        legs = [self._other(*pair) for pair in more]
        more = [pair for pair, leg in zip(more, legs, strict=True) if leg.steps < FAR]
        legs = [leg for leg in legs if leg.steps < FAR]
        if not more:
            return self
        site, target = np.array(more, dtype=np.int64).T
        origin = np.concatenate([np.repeat(np.arange(self.n_sites), np.diff(self.leg_ptr)), site])
        targets = np.concatenate([self.leg_target, target.astype(np.int32)])
        order = np.lexsort((targets, origin))
        sizes = np.concatenate([np.diff(self.pass_ptr), [len(leg.passage.point) for leg in legs]]).astype(np.int64)
        ptr, items = take_rows(np.append(0, np.cumsum(sizes)), order)

        passed: Any = {
            f"pass_{name}": np.concatenate(
                [getattr(self, f"pass_{name}"), *(getattr(leg.passage, name) for leg in legs)]
            )[items]
            for name in Passage._fields
        }
        return replace(
            self,
            travel_steps=np.append(self.travel_steps, np.array([leg.steps for leg in legs], dtype=np.int32))[
                order
            ],
            travel_m=np.append(self.travel_m, [leg.metres for leg in legs])[order],
            leg_ptr=np.searchsorted(origin[order], np.arange(self.n_sites + 1)).astype(np.int64),
            leg_target=targets[order],
            pass_ptr=ptr,
            **passed,
        )

    def known(self) -> Known:
        """Return all legs that are known beforehand, for the kernels and their pack."""
        n, ptr, target = self.n_sites, self.leg_ptr, self.leg_target
        if self.knows_all:
            ptr = np.arange(0, n * n + 1, n, dtype=np.int64)
            target = np.tile(np.arange(n, dtype=np.int32), n)
        passage = Passage(self.pass_point, self.pass_step, self.pass_present, self.pass_leaves)
        return Known(ptr, target, self.travel_steps.reshape(-1), self.pass_ptr, passage)

    # sight ------------------------------------------------------------------------------------------------

    def seen(self, site: int) -> Seen:
        """Return what is seen from a site."""
        inside = slice(self.sight_ptr.item(site), self.sight_ptr.item(site + 1))
        return Seen(self.sight_point[inside], self.sight_rho[inside])

    @cached_property
    def sight_site(self) -> NDArray[np.int64]:
        """Site of each entry of ``sight_point``."""
        return np.repeat(np.arange(self.n_sites), np.diff(self.sight_ptr))

    def last_points(self) -> dict[str, int]:
        """Return the greatest index of a point in each table that has any, −1 where it is empty."""
        return {name: int(getattr(self, name).max(initial=-1)) for name in ("sight_point", "pass_point")}


def side_by_side(legs: Sequence[dict[str, Any]]) -> None:
    """Lay the largest arrays of several profiles, given as fields by name, one after the other in memory.

    Kernels take the arrays of all profiles as one, which then needs no copy of them.
    """
    for name in ("pass_point", "pass_step", "pass_present", "pass_leaves"):
        whole = np.concatenate([fields[name] for fields in legs])
        begin = 0
        for fields in legs:
            end = begin + len(fields[name])
            fields[name] = whole[begin:end]
            begin = end


@dataclass(frozen=True)
class _Part:
    """The other legs between some sites of a larger problem, passing some of its points."""

    whole: Others
    sites: NDArray[np.int64]
    index: NDArray[np.int32]

    def leg(self, site: int, target: int) -> Leg:
        found = self.whole.leg(self.sites.item(site), self.sites.item(target))
        point, step, present, leaves = found.passage
        inside = self.index[point] >= 0
        passage = Passage(self.index[point[inside]], step[inside], present[inside], leaves[inside])
        return found._replace(passage=passage)

    def steps_from(self, site: int) -> NDArray[np.int64]:
        return self.whole.steps_from(self.sites.item(site))[self.sites]

    def steps_to(self, target: int) -> NDArray[np.int64]:
        return self.whole.steps_to(self.sites.item(target))[self.sites]


def take_rows(ptr: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose rows of a CSR table: return their pointer, and the indices of their entries in the table."""
    sizes = ptr[rows + 1] - ptr[rows]
    new = np.append(0, np.cumsum(sizes))
    return new, np.repeat(ptr[rows] - new[:-1], sizes) + np.arange(new[-1])


def take_entries(
    ptr: NDArray[np.int64], rows: NDArray[np.int64], point: NDArray[np.int32], index: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose rows, and of these the entries whose points have a new index; see `take_rows`."""
    new, entries = take_rows(ptr, rows)
    inside = index[point[entries]] >= 0
    return np.append(0, np.cumsum(inside))[new], entries[inside]
