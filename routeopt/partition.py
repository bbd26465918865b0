"""Patrol areas of a scenario's streets: connected, balanced, compact, with a proven gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from routeopt.areas.draw import Drawn, Progress, draw
from routeopt.areas.metric import StreetMetric
from routeopt.budget import Budget
from routeopt.demand.combine import combined_demand
from routeopt.errors import Fault, InputError, Message
from routeopt.guard import function, kind, number, refuse, whole
from routeopt.problem.unreachable import around_posts
from routeopt.scenario.model import Scenario
from routeopt.streets.network import StreetNetwork
from routeopt.streets.osm import read_streets

LEAST_M = 1.0
"""Least length that a segment counts as, metres."""


@dataclass(frozen=True)
class StreetAreas:
    """Areas of the streets, numbered from north to south."""

    network: StreetNetwork
    names: tuple[str, ...]
    """(n_areas,)"""
    area: NDArray[np.int64]
    """(n_segments,) the area of each segment; −1 for streets that no team can use, and parts without demand."""
    centre: NDArray[np.int64]
    """(n_areas,) the segment in the middle of each."""
    demand: NDArray[np.float64]
    """(n_areas,) share of all areas' demand."""
    length_m: NDArray[np.float64]
    """(n_areas,) length of the streets."""
    work: NDArray[np.float64]
    """(n_areas,) share of the work, which is balanced: demand, travel or both."""
    connected: tuple[bool, ...]
    """(n_areas,) whether its streets are in one piece."""
    mean_m: float
    """Mean distance of the work to the centre of its area along the streets, metres: what is minimised."""
    bound_m: float
    """No such areas have less, whatever their centres; 0 if unknown."""
    bound_here_m: float
    """No such areas with these centres have less; 0 if unknown."""
    iterations: int
    runtime_s: float
    interrupted: bool
    notes: tuple[Message, ...] = field(default=())

    @property
    def balance(self) -> float:
        """Greatest difference of an area's work from the mean, as a share of it."""
        return float(np.abs(self.work * len(self.names) - 1).max())

    @property
    def gap(self) -> float | None:
        """How much less the mean distance could be at most, as a share of it; None if nothing is proven."""
        return self._gap(self.bound_m)

    @property
    def gap_here(self) -> float | None:
        """The same for areas with these centres."""
        return self._gap(self.bound_here_m)

    def _gap(self, bound_m: float) -> float | None:
        if bound_m <= 0 < self.mean_m:
            return None
        return max(0.0, 1 - bound_m / self.mean_m) if self.mean_m > 0 else 0.0


def draw_areas(
    scenario: Scenario,
    teams: int | None = None,
    *,
    tolerance: float = 0.03,
    travel: float = 0.0,
    budget: Budget | None = None,
    goal: float = 0.01,
    seed: int = 0,
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
) -> StreetAreas:
    """Draw one area for each of ``teams`` (default: the scenario's) on the streets that its teams use.

    Parameters
    ----------
    tolerance
        How far an area's work may be from the mean, as a share of it.
    travel
        Share of the work that is travel along the area's streets, by their length; the rest is demand.
    budget
        Limit of the search; default: 30 seconds. Ctrl-C ends it with the best areas so far.
    goal
        Gap at which the search ends before.

    Raises
    ------
    InputError
        If something in the scenario cannot be used, or its streets cannot be cut into that number of areas.
    """
    refuse(
        [
            *kind("scenario", scenario, Scenario), *([] if teams is None else whole("teams", teams, 1)),
            *([] if budget is None else kind("budget", budget, Budget)), *whole("seed", seed, 0),
            *function("progress", progress), *function("say", say), *number("tolerance", tolerance, 0, 1),
            *number("travel", travel, 0, 1), *number("goal", goal, 0, 1),
        ]
    )  # fmt: skip
    teams = len(scenario.teams) if teams is None else int(teams)
    tell = say or (lambda _: None)
    tell("reading streets")
    net = around_posts(scenario, read_streets(scenario.streets, scenario.folder, scenario.speeds))
    tell("demand")
    demand = combined_demand(scenario, net, scenario.clock).total
    used = np.flatnonzero(np.logical_or.reduce([net.usable[team.mode] for team in scenario.teams]))
    return on_streets(
        net, used, demand, teams, tolerance=tolerance, travel=travel, goal=goal, seed=seed, progress=progress,
        budget=budget or Budget(seconds=30.0),
    )  # fmt: skip


def on_streets(
    net: StreetNetwork,
    used: NDArray[np.int64],
    demand: NDArray[np.float64],
    n_areas: int,
    *,
    budget: Budget,
    tolerance: float = 0.03,
    travel: float = 0.0,
    goal: float = 0.01,
    seed: int = 0,
    progress: Progress | None = None,
) -> StreetAreas:
    """Draw areas on some segments (``used``) of a network, by the demand of all its segments; see `draw_areas`.

    Where the segments fall into parts that no street joins, each part with at least half an area's share of the
    work gets areas of its own, balanced among themselves; lighter parts join the area that is nearest in a
    straight line.

    Raises
    ------
    InputError
        If there are fewer segments with work than areas, or more parts than areas.
    """
    metric = StreetMetric(net.seg_u[used], net.seg_v[used], np.maximum(net.seg_length_m[used], LEAST_M))
    own = demand[used] / max(float(demand[used].sum()), 1e-300)
    work = (1 - travel) * own + travel * metric.length_m / metric.length_m.sum()
    if (work > 0).sum() < n_areas:
        raise InputError(Fault("RO-690", "teams", teams=n_areas, streets=int((work > 0).sum())))
    share = np.bincount(metric.parts, work).astype(np.float64)
    counts = _apportioned(share, np.bincount(metric.parts, work > 0).astype(np.int64), n_areas)
    notes: list[Message] = []
    area = np.full(len(used), -1, dtype=np.int64)
    centre: list[int] = []
    drawn: list[tuple[float, Drawn]] = []
    for part in np.flatnonzero(counts):
        inside = np.flatnonzero(metric.parts == part)
        one = _of_part(metric, inside, work, int(counts[part]), tolerance, _scaled(budget, share[part]),
                         seed, goal, progress)  # fmt: skip
        area[inside] = len(centre) + one.area
        centre += inside[one.centre].tolist()
        drawn.append((float(share[part]), one))
    if len(drawn) > 1:
        notes.append(Message("areas-parts", parts=len(drawn), areas=[int(n) for n in counts[counts > 0]]))
    notes += _join_light(net, metric, work, counts, area)
    whole_work = sum(weight for weight, _ in drawn)
    bounded = all(one.gap is not None for _, one in drawn)
    found = _named(net, used, metric, area, np.array(centre), own, work)
    heaviest = int(work.argmax())
    if found.balance > tolerance * (1 + 1e-9) and len(drawn) == 1:
        most = float(work[heaviest]) * n_areas
        notes.append(
            Message("areas-heavy", share=float(work[heaviest]), mean=1 / n_areas)
            if most > 1 + tolerance
            else Message("areas-unbalanced", balance=found.balance, tolerance=tolerance)
        )
    return replace(
        found,
        mean_m=sum(weight * one.value for weight, one in drawn) / whole_work,
        bound_here_m=sum(weight * one.bound_here for weight, one in drawn) / whole_work if bounded else 0.0,
        bound_m=sum(weight * one.bound for weight, one in drawn) / whole_work if bounded else 0.0,
        iterations=sum(one.iterations for _, one in drawn),
        runtime_s=sum(one.runtime_s for _, one in drawn),
        interrupted=any(one.interrupted for _, one in drawn),
        notes=tuple(notes),
    )


def _apportioned(share: NDArray[np.float64], streets: NDArray[np.int64], n_areas: int) -> NDArray[np.int64]:
    """Give each part that is not light an area, then one after the other to where an area has most work."""
    heavy = share >= min(0.5 / n_areas, float(share.max()))
    if heavy.sum() > n_areas:
        raise InputError(Fault("RO-691", "teams", teams=n_areas, parts=int(heavy.sum())))
    counts = heavy.astype(np.int64)
    while counts.sum() < n_areas:
        load = np.where(heavy & (counts < streets), share / np.maximum(counts, 1), -1.0)
        if load.max() < 0:
            raise InputError(Fault("RO-690", "teams", teams=n_areas, streets=int(streets[heavy].sum())))
        counts[load.argmax()] += 1
    return counts


def _of_part(
    metric: StreetMetric,
    inside: NDArray[np.int64],
    work: NDArray[np.float64],
    n_areas: int,
    tolerance: float,
    budget: Budget,
    seed: int,
    goal: float,
    progress: Progress | None,
) -> Drawn:
    """Draw the areas of one part."""
    _, ends = np.unique(np.stack([metric.u[inside], metric.v[inside]]), return_inverse=True)
    u, v = ends.reshape(2, -1).astype(np.int32)
    part = StreetMetric(u, v, metric.length_m[inside])
    return draw(
        part, work[inside], n_areas, tolerance, budget, seed, neighbours=part.neighbours, goal=goal,
        progress=progress,
    )  # fmt: skip


def _scaled(budget: Budget, share: float) -> Budget:
    """Give a part its share of the time."""
    return budget if budget.seconds is None else replace(budget, seconds=budget.seconds * float(share))


def _join_light(
    net: StreetNetwork,
    metric: StreetMetric,
    work: NDArray[np.float64],
    counts: NDArray[np.int64],
    area: NDArray[np.int64],
) -> list[Message]:
    """Give parts without areas, but with work, to the nearest area, in place; say so."""
    from scipy.spatial import cKDTree

    notes = []
    middle = np.column_stack(
        [(net.node_x[metric.u] + net.node_x[metric.v]) / 2, (net.node_y[metric.u] + net.node_y[metric.v]) / 2]
    )
    drawn = np.flatnonzero(counts[metric.parts] > 0)
    tree = cKDTree(middle[drawn])
    for part in np.flatnonzero(counts == 0):
        inside = np.flatnonzero(metric.parts == part)
        if work[inside].sum() <= 0:
            continue
        away, nearest = tree.query(middle[inside])
        area[inside] = area[drawn[nearest[away.argmin()]]]
        km = float(metric.length_m[inside].sum()) / 1000
        notes.append(Message("areas-apart", km=km, share=float(work[inside].sum()), distance=float(away.min())))
    return notes


def _named(
    net: StreetNetwork,
    used: NDArray[np.int64],
    metric: StreetMetric,
    area: NDArray[np.int64],
    centre: NDArray[np.int64],
    demand: NDArray[np.float64],
    work: NDArray[np.float64],
) -> StreetAreas:
    """Number the areas from north to south, and add up what each has."""
    n = len(centre)
    order = np.argsort(-net.node_y[metric.u[centre]], kind="stable")
    rank = np.append(np.argsort(order), -1)  # the last one for −1
    area = rank[area]
    every = np.full(net.n_segments, -1, dtype=np.int64)
    every[used] = area
    inside = area >= 0
    total = float(demand[inside].sum()) or 1.0
    return StreetAreas(
        network=net, names=tuple(f"area {k + 1}" for k in range(n)), area=every, centre=used[centre[order]],
        demand=np.bincount(area[inside], demand[inside], n) / total,
        length_m=np.bincount(area[inside], metric.length_m[inside], n).astype(np.float64),
        work=np.bincount(area[inside], work[inside], n) / float(work[inside].sum()),
        connected=tuple(_in_one_piece(metric, area == k) for k in range(n)),
        mean_m=0.0, bound_m=0.0, bound_here_m=0.0, iterations=0, runtime_s=0.0, interrupted=False,
    )  # fmt: skip


def _in_one_piece(metric: StreetMetric, inside: NDArray[np.bool_]) -> bool:
    """Whether one can go from any of some segments to any other along them alone."""
    own = StreetMetric(metric.u[inside], metric.v[inside], metric.length_m[inside])
    return int(own.parts.max(initial=0)) == 0
