"""The tables of one stretch of a team's route: its nodes, what stays and legs gain, and which legs there are.

They are filled before the longest path over (site, step) is found (`kernels.visibility.longest_path`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import fill, maker, part, short
from routeopt.kernels.visibility.gains import leg_gains_between, stay_gains
from routeopt.kernels.visibility.legs import leave_by, leg, same_until
from routeopt.kernels.visibility.levels import Menu, Movement, Tasks
from routeopt.kernels.visibility.solution import Access, Gap, done

LOW = -1e300
"""Value of a state that cannot be reached."""
EVERY = 3
"""Interval, in steps, of the sample from which the overlap of places is estimated."""
NODE_BITS = 20
"""Low bits of a departure's code, which hold its node; shifting is faster than dividing."""
NODE = (1 << NODE_BITS) - 1
"""Mask of these bits."""


class Nodes(NamedTuple):
    """Nodes of the path: the sites considered, then the twins of those with tasks."""

    site: NDArray[np.int64]
    """(n_nodes,)"""
    base: NDArray[np.int64]
    """(n_nodes,) node of the site of a twin; itself for others. Tables of ``n`` rows are indexed by it."""
    twin: NDArray[np.int64]
    """(n_nodes,) twin of the node, −1 for none."""
    choice: NDArray[np.int64]
    """(n_nodes,) a task there that may be served elsewhere instead, −1 for none: the twin is also for paths that
    have served an alternative."""
    first: NDArray[np.int64]
    """(n,) arrival by the leg from ``at``; a team that is there sooner, by way of others, waits until then."""
    last: NDArray[np.int64]
    """(n,) latest departure."""
    stoppable: NDArray[np.bool_]
    """(n_sites,) whether the team may dwell at the site."""
    has_task: NDArray[np.bool_]
    """(n_sites,) whether the team may serve a task at the site."""
    open_task: NDArray[np.bool_]
    """(n_tasks,) whether the team may serve the task."""
    shortest: int
    """Length of the shortest visit."""


class Gains(NamedTuple):
    """Gains of stays, and of the last leg, per unit of v; columns are steps."""

    here_sum: NDArray[np.float64]
    """(n, w + 1) running sums of presence."""
    leave_at: NDArray[np.float64]
    """(n, w + 1) departures, per unit of g."""
    home_leg: NDArray[np.float32]
    """(n, w + 1) legs to ``home`` by step of departure."""
    home_doubled: NDArray[np.float32]
    """(n, w + 1) what these legs gain less per unit of v·g of the visit before."""
    home_sum: NDArray[np.float64]
    """(w + 1,) running sums of presence at ``home``."""
    overlap: NDArray[np.float64]
    """(n + 1, n) see `fill_overlap`."""
    added: NDArray[np.float64]
    """(n_sites, w + 1) running sums of what the team adds to what is reached in time (see `response`); they are
    included in those of presence. (0, 0) where that has no price."""


class Links(NamedTuple):
    """Legs between nodes, CSR by the node of departure."""

    ptr: NDArray[np.int64]
    """(n + 1,)"""
    node: NDArray[np.int64]
    """Node of arrival."""
    steps: NDArray[np.int64]
    """Travel time, where legs do not change; more where the team would be there before ``Nodes.first``."""
    until: NDArray[np.int64]
    """Latest departure."""
    gain: NDArray[np.float32]
    """(n_links · (w + 1),) gain of each leg per unit of v, by step of departure."""
    doubled: NDArray[np.float32]
    """The same shape: what the leg gains less per unit of v·g of the visit before it."""
    arrive: NDArray[np.int64]
    """The same shape: step of arrival, w + 1 where it is too late; (0,) where legs do not change."""


class Paths(NamedTuple):
    """Best path to each state, (w + 1, n_nodes) each."""

    arrived: NDArray[np.float64]
    """Value of the arrival."""
    came: NDArray[np.int64]
    """Code of the departure before the arrival, −1 if it is the first."""
    departed: NDArray[np.float64]
    """Value of the departure."""
    prior: NDArray[np.int64]
    """Code of the departure before the visit that the departure ends, −1 if it is the first."""
    start: NDArray[np.int32]
    """First step of that visit."""
    dwell: NDArray[np.int16]
    """Activity of that visit."""
    dose: NDArray[np.float64]
    """Gain of leaving after a task, included in ``departed``; (0, 0) without tasks."""


class Stretch(NamedTuple):
    """All that the transitions between states look up."""

    gap: Gap
    nodes: Nodes
    gains: Gains
    links: Links
    paths: Paths
    menu: Menu
    tasks: Tasks
    fades: NDArray[np.float64]
    """(n_steps + 1,) share of a level that is left after 0, 1, 2, … steps."""
    movement: Movement
    access: Access
    team: int
    waits: NDArray[np.bool_]
    """(n_sites,) see `Teams`."""


# reading a path backward -------------------------------------------------------------------------------------


@part
def longest_dwell(menu, steps):
    """Return the longest dwell of the menu that fits in ``steps``, −1 if none does."""
    found = -1
    for d in range(menu.dwell_steps.shape[0]):
        if menu.dwell_steps[d] <= steps:
            found = d
    return found


@part
def may_begin(tasks, q, first, last):
    """Return the first step from ``first`` to ``last`` in which service of task ``q`` may start, −1 if none."""
    found = -1
    for e in range(tasks.window_ptr[q], tasks.window_ptr[q + 1]):
        step = max(first, tasks.opens[e])
        if step <= min(last, tasks.closes[e]) and (found < 0 or step < found):
            found = step
    return found


@part
def stops_once(instance, solution, team, site):
    """Return whether the team stops at a site at which it must not stop again."""
    if instance.access.no_return.shape[0] == 0 or not instance.access.no_return[site]:
        return False
    found = False
    for r in range(solution.counts[team]):
        found |= solution.routes[team, r, 0] == site and instance.menu.lasting[solution.routes[team, r, 2]]
    return found


@maker
def open_sites(instance, solution, team, gap, open_to):
    """Return where the team may dwell in the gap, (n_sites,), and which tasks it may serve, (n_tasks,)."""
    may = np.empty(open_to.shape[0], dtype=np.bool_)
    for i in range(may.shape[0]):
        may[i] = open_to[i]
    if instance.access.no_return.shape[0] > 0:
        for i in range(may.shape[0]):
            may[i] &= not stops_once(instance, solution, team, i)
    open_task = done(solution, instance.menu.first_task, instance.tasks.group)
    for q in range(open_task.shape[0]):
        site = instance.tasks.site[q]
        free = may[site] or (instance.mandatory[q] and not stops_once(instance, solution, team, site))
        open_task[q] = free and instance.allowed[q, team] and not open_task[q]
    for i in range(may.shape[0]):
        may[i] &= instance.stoppable[gap.p, i]
    return may, open_task


@part
def mark_task_sites(tasks, menu, movement, gap, open_task, has_task):
    """Set ``has_task`` at the sites whose tasks fit in the gap; return the length of the shortest visit."""
    first_task = menu.first_task
    shortest = menu.dwell_steps[0]
    fill(has_task, False)
    for q in range(open_task.shape[0]):
        if not open_task[q]:
            continue
        i, service = tasks.site[q], menu.visit_steps[first_task + q]
        first = gap.now + leg(movement, gap.p, gap.at, i, gap.now)[1]
        last = leave_by(movement, gap.p, i, gap.home, gap.now + gap.w) - service
        if may_begin(tasks, q, first, last) >= 0:
            has_task[i] = True
            shortest = min(shortest, service)
    return shortest


# gains of stays ----------------------------------------------------------------------------------------------


@part
def fill_stay_tables(movement, coverage, gap, sites, first, last, here_sum, leave_at):
    """Fill ``here_sum`` and ``leave_at`` (see `Gains`) of ``sites`` (n,), from ``first`` to ``last``."""
    for a in range(sites.shape[0]):
        i = sites[a]
        stays, departures = here_sum[a, first[a] : last[a] + 1], leave_at[a, first[a] : last[a] + 1]
        row = gap.p * movement.n_sites + i
        stay_gains(movement.sight, row, coverage.here, coverage.leave, gap.now + first[a], stays, departures)


@maker
def fill_overlap(sight, row, sites, home, leave, first, last, overlap):
    """Estimate which share of the gain of leaving one site leaving another also gains, on average over the steps.

    Parameters
    ----------
    sight : Sight
    row
        First row of the team's profile in ``sight``.
    sites : (n,)
        Rows of the table; the last row is that of ``home``.
    leave : (n_points, n_steps)
        See `Coverage`.
    first, last
        Steps over which to average, ``last`` exclusive.
    overlap : (n + 1, n)
        Filled.
    """
    n = overlap.shape[1]
    won, both = np.empty(leave.shape[0]), np.empty(leave.shape[0])
    for a in range(n + 1):
        i = sites[a] if a < n else home
        for e in range(sight.ptr[row + i], sight.ptr[row + i + 1]):
            won[sight.point[e]], both[sight.point[e]] = -1.0, 0.0
    for a in range(n + 1):
        i = sites[a] if a < n else home
        total = 0.0
        for e in range(sight.ptr[row + i], sight.ptr[row + i + 1]):
            j = sight.point[e]
            if won[j] < 0.0:
                won[j] = 0.0
                for t in range(first, min(last, leave.shape[1]), EVERY):
                    won[j] += leave[j, t]
            both[j] = sight.rho[e] * won[j]
            total += both[j]
        for b in range(n):
            shared = 0.0
            for e in range(sight.ptr[row + sites[b]], sight.ptr[row + sites[b] + 1]):
                shared += sight.rho[e] * both[sight.point[e]]
            overlap[a, b] = shared / total if total > 0.0 else 0.0
        for e in range(sight.ptr[row + i], sight.ptr[row + i + 1]):
            both[sight.point[e]] = 0.0


# gains of legs -----------------------------------------------------------------------------------------------


@maker
def fill_first_legs(instance, coverage, gap, nodes, arrived):
    """Set the values of the arrivals on the first legs, each leaving at once; all others to ``LOW``."""
    legs, menu = instance.movement.legs, instance.menu
    gain, doubled = np.empty(1, dtype=np.float32), np.empty(1, dtype=np.float32)
    for t in range(gap.w + 1):
        fill(arrived[t], LOW)
    for a in range(nodes.first.shape[0]):
        i = nodes.site[a]
        arrived[nodes.first[a], a] = LOW if gap.visiting and i == gap.at and not nodes.has_task[i] else 0.0
        if i != gap.at:
            row = leg(instance.movement, gap.p, gap.at, i, gap.now)[0]
            if row < 0:  # by way of other sites alone
                arrived[nodes.first[a], a] = LOW
                continue
            leg_gains_between(
                legs, row, menu.passage, gap.v, coverage.here, coverage.leave, gap.now, gain, doubled
            )
            arrived[nodes.first[a], a] = gap.v * gain[0]


@part
def fill_last_legs(instance, coverage, gap, nodes, home_leg, home_doubled):
    """Fill the gains of the legs to ``home`` (see `Gains`)."""
    legs, menu = instance.movement.legs, instance.menu
    for a in range(nodes.first.shape[0]):
        i = nodes.site[a]
        fill(home_leg[a], 0.0)
        fill(home_doubled[a], 0.0)
        if i != gap.home and leg(instance.movement, gap.p, i, gap.home, gap.now)[0] >= 0:
            begin, latest = nodes.first[a] + nodes.shortest, nodes.last[a]
            while begin <= latest:
                row = leg(instance.movement, gap.p, i, gap.home, gap.now + begin)[0]
                end = _same_until(instance.movement, gap, i, gap.home, begin, latest) + 1
                leg_gains_between(
                    legs, row, menu.passage, 0.0, coverage.here, coverage.leave, gap.now + begin,
                    home_leg[a, begin:end], home_doubled[a, begin:end],
                )  # fmt: skip
                begin = end


@maker
def fill_stay_at_home(instance, coverage, gap, home_sum):
    """Return the value of going home at once and waiting there, `LOW` where that is impossible."""
    legs, menu = instance.movement.legs, instance.menu
    gain, doubled = np.empty(1, dtype=np.float32), np.empty(1, dtype=np.float32)
    gain[0] = 0.0
    row, back = leg(instance.movement, gap.p, gap.at, gap.home, gap.now)
    if back > gap.w:
        return LOW
    if gap.at != gap.home:
        leg_gains_between(legs, row, menu.passage, 0.0, coverage.here, coverage.leave, gap.now, gain, doubled)
    return gap.v * (gain[0] + home_sum[gap.w] - home_sum[back])


@maker
def link_nodes(instance, coverage, gap, nodes, index, scratch):
    """Make the `Links` among the neighbours of each site, for the steps in which each leg may depart.

    Parameters
    ----------
    index : (n_sites,)
        Node of each site, −1 for none.
    scratch
        See `best_stretch`.
    """
    legs, menu = instance.movement.legs, instance.menu
    movement, neighbours = instance.movement, instance.neighbours[gap.p]
    n = nodes.first.shape[0]
    size = n * min(n, neighbours.shape[1])
    ptr = np.empty(n + 1, dtype=np.int64)
    node = np.empty(size, dtype=np.int64)
    steps = np.empty(size, dtype=np.int64)
    until = np.empty(size, dtype=np.int64)
    gain, doubled = scratch[: size * (gap.w + 1)], scratch[size * (gap.w + 1) :]
    arrive = np.empty(size * (gap.w + 1) if movement.periods.shape[1] > 1 else 0, dtype=np.int64)
    fill(arrive, gap.w + 1)
    e = 0
    for a in range(n):
        ptr[a] = e
        i = nodes.site[a]
        begin = nodes.first[a] + nodes.shortest
        for m in range(neighbours.shape[1]):
            k = neighbours[i, m]
            if k < 0:
                break
            b = index[k]
            if b < 0:
                continue
            due = nodes.last[b] - nodes.shortest
            latest = leave_by(movement, gap.p, i, k, gap.now + due) - gap.now
            if latest < begin:
                continue
            node[e], until[e] = b, latest
            t, r = begin, e * (gap.w + 1)
            while t <= latest:
                row, steps[e] = leg(movement, gap.p, i, k, gap.now + t)
                end = _same_until(movement, gap, i, k, t, latest) + 1
                leg_gains_between(
                    legs, row, menu.passage, gap.v, coverage.here, coverage.leave,
                    gap.now + t, gain[r + t : r + end], doubled[r + t : r + end],
                )  # fmt: skip
                if arrive.shape[0] > 0:
                    for depart in range(t, min(end, due - steps[e] + 1)):
                        arrive[r + depart] = max(depart + steps[e], nodes.first[b])
                t = end
            if arrive.shape[0] == 0 and begin + steps[e] < nodes.first[b]:
                steps[e] = nodes.first[b] - begin
                until[e] = min(latest, due - steps[e])
            e += 1
    ptr[n] = e
    return Links(ptr, node, steps, until, gain, doubled, arrive)


@short
def _same_until(movement, gap, i, k, t, last):
    """Return the last step since the gap's begin, at most ``last``, until which the leg is the one of step t."""
    return same_until(movement, gap.p, i, k, gap.now + t, gap.now + last) - gap.now


# transitions between states ----------------------------------------------------------------------------------


@maker
def add_twins(sites, n, n_twins, has_task):
    """Append the twins of the nodes 0 … ``n`` − 1 with tasks to ``sites``; return ``base`` and ``twin``."""
    base, twin = np.empty(n + n_twins, dtype=np.int64), np.empty(n + n_twins, dtype=np.int64)
    for a in range(n + n_twins):
        base[a], twin[a] = a, -1
    b = n
    for a in range(n):
        if has_task[sites[a]]:
            twin[a], base[b], sites[b] = b, a, sites[a]
            b += 1
    return base, twin


@maker
def choices(tasks, open_task, sites, n):
    """Return `Nodes.choice` of nodes at ``sites``, of which the first ``n`` are no twins."""
    choice = np.empty(sites.shape[0], dtype=np.int64)
    fill(choice, -1)
    for a in range(n):
        for e in range(tasks.at_ptr[sites[a]], tasks.at_ptr[sites[a] + 1]):
            q = tasks.at_task[e]
            if open_task[q] and not tasks.alone[q]:
                choice[a] = q
    return choice


@maker
def empty_paths(w, n_nodes, lingers):
    """Allocate `Paths` without any departure; ``arrived`` is not initialised."""
    paths = Paths(
        np.empty((w + 1, n_nodes)),
        np.empty((w + 1, n_nodes), dtype=np.int64),
        np.empty((w + 1, n_nodes)),
        np.empty((w + 1, n_nodes), dtype=np.int64),
        np.empty((w + 1, n_nodes), dtype=np.int32),
        np.empty((w + 1, n_nodes), dtype=np.int16),
        np.empty((w + 1, n_nodes) if lingers else (0, 0)),
    )
    for t in range(w + 1):
        fill(paths.came[t], -1)
        fill(paths.departed[t], LOW)
    return paths
