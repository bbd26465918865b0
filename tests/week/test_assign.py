"""Visits spread over nights: what can be held is, evenly, and what excludes each other is not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from routeopt.week.assign import Call, Errand, assign

ALL = ((0, 400),)


def test_every_visit_is_held_where_there_is_room_and_the_nights_are_even():
    errands = [Errand(key=f"e{n}", nights=(0, 1, 2, 3), starts={0: ALL, 1: ALL}, steps=30) for n in range(12)]
    calls = [Call(key=f"c{n}", nights=(0, 1, 2, 3), steps=10) for n in range(20)]
    found = assign(errands, calls, (420, 420), 4)
    assert len(found.night) == 32
    assert found.load == (140,) * 4
    assert found.proven


def test_of_visits_that_exclude_each_other_the_weightier_one_is_held():
    """One team, and the same ten minutes of one night."""
    narrow = {0: ((100, 110),)}
    both = [Errand(key="less", nights=(1,), starts=narrow, steps=60),
            Errand(key="more", nights=(1,), starts=narrow, steps=60, weight=2.0)]  # fmt: skip
    assert assign(both, [], (420,), 3).night == {"more": 1}
    other = Errand(key="less", nights=(1,), starts={0: ((100, 110),), 1: ALL}, steps=60)
    assert set(assign([other, both[1]], [], (420, 420), 3).night) == {"less", "more"}


def test_a_crew_takes_the_time_of_all_of_its_teams():
    """Two teams at once, one of them a leader; the other errand needs the leader at the same time."""
    every = dict.fromkeys(range(3), ((100, 110),))
    both = Errand(key="both", nights=(0,), starts=every, steps=60, crew=2, lead=frozenset({0}), weight=2.0)
    alone = Errand(key="alone", nights=(0,), starts={0: ((100, 110),)}, steps=60)
    assert assign([both, alone], [], (420,) * 3, 1).night == {"both": 0}
    other = Errand(key="alone", nights=(0,), starts={2: ((100, 110),)}, steps=60)
    found = assign([both, other], [], (420,) * 3, 1)
    assert found.night == {"both": 0, "alone": 0}
    assert found.load == (180,)
    third = Errand(key="third", nights=(0,), starts={1: ((100, 110),)}, steps=60)
    assert len(assign([both, other, third], [], (420,) * 3, 1).night) == 2


def test_a_night_that_is_full_takes_no_more():
    calls = [Call(key=f"c{n}", nights=(0,), steps=30) for n in range(5)]
    assert len(assign([], calls, (100,), 2).night) == 3


def test_random_visits_keep_their_nights_and_do_not_overlap():
    """Few teams, so that not all are held; a team's windows and steps are enough to tell."""
    rng = np.random.default_rng(3)
    errands = []
    for n in range(25):
        a = int(rng.integers(0, 60))
        nights = tuple(sorted(rng.choice(4, size=int(rng.integers(1, 4)), replace=False).tolist()))
        errands.append(Errand(key=f"e{n}", nights=nights, starts={0: ((a, a + 5),)}, steps=30))
    found = assign(errands, [], (100,), 4)
    of = {e.key: e for e in errands}
    assert all(night in of[key].nights for key, night in found.night.items())
    assert len(found.night) < 25
    for n in range(4):
        opens = sorted(of[key].starts[0][0] for key, night in found.night.items() if night == n)
        assert all(later[1] >= sooner[0] + 30 for sooner, later in pairwise(opens))
    assert assign(errands, [], (100,), 4) == found
