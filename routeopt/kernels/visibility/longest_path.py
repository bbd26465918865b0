"""The best stretch of one team's route with everything else fixed: a longest path over (site, step).

States are arrivals (a team is at a site and may still wait) and departures (it has just finished a visit and
leaves). A stay longer than the longest dwell is an arrival, a wait and a visit; a team that has served a task may
stay on, which turns its departure into an arrival again. Steps are processed in order, so that each state is final
when it is extended.

Gains along a path are exact for the first visit to a place. For a place seen earlier on the same path they are
scaled by what the earlier visit leaves to gain, read off the path itself: by how much of it has decayed meanwhile,
and by the share of the gain of leaving the one place that leaving the other also gains, in these steps and given
the rest of the plan. A site with tasks has two nodes, the second (its *twin*) for paths that have served one of
its tasks, so that they do not displace those that still may.

Times within a stretch are steps since it begins. A departure is coded as one number, its step and its node.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, fill, kernel, maker, part, short, sums
from routeopt.kernels.visibility.levels import Menu, Tasks, leg_gains_between, stay_gains
from routeopt.kernels.visibility.solution import Gap, between, done

FORGET = 0.02
"""An earlier visit of the same path is ignored once its effect has decayed below this."""
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
    first: NDArray[np.int64]
    """(n,) earliest arrival."""
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
    """(n + 1, n) see `_overlap`."""


class Links(NamedTuple):
    """Legs between nodes, CSR by the node of departure."""

    ptr: NDArray[np.int64]
    """(n + 1,)"""
    node: NDArray[np.int64]
    """Node of arrival."""
    steps: NDArray[np.int64]
    """Travel time."""
    until: NDArray[np.int64]
    """Latest departure."""
    gain: NDArray[np.float32]
    """(n_links · (w + 1),) gain of each leg per unit of v, by step of departure."""
    doubled: NDArray[np.float32]
    """The same shape: what the leg gains less per unit of v·g of the visit before it."""


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
    travel: NDArray[np.int32]
    """(n_sites, n_sites) of the team's profile."""


# reading a path backward -------------------------------------------------------------------------------------


@part
def _left_to_win(code, t, effect, v, overlap, base, paths, fades):
    """Compute the share of a site's gain that a path leaves at step ``t``, in (0, 1].

    Parameters
    ----------
    code
        Departure that ends the path.
    effect : (n_dwells + n_tasks,)
        g by activity.
    v
        Factor of the team.
    overlap : (n,)
        Row of the site in `_overlap`.
    base : (n_nodes,)
        See `Nodes`.
    paths : Paths
    fades : (n_steps + 1,)
        See `Stretch`.
    """
    left = 1.0
    while code >= 0:
        t0, i0 = code >> NODE_BITS, code & NODE
        fade = fades[t - t0]
        if fade < FORGET:
            break
        left *= 1.0 - v * overlap[base[i0]] * effect[paths.dwell[t0, i0]] * fade
        code = paths.prior[t0, i0]
    return left


@part
def _before(t, a, site, paths):
    """Return the start of the stay at node ``a`` that lasts at step ``t``, and the departure before it."""
    code = paths.came[t, a]
    while code >= 0 and site[code & NODE] == site[a]:
        t = paths.start[code >> NODE_BITS, code & NODE]
        code = paths.prior[code >> NODE_BITS, code & NODE]
    return t, code


@part
def _begun(t, a, at, travel, shortest, site, paths):
    """Return from which step on a stay counts that serves a task and whose next visit starts at step ``t``.

    This is the arrival if the team then waited for ``shortest``, the shortest dwell: such a wait becomes a visit.
    """
    start, code = _before(t, a, site, paths)
    arrived = travel[at, site[a]] if code < 0 else (code >> NODE_BITS) + travel[site[code & NODE], site[a]]
    return arrived if start - arrived >= shortest else start


@part
def _has_done(dwell, code, paths):
    """Return whether the path up to departure ``code`` has served the task of activity ``dwell``."""
    while code >= 0:
        if paths.dwell[code >> NODE_BITS, code & NODE] == dwell:
            return True
        code = paths.prior[code >> NODE_BITS, code & NODE]
    return False


@part
def _has_been(node, code, prior):
    """Return whether the path up to departure ``code`` has departed from ``node``."""
    while code >= 0:
        if code & NODE == node:
            return True
        code = prior[code >> NODE_BITS, code & NODE]
    return False


# what may be done --------------------------------------------------------------------------------------------


@part
def _longest(menu, steps):
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


@maker
def _open(instance, solution, team, gap, open_to):
    """Return where the team may dwell in the gap, (n_sites,), and which tasks it may serve, (n_tasks,)."""
    may = np.empty(open_to.shape[0], dtype=np.bool_)
    for i in range(may.shape[0]):
        may[i] = open_to[i]
    for b in range(instance.barred.shape[0]):
        if gap.now <= instance.barred[b, 2] and instance.barred[b, 1] <= gap.now + gap.w:
            may[instance.barred[b, 0]] = False
    open_task = done(solution, instance.menu.dwell_steps.shape[0], instance.tasks.site.shape[0])
    for q in range(open_task.shape[0]):
        free = instance.mandatory[q] or may[instance.tasks.site[q]]
        open_task[q] = free and instance.allowed[q, team] and not open_task[q]
    for i in range(may.shape[0]):
        may[i] &= instance.stoppable[gap.p, i]
    return may, open_task


@part
def _sites_of_tasks(tasks, menu, travel, gap, open_task, has_task):
    """Set ``has_task`` at the sites whose tasks fit in the gap; return the length of the shortest visit."""
    n_dwells = menu.dwell_steps.shape[0]
    shortest = menu.dwell_steps[0]
    fill(has_task, False)
    for q in range(open_task.shape[0]):
        i, service = tasks.site[q], menu.visit_steps[n_dwells + q]
        first, last = gap.now + travel[gap.at, i], gap.now + gap.w - travel[i, gap.home] - service
        if open_task[q] and may_begin(tasks, q, first, last) >= 0:
            has_task[i] = True
            shortest = min(shortest, service)
    return shortest


# gains of stays ----------------------------------------------------------------------------------------------


@part
def _stay_tables(sight, coverage, travel, gap, sites, first, last, here_sum, leave_at):
    """Fill ``first``, ``last``, ``here_sum`` and ``leave_at`` (see `Nodes`, `Gains`) for ``sites`` (n,)."""
    for a in range(sites.shape[0]):
        i = sites[a]
        first[a], last[a] = travel[gap.at, i], gap.w - travel[i, gap.home]
        stays, departures = here_sum[a, first[a] : last[a] + 1], leave_at[a, first[a] : last[a] + 1]
        row = gap.p * travel.shape[0] + i
        stay_gains(sight, row, coverage.here, coverage.leave, gap.now + first[a], stays, departures)


@sums
def _best_stay(here_sum, leave_at, stay, effect):
    """Return the greatest gain of a stay of ``stay`` steps over all its starts."""
    best = 0.0
    for t in range(here_sum.shape[0] - stay):
        won = here_sum[t + stay] - here_sum[t] + effect * leave_at[t + stay]
        if won > best:
            best = won
    return best


@maker
def _keep_best(menu, here_sum, leave_at, first, last, sites, index, most, has_task):
    """Move the rows of the ``most`` sites whose best stay gains most per step, and of tasks' sites, to the front.

    Parameters
    ----------
    here_sum, leave_at, first, last
        See `Gains` and `Nodes`; n rows each, reordered in place.
    sites : (n,)
        Reordered in place.
    index : (n_sites,)
        Set to the row of each site, −1 for those left out.
    most
        Number of sites kept besides those of tasks.
    has_task : (n_sites,) bool

    Returns
    -------
    Number of sites kept.
    """
    n = sites.shape[0]
    gain = np.empty(n)
    fill(gain, 0.0)
    for a in range(n):
        if has_task[sites[a]]:
            gain[a] = -LOW
            most += 1
            continue
        stays, departures = here_sum[a, first[a] : last[a] + 1], leave_at[a, first[a] : last[a] + 1]
        for d in range(menu.dwell_steps.shape[0]):
            stay = menu.dwell_steps[d]
            gain[a] = max(gain[a], _best_stay(stays, departures, stay, menu.dwell_effect[d]) / (stay + 1))
    for i in sites:
        index[i] = -1
    for _ in range(min(most, n)):
        best = 0
        for a in range(1, n):
            if gain[a] > gain[best]:
                best = a
        gain[best] = LOW
    b = 0
    for a in range(n):
        if gain[a] == LOW:  # a ≥ b, so nothing is overwritten before it is read
            copy(here_sum[b], here_sum[a])
            copy(leave_at[b], leave_at[a])
            first[b], last[b], sites[b] = first[a], last[a], sites[a]
            index[sites[b]] = b
            b += 1
    return b


@maker
def _overlap(sight, row, sites, home, leave, first, last, overlap):
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
    won = np.empty(leave.shape[0])
    fill(won, -1.0)
    both = np.empty(leave.shape[0])
    fill(both, 0.0)
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
def _first_legs(instance, coverage, gap, nodes, arrived):
    """Set the values of the arrivals on the first legs, each leaving at once; all others to ``LOW``."""
    legs, menu = instance.movement.legs, instance.menu
    n_sites = instance.movement.travel.shape[1]
    gain, doubled = np.empty(1, dtype=np.float32), np.empty(1, dtype=np.float32)
    for t in range(gap.w + 1):
        fill(arrived[t], LOW)
    for a in range(nodes.first.shape[0]):
        i = nodes.site[a]
        arrived[nodes.first[a], a] = LOW if gap.visiting and i == gap.at and not nodes.has_task[i] else 0.0
        if i != gap.at:
            row = (gap.p * n_sites + gap.at) * n_sites + i
            leg_gains_between(
                legs, row, menu.passage, gap.v, coverage.here, coverage.leave, gap.now, gain, doubled
            )
            arrived[nodes.first[a], a] = gap.v * gain[0]


@part
def _last_legs(instance, coverage, gap, nodes, home_leg, home_doubled):
    """Fill the gains of the legs to ``home`` (see `Gains`)."""
    legs, menu = instance.movement.legs, instance.menu
    n_sites = instance.movement.travel.shape[1]
    for a in range(nodes.first.shape[0]):
        i = nodes.site[a]
        fill(home_leg[a], 0.0)
        fill(home_doubled[a], 0.0)
        if i != gap.home:
            begin, end = nodes.first[a] + nodes.shortest, nodes.last[a] + 1
            row = (gap.p * n_sites + i) * n_sites + gap.home
            leg_gains_between(
                legs, row, menu.passage, 0.0, coverage.here, coverage.leave, gap.now + begin,
                home_leg[a, begin:end], home_doubled[a, begin:end],
            )  # fmt: skip


@maker
def _stay_at_home(instance, coverage, gap, home_sum):
    """Return the value of going home at once and waiting there."""
    legs, menu = instance.movement.legs, instance.menu
    n_sites = instance.movement.travel.shape[1]
    gain, doubled = np.empty(1, dtype=np.float32), np.empty(1, dtype=np.float32)
    gain[0] = 0.0
    if gap.at != gap.home:
        row = (gap.p * n_sites + gap.at) * n_sites + gap.home
        leg_gains_between(legs, row, menu.passage, 0.0, coverage.here, coverage.leave, gap.now, gain, doubled)
    back = instance.movement.travel[gap.p, gap.at, gap.home]
    return gap.v * (gain[0] + home_sum[gap.w] - home_sum[back])


@maker
def _link(instance, coverage, gap, nodes, index, scratch):
    """Make the `Links` among the neighbours of each site, for the steps in which each leg may depart.

    Parameters
    ----------
    index : (n_sites,)
        Node of each site, −1 for none.
    scratch
        See `best_stretch`.
    """
    legs, menu = instance.movement.legs, instance.menu
    travel, neighbours = instance.movement.travel[gap.p], instance.neighbours[gap.p]
    n, n_sites = nodes.first.shape[0], travel.shape[0]
    size = n * min(n, neighbours.shape[1])
    ptr = np.empty(n + 1, dtype=np.int64)
    node = np.empty(size, dtype=np.int64)
    steps = np.empty(size, dtype=np.int64)
    until = np.empty(size, dtype=np.int64)
    gain, doubled = scratch[: size * (gap.w + 1)], scratch[size * (gap.w + 1) :]
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
            latest = nodes.last[b] - nodes.shortest - travel[i, k]
            if latest < begin:
                continue
            node[e], steps[e], until[e] = b, travel[i, k], latest
            row, r = (gap.p * n_sites + i) * n_sites + k, e * (gap.w + 1)
            leg_gains_between(
                legs, row, menu.passage, gap.v, coverage.here, coverage.leave, gap.now + begin,
                gain[r + begin : r + latest + 1], doubled[r + begin : r + latest + 1],
            )  # fmt: skip
            e += 1
    ptr[n] = e
    return Links(ptr, node, steps, until, gain, doubled)


# transitions between states ----------------------------------------------------------------------------------


@short
def _stay_on(s, t, a):
    """Departure after a task → arrival at the same node: the team stays on, without the gain of leaving."""
    value = s.paths.departed[t, a] - s.paths.dose[t, a]
    if value > s.paths.arrived[t, a]:
        s.paths.arrived[t, a], s.paths.came[t, a] = value, t << NODE_BITS | a


@short
def _end(s, t, a, best):
    """Departure → end of the stretch: the value of going home and waiting there; not exact below ``best``."""
    gap, gains, paths = s.gap, s.gains, s.paths
    a0, is_task = s.nodes.base[a], paths.dwell[t, a] >= s.menu.dwell_steps.shape[0]
    back = t + s.travel[s.nodes.site[a], gap.home]
    did = gap.v * s.menu.visit_effect[paths.dwell[t, a]]
    waits = gap.v * (gains.home_sum[gap.w] - gains.home_sum[back])
    value = paths.departed[t, a] + gap.v * (gains.home_leg[a0, t] - did * gains.home_doubled[a0, t]) + waits
    if gap.visited and s.nodes.site[a] == gap.home:  # it does not leave
        value = value - paths.dose[t, a] if is_task else LOW
    if value > best:
        left = _left_to_win(
            t << NODE_BITS | a, back, s.menu.visit_effect, gap.v, gains.overlap[gains.overlap.shape[1]],
            s.nodes.base, paths, s.fades,
        )  # fmt: skip
        value -= waits * (1.0 - left) * s.fades[(gap.w - back) // 2]
    return value


@short
def _leave(s, t, a):
    """Departure → arrivals at the neighbours."""
    links, paths, v = s.links, s.paths, s.gap.v
    value, code, a0 = paths.departed[t, a], t << NODE_BITS | a, s.nodes.base[a]
    lingers = paths.dose.shape[0] > 0
    did = v * s.menu.visit_effect[paths.dwell[t, a]]
    for e in range(links.ptr[a0], links.ptr[a0 + 1]):
        if t <= links.until[e]:
            arrive, b = t + links.steps[e], links.node[e]
            if lingers and s.nodes.twin[b] >= 0 and _has_been(s.nodes.twin[b], code, paths.prior):
                b = s.nodes.twin[b]
            r = e * (s.gap.w + 1) + t
            total = value + v * (links.gain[r] - did * links.doubled[r])
            if total > paths.arrived[arrive, b]:
                paths.arrived[arrive, b] = total
                paths.came[arrive, b] = code


@short
def _wait(s, t, a, left):
    """Arrival → arrival one step later."""
    paths, stays = s.paths, s.gains.here_sum[s.nodes.base[a]]
    value = paths.arrived[t, a] + s.gap.v * left * (stays[t + 1] - stays[t])
    if value > paths.arrived[t + 1, a]:
        paths.arrived[t + 1, a] = value
        paths.came[t + 1, a] = paths.came[t, a]


@short
def _serve(s, t, a, left, begun):
    """Arrival → departures of the twin after each task that may start now; the stay counts from ``begun`` on."""
    paths, menu, tasks, v, fades = s.paths, s.menu, s.tasks, s.gap.v, s.fades
    n_dwells, a0 = menu.dwell_steps.shape[0], s.nodes.base[a]
    value, i, b = paths.arrived[t, a], s.nodes.site[a], s.nodes.twin[a0]
    stays, departures = s.gains.here_sum[a0], s.gains.leave_at[a0]
    step = s.gap.now + t
    for e in range(tasks.at_ptr[i], tasks.at_ptr[i + 1]):
        q = tasks.at_task[e]
        end = t + menu.visit_steps[n_dwells + q]
        if not s.nodes.open_task[q] or end > s.nodes.last[a0] or may_begin(tasks, q, step, step) < 0:
            continue
        if a != a0 and _has_done(n_dwells + q, paths.came[t, a], paths):
            continue
        d = _longest(menu, end - begun)
        half = v * (1.0 - (1.0 - left) * fades[(end - t) // 2])
        leaves = v * (1.0 - (1.0 - left) * fades[end - t]) * departures[end]
        leaves = menu.dwell_effect[d] * leaves if d >= 0 else 0.0
        total = value + half * (stays[end] - stays[t]) + leaves + tasks.gain[q]
        if total > paths.departed[end, b]:
            paths.departed[end, b] = total
            paths.prior[end, b] = paths.came[t, a]
            paths.start[end, b] = t
            paths.dwell[end, b] = n_dwells + q
            paths.dose[end, b] = leaves


@short
def _dwell(s, t, a, left, begun, stays_on):
    """Arrival → departures after each dwell; if the team stays on after a task, the stay counts from ``begun``."""
    paths, menu, fades = s.paths, s.menu, s.fades
    a0 = s.nodes.base[a]
    stays, departures, value = s.gains.here_sum[a0], s.gains.leave_at[a0], paths.arrived[t, a]
    for d in range(menu.dwell_steps.shape[0]):
        end = t + menu.dwell_steps[d]
        if end > s.nodes.last[a0]:
            break
        effect = menu.dwell_effect[_longest(menu, end - begun)] if stays_on else menu.dwell_effect[d]
        # the gain that earlier visits have taken is on its way back
        stay = (1.0 - (1.0 - left) * fades[(end - t) // 2]) * (stays[end] - stays[t])
        stay += (1.0 - (1.0 - left) * fades[end - t]) * effect * departures[end]
        total = value + s.gap.v * stay
        if total > paths.departed[end, a]:
            paths.departed[end, a] = total
            paths.prior[end, a] = paths.came[t, a]
            paths.start[end, a] = t
            paths.dwell[end, a] = d


@short
def _arrive(s, t, a):
    """Arrival → all its transitions: wait, serve a task, dwell."""
    gap, nodes, paths = s.gap, s.nodes, s.paths
    a0, i, came = nodes.base[a], nodes.site[a], paths.came[t, a]
    before = came
    if paths.dose.shape[0] > 0:
        before = _before(t, a, nodes.site, paths)[1]
    left = _left_to_win(
        before, t, s.menu.visit_effect, gap.v, s.gains.overlap[a0], nodes.base, paths, s.fades
    )  # fmt: skip
    _wait(s, t, a, left)
    again = gap.visiting and i == gap.at and came < 0  # not left since the visit before the stretch
    stays_on, begun, ordinary = False, t, nodes.stoppable[i] and not again
    if nodes.has_task[i]:
        stays_on = came >= 0 and nodes.site[came & NODE] == i
        if ordinary:
            begun = _begun(t, a, gap.at, s.travel, s.menu.dwell_steps[0], nodes.site, paths)
        elif stays_on:
            begun, _ = _before(t, a, nodes.site, paths)
        _serve(s, t, a, left, begun)
    if ordinary:
        _dwell(s, t, a, left, begun, stays_on)


@part
def _sweep(s, best):
    """Extend all states in order of time; return the last departure of the best path, −1 if ``best`` is better."""
    best_code = -1
    lingers, n_dwells = s.paths.dose.shape[0] > 0, s.menu.dwell_steps.shape[0]
    for t in range(s.gap.w + 1):
        for a in range(s.nodes.site.shape[0]):
            if s.paths.departed[t, a] == LOW:
                continue
            if lingers and s.paths.dwell[t, a] >= n_dwells:
                _stay_on(s, t, a)
            value = _end(s, t, a, best)
            if value > best:
                best, best_code = value, t << NODE_BITS | a
            _leave(s, t, a)
        for a in range(s.nodes.site.shape[0]):
            if s.paths.arrived[t, a] != LOW and t + s.nodes.shortest <= s.nodes.last[s.nodes.base[a]]:
                _arrive(s, t, a)
    return best_code


@maker
def _visits(s, last):
    """Read the visits, (n, 3), off the path that ends with departure ``last``."""
    gap, site, paths = s.gap, s.nodes.site, s.paths
    count, code = 0, last
    while code >= 0:
        count += 1
        code = paths.prior[code >> NODE_BITS, code & NODE]
    visits = np.empty((2 * count, 3), dtype=np.int64)
    r, code = 2 * count, last
    while code >= 0:
        r -= 1
        t, a = code >> NODE_BITS, code & NODE
        start, i, dwell = paths.start[t, a], site[a], paths.dwell[t, a]
        visits[r, 0], visits[r, 1], visits[r, 2] = i, gap.now + start, dwell
        code = paths.prior[t, a]
        again = (code >= 0 and site[code & NODE] == i) or (code < 0 and gap.visiting and i == gap.at)
        if dwell >= s.menu.dwell_steps.shape[0] and s.nodes.stoppable[i] and not again:
            arrive = s.travel[gap.at, i] if code < 0 else (code >> NODE_BITS) + s.travel[site[code & NODE], i]
            d = _longest(s.menu, start - arrive)
            if d >= 0:  # the wait before a task is a visit
                r -= 1
                visits[r, 0], visits[r, 1], visits[r, 2] = i, gap.now + arrive, d
    return visits[r:]


# the stretch -------------------------------------------------------------------------------------------------


@maker
def _twins(sites, n, n_twins, has_task):
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
def _empty_paths(w, n_nodes, lingers):
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


@kernel
def best_stretch(instance, solution, coverage, scratch, team, first, most, open_to):
    """Find the best visits between visit ``first`` − 1 and visit ``first`` of the team, with all else fixed.

    Parameters
    ----------
    instance, solution, coverage
        See `kernels.visibility.solution` and `kernels.visibility.levels`; the coverage must not include the
        stretch.
    scratch : float32, at least 2 · n_sites · n_neighbours · (n_steps + 1)
        Working memory.
    team, first
        The team, and its visit before which the stretch lies.
    most
        Number of sites considered besides those of tasks: those whose best stay gains most.
    open_to : (n_sites,) bool
        Sites that may be used (mandatory tasks may be served anywhere).

    Returns
    -------
    (n, 3) int64: site, start step, activity.
    """
    movement, menu, sight = instance.movement, instance.menu, instance.movement.sight
    p, v = instance.teams.profile[team], instance.teams.factor[team]
    at, now, home, finish = between(menu, instance.teams.ends, solution, team, first, first)
    gap = Gap(p, v, at, now, home, finish - now, first > 0, first < solution.counts[team])
    travel, w = movement.travel[p], finish - now
    n_sites = travel.shape[0]
    stoppable, open_task = _open(instance, solution, team, gap, open_to)
    has_task = np.empty(n_sites, dtype=np.bool_)
    shortest = _sites_of_tasks(instance.tasks, menu, travel, gap, open_task, has_task)
    sites = np.empty(2 * n_sites, dtype=np.int64)
    index = np.empty(n_sites, dtype=np.int64)
    fill(index, -1)
    n = n_twins = 0
    for i in range(n_sites):
        if (stoppable[i] or has_task[i]) and travel[at, i] + shortest + travel[i, home] <= w:
            sites[n] = i
            index[i] = n
            n += 1
            n_twins += has_task[i]
    if n == 0:
        return np.empty((0, 3), dtype=np.int64)

    earliest, latest = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    here_sum, leave_at = np.empty((n, w + 1)), np.empty((n, w + 1))
    _stay_tables(sight, coverage, travel, gap, sites[:n], earliest, latest, here_sum, leave_at)
    if n > most:
        n = _keep_best(menu, here_sum, leave_at, earliest, latest, sites[:n], index, most, has_task)
    overlap = np.empty((n + 1, n))
    _overlap(sight, p * n_sites, sites, home, coverage.leave, now, finish, overlap)
    base, twin = _twins(sites, n, n_twins, has_task)
    nodes = Nodes(
        sites[: n + n_twins], base, twin, earliest[:n], latest[:n], stoppable, has_task, open_task, shortest
    )
    home_leg, home_doubled = np.empty((n, w + 1), dtype=np.float32), np.empty((n, w + 1), dtype=np.float32)
    _last_legs(instance, coverage, gap, nodes, home_leg, home_doubled)
    home_sum, unused = np.empty(w + 1), np.empty(w + 1)
    stay_gains(sight, p * n_sites + home, coverage.here, coverage.leave, now, home_sum, unused)
    paths = _empty_paths(w, n + n_twins, n_twins > 0)
    _first_legs(instance, coverage, gap, nodes, paths.arrived)
    s = Stretch(
        gap, nodes, Gains(here_sum, leave_at, home_leg, home_doubled, home_sum, overlap),
        _link(instance, coverage, gap, nodes, index, scratch), paths, menu, instance.tasks, instance.fades, travel,
    )  # fmt: skip
    return _visits(s, _sweep(s, _stay_at_home(instance, coverage, gap, home_sum)))
