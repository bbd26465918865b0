"""Check the duties of a scenario: breaks, fixed posts, crews and limits, against its teams and its shift."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from routeopt.errors import Fault, Message
from routeopt.scenario.duties import Break, FixedPost
from routeopt.scenario.model import Scenario, Task
from routeopt.scenario.parts import text_of
from routeopt.validation import one_of

Say = Callable[..., Fault]
KeyPath = tuple[str | int, ...]


def check_duties(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Yield what is wrong with breaks, fixed posts, crews and limits."""
    names = [task.name for task in s.tasks]
    for n, post in enumerate(s.fixed_posts):
        who, place = Message("place-fixed-post", name=post.name), ("fixed_posts", n)
        if post.name in names:
            yield fault("RO-143", (*place, "name"), who=who)
        names.append(post.name)
        yield from _check_span(s, fault, place, who, post)
        yield from _check_teams(s, fault, place, who, post)
    for n, task in enumerate(s.tasks):
        if task.crew > 1 or task.skills:
            yield from _check_crew(s, fault, ("tasks", n), Message("place-task", name=task.name), task)
    for n, rest in enumerate(s.breaks):
        yield from _check_break(s, fault, ("breaks", n), rest)
    for k, team in enumerate(s.teams):
        for n, rest in enumerate(team.breaks or []):
            yield from _check_break(s, fault, ("teams", k, "breaks", n), rest)
    if s.rules.longest_without_break_min is not None and not (s.breaks or any(team.breaks for team in s.teams)):
        yield fault("RO-195", ("rules", "longest_without_break_min"))


def _check_span(s: Scenario, fault: Say, place: KeyPath, who: Message, post: FixedPost) -> Iterator[Fault]:
    """Check that a post ends after it begins, and lies within the shift."""
    first, last = s.shift.start, s.shift.end
    span: dict[str, Any] = {"who": who, "begin": text_of(post.from_), "end": text_of(post.until)}
    if last <= first:
        return  # the shift itself is the fault
    if post.until <= post.from_:
        yield fault("RO-145", (*place, "until"), **span, hint="")
    elif post.from_ < first or post.until > last:
        yield fault("RO-146", place, **span, first=text_of(first), last=text_of(last))


def _check_teams(s: Scenario, fault: Say, place: KeyPath, who: Message, post: FixedPost) -> Iterator[Fault]:
    """Check that the teams of a post exist, and are enough."""
    known = [team.name for team in s.teams]
    unknown = [(m, name) for m, name in enumerate(post.teams) if name not in known]
    for m, name in unknown:
        yield fault("RO-153", (*place, "teams", m), who=who, team=name, hint=one_of(name, known))
    if not unknown:
        yield from _check_crew(s, fault, place, who, post)


def _check_crew(s: Scenario, fault: Say, place: KeyPath, who: Message, what: FixedPost | Task) -> Iterator[Fault]:
    """Check that enough teams may do something, and one of them has the skills."""
    able = [
        team
        for team in s.teams
        if (not what.modes or team.mode in what.modes)
        and (not what.teams or team.name in what.teams)
        and (team.powers or not what.powers)
    ]
    if len(able) < what.crew:
        yield fault("RO-196", (*place, "crew"), who=who, crew=what.crew, able=len(able))
    elif what.skills and not any(set(what.skills) <= set(team.skills) for team in able):
        yield fault("RO-197", (*place, "skills"), who=who, skills=what.skills)


def _check_break(s: Scenario, fault: Say, place: KeyPath, rest: Break) -> Iterator[Fault]:
    """Check that a break may begin and end within the shift."""
    first, last = s.shift.start, s.shift.end
    if last <= first:
        return
    who = Message("place-break", name=rest.name)
    span: dict[str, Any] = {"who": who, "begin": text_of(rest.from_), "end": text_of(rest.until)}
    if rest.until < rest.from_:
        yield fault("RO-145", (*place, "until"), **span, hint="")
    elif rest.from_ < first or rest.from_ + rest.length_min > last:
        yield fault("RO-146", place, **span, first=text_of(first), last=text_of(last))
