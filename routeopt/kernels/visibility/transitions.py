"""Transitions between the states of a longest path: what a team may do from each, and what it then gains.

See `kernels.visibility.longest_path` for the states.
"""

from __future__ import annotations

from routeopt.kernels.compiled import part, short
from routeopt.kernels.visibility.legs import leg
from routeopt.kernels.visibility.path import has_been, has_done, left_to_win, may_stop, stay_before
from routeopt.kernels.visibility.solution import open_until
from routeopt.kernels.visibility.stretch import LOW, NODE, NODE_BITS, longest_dwell, may_begin


@short
def way(s, i, k, t):
    """Return the steps of a leg that departs at step t since the gap's begin."""
    return leg(s.movement, s.gap.p, i, k, s.gap.now + t)[1]


@part
def _arrival(s, code, i):
    """Return the step of the arrival at site i after a departure, or from the begin of the gap (``code`` −1)."""
    t, at = (0, s.gap.at) if code < 0 else (code >> NODE_BITS, s.nodes.site[code & NODE])
    return t + way(s, at, i, t)


@part
def _begun(s, t, a):
    """Return from which step on a stay counts that serves a task and whose next visit starts at step ``t``.

    This is the arrival if the team then waited for the shortest dwell: such a wait becomes a visit.
    """
    start, code = stay_before(t, a, s.nodes.site, s.menu.lasting, s.paths)
    arrived = _arrival(s, code, s.nodes.site[a])
    if s.menu.spacing > 0 and not may_stop(s.gap, s.menu, arrived, code, s.paths):
        return start
    return arrived if start - arrived >= s.menu.dwell_steps[0] else start


@part
def _is_closed(s, site, begin, end):
    """Return whether a visit in these steps since the gap's begin overlaps a closed interval of its site."""
    if s.access.begin.shape[0] == 0:
        return False
    return open_until(s.access, s.team, site, s.gap.now + begin) < s.gap.now + end


@part
def _returns(s, t, a):
    """Return whether the path to a state has left its site before, where a team must not stop again."""
    site = s.nodes.site[a]
    if s.access.no_return.shape[0] == 0 or not s.access.no_return[site]:
        return False
    _, code = stay_before(t, a, s.nodes.site, s.menu.lasting, s.paths)
    while code >= 0:
        if s.nodes.site[code & NODE] == site:
            return True
        code = s.paths.prior[code >> NODE_BITS, code & NODE]
    return False


# what may be done --------------------------------------------------------------------------------------------


@short
def _leaving(s, i):
    """Return what a visit at a site costs the team, outside its zone."""
    return s.tasks.leaving[s.team, i] if s.tasks.leaving.shape[0] > 0 else 0.0


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
    a0, is_task = s.nodes.base[a], paths.dwell[t, a] >= s.menu.first_task
    back = t + way(s, s.nodes.site[a], gap.home, t)
    if back > gap.w:
        return LOW
    did = gap.v * s.menu.visit_effect[paths.dwell[t, a]]
    waits = gap.v * (gains.home_sum[gap.w] - gains.home_sum[back])
    value = paths.departed[t, a] + gap.v * (gains.home_leg[a0, t] - did * gains.home_doubled[a0, t]) + waits
    if gap.visited and s.nodes.site[a] == gap.home:  # it does not leave
        value = value - paths.dose[t, a] if is_task else LOW
    if value > best:
        left = left_to_win(
            t << NODE_BITS | a, back, s.menu.visit_effect, gap.v, gains.overlap[gains.overlap.shape[1]],
            s.nodes.base, paths, s.fades,
        )  # fmt: skip
        value -= waits * (1.0 - left) * s.fades[(gap.w - back) // 2]
    return value


@short
def _been(s, b, code):
    """Return whether a path is for the twin of node b: it has served a task there, or an alternative of one."""
    q = s.nodes.choice[b]
    if has_been(s.nodes.twin[b], code, s.paths.prior):
        return True
    return q >= 0 and has_done(q, s.menu.first_task, s.tasks.group, code, s.paths)


@short
def _leave(s, t, a):
    """Departure → arrivals at the neighbours."""
    links, paths, v = s.links, s.paths, s.gap.v
    value, code, a0 = paths.departed[t, a], t << NODE_BITS | a, s.nodes.base[a]
    lingers = paths.dose.shape[0] > 0
    did = v * s.menu.visit_effect[paths.dwell[t, a]]
    for e in range(links.ptr[a0], links.ptr[a0 + 1]):
        if t <= links.until[e]:
            arrive, b, r = t + links.steps[e], links.node[e], e * (s.gap.w + 1) + t
            if links.arrive.shape[0] > 0:
                arrive = links.arrive[r]
                if arrive > s.gap.w:
                    continue
            if lingers and s.nodes.twin[b] >= 0 and _been(s, b, code):
                b = s.nodes.twin[b]
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
    first_task, a0 = menu.first_task, s.nodes.base[a]
    value, i, b = paths.arrived[t, a], s.nodes.site[a], s.nodes.twin[a0]
    stays, departures = s.gains.here_sum[a0], s.gains.leave_at[a0]
    step = s.gap.now + t
    for e in range(tasks.at_ptr[i], tasks.at_ptr[i + 1]):
        q = tasks.at_task[e]
        end = t + menu.visit_steps[first_task + q]
        if not s.nodes.open_task[q] or end > s.nodes.last[a0] or may_begin(tasks, q, step, step) < 0:
            continue
        if _is_closed(s, i, t, end):
            continue
        if has_done(q, first_task, tasks.group, paths.came[t, a], paths):
            continue
        seen = menu.presence[first_task + q]
        d = longest_dwell(menu, end - begun) if seen > 0.0 else -1
        half = v * seen * (1.0 - (1.0 - left) * fades[(end - t) // 2])
        leaves = v * (1.0 - (1.0 - left) * fades[end - t]) * departures[end]
        leaves = menu.dwell_effect[d] * leaves if d >= 0 else 0.0
        total = value + half * (stays[end] - stays[t]) + leaves + tasks.gain[q] - _leaving(s, i)
        if seen == 0.0 and not s.waits[i]:  # nor was it seen before, at a post
            total -= v * left * (stays[t] - stays[min(t, _arrival(s, paths.came[t, a], i))])
        if s.gains.added.shape[0] > 0:
            total -= half * (s.gains.added[i, end] - s.gains.added[i, t])
            if tasks.free[q]:
                total += v * (s.gains.added[i, end] - s.gains.added[i, t])
        if total > paths.departed[end, b]:
            paths.departed[end, b] = total
            paths.prior[end, b] = paths.came[t, a]
            paths.start[end, b] = t
            paths.dwell[end, b] = first_task + q
            paths.dose[end, b] = leaves


@short
def _rest(s, t, a):
    """Departure after a dwell → departures of the twin after each task there without effect, such as a break.

    The dwell has then ended, and works on from here.
    """
    paths, menu, tasks, b = s.paths, s.menu, s.tasks, s.nodes.twin[a]
    i, code = s.nodes.site[a], t << NODE_BITS | a
    for e in range(tasks.at_ptr[i], tasks.at_ptr[i + 1]):
        q = tasks.at_task[e]
        end, what = t + menu.visit_steps[menu.first_task + q], menu.first_task + q
        if not s.nodes.open_task[q] or menu.lasting[what] or end > s.nodes.last[a]:
            continue
        step = s.gap.now + t
        if may_begin(tasks, q, step, step) < 0 or _is_closed(s, i, t, end):
            continue
        if has_done(q, menu.first_task, tasks.group, code, paths):
            continue
        total = paths.departed[t, a] + tasks.gain[q] - _leaving(s, i)
        if total > paths.departed[end, b]:
            paths.departed[end, b], paths.prior[end, b] = total, code
            paths.start[end, b], paths.dwell[end, b], paths.dose[end, b] = t, what, 0.0


@short
def _dwell(s, t, a, left, begun, stays_on):
    """Arrival → departures after each dwell; if the team stays on after a task, the stay counts from ``begun``."""
    paths, menu, fades = s.paths, s.menu, s.fades
    a0 = s.nodes.base[a]
    stays, departures, value = s.gains.here_sum[a0], s.gains.leave_at[a0], paths.arrived[t, a]
    cost = _leaving(s, s.nodes.site[a])
    for d in range(menu.dwell_steps.shape[0]):
        end = t + menu.dwell_steps[d]
        if end > s.nodes.last[a0] or _is_closed(s, s.nodes.site[a], t, end):
            break
        effect = menu.dwell_effect[longest_dwell(menu, end - begun)] if stays_on else menu.dwell_effect[d]
        # the gain that earlier visits have taken is on its way back
        stay = (1.0 - (1.0 - left) * fades[(end - t) // 2]) * (stays[end] - stays[t])
        stay += (1.0 - (1.0 - left) * fades[end - t]) * effect * departures[end]
        total = value + s.gap.v * stay - cost
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
        before = stay_before(t, a, nodes.site, s.menu.lasting, paths)[1]
    left = left_to_win(
        before, t, s.menu.visit_effect, gap.v, s.gains.overlap[a0], nodes.base, paths, s.fades
    )  # fmt: skip
    _wait(s, t, a, left)
    if _returns(s, t, a):
        return
    again = gap.visiting and i == gap.at and came < 0  # not left since the visit before the stretch
    stays_on, begun, ordinary = False, t, nodes.stoppable[i] and not again
    if nodes.has_task[i]:
        stays_on = came >= 0 and nodes.site[came & NODE] == i
        if ordinary:
            begun = _begun(s, t, a)
        elif stays_on:
            begun, _ = stay_before(t, a, nodes.site, s.menu.lasting, paths)
        _serve(s, t, a, left, begun)
    if ordinary and (s.menu.spacing == 0 or may_stop(gap, s.menu, t, came, paths)):
        _dwell(s, t, a, left, begun, stays_on)


@part
def sweep(s, best):
    """Extend all states in order of time; return the last departure of the best path, −1 if ``best`` is better."""
    best_code = -1
    lingers, first_task = s.paths.dose.shape[0] > 0, s.menu.first_task
    for t in range(s.gap.w + 1):
        for a in range(s.nodes.site.shape[0]):
            if s.paths.departed[t, a] == LOW:
                continue
            if lingers and s.paths.dwell[t, a] >= first_task:
                _stay_on(s, t, a)
            elif lingers and s.nodes.twin[a] >= 0:
                _rest(s, t, a)
            value = _end(s, t, a, best)
            if value > best:
                best, best_code = value, t << NODE_BITS | a
            _leave(s, t, a)
        for a in range(s.nodes.site.shape[0]):
            if s.paths.arrived[t, a] != LOW and t + s.nodes.shortest <= s.nodes.last[s.nodes.base[a]]:
                _arrive(s, t, a)
    return best_code


@part
def read(s, last, visits):
    """Write the visits of the path that ends with departure ``last`` into the last rows; return the first of them.

    Parameters
    ----------
    s : Stretch
    last
        Code of the departure, −1 for a path without visits.
    visits : (n, 4)
        See `best_stretch`.
    """
    gap, site, paths = s.gap, s.nodes.site, s.paths
    r, code, following = visits.shape[0], last, s.gap.until + s.menu.spacing
    while code >= 0:
        r -= 1
        t, a = code >> NODE_BITS, code & NODE
        start, i, dwell = paths.start[t, a], site[a], paths.dwell[t, a]
        visits[r, 0], visits[r, 1], visits[r, 2], visits[r, 3] = i, gap.now + start, dwell, 0
        code = paths.prior[t, a]
        if dwell < s.menu.first_task:
            following = start
        again = (code >= 0 and site[code & NODE] == i) or (code < 0 and gap.visiting and i == gap.at)
        if dwell >= s.menu.first_task and s.nodes.stoppable[i] and not again:
            arrive = _arrival(s, code, i)
            d = longest_dwell(s.menu, start - arrive) if s.menu.lasting[dwell] else -1
            apart = s.menu.spacing == 0 or (
                arrive + s.menu.spacing <= following and may_stop(gap, s.menu, arrive, code, paths)
            )
            if d >= 0 and apart and not _is_closed(s, i, arrive, start):  # the wait before a task is a visit
                following = arrive
                r -= 1
                visits[r, 0], visits[r, 1], visits[r, 2], visits[r, 3] = i, gap.now + arrive, d, 0
    return r
