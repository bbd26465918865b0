"""Tables of counts, in both languages; what is wrong with one is told at once; weekly dispersion."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.effect.cells import AROUND, COMPARISON, TREATED, Period, dispersion_of_weeks, read_counts
from routeopt.effect.estimates import Cell
from routeopt.errors import InputError


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "counts.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_is_read(tmp_path):
    found = read_counts(
        written(
            tmp_path,
            "Area,Period,Count,nights\ntreated,before,20,30\ncontrol,pre,30,30\ntreated,after,5,15\n"
            "control,post,14,15\ntreated,after,4,15\ndisplacement,before,7,30\naround,after,6,15\n",
        )
    )
    assert found.cells == {TREATED: Cell(20, 9), COMPARISON: Cell(30, 14), AROUND: Cell(7, 6)}
    assert found.weight == 0.5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_chinese_table_is_read(tmp_path, encoding):
    text = "区域,时期,警情数\n试点,之前,20\n试点,之后,9\n对照,前,30\n对照,后,28\n"
    found = read_counts(written(tmp_path, text, encoding))
    assert found.cells == {TREATED: Cell(20, 9), COMPARISON: Cell(30, 28)}
    assert found.weight == 1


def test_every_fault_of_a_table_is_told_with_its_line(tmp_path):
    text = "area,period,count,nights\nsuburb,before,1,3\ntreated,later,-2,3\ntreated,after,many,0\n"
    with pytest.raises(InputError) as caught:
        read_counts(written(tmp_path, text))
    told = [(fault.code, fault.line) for fault in caught.value.faults]
    assert told[:5] == [("RO-791", 2), ("RO-791", 3), ("RO-793", 3), ("RO-793", 4), ("RO-793", 4)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", "RO-790"),
        ("area,period,count\n", "RO-790"),
        ("area,period,count\ncomparison,before,3\ncomparison,after,4\n", "RO-794"),
        ("area,period,count\ntreated,before,3\n", "RO-794"),
        ("area,period,count\ntreated,before,3\ntreated,after,3\naround,before,1\naround,after,1\n", "RO-794"),
        ("area,period,count,nights\ntreated,before,3,9\ntreated,after,3,\n", "RO-795"),
        ("area,period,count,nights\ntreated,before,3,9\ntreated,before,3,8\ntreated,after,3,9\n", "RO-795"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(tmp_path, text, code):
    with pytest.raises(InputError) as caught:
        read_counts(written(tmp_path, text))
    assert code in {fault.code for fault in caught.value.faults}


def test_weekly_dispersion_by_hand_and_by_chance():
    """Four weeks of 4, 0, 4, 0: each is 2 from the mean of 2, (4 · 4/2)/3 = 8/3."""
    nights = np.array([0, 1, 2, 3, 14, 15, 16, 17])
    assert dispersion_of_weeks([nights], [Period(0, 27)]) == pytest.approx(8 / 3)
    even = np.repeat(np.arange(0, 700, 7), 3)
    assert dispersion_of_weeks([even], [Period(0, 699)]) == 1
    chance = np.random.default_rng(1).integers(0, 1400, 2000)
    assert dispersion_of_weeks([chance, chance[:900]], [Period(0, 699), Period(700, 1399)]) == pytest.approx(
        1, abs=0.2
    )
    assert dispersion_of_weeks([nights], [Period(0, 9)]) == 1
