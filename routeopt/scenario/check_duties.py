"""Check the duties of a scenario: breaks, fixed posts, crews and limits, against its teams and its shift."""

from __future__ import annotations

import math
from collections.abc import Iterator

from routeopt.errors import Fault, Message
from routeopt.scenario.duties import Break, FixedPost
from routeopt.scenario.faults import KeyPath, Say
from routeopt.scenario.model import ByTeams, Scenario, fits, may_lead
from routeopt.scenario.parts import text_of
from routeopt.scenario.windows import check_window, next_day
from routeopt.validation import one_of


def check_duties(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Yield what is wrong with breaks, fixed posts, crews and limits."""
    names = [task.name for task in s.tasks]
    for n, post in enumerate(s.fixed_posts):
        who, place = Message("place-fixed-post", name=post.name), ("fixed_posts", n)
        if post.name in names:
            yield fault("RO-143", (*place, "name"), who=who)
        names.append(post.name)
        yield from check_window(s, fault, place, who, post.from_, post.until, within=True)
        yield from _check_teams(s, fault, place, who, post)
    for n, task in enumerate(s.tasks):
        if task.crew > 1:
            yield from _check_crew(s, fault, ("tasks", n), Message("place-task", name=task.name), task)
    for n, rest in enumerate(s.breaks):
        yield from _check_break(s, fault, ("breaks", n), rest)
    for k, team in enumerate(s.teams):
        for n, rest in enumerate(team.breaks or []):
            yield from _check_break(s, fault, ("teams", k, "breaks", n), rest)
    if s.rules.longest_without_break_min is not None and not (s.breaks or any(team.breaks for team in s.teams)):
        yield fault("RO-195", ("rules", "longest_without_break_min"))


def _check_teams(s: Scenario, fault: Say, place: KeyPath, who: Message, post: FixedPost) -> Iterator[Fault]:
    """Check that the teams of a post exist, and are enough."""
    known = [team.name for team in s.teams]
    unknown = [(m, name) for m, name in enumerate(post.teams) if name not in known]
    for m, name in unknown:
        yield fault("RO-153", (*place, "teams", m), who=who, team=name, hint=one_of(name, known))
    if not unknown:
        yield from _check_crew(s, fault, place, who, post)


def _check_crew(s: Scenario, fault: Say, place: KeyPath, who: Message, what: ByTeams) -> Iterator[Fault]:
    """Check that enough teams may do something, and one of them has the skills."""
    able = [team for team in s.teams if fits(what, team)]
    if len(able) < what.crew:
        yield fault("RO-196", (*place, "crew"), who=who, crew=what.crew, able=len(able))
    elif what.skills and not any(may_lead(what, team) for team in able):
        yield fault("RO-197", (*place, "skills"), who=who, skills=what.skills)


def _check_break(s: Scenario, fault: Say, place: KeyPath, rest: Break) -> Iterator[Fault]:
    """Check that a break begins in order, and may end within the shift."""
    who = Message("place-break", name=rest.name)
    if rest.until < rest.from_:
        span = {"begin": text_of(rest.from_), "end": text_of(rest.until)}
        yield fault("RO-145", (*place, "until"), who=who, **span, hint=next_day(rest.until) or "")
    else:
        earliest = rest.from_ + math.ceil(rest.length_min)
        yield from check_window(s, fault, place, who, rest.from_, earliest, within=True)
