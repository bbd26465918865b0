"""Streets that change with the time of day: which they are, and by whose legs teams move when.

A leg that crosses from one period into the next takes the longer of both times, and the path of that, which must
be open in both. It is where one period has all changes of the other. Where streets close as others open, or soon
after, a period of one step comes between, in which both are closed. And a way round a closed street takes a step
more than the way through it at least, so that rounding to steps never makes them the same.

A street that is one-way against its usual direction opens a way that is closed else. So streets are taken as open
both ways there, and what is open for a time is closed by changes of their own before and after it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.problem import UNREACHABLE, Problem, Profile
from routeopt.problem.build_profiles import Moving, legs_of, points_of, reached, steps_of
from routeopt.problem.changed_streets import ChangedStreets
from routeopt.problem.periods import Periods
from routeopt.scenario.model import Scenario
from routeopt.streets.network import MODE_NAMES, Snap, StreetNetwork
from routeopt.streets.travel import TravelTable, travel_table

TOLD = {
    "closed": "build-change-closed", "oneway": "build-change-oneway", "no_stop": "build-change-no-stop",
}  # fmt: skip
"""Kind of change → code of the note that tells it."""
LISTED = 8
"""Names that a note lists."""
Held = frozenset[int]
"""Changes that hold at the same time, by number."""


@dataclass(frozen=True)
class MovingInTime(Moving):
    """How teams move in a night whose streets change."""

    periods: Periods = field(default_factory=Periods)
    networks: tuple[StreetNetwork, ...] = ()
    """Of each profile; none where streets do not change."""
    notes: tuple[Message, ...] = ()


# periods ----------------------------------------------------------------------------------------------------


def in_time(
    scenario: Scenario,
    net: StreetNetwork,
    snaps: dict[str, Snap],
    points: NDArray[np.int64],
    moving: Moving,
    changes: Sequence[ChangedStreets],
    names: Sequence[str] = (),
) -> MovingInTime:
    """Compute by whose legs teams move when, from how they move on streets that do not change.

    What is reached in time is that of the unchanged streets for the profiles that teams have. ``names`` are those
    of the sites; without them there are no notes.
    """
    if not changes:
        return MovingInTime(moving.profiles, moving.reach)
    clock, point_of = scenario.clock, points_of(net, points)
    modes = [_Mode(net, mode, on, clock, changes) for mode, on in snaps.items()]
    begins, keys = _parts(modes)
    profiles, reach = list(moving.profiles), list(moving.reach)
    networks, rows = [mode.network(keys[0][p]) for p, mode in enumerate(modes)], []
    for p, mode in enumerate(modes):
        steps, index, base = mode.told_apart(), {keys[0][p]: p}, moving.profiles[p]
        profiles[p] = mode.profile(keys[0][p], base, steps, point_of)
        for key in (of_modes[p] for of_modes in keys):
            if key not in index:
                index[key] = len(profiles)
                profiles.append(mode.profile(key, base, steps, point_of))
                networks.append(mode.network(key))
                reach.append(reached(scenario.model.handling_min, mode.tables[key].time_s, base, len(points)))
        rows.append([index[of_modes[p]] for of_modes in keys])
    rows += [[q] * len(begins) for q in range(len(rows), len(profiles))]
    periods = Periods()
    if len(begins) > 1:
        periods = Periods(np.array(begins, dtype=np.int32), np.array(rows, dtype=np.int32))
    notes = tuple(_notes(scenario, net, modes, changes, names)) if names else ()
    return MovingInTime(tuple(profiles), tuple(reach), periods, tuple(networks), notes)


def _parts(modes: Sequence[_Mode]) -> tuple[list[int], list[list[bytes]]]:
    """Cut the night where the streets of any mode change: first steps, and in each part the key of each mode."""
    cuts = [mode.periods() for mode in modes]
    begins: list[int] = []
    keys: list[list[bytes]] = []
    for begin in sorted({begin for cut in cuts for begin in cut}):
        now = [mode.key(_at(cut, begin)) for mode, cut in zip(modes, cuts, strict=True)]
        if not keys or now != keys[-1]:
            begins.append(begin)
            keys.append(now)
    return begins, keys


class _Mode:
    """A mode's speeds and legs under each set of changes."""

    def __init__(
        self, net: StreetNetwork, mode: str, on: Snap, clock: Clock, changes: Sequence[ChangedStreets]
    ) -> None:
        self.mode, self.on, self.clock = mode, on, clock
        ways = [change.directions(net, mode) for change in changes]
        kph = net.speed_kph[mode].copy()
        for change, (_shut, opened) in zip(changes, ways, strict=True):
            row, way = np.nonzero(opened)
            kph[change.segments[row], way] = kph[change.segments[row], 1 - way]
        self.opens = any(opened.any() for _shut, opened in ways)
        """Whether any change opens a way."""
        self.net = dataclasses.replace(net, speed_kph=net.speed_kph | {mode: kph}) if self.opens else net
        self.changes: list[ChangedStreets] = list(changes)
        self.caps = [shut for shut, _opened in ways]
        """(n_segments, 2) ways that each change closes or slows."""
        self.else_closed: dict[int, list[int]] = {}
        """Change → those that close what it opens, before and after it."""
        for n, (change, (_shut, opened)) in enumerate(zip(changes, ways, strict=True)):
            for begin, end in ((0, change.begin), (change.end, clock.n_steps)) if opened.any() else ():
                self.else_closed.setdefault(n, []).append(len(self.changes))
                self.changes.append(dataclasses.replace(change, begin=begin, end=end, kph=0.0))
                self.caps.append(opened)
        self.speeds: dict[bytes, NDArray[np.float32]] = {}
        """By the speeds themselves, so that equal ones are computed once."""
        self.tables: dict[bytes, TravelTable] = {}
        self.own = [n for n, cap in enumerate(self.caps) if cap.any()]
        """Changes that concern it."""
        self.key(frozenset())

    def really(self, held: Held) -> Held:
        """Return some of the given changes with those that close what the others open."""
        return held | {m for n, closing in self.else_closed.items() if n not in held for m in closing}

    def periods(self) -> dict[int, Held]:
        """Cut the night where its changes begin and end, with transitions: first step → the changes that hold."""
        cut = _cut(self.changes, self.own, self.clock.n_steps)
        return _with_transitions(cut, max(_longest(self.steps(held)) for held in cut.values()))

    def key(self, held: Held) -> bytes:
        """Return the key of the streets under some changes; computes their legs."""
        kph = self.net.speed_kph[self.mode].copy()
        for n in held:
            change = self.changes[n]
            capped = np.minimum(kph[change.segments], np.float32(change.kph))
            kph[change.segments] = np.where(self.caps[n], capped, kph[change.segments])
        key = kph.tobytes()
        if key not in self.speeds:
            self.speeds[key] = kph
            self.tables[key] = travel_table(self.network(key), self.mode, self.on)
        return key

    def network(self, key: bytes) -> StreetNetwork:
        """Return the network with these speeds."""
        if self.speeds[key] is next(iter(self.speeds.values())):
            return self.net
        return dataclasses.replace(self.net, speed_kph=self.net.speed_kph | {self.mode: self.speeds[key]})

    def profile(
        self, key: bytes, base: Profile, steps: dict[bytes, NDArray[np.int32]], point_of: NDArray[np.int32]
    ) -> Profile:
        """Return how teams move on these streets; ``base`` is the profile of the unchanged ones."""
        if key == next(iter(self.speeds)):
            return base
        return dataclasses.replace(base, **legs_of(self.clock, self.tables[key], steps[key], point_of))

    def steps(self, held: Held) -> NDArray[np.int32]:
        """Return the travel times under some changes, (n, n) steps."""
        return steps_of(self.clock, self.tables[self.key(held)])

    def told_apart(self) -> dict[bytes, NDArray[np.int32]]:
        """Return the travel times of all, where ways round closed streets take a step more than those through."""
        found: dict[bytes, NDArray[np.int32]] = {}
        used = [key for key in self.speeds if not self.opens or key != next(iter(self.speeds))]
        order = sorted(used, key=lambda key: -float(self.speeds[key].sum(dtype=np.float64)))
        for key in order:
            kph, steps = self.speeds[key], steps_of(self.clock, self.tables[key])
            flat = steps.reshape(-1)
            for other, known in found.items():
                if (self.speeds[other] < kph).any():
                    continue  # neither has all changes of the other
                shut = ((self.speeds[other] > 0) & (kph == 0)).any(axis=1)
                table = self.tables[other]
                legs = np.unique(np.searchsorted(table.ptr, np.flatnonzero(shut[table.segment]), side="right") - 1)
                legs = legs[flat[legs] < UNREACHABLE]
                legs = legs[~_same_paths(table, self.tables[key], legs, len(kph))]  # the way that stays open
                flat[legs] = np.maximum(flat[legs], known.reshape(-1)[legs] + 1)
            found[key] = steps
        return found


def _same_paths(
    one: TravelTable, other: TravelTable, legs: NDArray[np.intp], n_segments: int
) -> NDArray[np.bool_]:
    """Return which of some legs pass the same segments in two tables, by sums of random numbers of segments."""
    code = np.random.default_rng(0).integers(2**63, size=n_segments, dtype=np.uint64)
    passed = []
    for table in (one, other):
        total = np.append(np.uint64(0), np.cumsum(code[table.segment], dtype=np.uint64))
        passed.append(total[table.ptr[legs + 1]] - total[table.ptr[legs]])
    found: NDArray[np.bool_] = passed[0] == passed[1]
    return found


def _cut(changes: Sequence[ChangedStreets], own: Sequence[int], n_steps: int) -> dict[int, Held]:
    """Cut the night where some changes begin and end: first step of each part → those that hold in it."""
    begins = sorted({0} | {t for n in own for t in (changes[n].begin, changes[n].end) if t < n_steps})
    return {t: frozenset(n for n in own if changes[n].begin <= t < changes[n].end) for t in begins}


def _at(cut: dict[int, Held], step: int) -> Held:
    """Return the changes that hold in a step."""
    return cut[max(begin for begin in cut if begin <= step)]


def _longest(steps: NDArray[np.int32]) -> int:
    return int(np.where(steps < UNREACHABLE, steps, 0).max())


def _with_transitions(cut: dict[int, Held], longest: int) -> dict[int, Held]:
    """Put a step with the changes of all before each part that legs enter from parts with other changes.

    Parameters
    ----------
    longest
        Travel time of the longest leg, steps.
    """
    found: dict[int, Held] = {}
    for begin, held in cut.items():
        union, run, apart, end = held, {held}, False, begin
        for before, other in reversed(found.items()):
            if end - 1 + longest <= begin:
                break  # no leg that begins there is still under way
            union |= other
            run.add(other)
            apart |= union not in run
            end = before
        if apart:
            found[begin - 1] = union
        found[begin] = held
    return found


# notes ------------------------------------------------------------------------------------------------------


def _notes(
    scenario: Scenario,
    net: StreetNetwork,
    modes: Sequence[_Mode],
    changes: Sequence[ChangedStreets],
    names: Sequence[str],
) -> list[Message]:
    """Say what the changes do, where nobody gets to meanwhile, and what does not know of them."""
    notes = [_told(net, modes, change, n, scenario.clock) for n, change in enumerate(changes)]
    notes += _cut_off(scenario, names, modes, changes)
    if scenario.model.handling_min and any(mode.own for mode in modes):
        notes.append(Message("build-change-response"))
    return notes


def _told(
    net: StreetNetwork, modes: Sequence[_Mode], change: ChangedStreets, number: int, clock: Clock
) -> Message:
    """Say what a change does."""
    concerned, some = [], np.zeros(len(change.segments), dtype=np.bool_)
    for mode in modes:
        own = change.concerned(net, mode.mode)
        if own.any() and (change.kind != "no_stop" or len(change.sites(mode.mode, mode.on))):
            concerned.append(MODE_NAMES[mode.mode])
            some |= own
    if not concerned:
        return Message("build-change-idle", who=Message("place-change", number=number + 1))
    segments = change.segments[some]
    names = sorted({net.names[n] for n in net.seg_name[segments]} - {""}) or [Message("streets-unnamed")]
    values = {
        "begin": clock.text(change.begin * clock.step_s), "end": clock.text(change.end * clock.step_s),
        "metres": float(net.seg_length_m[segments].sum()), "modes": concerned, "streets": _few(names),
    }  # fmt: skip
    if change.kind == "slow":
        return Message("build-change-slow", kph=change.kph, **values)
    return Message(TOLD[change.kind], **values)


def _cut_off(
    scenario: Scenario, names: Sequence[str], modes: Sequence[_Mode], changes: Sequence[ChangedStreets]
) -> list[Message]:
    """Note the places that no team gets to from its post while streets are closed."""
    clock, post = scenario.clock, {p.name: n for n, p in enumerate(scenario.posts)}
    posts: dict[str, set[int]] = {}
    for team in scenario.teams:
        posts.setdefault(team.mode, set()).update((post[team.start], post[team.end or team.start]))

    def near(held: Held) -> NDArray[np.bool_]:
        """Places to which some team gets from a post that is not cut off itself."""
        found = np.zeros(len(names), dtype=np.bool_)
        for mode in modes:
            sites = sorted(posts[mode.mode])
            usual, now = (mode.steps(mode.really(of))[sites] < UNREACHABLE for of in (frozenset[int](), held))
            for before, to in zip(usual, now, strict=True):
                if to.sum() > 1 or before.sum() <= 1:
                    found |= to
        return found

    usual = near(frozenset())
    spells: list[tuple[int, list[int]]] = []
    for begin, held in _cut(changes, range(len(changes)), clock.n_steps).items():
        lost = np.flatnonzero(usual & ~near(held)).tolist()
        if not spells or spells[-1][1] != lost:
            spells.append((begin, lost))
    ends = [*(begin for begin, _ in spells[1:]), clock.n_steps]
    return [
        Message(
            "build-change-cut", begin=clock.text(begin * clock.step_s), end=clock.text(end * clock.step_s),
            places=_few([names[site] for site in lost]),
        )
        for (begin, lost), end in zip(spells, ends, strict=True)
        if lost
    ]  # fmt: skip


def check_starts(scenario: Scenario, problem: Problem) -> None:
    """Check that no post is cut off as the duty of a team begins there, which leaves at once or never.

    Raises
    ------
    InfeasibleError
        With every such team.
    """
    faults = []
    for k, team in enumerate(scenario.teams):
        moves, begin = problem.movement(k), int(problem.team_start_step[k])
        period = int(np.searchsorted(moves.begin, begin, side="right")) - 1
        ways = moves.legs[period].steps_from(int(problem.team_start_site[k])) < UNREACHABLE
        if ways.sum() <= 1 < problem.n_sites:
            who, time = Message("place-team", name=team.name), problem.clock.text(begin * problem.clock.step_s)
            mode = MODE_NAMES[team.mode]
            faults.append(Fault("RO-443", scenario.source, who=who, mode=mode, post=team.start, time=time))
    if faults:
        raise InfeasibleError(faults)


def _few(names: Sequence[object]) -> list[object]:
    return [*names[:LISTED], *(["…"] if len(names) > LISTED else [])]
