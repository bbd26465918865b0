"""How much memory a problem and its search take, from the numbers of what they have, before any of it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from routeopt.errors import Fault, InputError
from routeopt.memory import free, shown

PASSED = 0.6
"""Entries that a leg has for what it passes, over √(points within its reach), as it grows with the side of that
area. Measured: 0.48 to 0.68 on model towns."""
HELD, STACKED, MAKING = 24, 32, 80
"""Bytes per entry in a `Profile`, in the kernels' pack, and for a while as they are made."""
LEG = 32
"""Bytes per leg: target, steps, metres, pointers."""
OWN = 9
"""Arrays of (points, steps) of each search. Of its working memory, only little is ever touched."""
ALL_SITES = 256
"""Sites up to which every leg is known beforehand; with more, only those to the nearest."""
NEAREST = 96
"""Sites to which legs are known beforehand from each, nearest by time, where there are more than `ALL_SITES`."""
AROUND = 1024
"""The same from and to each post, where every route begins and ends."""


@dataclass(frozen=True)
class Sizes:
    """What the arrays of a problem are as large as."""

    steps: int
    sites: int = 0
    points: int = 0
    profiles: int = 1
    """Modes, and further ones in periods."""
    posts: int = 0
    all_legs: bool = False
    """Whether all legs are known beforehand, however many sites there are."""
    threads: int = 1
    """Searches at once."""


@dataclass(frozen=True)
class Needs:
    """Bytes at the most in each part of the work."""

    build: int
    """While legs are computed, with those of the profiles before."""
    search: int
    """While a plan is searched, with the problem."""
    own: int
    """What each search has for itself."""


def needs(of: Sizes) -> Needs:
    """Estimate the memory of each part of the work, beyond that of the streets and of Python itself."""
    entries, legs = _legs(of)
    own = OWN * 8 * of.points * of.steps
    held = (HELD * entries + LEG * legs) * of.profiles
    return Needs(
        build=int(held + MAKING * entries),
        search=int(held + (STACKED * entries + LEG * legs) * of.profiles + own * of.threads),
        own=own,
    )


def _legs(of: Sizes) -> tuple[float, int]:
    """Return the entries and the legs that a profile knows beforehand."""
    ways = [(of.sites, of.sites)]
    if of.sites > ALL_SITES and not of.all_legs:
        ways = [(of.sites, NEAREST), (2 * of.posts, min(AROUND, of.sites))]
    entries = sum(n * k * PASSED * math.sqrt(of.points * k / max(1, of.sites)) for n, k in ways)
    return entries, sum(n * k for n, k in ways)


def refuse_problem(of: Sizes, where: object, limit: str | None = None) -> None:
    """Raise if the problem or its search takes more memory than there is; see `memory.free` for the limit.

    Raises
    ------
    InputError
        If it does, with what would fit.
    """
    left, needed = free(limit), _most(of)
    if left is not None and needed > left:
        raise InputError(Fault(
            "RO-672", where, sites=of.sites, points=of.points, steps=of.steps, needed=shown(needed),
            left=shown(left), fits=fitting(of, left),
        ))  # fmt: skip


def refuse_threads(of: Sizes, limit: str | None = None) -> None:
    """Raise if the searches of several threads take more memory than there is, the problem being there.

    Raises
    ------
    InputError
        If they do, with how many would fit.
    """
    left, own = free(limit), needs(replace(of, threads=1)).own
    if left is not None and own * of.threads > left and of.threads > 1:
        values = {"threads": of.threads, "fits": max(1, left // own)}
        raise InputError(Fault("RO-673", "threads", needed=shown(own * of.threads), left=shown(left), **values))


def fitting(of: Sizes, left: int) -> int:
    """Return how many sites fit, with demand points in proportion."""
    fits, too_many = 0, of.sites
    while too_many - fits > 1:
        sites = (fits + too_many) // 2
        smaller = replace(of, sites=sites, points=math.ceil(of.points * sites / of.sites))
        fits, too_many = (sites, too_many) if _most(smaller) <= left else (fits, sites)
    return fits


def _most(of: Sizes) -> int:
    found = needs(of)
    return max(found.build, found.search)
