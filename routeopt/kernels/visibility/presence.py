"""What a route is to the demand points: which of them it affects, and its presence and departures on them."""

from __future__ import annotations

from routeopt.kernels.compiled import part
from routeopt.kernels.visibility.legs import leg


@part
def _touch(j, is_dirty, dirty, size):
    """Mark point ``j`` as dirty."""
    if not is_dirty[j]:
        is_dirty[j] = True
        dirty[size[0]] = j
        size[0] += 1


@part
def joined(menu, visits, r):
    """Return whether the visits ``r`` − 1 and ``r`` are one stay: only leaving after the second has an effect."""
    same = visits[r - 1, 0] == visits[r, 0]
    return same and menu.lasting[visits[r - 1, 2]] and menu.lasting[visits[r, 2]]


@part
def _mark_seen(sight, row, marks):
    """Mark the points seen from the site of a row in ``sight``."""
    for e in range(sight.ptr[row], sight.ptr[row + 1]):
        _touch(sight.point[e], marks.is_dirty, marks.dirty, marks.size)


@part
def mark(movement, menu, p, at, now, visits, home, until, marks):
    """Mark the points and steps that a stretch affects.

    Parameters
    ----------
    movement : Movement
    menu : Menu
    p
        Profile of the team.
    at, now
        Site that the team leaves at the beginning of the stretch, and when.
    visits : (n, 4)
        Visits of the stretch.
    home
        Site that the team reaches at its end.
    until
        Step in which the team leaves ``home``, where the stretch may change the effect of the stay.
    marks : Marks
        While there are loose points, the stretch must lie within the span.
    """
    sight, legs, n_sites = movement.sight, movement.legs, movement.n_sites
    n_steps = marks.absent.shape[1]
    marks.span[0] = min(marks.span[0], now, n_steps - 1)
    marks.span[1] = min(n_steps, max(marks.span[1], until + 1))
    for r in range(visits.shape[0] + 1):
        site = visits[r, 0] if r < visits.shape[0] else home
        if r < visits.shape[0] and menu.away[visits[r, 2]]:
            _mark_seen(sight, p * n_sites + at, marks)
        elif site != at:
            row = leg(movement, p, at, site, now)[0]
            for e in range(legs.ptr[row], legs.ptr[row + 1]):
                _touch(legs.point[e], marks.is_dirty, marks.dirty, marks.size)
        _mark_seen(sight, p * n_sites + site, marks)
        at = site
        if r < visits.shape[0]:
            now = visits[r, 1] + menu.visit_steps[visits[r, 2]]


@part
def _stay(sight, row, v, begin, end, effect, marks, coverage):
    """Multiply a stay into the coverage of the dirty points, within the span.

    Parameters
    ----------
    sight : Sight
    row
        Row of the site in ``sight``.
    v
        Factor of the team.
    begin, end
        Steps of the stay, ``end`` exclusive.
    effect
        g of the departure at its end, 0 for none.
    marks : Marks
    coverage : Coverage
    """
    first, last = marks.span[0], marks.span[1]
    for e in range(sight.ptr[row], sight.ptr[row + 1]):
        j = sight.point[e]
        if marks.is_dirty[j]:
            dose = v * sight.rho[e]
            for t in range(max(begin, first), min(end, last)):
                coverage.absent[j, t] *= 1.0 - dose
            if first <= end < last:
                coverage.keep[j, end] *= 1.0 - dose * effect


@part
def _leg(legs, row, v, passage, depart, marks, coverage):
    """Multiply a leg into the coverage of the dirty points, within the span.

    Parameters
    ----------
    legs : Legs
    row
        Row of the leg in ``legs``.
    v
        Factor of the team.
    passage
        g of a passage.
    depart
        Step of departure.
    marks : Marks
    coverage : Coverage
    """
    first, last = marks.span[0], marks.span[1]
    for e in range(legs.ptr[row], legs.ptr[row + 1]):
        j = legs.point[e]
        if marks.is_dirty[j]:
            t = depart + legs.step[e]
            if first <= t < last:
                coverage.absent[j, t] *= 1.0 - v * legs.present[e]
            if first <= t + 1 < last:
                coverage.keep[j, t + 1] *= 1.0 - v * legs.leaves[e] * passage


@part
def _effect(menu, steps):
    """Return g of a stay of ``steps``."""
    effect = 0.0
    for d in range(menu.dwell_steps.shape[0]):
        if menu.dwell_steps[d] <= steps:
            effect = menu.dwell_effect[d]
    return effect


@part
def _begins(menu, visits, gap, r):
    """Return whether a stay begins with visit ``r``, so that the one before ends."""
    return r == 0 or r == visits.shape[0] or r == gap or not joined(menu, visits, r)


@part
def _on_patrol(menu, route, site, r):
    """Return whether a team at a site in visit ``r``, or waiting there after it, is on patrol (see `Teams`)."""
    return route.waits[site] or (r >= 0 and menu.lasting[route.visits[r, 2]])


@part
def add_route(movement, menu, route, marks, coverage):
    """Multiply a `Route` into the coverage of the dirty points, within the span."""
    visits, gap, n_sites = route.visits, route.gap, movement.n_sites
    at, now, begun = route.ends[0], route.ends[2], 0
    for r in range(visits.shape[0] + 1):
        if now >= marks.span[1]:
            break
        site, start, end, effect, away = route.ends[1], route.ends[3], route.ends[3], 0.0, False
        waits = route.waits[site]
        seen = 1.0 if waits else 0.0
        if r < visits.shape[0]:
            site, start, what = visits[r, 0], visits[r, 1], visits[r, 2]
            end = start + menu.visit_steps[what]
            if _begins(menu, visits, gap, r):
                begun = start
            if menu.lasting[what] and _begins(menu, visits, gap, r + 1):
                effect = _effect(menu, end - begun)
            away, seen = menu.away[what], menu.presence[what]
            waits = _on_patrol(menu, route, site, r)
            if not waits:
                seen = 0.0
        if end >= marks.span[0]:
            arrive = start
            if away:
                if r != gap and _on_patrol(menu, route, at, r - 1):
                    row = route.p * n_sites + at
                    _stay(movement.sight, row, route.v, now, start, 0.0, marks, coverage)
            elif r != gap:
                row, steps = leg(movement, route.p, at, site, now)
                arrive = now + steps
                if site != at:
                    _leg(movement.legs, row, route.v, menu.passage, now, marks, coverage)
            row = route.p * n_sites + site
            if seen == 1.0:
                _stay(movement.sight, row, route.v, arrive, end, effect, marks, coverage)
            elif not away and waits:
                _stay(movement.sight, row, route.v, arrive, start, 0.0, marks, coverage)
                if seen > 0.0:
                    _stay(movement.sight, row, route.v * seen, start, end, effect, marks, coverage)
        at, now = site, end
