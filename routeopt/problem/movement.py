"""How teams move: travel times, lengths, what is passed on the way and what is seen from a site.

Everyone else asks a `Profile`: for a pair of sites, for one site to or from all, for all pairs of a few. A profile
does not promise that every pair is known beforehand: it may look one up when it is asked for, and keep it. So ask
only for the pairs that are needed. `Profile.dense` is the one exception, for the kernels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routeopt.guard import kind, refuse
from routeopt.problem.checked import MOST_STEPS, Array, Checked, first_at, put_in, shape_text

FAR = 2**30
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


class Dense(NamedTuple):
    """All pairs at once, for the kernels: (n_sites, n_sites) steps, and the passages as CSR (see `Profile`)."""

    steps: NDArray[np.int32]
    ptr: NDArray[np.int64]
    passage: Passage


@dataclass(frozen=True, eq=False)
class Profile:
    """How teams of one mode move between sites, what they see from them and what they pass.

    The arrays are how it is made and stored; readers use the methods.

    Raises
    ------
    InputError
        With every fault: types, shapes, ranges, pointers.
    """

    mode: str
    travel_steps: NDArray[np.int32]
    """(n_sites, n_sites) travel time, whole steps, at least 1; 0 on the diagonal; UNREACHABLE where no way."""
    travel_m: NDArray[np.float64]
    """(n_sites, n_sites) length of that path, metres."""
    sight_ptr: NDArray[np.int64]
    """(n_sites + 1,) CSR pointer: what is seen from each site."""
    sight_point: NDArray[np.int32]
    """Demand point seen, ascending within a site, each at most once."""
    sight_rho: NDArray[np.float64]
    """ρ in (0, 1]: how well it is seen."""
    pass_ptr: NDArray[np.int64]
    """(n_sites² + 1,) CSR pointer: what the leg i → k (row i·n_sites + k) passes."""
    pass_point: NDArray[np.int32]
    """Demand point passed."""
    pass_step: NDArray[np.int32]
    """Step after the leg's departure in which it is passed (0 ≤ step < travel_steps)."""
    pass_present: NDArray[np.float64]
    """Share of that step spent on it, in [0, 1]."""
    pass_leaves: NDArray[np.float64]
    """1 where the team leaves the point at the end of that step (the passage's dose falls due), else 0."""
    n_points: int = field(init=False, default=0)
    """Least number of demand points that a problem with this profile must have."""

    def __post_init__(self) -> None:
        _check(self)

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.sight_ptr) - 1

    # legs -------------------------------------------------------------------------------------------------

    def steps(self, site: int, target: int) -> int:
        """Return the travel time of a leg in steps, `UNREACHABLE` where there is no way."""
        return self.travel_steps.item(site, target)

    def reachable(self, site: int, target: int) -> bool:
        """Return whether there is a way from ``site`` to ``target``."""
        return self.steps(site, target) < FAR

    def metres(self, site: int, target: int) -> float:
        """Return the length of a leg, metres."""
        return self.travel_m.item(site, target)

    def steps_from(self, site: int) -> NDArray[np.int64]:
        """Return the travel time from a site to each site, (n_sites,) steps, as a copy."""
        found: NDArray[np.int64] = self.travel_steps[site].astype(np.int64)
        return found

    def steps_to(self, target: int) -> NDArray[np.int64]:
        """Return the travel time from each site to a site, (n_sites,) steps, as a copy."""
        return self.travel_steps[:, target].astype(np.int64)

    def pairs(self, sites: ArrayLike) -> NDArray[np.int64]:
        """Return the travel time between all pairs of a few sites, (n, n) steps: row from, column to."""
        few = np.asarray(sites, dtype=np.intp)
        return self.travel_steps[np.ix_(few, few)].astype(np.int64)

    def passage(self, site: int, target: int) -> Passage:
        """Return what a leg passes."""
        row = site * self.n_sites + target
        inside = slice(self.pass_ptr.item(row), self.pass_ptr.item(row + 1))
        return Passage(
            self.pass_point[inside], self.pass_step[inside], self.pass_present[inside], self.pass_leaves[inside]
        )

    def greatest_passage(self, n_points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the greatest ``present`` and ``leaves`` of any leg at each point, (n_points,) each."""
        present, leaves = np.zeros(n_points), np.zeros(n_points)
        np.maximum.at(present, self.pass_point, self.pass_present)
        np.maximum.at(leaves, self.pass_point, self.pass_leaves)
        return present, leaves

    def covered(self, sites: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the demand points seen from any of the sites or passed between two of them, ascending."""
        _, seen = take_rows(self.sight_ptr, sites)
        _, passed = take_rows(self.pass_ptr, self._legs(sites))
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
        pass_ptr, passed = take_entries(self.pass_ptr, self._legs(sites), self.pass_point, index)
        among = np.ix_(sites, sites)
        return Profile(
            mode=self.mode,
            travel_steps=self.travel_steps[among],
            travel_m=self.travel_m[among],
            sight_ptr=seen_ptr,
            sight_point=index[self.sight_point[seen]],
            sight_rho=self.sight_rho[seen],
            pass_ptr=pass_ptr,
            pass_point=index[self.pass_point[passed]],
            pass_step=self.pass_step[passed],
            pass_present=self.pass_present[passed],
            pass_leaves=self.pass_leaves[passed],
        )

    def _legs(self, sites: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows in ``pass_ptr`` of the legs between all pairs of the sites, in order."""
        return (sites[:, None] * self.n_sites + sites).ravel()

    def dense(self) -> Dense:
        """Return all pairs. Only the kernels' pack asks for them: a sparse form of the legs takes their place."""
        return Dense(
            self.travel_steps,
            self.pass_ptr,
            Passage(self.pass_point, self.pass_step, self.pass_present, self.pass_leaves),
        )

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


def _check(profile: Profile) -> None:
    """Check a profile, and bring its arrays into the kernels' form; InputError with every fault."""
    on = Checked("profile", profile)
    on.faults += kind("profile.mode", profile.mode, str)
    steps = on.put("travel_steps", "i", (None, None))
    n = None if steps is None else len(steps)
    if n == 0:
        on.fault("RO-424", "travel_steps")
    if steps is not None and n and steps.shape != (n, n):
        on.fault("RO-411", "travel_steps", shape=shape_text((n, n)), got=shape_text(steps.shape))
        steps = None
    if steps is not None and n and on.within("travel_steps", steps, 0, FAR):
        on.values("travel_steps", steps, _not_apart)
    metres = on.put("travel_m", "d", (n, n))
    on.within("travel_m", metres, 0, np.inf)
    _check_sight(on, n)
    rows = None if n is None else n * n + 1
    ptr, point = on.put("pass_ptr", "l", (rows,)), on.put("pass_point", "i", (None,))
    n_passed = None if point is None else len(point)
    step = on.put("pass_step", "i", (n_passed,))
    sound = on.pointer("pass_ptr", ptr, n_passed)
    on.within("pass_point", point, 0, MOST_STEPS)
    if on.within("pass_step", step, 0, MOST_STEPS) and sound and step is not None and steps is not None:
        assert ptr is not None
        leg = np.repeat(steps.ravel(), np.diff(ptr))
        on.values("pass_step", step, lambda t: _late(t, leg))
    for name in ("pass_present", "pass_leaves"):
        on.within(name, on.put(name, "d", (n_passed,)), 0, 1)
    refuse(on.faults)
    put_in(profile, "n_points", 1 + max(profile.last_points().values()))


def _check_sight(on: Checked, n: int | None) -> None:
    """Check what is seen from each of ``n`` sites."""
    rows = None if n is None else n + 1
    ptr, point = on.put("sight_ptr", "l", (rows,)), on.put("sight_point", "i", (None,))
    n_seen = None if point is None else len(point)
    rho = on.put("sight_rho", "d", (n_seen,))
    sound = on.pointer("sight_ptr", ptr, n_seen)
    if on.within("sight_point", point, 0, MOST_STEPS) and sound:
        rows_of = np.asarray(ptr)
        on.values("sight_point", point, lambda t: _unsorted(t, rows_of))
    on.within("sight_rho", rho, 0, 1, above=True)


def _not_apart(steps: Array) -> tuple[str, Any] | None:
    """Find a site with travel time to itself, or two sites less than a step apart."""
    own = np.diagonal(steps) % FAR  # a site may be out of reach altogether
    if own.any():
        k = int((own != 0).argmax())
        return "RO-414", {"at": (k, k), "most": 0, "got": int(own[k])}
    wrong = (steps == 0) & ~np.eye(len(steps), dtype=np.bool_)
    if not wrong.any():
        return None
    return "RO-413", {"at": first_at(wrong), "least": 1, "got": 0}


def _unsorted(point: Array, ptr: Array) -> tuple[str, Any] | None:
    """Find a point listed twice for a site, or out of order."""
    wrong = point[1:] <= point[:-1]
    begins = ptr[1:-1][(ptr[1:-1] > 0) & (ptr[1:-1] < len(point))]
    wrong[begins - 1] = False
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return "RO-416", {"at": (k + 1,), "got": int(point[k + 1]), "before": int(point[k])}


def _late(step: Array, leg: Array) -> tuple[str, Any] | None:
    """Find a passage after the end of its leg."""
    wrong = step >= leg
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return "RO-420", {"at": (k,), "steps": int(leg[k]), "got": int(step[k])}
