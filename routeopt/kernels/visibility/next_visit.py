"""The next visit of one team with everything else fixed."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import kernel, maker
from routeopt.kernels.visibility.gains import leg_gains_between, stay_gains
from routeopt.kernels.visibility.legs import leave_by, leg
from routeopt.kernels.visibility.solution import open_until
from routeopt.kernels.visibility.stretch import may_begin


@kernel
def best_next(instance, coverage, team, gap, open_task):
    """Find the next visit with the greatest gain per step until its end.

    Parameters
    ----------
    instance : Instance
    coverage : Coverage
    team
        The team.
    gap : Gap
        Where and when the team is, and where and when it must be next.
    open_task : (n_tasks,) bool
        Tasks that the team may serve.

    Returns
    -------
    Site, start step, activity; site −1 if no visit fits or gains anything.
    """
    rate, found = _best_dwell(instance, coverage, team, gap)
    rate_of_task, task = _best_task(instance, coverage, team, gap, open_task)
    return task if rate_of_task > rate else found


@maker
def _best_dwell(instance, coverage, team, gap):
    """Return the greatest gain per step of a dwell, at least 0, and the visit (site −1 for none)."""
    movement, menu = instance.movement, instance.menu
    n_sites = movement.n_sites
    best, found = 0.0, (-1, 0, 0)
    longest = menu.dwell_steps[-1]
    here_sum, leave_at = np.empty(longest + 1), np.empty(longest + 1)
    for k in range(n_sites):
        start = gap.now + max(leg(movement, gap.p, gap.at, k, gap.now)[1], gap.since)
        room = leave_by(movement, gap.p, k, gap.home, gap.now + gap.w) - start
        if not instance.stoppable[gap.p, k] or room < menu.dwell_steps[0] or (gap.visiting and k == gap.at):
            continue
        if start > gap.now + gap.until:
            continue
        w = min(longest, room)
        stays, departures = here_sum[: w + 1], leave_at[: w + 1]
        stay_gains(movement.sight, gap.p * n_sites + k, coverage.here, coverage.leave, start, stays, departures)
        on_the_way = _leg_gain(instance, coverage, gap, k)
        for d in range(menu.dwell_steps.shape[0]):
            stay = menu.dwell_steps[d]
            if stay > w or open_until(instance.access, team, k, start) < start + stay:
                break
            if start + stay + leg(movement, gap.p, k, gap.home, start + stay)[1] > gap.now + gap.w:
                continue
            rate = (on_the_way + here_sum[stay] + menu.dwell_effect[d] * leave_at[stay]) / (start + stay - gap.now)
            if rate > best:
                best, found = rate, (k, start, d)
    return best, found


@maker
def _best_task(instance, coverage, team, gap, open_task):
    """Return the greatest gain per step of a task, at least 0, and the visit (site −1 for none)."""
    movement, menu, tasks = instance.movement, instance.menu, instance.tasks
    n_sites, first_task = movement.n_sites, menu.first_task
    best, found = 0.0, (-1, 0, 0)
    for q in range(open_task.shape[0]):
        k, service = tasks.site[q], menu.visit_steps[first_task + q]
        arrive, due = gap.now + leg(movement, gap.p, gap.at, k, gap.now)[1], gap.now + gap.w
        last = leave_by(movement, gap.p, k, gap.home, due) - service
        start = may_begin(tasks, q, arrive, last)
        while start >= 0 and open_until(instance.access, team, k, start) < start + service:
            start = may_begin(tasks, q, start + 1, last)
        end = start + service
        if not open_task[q] or start < 0 or end + leg(movement, gap.p, k, gap.home, end)[1] > due:
            continue
        w = end - arrive
        here_sum, leave_at = np.empty(w + 1), np.empty(w + 1)
        row = gap.p * n_sites + k
        stay_gains(movement.sight, row, coverage.here, coverage.leave, arrive, here_sum, leave_at)
        won = _leg_gain(instance, coverage, gap, k) + here_sum[w] + tasks.gain[q]
        won += menu.visit_effect[first_task + q] * leave_at[w]
        rate = won / (start + service - gap.now)
        if rate > best:
            best, found = rate, (k, start, first_task + q)
    return best, found


@maker
def _leg_gain(instance, coverage, gap, k):
    """Return the gain of the leg to site ``k`` per unit of v when leaving at once."""
    gain, doubled = np.zeros(1), np.zeros(1)
    if k != gap.at:
        row = leg(instance.movement, gap.p, gap.at, k, gap.now)[0]
        leg_gains_between(
            instance.movement.legs, row, instance.menu.passage, 0.0, coverage.here, coverage.leave, gap.now, gain,
            doubled,
        )  # fmt: skip
    return gain[0]
