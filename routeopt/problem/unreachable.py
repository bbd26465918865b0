"""Demand and posts on streets that no team can reach, because the street data does not join them to the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.scenario.model import Scenario
from routeopt.streets.network import MODE_NAMES, Snap, StreetNetwork, project, snap
from routeopt.streets.parts import around

LEAST_SHARE = 5e-4
"""Share of the demand out of reach that is worth a note."""


def around_posts(scenario: Scenario, net: StreetNetwork) -> StreetNetwork:
    """Let each mode use the part of the streets where the posts of its teams are."""
    post = {p.name: (p.lat, p.lon) for p in scenario.posts}
    ends: dict[str, list[tuple[float, float]]] = {}
    for team in scenario.teams:
        ends.setdefault(team.mode, []).extend((post[team.start], post[team.end or team.start]))
    places = {mode: (np.array([p[0] for p in at]), np.array([p[1] for p in at])) for mode, at in ends.items()}
    return around(net, places, scenario.streets.snap_limit_m)


def unreachable_demand(net: StreetNetwork, demand: NDArray[np.float64], modes: list[str]) -> list[Message]:
    """Note the share of the demand on streets that no mode can reach, and the street with most of it.

    Parameters
    ----------
    demand : (n_segments,)
        Of the whole night.
    """
    share, street = _out_of_reach(net, demand, modes)
    return [Message("streets-unreachable", share=share, street=street)] if share >= LEAST_SHARE else []


def check_reach(
    scenario: Scenario, net: StreetNetwork, demand: NDArray[np.float64], snaps: Mapping[str, Snap], n_stops: int
) -> None:
    """Check that there is demand to reach, and that the streets around the posts lead somewhere.

    Parameters
    ----------
    demand : (n_segments,)
        Of the whole night.
    snaps
        Mode → where the sites meet its streets; posts come first.
    n_stops
        Number of sites where a team can stop.

    Raises
    ------
    InfeasibleError
        If all demand is out of reach and there is no other place to stop, or the streets of a mode within the
        limit of a post are all cut off from the rest.
    """
    share, street = _out_of_reach(net, demand, list(snaps))
    if n_stops == 0 and share > 1 - 1e-9:
        raise InfeasibleError(Fault("RO-234", scenario.source, street=street))
    number = {post.name: n for n, post in enumerate(scenario.posts)}
    faults = {}
    for team in scenario.teams:
        for name in (team.start, team.end or team.start):
            post, mode = scenario.posts[number[name]], team.mode
            if snaps[mode].segment[number[name]] >= 0 or (name, mode) in faults:
                continue
            cut_off = (net.speed_kph[mode] > 0).any(axis=1) & ~net.usable[mode]
            apart = dataclasses.replace(net, usable={mode: cut_off})
            place = project(net, np.array([post.lat]), np.array([post.lon]))
            near = int(snap(apart, *place, mode, scenario.streets.snap_limit_m).segment[0])
            if near >= 0:
                street, said = _name(net, near), MODE_NAMES[mode]
                faults[name, mode] = Fault("RO-235", scenario.source, mode=said, street=street, post=name)
    if faults:
        raise InfeasibleError(list(faults.values()))


def _out_of_reach(
    net: StreetNetwork, demand: NDArray[np.float64], modes: list[str]
) -> tuple[float, str | Message]:
    """Compute the share of the demand that no mode can reach, and the street with most of it."""
    lost = np.where(np.logical_or.reduce([net.usable[mode] for mode in modes]), 0.0, demand)
    if not lost.any():
        return 0.0, ""
    by_name = np.bincount(net.seg_name, weights=lost, minlength=len(net.names))
    worst = np.flatnonzero(net.seg_name == int(by_name.argmax()))
    return float(lost.sum() / demand.sum()), _name(net, int(worst[0]))


def _name(net: StreetNetwork, segment: int) -> str | Message:
    return net.names[net.seg_name[segment]] or Message("streets-unnamed")


def far_places(
    scenario: Scenario, net: StreetNetwork, x: NDArray[np.float64], y: NDArray[np.float64], who: list[Message]
) -> list[Fault]:
    """Find places, at metres x and y and called ``who``, that are further from every street than the limit."""
    if not who:
        return []
    limit = scenario.streets.snap_limit_m
    found = snap(net, x, y, None, limit)
    return [
        Fault("RO-407", scenario.source, who=who[n], distance=float(found.distance_m[n]), limit=limit)
        for n in np.flatnonzero(found.segment < 0)
    ]
