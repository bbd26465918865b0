"""The next visit of one team while all else stands still."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import kernel, part
from routeopt.kernels.visibility.levels import add, stay_worth
from routeopt.kernels.visibility.longest_path import may_begin


@kernel
def best_next(movement, menu, tasks, coverage, p, at, now, home, finish, stoppable, open_task, visiting):
    """The next visit of most gain per step until its end: (site, start, dwell), site −1 if none fits.

    ``visiting`` says that ``at`` was visited just now, so that the next visit is elsewhere, or a task.
    """
    n_sites = movement.travel.shape[1]
    travel = movement.travel[p]
    best, found = 0.0, (-1, 0, 0)
    longest = menu.dwell_steps[-1]
    here_sum, leave_at, leg = np.empty(longest + 1), np.empty(longest + 1), np.zeros(1)
    for k in range(n_sites):
        start = now + travel[at, k]
        room = finish - travel[k, home] - start
        if not stoppable[k] or room < menu.dwell_steps[0] or (visiting and k == at):
            continue
        w = min(longest, room)
        stay_worth(
            movement.sight,
            p * n_sites + k,
            coverage.here,
            coverage.leave,
            start,
            here_sum[: w + 1],
            leave_at[: w + 1],
        )
        leg[0] = 0.0
        if k != at:
            _leg_worth(movement.legs, (p * n_sites + at) * n_sites + k, menu.passage, coverage, now, leg)
        for d in range(menu.dwell_steps.shape[0]):
            stay = menu.dwell_steps[d]
            if stay > w:
                break
            rate = (leg[0] + here_sum[stay] + menu.dwell_effect[d] * leave_at[stay]) / (start + stay - now)
            if rate > best:
                best, found = rate, (k, start, d)
    n_dwells = menu.dwell_steps.shape[0]
    for q in range(open_task.shape[0]):
        k, service = tasks.site[q], menu.visit_steps[n_dwells + q]
        arrive = now + travel[at, k]
        start = may_begin(tasks, q, arrive, finish - travel[k, home] - service)
        if not open_task[q] or start < 0:
            continue
        w = start + service - arrive
        here_sum, leave_at = np.empty(w + 1), np.empty(w + 1)
        stay_worth(movement.sight, p * n_sites + k, coverage.here, coverage.leave, arrive, here_sum, leave_at)
        leg[0] = 0.0
        if k != at:
            _leg_worth(movement.legs, (p * n_sites + at) * n_sites + k, menu.passage, coverage, now, leg)
        won = leg[0] + here_sum[w] + menu.visit_effect[n_dwells + q] * leave_at[w] + tasks.gain[q]
        rate = won / (start + service - now)
        if rate > best:
            best, found = rate, (k, start, n_dwells + q)
    return found


@part
def _leg_worth(legs, row, passage, coverage, first, out):
    """What a leg is worth per unit of v when it departs at step ``first``, ``first`` + 1, …; fills ``out``."""
    out[:] = 0.0
    for e in range(legs.ptr[row], legs.ptr[row + 1]):
        j, begin = legs.point[e], first + legs.step[e]
        end = begin + out.shape[0]
        add(out, legs.present[e], coverage.here[j, begin:end])
        if legs.leaves[e] > 0.0:
            add(out, legs.leaves[e] * passage, coverage.leave[j, begin + 1 : end + 1])
