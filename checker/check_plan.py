#!/usr/bin/env python3
"""Recompute what a plan is worth, and whether it keeps the rules, without the program that made it.

Usage: python3 check_plan.py plan.json proof.json.gz

plan.json says who is where when; proof.json.gz has the tables that its figures stand on. This file needs Python
3.11 and nothing else: every formula is written out below, as docs/reference/proof.md says them. It prints what it
found, and ends with 0 if the plan keeps every rule and every figure agrees to 1e-9, with 1 if not, with 2 if it
cannot read the files.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

TOLERANCE = 1e-9
BAND_EFFECT, BAND_TAU_S = (0.10, 0.45), (1200.0, 21600.0)
"""Ends of the band: g of the shortest stop, and τ."""
WITHIN_MIN = (30, 60, 120)
NEVER = 2**30
"""Step of arrival where there is no way."""

Json = dict[str, Any]
Table = dict[int, list[float]]
"""Point → a number per step; points that are not in it have 1 throughout."""


class Visit(NamedTuple):
    """A line of a route."""

    site: str
    start: int
    steps: int
    kind: str
    """stop, task, wait or away."""
    task: str
    presence: float
    """How far the team is seen meanwhile."""
    lasting: bool
    """Whether leaving tops the level up."""
    free: bool
    """Whether the team can be called away meanwhile."""
    arrive: str | None
    """HH:MM as plan.json says it."""

    @property
    def end(self) -> int:
        """First step after it."""
        return self.start + self.steps


class Part(NamedTuple):
    """What a team does in the steps ``begin ≤ t < end``."""

    what: str
    """visit, wait, leg or away."""
    site: str
    begin: int
    end: int
    target: str = ""
    presence: float = 0.0
    effect: float = 0.0
    """g, of which the level is topped up in step ``end``."""
    free: bool = False


class Gap(NamedTuple):
    """The way from one visit to the next; the last one leads to the end of the duty."""

    free: int
    """When the team leaves."""
    arrive: int | None
    """None where there is no way."""
    due: int


class Day(NamedTuple):
    """A team's shift."""

    team: Json
    visits: list[Visit]
    gaps: list[Gap]
    parts: list[Part]


class Report:
    """What was found."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.compared = 0

    def same(self, what: str, found: float, said: object) -> None:
        """Compare a number with what plan.json says."""
        self.compared += 1
        if not isinstance(said, (int, float)) or not abs(found - said) <= TOLERANCE:
            self.wrong.append(f"{what}: plan.json says {said!r}, recomputed {found!r}")

    def equal(self, what: str, found: object, said: object) -> None:
        """Compare anything else with what plan.json says."""
        self.compared += 1
        if found != said:
            self.wrong.append(f"{what}: plan.json says {said!r}, recomputed {found!r}")


class Night:
    """The tables of proof.json.gz, by name."""

    def __init__(self, proof: Json) -> None:
        self.n_steps: int = proof["clock"]["n_steps"]
        self.step_s: int = proof["clock"]["step_s"]
        self.start_min: int = proof["clock"]["start_min"]
        self.n_points: int = proof["n_points"]
        self.demand = [self._row(runs) for runs in proof["demand"]]
        self.total = math.fsum(math.fsum(row) for row in self.demand)
        self.level0: dict[int, float] = dict(proof["level0"])
        self.absent0, self.keep0 = self._given(proof["absent0"]), self._given(proof["keep0"])
        self.tau_s: float = proof["tau_s"]
        self.passage_effect: float = proof["passage_effect"]
        self.menu = list(zip(proof["dwell_steps"], proof["dwell_effect"], strict=True))
        self.handling_min: list[float] = proof["handling_min"]
        self.spacing_steps: int = proof["spacing_steps"]
        self.periods: list[int] = proof["periods"]
        self.sites = {site["name"]: site for site in proof["sites"]}
        self.teams = {team["name"]: team for team in proof["teams"]}
        self.tasks = {task["name"]: task for task in proof["tasks"]}
        self.must_visits, self.zones, self.goals = proof["must_visits"], proof["zones"], proof["goals"]
        self.legs = {(leg["profile"], leg["from"], leg["to"]): leg["in_period"] for leg in proof["legs"]}
        self.seen = {(row["profile"], row["site"]): row for row in proof["seen"]}

    def _row(self, runs: list[list[float]]) -> list[float]:
        row = [value for value, size in runs for _ in range(int(size))]
        if runs and len(row) != self.n_steps:
            raise ValueError(f"a row has {len(row)} steps in place of {self.n_steps}")
        return row or [0.0] * self.n_steps

    def _given(self, rows: list[list[list[float]]] | None) -> Table:
        """What others do: only the points where it is not 1 throughout."""
        table = {j: self._row(runs) for j, runs in enumerate(rows or [])}
        return {j: row for j, row in table.items() if any(value != 1 for value in row)}

    def text(self, step: int) -> str:
        """A step as HH:MM."""
        minute = int(self.start_min + step * self.step_s // 60) % 1440
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def leg(self, team: Json, site: str, target: str, step: int) -> Json | None:
        """The leg that a team takes when it leaves in a step; None for no way.

        A leg that is still under way when the next period begins is the longer one of both.
        """
        if site == target:
            return {"steps": 0, "passes": []}
        of = self.legs[team["profile"], site, target]
        period = max(0, sum(begin <= step for begin in self.periods) - 1)
        found: Json | None = of[min(period, len(of) - 1)]
        for begin, other in list(zip(self.periods, of, strict=False))[period + 1 :]:
            if found is not None and step + found["steps"] <= begin:
                break
            if found is not None and (other is None or other["steps"] > found["steps"]):
                found = other
        return found

    def effect(self, steps: int, menu: list[tuple[int, float]]) -> float:
        """g of a stay: that of the longest stop of the menu which is no longer."""
        return max(((length, g) for length, g in menu if length <= steps), default=(0, 0.0))[1]


def read(path: str) -> Json:
    """Read a JSON object, gzipped or not."""
    data = Path(path).read_bytes()
    document = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    if not isinstance(document, dict):
        raise ValueError(f"{path} is no object")
    return document


def visit_of(night: Night, entry: Json) -> Visit:
    """Read a line of a route."""
    site, start, arrive = entry["site"], entry["start_step"], entry.get("arrive")
    stops = night.sites[site]["stops"]
    if "task" in entry:
        task = night.tasks[entry["task"]]
        steps, present, free = task["service_steps"], task["presence"], task["free"]
        return Visit(site, start, steps, "task", task["name"], present, present > 0, free, arrive)
    if "away_steps" in entry:
        return Visit(site, start, entry["away_steps"], "away", "", 0.0, False, False, arrive)
    if "wait_steps" in entry:
        return Visit(site, start, entry["wait_steps"], "wait", "", 1.0 if stops else 0.0, False, True, arrive)
    steps = entry["stop_steps"] if "stop_steps" in entry else night.menu[entry["dwell"]][0]
    return Visit(site, start, steps, "stop", "", 1.0, True, True, arrive)


def walk(night: Night, team: Json, visits: list[Visit], menu: list[tuple[int, float]]) -> Day:
    """Walk a shift: leave as soon as a visit ends, travel, wait for the next one; at last go to the end site."""
    anywhere = bool(visits) and team.get("anywhere", False)
    home = visits[0].site if anywhere else team["end_site"]
    at, now, begun = visits[0].site if anywhere else team["start_site"], team["start_step"], 0
    gaps: list[Gap] = []
    parts: list[Part] = []
    for n, visit in enumerate([*visits, None]):
        target, due = (home, team["end_step"]) if visit is None else (visit.site, visit.start)
        if visit is not None and visit.kind == "away":
            target = at
        leg = night.leg(team, at, target, now)
        arrive = None if leg is None else now + leg["steps"]
        gaps.append(Gap(now, arrive, due))
        there = NEVER if arrive is None else arrive
        if target != at:
            parts.append(Part("leg", at, now, there, target))
        if there < due:
            stops = night.sites[target]["stops"]
            before = visits[n - 1] if n else None
            patrol = stops or (
                visit is not None
                and (visit.lasting or (visit.kind == "away" and before is not None and before.lasting))
            )
            parts.append(Part("wait", target, there, due, presence=float(patrol), free=True))
        if visit is None:
            break
        at, now = visit.site, visit.end
        if visit.kind == "away":
            parts.append(Part("away", visit.site, visit.start, visit.end))
            continue
        if n == 0 or not one_stay(visits[n - 1], visit):
            begun = visit.start
        leaves = n + 1 == len(visits) or not one_stay(visit, visits[n + 1])
        g = night.effect(visit.end - begun, menu) if leaves and visit.lasting else 0.0
        begin = max(there, visit.start)
        parts.append(Part("visit", visit.site, begin, visit.end, "", visit.presence, g, visit.free))
    return Day(team, visits, gaps, parts)


def one_stay(visit: Visit, following: Visit) -> bool:
    """Whether the team stays on, so that only leaving after the second visit has an effect."""
    return visit.site == following.site and visit.lasting and following.lasting


def tables(night: Night, days: Iterable[Day]) -> tuple[Table, Table]:
    """Absent = Π (1 − v·ρ) over who is there, and keep = Π (1 − dose) over the departures at each step's begin."""
    absent = {j: list(row) for j, row in night.absent0.items()}
    keep = {j: list(row) for j, row in night.keep0.items()}

    def times(table: Table, point: int, first: int, last: int, factor: float) -> None:
        row = table.setdefault(point, [1.0] * night.n_steps)
        for t in range(max(first, 0), min(last, night.n_steps)):
            row[t] *= factor

    for day in days:
        v, profile = day.team["factor"], day.team["profile"]
        for part in day.parts:
            if part.what in ("visit", "wait"):
                for point, rho in night.seen[profile, part.site]["sight"]:
                    times(absent, point, part.begin, part.end, 1 - v * part.presence * rho)
                    times(keep, point, part.end, part.end + 1, 1 - v * part.presence * rho * part.effect)
            leg = night.leg(day.team, part.site, part.target, part.begin) if part.what == "leg" else None
            for point, after, present, leaves in leg["passes"] if leg else ():
                step = part.begin + after
                times(absent, point, step, step + 1, 1 - v * present)
                times(keep, point, step + 1, step + 2, 1 - v * leaves * night.passage_effect)
    return absent, keep


def seen(night: Night, absent: Table, keep: Table, tau_s: float) -> Table:
    """S = 1 − (1 − p)(1 − ℓ) at the points where it is not 0 throughout."""
    fade, ones = math.exp(-night.step_s / tau_s), [1.0] * night.n_steps
    found: Table = {}
    for j in sorted({*absent, *keep, *night.level0}):
        level, row = night.level0.get(j, 0.0), []
        for t, (p, kept) in enumerate(zip(absent.get(j, ones), keep.get(j, ones), strict=True)):
            level = 1 - (1 - (level * fade if t else level)) * kept
            row.append(1 - p * (1 - level))
        found[j] = row
    return found


def share(night: Night, rows: Table) -> float:
    """Σ λ·x / Σ λ."""
    seen_of = (a * b for j, row in rows.items() for a, b in zip(night.demand[j], row, strict=True))
    return math.fsum(seen_of) / night.total


def whereabouts(night: Night, day: Day) -> Iterator[tuple[str, int, int]]:
    """Where a team with powers is free, from step to step; on a leg, at the site that is nearer in time."""
    for part in day.parts if day.team["powers"] else ():
        begin, end = max(part.begin, 0), min(part.end, night.n_steps)
        if part.what == "leg":
            middle = min(max(part.begin + (part.end - part.begin + 1) // 2, begin), end)
            yield part.site, begin, middle
            yield part.target, middle, end
        elif part.what in ("visit", "wait") and part.free:
            yield part.site, begin, end


def responders(night: Night, days: Iterable[Day], radius: int) -> Table:
    """How many free teams with powers reach each point in time."""
    reached: Table = {}
    for day in days:
        for site, first, last in whereabouts(night, day):
            for point in night.seen[day.team["profile"], site]["reached"][radius]:
                row = reached.setdefault(point, [0.0] * night.n_steps)
                for t in range(first, last):
                    row[t] += 1
    return reached


def present(night: Night, days: Iterable[Day], goal: Json) -> list[int]:
    """How many free teams with powers are at the sites of a goal, in each step of its time."""
    there = Counter(
        t for day in days for site, first, last in whereabouts(night, day) if site in goal["sites"]
        for t in range(first, last)
    )  # fmt: skip
    return [there[t] for t in range(goal["steps"][0], goal["steps"][1] + 1)]


def figures(night: Night, days: list[Day], routes: list[tuple[Json, list[Visit]]]) -> Json:
    """Every figure of plan.json."""
    absent, keep = tables(night, days)
    lit = seen(night, absent, keep, night.tau_s)
    present = {j: [1 - p for p in row] for j, row in absent.items()}
    found: Json = {"visibility": share(night, lit), "instant": share(night, present), "within": {}}
    for minutes in WITHIN_MIN:
        width = max(1, round(minutes * 60 / night.step_s))
        found["within"][f"{minutes:g}"] = share(night, {j: recent(row, width) for j, row in present.items()})
    reached = {minutes: responders(night, days, n) for n, minutes in enumerate(night.handling_min)}
    for key, teams in (("handling", 1), ("backup", 2)):
        found[key] = {f"{m:g}": share(night, at_least(rows, teams)) for m, rows in reached.items()}
    band = []
    for g in BAND_EFFECT:
        effects = [g, *(effect for _, effect in night.menu[1:])]
        menu = [(steps, max(effects[: n + 1])) for n, (steps, _) in enumerate(night.menu)]
        absent, keep = tables(night, [walk(night, team, visits, menu) for team, visits in routes])
        band += [share(night, seen(night, absent, keep, tau_s)) for tau_s in BAND_TAU_S]
    found["band"] = {"low": min(band), "high": max(band)}
    served = Counter(visit.task for _, visits in routes for visit in visits if visit.task)
    groups = {night.tasks[name]["instead_of"] for name in served}
    left = [name for name, task in night.tasks.items() if task["instead_of"] == name and name not in groups]
    first = sum(task["instead_of"] == name for name, task in night.tasks.items())
    reward = math.fsum(night.tasks[name]["reward"] for name in served)
    found["tasks"] = {"done": first - len(left), "of": first, "reward": reward, "left_out": left}
    found["value"] = found["visibility"] + reward
    found["zones"] = {}
    for zone in night.zones:
        own = math.fsum(math.fsum(night.demand[j]) for j in zone["points"])
        if own > 0:
            found["zones"][zone["title"]] = reach(night, lit, zone["points"], (0, night.n_steps - 1))
    found["goals"] = [goal_of(night, goal, lit, reached, days) for goal in night.goals]
    found["unmet"] = [goal["name"] for goal in found["goals"] if not goal["holds"]]
    return found


def recent(row: list[float], width: int) -> list[float]:
    """Greatest value in the last ``width`` steps."""
    return [max(row[max(0, t + 1 - width) : t + 1]) for t in range(len(row))]


def at_least(rows: Table, teams: int) -> Table:
    """1 where at least that number of teams is counted, else 0."""
    return {j: [float(count >= teams) for count in row] for j, row in rows.items()}


def reach(night: Night, rows: Table, points: Iterable[int], steps: tuple[int, int]) -> float:
    """Σ λ·x / Σ λ over some points and steps (first, last)."""
    inside, points = slice(steps[0], steps[1] + 1), list(points)
    own = math.fsum(math.fsum(night.demand[j][inside]) for j in points)
    pairs = (zip(night.demand[j][inside], rows[j][inside], strict=True) for j in points if j in rows)
    return math.fsum(a * b for row in pairs for a, b in row) / own


def goal_of(night: Night, goal: Json, lit: Table, reached: dict[float, Table], days: list[Day]) -> Json:
    """How far a floor is reached."""
    rows = lit if goal["within_min"] is None else at_least(reached[goal["within_min"]], goal["responders"])
    every, steps = range(night.n_points), (goal["steps"][0], goal["steps"][1])
    if goal["measure"] in ("time", "presence"):
        there, most = present(night, days, goal), goal["responders"]
        own = sum(min(teams, most) for teams in there) / (most * len(there))
        own = 1 - own if goal["measure"] == "time" else own
    else:
        own = reach(night, rows, every if goal["points"] is None else goal["points"], steps)
    if goal["measure"] == "unseen":
        own = 1 - own
    if goal["measure"] == "fair":
        town = reach(night, rows, every, steps)
        own = own / town if town > 0 else 1.0
    holds = own >= goal["at_least"] - TOLERANCE
    return {"name": goal["name"], "at_least": goal["at_least"], "reached": own, "holds": holds}


def broken(night: Night, days: list[Day]) -> Iterator[str]:
    """Every rule that the plan breaks: its name, and where."""
    for day in days:
        for rule, where in (*of_travel(night, day), *of_places(night, day), *of_breaks(night, day)):
            yield f"{rule}: {day.team['name']} {where}"
    yield from of_tasks(night, days)
    for goal in (goal for goal in night.goals if goal.get("must")):
        step, least = goal["steps"][0], goal["responders"]
        for teams, same in groupby(present(night, days, goal)):
            begin, step = step, step + len(list(same))
            if teams < least:
                hours = f"{night.text(begin)} to {night.text(step)}"
                yield f"too-few: {teams} of {least} teams for {goal['name']} from {hours}"
    for must in night.must_visits:
        since = 0
        for begin, end in [*presence_at(days, must["site"], must["least_steps"]), (night.n_steps, night.n_steps)]:
            if begin - since > must["max_gap_steps"]:
                yield f"gap: nobody is at {must['site']} from {night.text(since)} to {night.text(begin)}"
            since = max(since, end)


def of_travel(night: Night, day: Day) -> Iterator[tuple[str, str]]:
    """Shift, travel times, and the time between stops."""
    at_work = [visit for visit in day.visits if visit.kind != "away"]
    if at_work and at_work[0].start < day.team["start_step"]:
        yield "before-shift", f"starts at {night.text(at_work[0].start)}"
    for visit, gap in zip([*day.visits, None], day.gaps, strict=True):
        where, due = day.team["end_site"] if visit is None else visit.site, night.text(gap.due)
        if gap.arrive is None:
            yield "end-unreachable" if visit is None else "unreachable", f"has no way to {where}"
        elif gap.arrive > gap.due:
            rule = "shift" if visit is None else "still-busy" if visit.kind == "away" else "late"
            yield rule, f"arrives at {where} at {night.text(gap.arrive)}, is due at {due}"
    stops = [visit for visit in at_work if visit.kind == "stop"]
    for before, visit in pairwise(stops):
        goes_on = visit.site == before.site and visit.start == before.end
        if not goes_on and visit.start - before.start < night.spacing_steps:
            yield "too-soon", f"stops at {night.text(visit.start)}, after {night.text(before.start)}"


def of_places(night: Night, day: Day) -> Iterator[tuple[str, str]]:
    """Where and when a team may stop: open places, areas, zones, closures, no return; tasks at their places."""
    team, been, last = day.team, set[str](), ""
    waits = {team["start_site"], team["end_site"], *(task["site"] for task in night.tasks.values())}
    for visit in day.visits:
        if visit.kind == "away":
            continue
        site, where = night.sites[visit.site], f"at {visit.site}, {night.text(visit.start)}"
        if visit.task:
            task = night.tasks[visit.task]
            if task["site"] != visit.site:
                yield "task-place", f"does {visit.task} {where}"
            if not any(first <= visit.start <= to for first, to in task["windows"]):
                yield "window", f"does {visit.task} {where}"
            if team["name"] not in task["teams"]:
                yield "not-allowed", f"does {visit.task} {where}"
        elif not site["stops"] and not (visit.kind == "wait" and visit.site in waits):
            yield "not-stoppable", f"stops {where}"
        if visit.kind == "wait":
            continue
        for gone in site["closed"]:
            if gone["team"] == team["name"] and gone["begin"] < visit.end and visit.start < gone["end"]:
                yield "closed", f"stops {where}"
        if team["area"] is not None and site["area"] != team["area"]:
            yield "outside-area", f"stops {where}"
        if team["keeps_to"] is not None and visit.site not in team["keeps_to"]:
            yield "reserve-stops" if team["reserve"] else "outside-zone", f"stops {where}"
        if visit.site != last and visit.site in been and not site["may_return"]:
            yield "returned", f"stops {where}"
        been.add(visit.site)
        last = visit.site


def of_breaks(night: Night, day: Day) -> Iterator[tuple[str, str]]:
    """No duty without a break for longer than allowed."""
    most, since = day.team["longest_work_steps"], day.team["start_step"]
    rests = [(visit.start, visit.end) for visit in day.visits if visit.task and night.tasks[visit.task]["break"]]
    for begin, end in [*rests, (day.team["end_step"], 0)] if most else []:
        if begin - since > most:
            yield "no-break", f"from {night.text(since)} to {night.text(begin)}"
        since = end


def of_tasks(night: Night, days: list[Day]) -> Iterator[str]:
    """What is required is done, each once, by its crew, at one time."""
    done: dict[str, list[tuple[str, int]]] = {}
    for day in days:
        for visit in day.visits:
            if visit.task:
                done.setdefault(visit.task, []).append((day.team["name"], visit.start))
    times = Counter(night.tasks[name]["instead_of"] for name, by in done.items() for _ in by)
    for name, task in night.tasks.items():
        if task["instead_of"] == name:
            if task["mandatory"] and not times[name]:
                yield f"required: {name}"
            yield from (f"once: {name}, done {times[name]} times" for _ in range(times[name] - task["crew"]))
        by = done.get(name, [])
        if by and task["crew"] > 1:
            if len(by) < task["crew"]:
                yield from (f"crew-few: {name}, {team}" for team, _ in by)
            first = min(start for _, start in by)
            yield from (f"crew-apart: {name}, {team}" for team, start in by if start > first)
            if not {team for team, _ in by} & set(task["lead"]):
                yield f"crew-lead: {name} is led by none of {', '.join(task['lead'])}"


def presence_at(days: Iterable[Day], site: str, least: int) -> list[tuple[int, int]]:
    """When teams are at a site, with the waiting before and after, for at least so long."""
    found: list[tuple[int, int]] = []
    for day in days:
        spans: list[tuple[int, int]] = []
        for part in sorted(day.parts, key=lambda part: part.begin):
            here = part.what == "wait" or (part.what == "visit" and part.presence > 0)
            if part.site != site or not here or part.end <= part.begin:
                continue
            if spans and part.begin <= spans[-1][1]:
                spans[-1] = spans[-1][0], max(spans[-1][1], part.end)
            else:
                spans.append((part.begin, part.end))
        found += [(begin, end) for begin, end in spans if end - begin >= least]
    return sorted(found)


def compare(report: Report, found: Json, said: object, where: str = "figures") -> None:
    """Compare all that was recomputed, whatever else plan.json says of it."""
    for key, value in found.items():
        told = said.get(key) if isinstance(said, dict) else None
        at = f"{where}.{key}"
        if isinstance(value, dict):
            compare(report, value, told, at)
            report.equal(f"keys of {at}", sorted(value), sorted(told) if isinstance(told, dict) else told)
        elif key == "goals":
            told = told if isinstance(told, list) else []
            report.equal(f"number of {at}", len(value), len(told))
            for n, (one, other) in enumerate(zip(value, told, strict=False)):
                compare(report, one, other, f"{at}[{n}]")
        elif isinstance(value, float):
            report.same(at, value, told)
        else:
            report.equal(at, value, told)


def check(plan: Json, proof: Json) -> Report:
    """Recompute everything."""
    report = Report()
    if (plan["format"], proof["format"], proof["version"]) != ("routeopt-plan", "routeopt-proof", 1):
        raise ValueError("not a plan.json and its proof of version 1")
    for key in ("scenario", "clock", "dwell_steps"):
        report.equal(key, proof[key], plan[key])
    night = Night(proof)
    report.equal("teams", list(night.teams), [route["team"] for route in plan["routes"]])
    routes = [
        (night.teams[route["team"]], [visit_of(night, entry) for entry in route["visits"]])
        for route in plan["routes"]
    ]
    days = [walk(night, team, visits, night.menu) for team, visits in routes]
    for day in days:
        for n, (visit, gap) in enumerate(zip(day.visits, day.gaps, strict=False), 1):
            if visit.arrive is not None and visit.kind != "away" and gap.arrive is not None:
                report.equal(f"{day.team['name']}, stop {n}, arrive", night.text(gap.arrive), visit.arrive)
    report.wrong += broken(night, days)
    found = figures(night, days, routes)
    if "figures" in plan:
        compare(report, found, plan["figures"])
    if "value" in plan:
        report.same("value", found["value"], plan["value"])
    print(f"visibility {found['visibility']:.12f}, value {found['value']:.12f}")
    return report


def main(arguments: list[str]) -> int:
    """Check the files named on the command line."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    try:
        report = check(*map(read, arguments))
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        print(f"cannot be read: {type(error).__name__}: {error}")
        return 2
    for line in report.wrong:
        print(line)
    print(f"{report.compared} comparisons, {len(report.wrong)} differences or broken rules")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
