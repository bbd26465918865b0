"""What is required, as a model of CP-SAT in which each rule is enforced by a literal of its own.

It has the mandatory tasks alone: one circuit per team over them as in `routeopt.search.required`, with start times
that the teams of a crew share. Ways between tasks, and that a team does one thing at a time, always hold. As an
ordinary stop can delay a team on its way, it may leave a place later than its task there ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from routeopt.errors import Message
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.activities import Sort
from routeopt.problem.periods import Spell
from routeopt.problem.tasks import reachable, window_text, windows

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

EFFORT = 5.0
"""Limit of CP-SAT's deterministic time (about seconds) for one answer."""
FOREVER = 10**6
"""A step after every other."""


@dataclass(frozen=True)
class Part:
    """A rule of what is required."""

    kind: str
    """``required``, ``crew``, ``lead``, ``window``, ``who``, ``rest``, ``closed``, ``area``, ``no-return``,
    ``begin``, ``end`` or ``streets``."""
    subject: tuple[int, ...]
    """What it is of: the task, the area, the place, the step of duty."""
    title: Message

    def to_json(self) -> dict[str, Any]:
        """Return its kind and what people call it, in English."""
        return {"kind": self.kind, "title": str(self.title)}


def solver_within(cp: Any, seconds: float) -> cp_model.CpSolver:
    """Return a solver of the module ``cp`` that answers the same whenever it is asked, within a time limit."""
    solver: cp_model.CpSolver = cp.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = EFFORT
    solver.parameters.max_time_in_seconds = max(0.0, seconds)
    return solver


class RuleModel:
    """What is required of some tasks, each rule enforced by a literal of its own.

    With ``strict`` that is so for the tasks alone: what no plan does under all other rules is not in the model.
    With ``teams`` it has just these.
    """

    def __init__(
        self,
        problem: Problem,
        tasks: Sequence[int],
        until: float,
        *,
        strict: bool = False,
        teams: Sequence[int] = (),
    ) -> None:
        from ortools.sat.python import cp_model

        self.problem, self.tasks, self.until = problem, list(tasks), until
        self.cp, self.model = cp_model, cp_model.CpModel()
        self.teams = tuple(teams) or tuple(range(problem.n_teams))
        self._rules: dict[Part, cp_model.IntVar] = {}
        own = problem.tasks.allowed | (problem.tasks.sort != Sort.BREAK)[:, None]  # nobody rests for another
        self._may = reachable(problem) if strict else own
        self.groups: dict[int, list[int]] = {}
        """First of each group of alternatives → the tasks of it."""
        for q in self.tasks:
            self.groups.setdefault(int(problem.tasks.group[q]), []).append(q)
        self._strict = strict
        self.start = {q: self.model.new_int_var(0, problem.n_steps - 1, "") for q in self.tasks}
        self.does: dict[tuple[int, int], cp_model.IntVar] = {
            (q, team): self.model.new_bool_var("") for q in self.tasks for team in self.teams
        }
        for team in self.teams:
            _circuit(self, team)
        for kind in KINDS:
            kind(self)
        self.parts = list(self._rules)
        self._crowd()

    def rule(self, kind: str, subject: Iterable[int], title: Message) -> cp_model.IntVar:
        """Return the literal that enforces a rule, which is made when it is asked for first."""
        part = Part(kind, tuple(subject), title)
        if part not in self._rules:
            self._rules[part] = self.model.new_bool_var("")
        return self._rules[part]

    def crew(self, q: int) -> int:
        """Return how many teams a task takes."""
        return int(self.problem.tasks.crew[q])

    def doers(self, group: int, teams: Iterable[int] | None = None) -> list[cp_model.IntVar]:
        """Return the literals of some teams, or of all, that do a task or one of its alternatives."""
        chosen = self.teams if teams is None else [team for team in teams if team in self.teams]
        return [self.does[q, team] for q in self.groups[group] for team in chosen]

    def service(self, q: int) -> int:
        """Return how many steps a task takes."""
        return int(self.problem.tasks.service_steps[q])

    def site(self, q: int) -> int:
        """Return where a task is done."""
        return int(self.problem.tasks.site[q])

    def clock(self, step: int) -> str:
        """Return the time of a step."""
        return self.problem.clock.text(step * self.problem.clock.step_s)

    def duty(self, team: int) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        """Return the literals that enforce when a team's duty begins and ends."""
        problem, found = self.problem, []
        for kind, code, steps in (
            ("begin", "conflict-begin", problem.team_start_step), ("end", "conflict-end", problem.team_end_step)
        ):  # fmt: skip
            step = int(steps[team])
            teams = _names(problem, np.flatnonzero(steps == step).tolist())
            found.append(self.rule(kind, (step,), Message(code, time=self.clock(step), teams=teams)))
        return found[0], found[1]

    def holds(self, parts: Sequence[Part]) -> bool | None:
        """Whether there is a plan that holds these rules; None if there was no answer in time."""
        model = self.model.clone()
        model.clear_objective()
        return self._answer(model, parts)[0]

    def left_out(self, parts: Sequence[Part]) -> list[Part] | Literal[False] | None:
        """Return few rules without which a plan holds these; False if none does, None where there is no answer.

        They are as few as can be if that was found in time.
        """
        model = self.model.clone()
        model.maximize(sum((len(WEIGHT) * 100 + WEIGHT.index(p.kind)) * x for p, x in self._rules.items()))
        holds, solver = self._answer(model, parts)
        if not holds:
            return None if holds is None else False
        return [part for part, literal in self._rules.items() if not solver.boolean_value(literal)]

    def sufficient(self, some: Sequence[Part]) -> list[Part]:
        """Return rules of some that have no plan with all others, if all have none; none of them if not found."""
        model = self.model.clone()
        model.clear_objective()
        model.add_assumptions([self._rules[part] for part in some])
        for part in self.parts:
            if part not in some:
                model.add(self._rules[part] == 1)
        solver = solver_within(self.cp, self.until - time.perf_counter())
        if solver.solve(model) != self.cp.INFEASIBLE:
            return []
        index = {self._rules[part].index: part for part in some}
        return [index[n] for n in solver.sufficient_assumptions_for_infeasibility()]

    def _answer(self, model: cp_model.CpModel, parts: Sequence[Part]) -> tuple[bool | None, cp_model.CpSolver]:
        for part in parts:
            model.add(self._rules[part] == 1)
        solver = solver_within(self.cp, self.until - time.perf_counter())
        status = solver.solve(model)
        if status in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            return True, solver
        return (False if status == self.cp.INFEASIBLE else None), solver

    def _crowd(self) -> None:
        """State what follows from the circuits, but helps proofs: a team does one thing at a time.

        And of two tasks whose windows leave no time for the way between them, it does one.
        """
        problem, model = self.problem, self.model
        windowed = {part.subject[0]: literal for part, literal in self._rules.items() if part.kind == "window"}
        group = problem.tasks.group
        for team in self.teams:
            model.add_no_overlap(
                [
                    model.new_optional_fixed_size_interval_var(
                        self.start[q], self.service(q), self.does[q, team], ""
                    )
                    for q in self.tasks
                    if self._may[q, team]
                ]
            )
            for q, r in combinations([q for q in self.tasks if self._may[q, team]], 2):
                if group[q] != group[r] and not (self._follows(team, q, r) or self._follows(team, r, q)):
                    clause = [~self.does[q, team], ~self.does[r, team]]
                    on = [windowed[int(group[one])] for one in (q, r) if int(group[one]) in windowed]
                    model.add_bool_or(clause + [~literal for literal in on])

    def may(self, team: int, q: int, r: int | None = None) -> bool:
        """Whether the team may do a task, and another one right after it, in a plan that the model has."""
        if r is None:
            return bool(self._may[q, team])
        both = self._may[q, team] and self._may[r, team]
        apart = self.problem.tasks.group[q] != self.problem.tasks.group[r]  # of alternatives one is done
        return bool(both and apart) and (not self._strict or self._follows(team, q, r))

    def _follows(self, team: int, q: int, r: int) -> bool:
        """Whether the windows of two tasks leave time for the team to do r after q."""
        way = self.problem.movement(team).least(self.site(q), self.site(r))
        earliest = min(begin for begin, _ in windows(self.problem, q)) + self.service(q) + way
        return earliest <= max(end for _, end in windows(self.problem, r))

    def name(self, group: int) -> str:
        """Return the name of a task with its alternatives."""
        return self.problem.tasks.names[group]

    def served(self, group: int) -> cp_model.IntVar:
        """Return the literal that enforces that a task, or one of its alternatives, is done."""
        title = REQUIRED[Sort(int(self.problem.tasks.sort[group]))]
        return self.rule("required", (group,), Message(title, name=self.name(group)))


def _circuit(model: RuleModel, team: int) -> None:
    """Add a team's circuit over the tasks, with the times of its duty."""
    problem, cp = model.problem, model.model
    moves, home = problem.movement(team), int(problem.team_end_site[team])
    first, last = int(problem.team_start_step[team]), int(problem.team_end_step[team])
    begins, ends = model.duty(team)
    streets = model.rule("streets", (), Message("conflict-streets")) if moves.changes else None
    arcs: list[tuple[int, int, Any]] = [(0, 0, cp.new_bool_var(""))]
    number = {q: n for n, q in enumerate(model.tasks, 1)}
    for q, a in number.items():
        arcs.append((a, a, ~model.does[q, team]))
        if not model.may(team, q):
            continue
        for spell, changed in _spells(model, team, int(problem.team_start_site[team]), model.site(q)):
            out = cp.new_bool_var("")
            arcs.append((0, a, out))
            if first > spell.last:
                cp.add_implication(out, ~begins)
            else:
                cp.add(model.start[q] >= max(first, spell.first) + spell.steps).only_enforce_if(out, begins)
            if not changed and streets is not None:
                cp.add_implication(out, ~streets)
        leaves = model.start[q] + model.service(q)
        after = [(0, None), *((n, r) for r, n in number.items() if r != q and model.may(team, q, r))]
        for b, other in after:
            for spell, changed in _spells(
                model, team, model.site(q), home if other is None else model.site(other)
            ):
                then = cp.new_bool_var("")
                arcs.append((a, b, then))
                on: list[Any] = [then, ends] if other is None else [then]
                due: Any = last if other is None else model.start[other]
                cp.add(leaves + spell.steps <= due).only_enforce_if(*on)
                if moves.changes and changed:
                    cp.add(leaves <= spell.last).only_enforce_if(*on)
                    cp.add(due >= spell.first + spell.steps).only_enforce_if(*on)
                elif streets is not None:
                    cp.add_implication(then, ~streets)
    cp.add_circuit(arcs)


def _spells(model: RuleModel, team: int, site: int, target: int) -> Iterator[tuple[Spell, bool]]:
    """Yield when a leg is how long on the streets as they are (True), and at their best (False)."""
    moves, n_steps = model.problem.movement(team), model.problem.n_steps
    for spell in moves.spells(site, target, n_steps + 1):
        yield (spell if spell.last < n_steps else spell._replace(last=FOREVER)), True
    if moves.changes and moves.least(site, target) < UNREACHABLE:
        yield Spell(0, FOREVER, moves.least(site, target)), False


def _names(problem: Problem, teams: Sequence[int]) -> list[str]:
    return [problem.team_names[team] for team in teams]


def _required(model: RuleModel) -> None:
    """Every mandatory task is done, by one team or by as many as it takes, one of those that must be there."""
    problem, cp = model.problem, model.model
    for group in model.groups:
        teams, crew = model.doers(group), model.crew(group)
        cp.add(sum(teams) <= crew)
        if not problem.tasks.mandatory[group]:
            continue
        served = model.served(group)
        cp.add_bool_or(teams).only_enforce_if(served)
        if crew > 1:
            literal = model.rule("crew", (group,), Message("conflict-crew", name=model.name(group), crew=crew))
            cp.add(sum(teams) >= crew).only_enforce_if(served, literal)
        lead = problem.tasks.lead[group]
        if not lead.all():
            able = np.flatnonzero(lead).tolist()
            title = Message("conflict-lead", name=model.name(group), teams=_names(problem, able))
            cp.add_bool_or([*model.doers(group, able), ~served, ~model.rule("lead", (group,), title)])


def _windows(model: RuleModel) -> None:
    """Tasks begin in their windows."""
    problem, cp = model.problem, model.cp
    for group, tasks in model.groups.items():
        for q in tasks:
            own = windows(problem, q)
            if own != [(0, problem.n_steps - 1)]:
                text = window_text(problem, group)
                literal = model.rule(
                    "window", (group,), Message("conflict-window", name=model.name(group), windows=text)
                )
                inside = cp.Domain.from_intervals([list(window) for window in own])
                model.model.add_linear_expression_in_domain(model.start[q], inside).only_enforce_if(literal)


def _who(model: RuleModel) -> None:
    """Tasks are done by teams that may do them; that a break is of its own team is no rule."""
    problem = model.problem
    for group, tasks in model.groups.items():
        for q in tasks:
            allowed = problem.tasks.allowed[q]
            if allowed.all() or problem.tasks.sort[q] == Sort.BREAK:
                continue
            names, name = _names(problem, np.flatnonzero(allowed).tolist()), model.name(group)
            title = Message("conflict-nobody", name=name)
            if names:
                title = Message("conflict-who", name=name, teams=names)
            literal = model.rule("who", (group,), title)
            for team in [team for team in model.teams if not allowed[team]]:
                model.model.add_implication(literal, ~model.does[q, team])


def _closures(model: RuleModel) -> None:
    """No team does a task where it is closed."""
    problem, cp = model.problem, model.cp
    for q in model.tasks:
        site, service = model.site(q), model.service(q)
        for team in model.teams:
            for begin, end in problem.access.closed(team, site):
                kept = problem.in_area(team, site) and problem.kept_to(team)[site]
                whole = (0, problem.n_steps)
                everyone = all(whole in problem.access.closed(other, site) for other in model.teams)
                if not kept and (begin, end) == whole and not everyone:
                    continue  # that is how searches keep to areas and zones, and a reserve to its post
                title = Message(
                    "conflict-closed", place=problem.site_names[site], begin=model.clock(begin),
                    end=model.clock(end),
                )  # fmt: skip
                literal = model.rule("closed", (site, begin, end), title)
                outside = cp.Domain.from_intervals([[-FOREVER, begin - service], [end, FOREVER]])
                model.model.add_linear_expression_in_domain(model.start[q], outside).only_enforce_if(
                    literal, model.does[q, team]
                )


def _areas(model: RuleModel) -> None:
    """Teams stay in their areas."""
    problem = model.problem
    for q in model.tasks:
        for team in model.teams:
            if not problem.in_area(team, model.site(q)):
                area = int(problem.team_area[team])
                same = np.flatnonzero(problem.team_area == area).tolist()
                title = Message("conflict-area", area=problem.area_names[area], teams=_names(problem, same))
                model.model.add_implication(model.rule("area", (area,), title), ~model.does[q, team])


def _homes(model: RuleModel) -> None:
    """Teams stay in their zones, and reserves at their posts."""
    problem = model.problem
    for team in model.teams:
        kept = problem.kept_to(team)
        for q in [q for q in model.tasks if not kept[model.site(q)]]:
            if problem.is_reserve(team):
                kind, own, same = "reserve", team, [team]
                title = Message("conflict-reserve", teams=_names(problem, same))
            else:
                kind, own = "zone", problem.home(team)
                same = [k for k in range(problem.n_teams) if problem.home(k) == own]
                title = Message("conflict-area", area=problem.zones[own].title, teams=_names(problem, same))
            model.model.add_implication(model.rule(kind, (own,), title), ~model.does[q, team])


def _returns(model: RuleModel) -> None:
    """Where no return is allowed, a team comes once."""
    problem = model.problem
    for site in sorted({model.site(q) for q in model.tasks}):
        here = [q for q in model.tasks if model.site(q) == site]
        if problem.access.may_return(site) or len(here) < 2:
            continue
        title = Message("conflict-return", place=problem.site_names[site])
        literal = model.rule("no-return", (site,), title)
        for team in model.teams:
            first, last = model.model.new_int_var(0, FOREVER, ""), model.model.new_int_var(0, FOREVER, "")
            for q in here:  # between the first and the last of them the team is there
                on = literal, model.does[q, team]
                model.model.add(first <= model.start[q]).only_enforce_if(*on)
                model.model.add(last >= model.start[q]).only_enforce_if(*on)
            for q in model.tasks:
                if model.site(q) != site:
                    before = model.model.new_bool_var("")
                    model.model.add(model.start[q] < first).only_enforce_if(literal, model.does[q, team], before)
                    model.model.add(model.start[q] > last).only_enforce_if(literal, model.does[q, team], ~before)


def _rests(model: RuleModel) -> None:
    """No team is on duty for longer than it may be without a break, where the model has its breaks."""
    problem = model.problem
    breaks = problem.tasks.sort == Sort.BREAK
    for team in [team for team in np.flatnonzero(problem.longest_work).tolist() if team in model.teams]:
        own = np.flatnonzero(breaks & problem.tasks.allowed[:, team]).tolist()
        if set(own) <= set(model.tasks):
            _rest(model, team, sorted({int(problem.tasks.group[q]) for q in own}))


def _rest(model: RuleModel, team: int, groups: Sequence[int]) -> None:
    """After the start of duty and after each break there is a break, or the end of duty, soon enough."""
    problem, cp, most = model.problem, model.model, int(model.problem.longest_work[team])
    same = np.flatnonzero(problem.longest_work == most).tolist()
    minutes = f"{most * problem.clock.step_s / 60:g}"
    title = Message("conflict-rest", minutes=minutes, teams=_names(problem, same))
    literal = model.rule("rest", (most,), title)
    begin, finish = int(problem.team_start_step[team]), int(problem.team_end_step[team])
    begins, ends = model.duty(team)
    taken = {group: cp.new_bool_var("") for group in groups}
    start = {group: cp.new_int_var(0, problem.n_steps, "") for group in groups}
    for group in groups:
        does = model.doers(group, [team])
        cp.add(sum(does) == taken[group])
        for q, literal_of in zip(model.groups[group], does, strict=True):
            cp.add(start[group] == model.start[q]).only_enforce_if(literal_of)
    events: list[tuple[int | None, Any, list[Any]]] = [(None, begin, [begins])]
    events += [(group, start[group] + model.service(group), [taken[group]]) for group in groups]
    for event, since, on in events:
        next_ones = [cp.new_bool_var("")]
        cp.add(since + most >= finish).only_enforce_if(next_ones[0], ends)
        for group in groups:
            if group != event:
                then = cp.new_bool_var("")
                cp.add_implication(then, taken[group])
                cp.add(start[group] >= since).only_enforce_if(then)
                cp.add(start[group] <= since + most).only_enforce_if(then)
                next_ones.append(then)
        cp.add_bool_or([*next_ones, ~literal, *(~one for one in on)])


KINDS: tuple[Callable[[RuleModel], None], ...] = (
    _required, _windows, _who, _closures, _areas, _homes, _returns, _rests,
)  # fmt: skip
"""Every kind of rules but those of ways and duty: adds its literals and what they enforce to the model."""
REQUIRED = {Sort.TASK: "conflict-required", Sort.BREAK: "conflict-break", Sort.POST: "conflict-post"}
"""What a task is → code of what is said of one that must be done."""
WEIGHT = (
    "window", "who", "lead", "crew", "rest", "required", "no-return", "closed", "area", "zone", "reserve",
    "streets", "end", "begin",
)  # fmt: skip
"""Kinds of rules, those first that are left out rather than others."""
