"""What a path has done, read backward from a departure; see `kernels.visibility.longest_path`."""

from __future__ import annotations

from routeopt.kernels.compiled import part
from routeopt.kernels.visibility.stretch import NODE, NODE_BITS

FORGET = 0.02
"""An earlier visit of the same path is ignored once its effect has decayed below this."""


@part
def left_to_win(code, t, effect, v, overlap, base, paths, fades):
    """Compute the share of a site's gain that a path leaves at step ``t``, in (0, 1].

    Parameters
    ----------
    code
        Departure that ends the path.
    effect : (n_activities,)
        g by activity.
    v
        Factor of the team.
    overlap : (n,)
        Row of the site in `fill_overlap`.
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
def stay_before(t, a, site, lasting, paths):
    """Return the start of the stay at node ``a`` that lasts at step ``t``, and the departure before it.

    A visit after which nothing lasts, such as a break, ends the stay; ``lasting`` is of activities.
    """
    code = paths.came[t, a]
    while code >= 0 and site[code & NODE] == site[a] and lasting[paths.dwell[code >> NODE_BITS, code & NODE]]:
        t = paths.start[code >> NODE_BITS, code & NODE]
        code = paths.prior[code >> NODE_BITS, code & NODE]
    return t, code


@part
def has_done(q, first_task, group, code, paths):
    """Return whether the path up to departure ``code`` has served task ``q`` or an alternative."""
    while code >= 0:
        done = paths.dwell[code >> NODE_BITS, code & NODE] - first_task
        if done >= 0 and group[done] == group[q]:
            return True
        code = paths.prior[code >> NODE_BITS, code & NODE]
    return False


@part
def has_been(node, code, prior):
    """Return whether the path up to departure ``code`` has departed from ``node``."""
    while code >= 0:
        if code & NODE == node:
            return True
        code = prior[code >> NODE_BITS, code & NODE]
    return False


@part
def may_stop(gap, menu, t, code, paths):
    """Return whether a stop may start at step ``t`` after departure ``code``, by the time between stops."""
    while code >= 0 and paths.dwell[code >> NODE_BITS, code & NODE] >= menu.first_task:
        code = paths.prior[code >> NODE_BITS, code & NODE]
    if t > gap.until:
        return False
    if code < 0:
        return t >= gap.since
    return t >= paths.start[code >> NODE_BITS, code & NODE] + menu.spacing
