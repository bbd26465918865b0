"""What a plan stands on: how much demand, which places, and when there is nothing to do."""

from __future__ import annotations

import numpy as np

from routeopt.demand.phrases import COMMA, SEMICOLON, chained
from routeopt.errors import Message
from routeopt.problem import Problem
from routeopt.problem.build import Built

QUIET = 0.01
"""Steps with less than this share of the mean demand have nothing to do."""
LEAST_MIN = 15
"""Shorter times without demand are not worth a word, minutes."""
WORDS = {
    "incidents": ("basis-incident", "basis-incidents"),
    "venues": ("basis-venue", "basis-venues"),
    "fixed": ("basis-entry", "basis-entries"),
}
"""Kind of demand → codes of one and of several."""


def basis(built: Built) -> Message | str:
    """Say what a plan of this problem stands on, in one sentence.

    For example: demand from 412 incidents, 38 venues; 96 of 100 places found; nothing to do after 23:30 for 4 of 4
    teams (2 h 15).
    """
    counts = dict(built.counts)
    sources = [counted(kind, counts[kind]) for kind in WORDS if counts.get(kind)]
    parts: list[Message | str] = [Message("basis-demand", sources=chained(COMMA, sources))] if sources else []
    asked = built.scenario.sites.count
    if asked:
        parts.append(Message("basis-places", found=min(built.chosen, asked), asked=asked))
    return chained(SEMICOLON, [*parts, *idle(built.problem)])


def counted(kind: str, count: int) -> Message:
    """``38 venues``; ``kind`` is that of a demand source."""
    one, several = WORDS[kind]
    return Message(one) if count == 1 else Message(several, count=count)


def idle(problem: Problem) -> list[Message]:
    """Say before and after which time of duty there is no demand, and for how many teams."""
    demand, clock = problem.demand.sum(axis=0), problem.clock
    busy = np.flatnonzero(demand >= QUIET * demand.mean())
    first, last = int(busy[0]), int(busy[-1]) + 1
    starts, ends = problem.team_start_step, problem.team_end_step
    least = LEAST_MIN * 60 / clock.step_s
    found = []
    for code, at, steps in (
        ("basis-idle-before", first, np.minimum(first, ends) - starts),
        ("basis-idle-after", last, ends - np.maximum(last, starts)),
    ):
        concerned = steps >= least
        if concerned.any():
            minutes = int(steps.max()) * clock.step_s // 60
            found.append(
                Message(
                    code, time=clock.text(at * clock.step_s), count=int(concerned.sum()), teams=problem.n_teams,
                    duration=_duration(minutes),
                )
            )  # fmt: skip
    return found


def _duration(minutes: int) -> Message:
    if minutes < 60:
        return Message("duration-minutes", minutes=minutes)
    return Message("duration-hours", hours=minutes // 60, minutes=minutes % 60)
