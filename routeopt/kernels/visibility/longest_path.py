"""The best stretch of one team's route while all else stands still: a longest path over (site, step).

States are arrivals (a team is at a site and may still wait) and departures (it has just finished a visit and
leaves: a longer stay is an arrival, a wait and a visit; a team that has done a task may stay on, which makes its
departure an arrival again).
Steps are handled in order, so each state is final when it is extended. Gains along a path are exact for the
first visit to a place; for a place seen earlier on the same path they are scaled by what the earlier visit
leaves to win, read off the path itself: that is by how much of it has faded meanwhile, and by the share of
what leaving the one place wins that leaving the other also wins, in these steps and with all else that is
planned. A site with tasks is two nodes, the second for paths that have done one of them, so that they do not
displace those that still may.
"""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import copy, fill, kernel, part, sums
from routeopt.kernels.visibility.levels import leg_worth_between, stay_worth
from routeopt.kernels.visibility.solution import between, done

FORGET = 0.02
"""An own earlier visit whose effect has faded below this is not looked at."""
LOW = -1e300
EVERY = 3
"""Steps between those looked at for what places share."""
NODE_BITS = 20
NODE = (1 << NODE_BITS) - 1
"""A departure is one number, its step and behind it so many bits of its node: a division would take longer."""


@part
def _left_to_win(code, t, effect, v, overlap, base, prior, visit_dwell, fades):
    """What the path up to departure ``code`` leaves to win at step ``t`` where ``overlap`` is that of the site."""
    left = 1.0
    while code >= 0:
        t0, i0 = code >> NODE_BITS, code & NODE
        fade = fades[t - t0]
        if fade < FORGET:
            break
        left *= 1.0 - v * overlap[base[i0]] * effect[visit_dwell[t0, i0]] * fade
        code = prior[t0, i0]
    return left


@part
def _before(t, i, came, prior, visit_start, sites):
    """Start of the first visit of the stay at node ``i`` and step ``t``, and the departure before it or −1."""
    code = came[t, i]
    while code >= 0 and sites[code & NODE] == sites[i]:
        t = visit_start[code >> NODE_BITS, code & NODE]
        code = prior[code >> NODE_BITS, code & NODE]
    return t, code


@part
def _begun(t, i, came, prior, visit_start, at, travel, sites, shortest):
    """From when on a stay with a task counts whose next visit begins at step ``t``.

    That is its arrival if it then waited for ``shortest``, the shortest dwell: such a wait is made a visit.
    """
    start, code = _before(t, i, came, prior, visit_start, sites)
    arrived = travel[at, sites[i]] if code < 0 else (code >> NODE_BITS) + travel[sites[code & NODE], sites[i]]
    return arrived if start - arrived >= shortest else start


@part
def _longest(menu, steps):
    """The longest dwell of the menu in ``steps``, −1 if none is that short."""
    found = -1
    for d in range(menu.dwell_steps.shape[0]):
        if menu.dwell_steps[d] <= steps:
            found = d
    return found


@part
def may_begin(tasks, q, first, last):
    """First step from ``first`` to ``last`` in which task q's service may begin, −1 if none."""
    found = -1
    for e in range(tasks.window_ptr[q], tasks.window_ptr[q + 1]):
        step = max(first, tasks.opens[e])
        if step <= min(last, tasks.closes[e]) and (found < 0 or step < found):
            found = step
    return found


@part
def _has_done(dwell, code, prior, visit_dwell):
    """Whether the path up to departure ``code`` has made the visit ``dwell``, a task."""
    while code >= 0:
        if visit_dwell[code >> NODE_BITS, code & NODE] == dwell:
            return True
        code = prior[code >> NODE_BITS, code & NODE]
    return False


@part
def _has_been(node, code, prior):
    """Whether the path up to departure ``code`` has departed from ``node``."""
    while code >= 0:
        if code & NODE == node:
            return True
        code = prior[code >> NODE_BITS, code & NODE]
    return False


@part
def _open(instance, solution, team, p, now, finish, open_to):
    """(n_sites,) where the team may stop between the two steps, (n_tasks,) what it may do that nobody does yet."""
    may = np.empty(open_to.shape[0], dtype=np.bool_)
    for i in range(may.shape[0]):
        may[i] = open_to[i]
    for b in range(instance.barred.shape[0]):
        if now <= instance.barred[b, 2] and instance.barred[b, 1] <= finish:
            may[instance.barred[b, 0]] = False
    open_task = done(solution, instance.menu.dwell_steps.shape[0], instance.tasks.site.shape[0])
    for q in range(open_task.shape[0]):
        free = instance.mandatory[q] or may[instance.tasks.site[q]]
        open_task[q] = free and instance.allowed[q, team] and not open_task[q]
    for i in range(may.shape[0]):
        may[i] &= instance.stoppable[p, i]
    return may, open_task


@sums
def _best_stay(here_sum, leave_at, stay, effect):
    """What the best start makes of a stay of ``stay`` steps."""
    best = 0.0
    for t in range(here_sum.shape[0] - stay):
        won = here_sum[t + stay] - here_sum[t] + effect * leave_at[t + stay]
        if won > best:
            best = won
    return best


@part
def _keep_best(menu, here_sum, leave_at, first, last, sites, index, most, has_task):
    """Move the ``most`` sites whose best stay gains most, and those of tasks, to the front; returns how many."""
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


@part
def _overlap(sight, row, sites, home, leave, first, last, overlap):
    """(n + 1, n) share of what leaving one site wins that leaving another also wins, in those steps on average.

    The last row is that of ``home``.
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


@kernel
def best_stretch(instance, solution, coverage, scratch, team, first, most, open_to):
    """Best visits between visit ``first`` − 1 and visit ``first`` of the team, given all that is planned.

    Parameters
    ----------
    night, hand, traces
        See `kernels.solution` and `kernels.levels`; the stretch itself must not be in the traces.
    scratch : float32, at least 2 · n_sites · n_neighbours · (n_steps + 1)
    most
        How many sites are looked at besides those of tasks: those whose best stay gains most.
    open_to : (n_sites,) bool
        Which sites may be used at all (what is mandatory may be done anywhere).

    Returns
    -------
    (n, 3) int64: site, start step, dwell index (behind the menu a task).
    """
    sight = instance.movement.sight
    legs = instance.movement.legs
    here = coverage.here
    leave = coverage.leave
    menu = instance.menu
    tasks = instance.tasks
    fades = instance.fades
    p, v = instance.teams.profile[team], instance.teams.factor[team]
    neighbours = instance.neighbours[p]
    at, now, home, finish = between(menu, instance.teams.ends, solution, team, first, first)
    # the first visit is not where the one before it is, the last not where the next: the team may wait there
    visiting, visited = first > 0, first < solution.counts[team]
    stoppable, open_task = _open(instance, solution, team, p, now, finish, open_to)
    travel = instance.movement.travel[p]
    n_sites = travel.shape[0]
    w = finish - now
    n_dwells = menu.dwell_steps.shape[0]
    shortest = menu.dwell_steps[0]
    has_task = np.empty(n_sites, dtype=np.bool_)
    fill(has_task, False)
    for q in range(open_task.shape[0]):
        i, service = tasks.site[q], menu.visit_steps[n_dwells + q]
        if open_task[q] and may_begin(tasks, q, now + travel[at, i], finish - travel[i, home] - service) >= 0:
            has_task[i] = True
            shortest = min(shortest, service)
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

    # what stays and legs are worth, by step since `now`; nodes are sites, then twins of those with tasks
    here_sum, leave_at = np.empty((n, w + 1)), np.empty((n, w + 1))
    first = np.empty(n, dtype=np.int64)  # earliest arrival
    last = np.empty(n, dtype=np.int64)  # latest departure
    for a in range(n):
        i = sites[a]
        first[a], last[a] = travel[at, i], w - travel[i, home]
        stays, departures = here_sum[a, first[a] : last[a] + 1], leave_at[a, first[a] : last[a] + 1]
        stay_worth(sight, p * n_sites + i, here, leave, now + first[a], stays, departures)
    if n > most:
        n = _keep_best(menu, here_sum, leave_at, first, last, sites[:n], index, most, has_task)
    n_active, n_nodes, lingers = n, n + n_twins, n_twins > 0
    overlap = np.empty((n + 1, n))
    _overlap(sight, p * n_sites, sites, home, leave, now, finish, overlap)
    home_leg = np.empty((n, w + 1), dtype=np.float32)
    home_doubled = np.empty((n, w + 1), dtype=np.float32)
    arrived = np.empty((w + 1, n_nodes))
    for t in range(w + 1):
        fill(arrived[t], LOW)
    row1, less1 = np.empty(1, dtype=np.float32), np.empty(1, dtype=np.float32)
    for a in range(n):
        i = sites[a]
        fill(home_leg[a], 0.0)
        fill(home_doubled[a], 0.0)
        if i != home:
            begin = first[a] + shortest
            row = (p * n_sites + i) * n_sites + home
            out, less = home_leg[a, begin : last[a] + 1], home_doubled[a, begin : last[a] + 1]
            leg_worth_between(legs, row, menu.passage, 0.0, here, leave, now + begin, out, less)
        arrived[first[a], a] = LOW if visiting and i == at and not has_task[i] else 0.0
        if i != at:
            row = (p * n_sites + at) * n_sites + i
            leg_worth_between(legs, row, menu.passage, v, here, leave, now, row1, less1)
            arrived[first[a], a] = v * row1[0]
    home_sum, unused = np.empty(w + 1), np.empty(w + 1)
    stay_worth(sight, p * n_sites + home, here, leave, now, home_sum, unused)

    # neighbours among the active sites, with the steps in which the leg may depart
    width = min(n, neighbours.shape[1])
    links = np.empty(n + 1, dtype=np.int64)
    near = np.empty(n * width, dtype=np.int64)
    steps = np.empty(n * width, dtype=np.int64)
    until = np.empty(n * width, dtype=np.int64)
    doubled = n * width * (w + 1)  # where in the scratch it begins what legs are worth less
    e = 0
    for a in range(n):
        links[a] = e
        i = sites[a]
        begin = first[a] + shortest
        for m in range(neighbours.shape[1]):
            k = neighbours[i, m]
            if k < 0:
                break
            b = index[k]
            if b < 0:
                continue
            latest = last[b] - shortest - travel[i, k]
            if latest < begin:
                continue
            near[e], steps[e], until[e] = b, travel[i, k], latest
            row = (p * n_sites + i) * n_sites + k
            r = e * (w + 1)
            out = scratch[r + begin : r + latest + 1]
            less = scratch[doubled + r + begin : doubled + r + latest + 1]
            leg_worth_between(legs, row, menu.passage, v, here, leave, now + begin, out, less)
            e += 1
    links[n] = e

    twin = np.empty(n_nodes, dtype=np.int64)
    base = np.empty(n_nodes, dtype=np.int64)
    for a in range(n_nodes):
        twin[a], base[a] = -1, a
    for a in range(n_active):
        if has_task[sites[a]]:
            twin[a], base[n], sites[n] = n, a, sites[a]
            n += 1
    came = np.empty((w + 1, n), dtype=np.int64)  # departure before an arrival
    departed = np.empty((w + 1, n))
    for t in range(w + 1):
        fill(came[t], -1)
        fill(departed[t], LOW)
    # of departures: the one before the visit, its start and dwell, and what leaving after a task wins
    prior = np.empty((w + 1, n), dtype=np.int64)
    visit_start = np.empty((w + 1, n), dtype=np.int32)
    visit_dwell = np.empty((w + 1, n), dtype=np.int16)
    dose = np.empty((w + 1, n) if lingers else (0, 0))
    row1[0] = 0.0
    if at != home:
        row = (p * n_sites + at) * n_sites + home
        leg_worth_between(legs, row, menu.passage, 0.0, here, leave, now, row1, less1)
    best = v * (row1[0] + home_sum[w] - home_sum[travel[at, home]])
    best_code = -1
    for t in range(w + 1):
        for a in range(n):
            value = departed[t, a]
            if value == LOW:
                continue
            code, a0 = t << NODE_BITS | a, base[a]
            if lingers and visit_dwell[t, a] >= n_dwells and value - dose[t, a] > arrived[t, a]:
                arrived[t, a], came[t, a] = value - dose[t, a], code  # it stays on
            back = t + travel[sites[a], home]
            did = v * menu.visit_effect[visit_dwell[t, a]]
            waits = v * (home_sum[w] - home_sum[back])
            end = value + v * (home_leg[a0, t] - did * home_doubled[a0, t]) + waits
            if visited and sites[a] == home:  # it does not leave
                end = end - dose[t, a] if visit_dwell[t, a] >= n_dwells else LOW
            if end > best:
                left = _left_to_win(
                    code, back, menu.visit_effect, v, overlap[n_active], base, prior, visit_dwell, fades
                )
                end -= waits * (1.0 - left) * fades[(w - back) // 2]
                if end > best:
                    best, best_code = end, code
            for e in range(links[a0], links[a0 + 1]):
                if t <= until[e]:
                    reach, b = t + steps[e], near[e]
                    if lingers and twin[b] >= 0 and _has_been(twin[b], code, prior):
                        b = twin[b]
                    r = e * (w + 1) + t
                    total = value + v * (scratch[r] - did * scratch[doubled + r])
                    if total > arrived[reach, b]:
                        arrived[reach, b] = total
                        came[reach, b] = code
        for a in range(n):
            value, a0 = arrived[t, a], base[a]
            if value == LOW or t + shortest > last[a0]:
                continue
            i, stays, departures = sites[a], here_sum[a0], leave_at[a0]
            code = came[t, a]
            if lingers:
                code = _before(t, a, came, prior, visit_start, sites)[1]
            left = _left_to_win(code, t, menu.visit_effect, v, overlap[a0], base, prior, visit_dwell, fades)
            wait = value + v * left * (stays[t + 1] - stays[t])
            if wait > arrived[t + 1, a]:
                arrived[t + 1, a] = wait
                came[t + 1, a] = came[t, a]
            again = visiting and i == at and came[t, a] < 0  # not left since the visit before the stretch
            stays_on, begun, ordinary = False, t, stoppable[i] and not again
            if has_task[i]:
                stays_on = came[t, a] >= 0 and sites[came[t, a] & NODE] == i
                if ordinary:
                    begun = _begun(
                        t, a, came, prior, visit_start, at, travel, sites, menu.dwell_steps[0]
                    )  # fmt: skip
                elif stays_on:
                    begun, _ = _before(t, a, came, prior, visit_start, sites)
                for e in range(tasks.at_ptr[i], tasks.at_ptr[i + 1]):
                    q = tasks.at_task[e]
                    end_step = t + menu.visit_steps[n_dwells + q]
                    if not open_task[q] or end_step > last[a0] or may_begin(tasks, q, now + t, now + t) < 0:
                        continue
                    if a >= n_active and _has_done(n_dwells + q, came[t, a], prior, visit_dwell):
                        continue
                    d = _longest(menu, end_step - begun)
                    half = v * (1.0 - (1.0 - left) * fades[(end_step - t) // 2])
                    leaves = v * (1.0 - (1.0 - left) * fades[end_step - t]) * departures[end_step]
                    leaves = menu.dwell_effect[d] * leaves if d >= 0 else 0.0
                    total = value + half * (stays[end_step] - stays[t]) + leaves + tasks.gain[q]
                    b = twin[a0]
                    if total > departed[end_step, b]:
                        departed[end_step, b] = total
                        prior[end_step, b] = came[t, a]
                        visit_start[end_step, b] = t
                        visit_dwell[end_step, b] = n_dwells + q
                        dose[end_step, b] = leaves
            if not ordinary:
                continue
            for d in range(n_dwells):
                end_step = t + menu.dwell_steps[d]
                if end_step > last[a0]:
                    break
                effect = menu.dwell_effect[_longest(menu, end_step - begun)] if stays_on else menu.dwell_effect[d]
                # what earlier visits have won is on its way back
                stay = (1.0 - (1.0 - left) * fades[(end_step - t) // 2]) * (stays[end_step] - stays[t])
                stay += (1.0 - (1.0 - left) * fades[end_step - t]) * effect * departures[end_step]
                total = value + v * stay
                if total > departed[end_step, a]:
                    departed[end_step, a] = total
                    prior[end_step, a] = came[t, a]
                    visit_start[end_step, a] = t
                    visit_dwell[end_step, a] = d

    count, code = 0, best_code
    while code >= 0:
        count += 1
        code = prior[code >> NODE_BITS, code & NODE]
    visits = np.empty((2 * count, 3), dtype=np.int64)
    r, code = 2 * count, best_code
    while code >= 0:
        r -= 1
        t, a = code >> NODE_BITS, code & NODE
        start, i = visit_start[t, a], sites[a]
        visits[r, 0], visits[r, 1], visits[r, 2] = i, now + start, visit_dwell[t, a]
        code = prior[t, a]
        stays_on = code >= 0 and sites[code & NODE] == i
        if (
            visit_dwell[t, a] >= n_dwells
            and stoppable[i]
            and not stays_on
            and not (visiting and i == at and code < 0)
        ):
            arrive = travel[at, i] if code < 0 else (code >> NODE_BITS) + travel[sites[code & NODE], i]
            d = _longest(menu, start - arrive)
            if d >= 0:  # the wait before a task is a visit
                r -= 1
                visits[r, 0], visits[r, 1], visits[r, 2] = i, now + arrive, d
    return visits[r:]
