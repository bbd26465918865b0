"""The gains of one more stay or leg, given the coverage (`kernels.visibility.levels.Coverage`)."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import fill, filler, kernel, part, short


@filler
def stay_gains(sight, row, here, leave, now, here_sum, leave_at):
    """Compute the gains of stays at one site per unit of v, from step ``now`` on.

    Parameters
    ----------
    sight : Sight
    row
        Row of the site in ``sight``.
    here, leave : (n_points, n_steps)
        See `Coverage`.
    now
        First step.
    here_sum : (w + 1,)
        Filled: running sums of Σ_j ρ·here, so that the presence of a stay is a difference.
    leave_at : (w + 1,)
        Filled: Σ_j ρ·leave of a departure, 0 at the end of the plan.
    """
    n_steps = here.shape[1]
    w = here_sum.shape[0] - 1
    fill(here_sum, 0.0)
    fill(leave_at, 0.0)
    for e in range(sight.ptr[row], sight.ptr[row + 1]):
        j, rho = sight.point[e], sight.rho[e]
        here_row, leave_row = here[j, now : now + w], leave[j, now : now + w]
        for t in range(w):
            here_sum[t + 1] += rho * here_row[t]
            leave_at[t] += rho * leave_row[t]
        if now + w < n_steps:
            leave_at[w] += rho * leave[j, now + w]
    for t in range(w):
        here_sum[t + 1] += here_sum[t]


@part
def leg_gains_between(legs, row, passage, next_v, here, leave, first, out, doubled):
    """Compute the gains of a leg between two visits per unit of v, by step of departure.

    Departures of the passage count only as far as the next visit does not cover the same points at once.

    Parameters
    ----------
    legs : Legs
    row
        Row of the leg in ``legs``.
    passage
        g of a passage.
    next_v
        Factor of the team if a visit follows the leg, else 0.
    here, leave : (n_points, n_steps)
        See `Coverage`.
    first
        First step of departure.
    out : (n,)
        Filled: gain when departing in steps ``first``, ``first`` + 1, …
    doubled : (n,)
        Filled: what the leg gains less per unit of v·g of the visit before it, as both cover the same points.
    """
    out[:] = 0.0
    doubled[:] = 0.0
    for e in range(legs.ptr[row], legs.ptr[row + 1]):
        j, begin = legs.point[e], first + legs.step[e]
        end = begin + out.shape[0]
        seen, present = legs.seen_from[e], legs.present[e]
        leaves = legs.leaves[e] * passage * (1.0 - next_v * legs.seen_to[e])
        here_row, leave_row = here[j, begin:end], leave[j, begin + 1 : end + 1]
        add(out, present, here_row)
        if leaves > 0.0:
            add(out, leaves, leave_row)
        if seen > 0.0:
            add(doubled, seen * present, here_row)
            if leaves > 0.0:
                add(doubled, seen * leaves, leave_row)


@short
def add(out, factor, row):
    """Add factor · row to ``out``; the row may be shorter, a slice cut at the end of the plan."""
    for t in range(row.shape[0]):
        out[t] += factor * row[t]


@kernel
def seen_from_ends(sight_ptr, sight_point, sight_rho, n_points, first, target, ptr, point, step, fades):
    """Compute how well what each leg passes is seen from its ends.

    Parameters
    ----------
    sight_ptr, sight_point, sight_rho
        What is seen from each site, CSR, ρ as float32.
    n_points
        Number of demand points.
    first, target, ptr, point, step
        The legs of one profile (see `Legs`).
    fades : (n_steps,)
        Share of a level that is left after 0, 1, 2, … steps.

    Returns
    -------
    `Legs.seen_from` and `Legs.seen_to`.
    """
    seen_from, seen_to = np.empty(point.shape[0], np.float32), np.empty(point.shape[0], np.float32)
    rho = np.zeros(max(1, n_points), dtype=np.float32)
    for way in range(2):
        for i in range(first.shape[0] - 1):
            for row in range(first[i], first[i + 1]):
                site = target[row] if way else i
                if way or row == first[i]:
                    for e in range(sight_ptr[site], sight_ptr[site + 1]):
                        rho[sight_point[e]] += sight_rho[e]
                for e in range(ptr[row], ptr[row + 1]):
                    if way:
                        seen_to[e] = rho[point[e]]
                    else:
                        seen_from[e] = np.float32(rho[point[e]] * fades[step[e]])
                if way or row == first[i + 1] - 1:
                    for e in range(sight_ptr[site], sight_ptr[site + 1]):
                        rho[sight_point[e]] = 0.0
    return seen_from, seen_to
