"""Dates and times as most systems write them are read at once, and as any other way would be."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.demand.incidents.stamps import AB_YEAR, NUMBER, YMD, Stamp, stamp, unusual, usual


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2023-03-23T20:16:00Z", Stamp(YMD, (2023, 3, 23), 1216, 0)),
        ("2023/3/23 8:16", Stamp(YMD, (2023, 3, 23), 496)),
        ("3/23/2023 12:05:09 AM", Stamp(AB_YEAR, (3, 23, 2023), 5)),
        ("3/23/2023 12:05PM", Stamp(AB_YEAR, (3, 23, 2023), 725)),
        ("3/23/2023", Stamp(AB_YEAR, (3, 23, 2023))),
        ("2019-10-02 14:22:00.000", Stamp(YMD, (2019, 10, 2), 862)),
        ("0020191002.50", Stamp(NUMBER, number="0020191002.50")),
    ],
)
def test_usual_forms(text, found):
    assert usual(text) == unusual(text) == stamp(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "2023-03-23T24:00",
        "2023-03-23 25:10",
        "2023-03-23 10:61",
        "23.3.2023",
        "2023-03-23T08:16+02:00",
        "x",
        "",
        "1" * 90,
    ],
)
def test_other_forms_are_left_to_the_general_way(text):
    assert usual(text) is None
    assert stamp(text) == unusual(text)


def test_what_is_read_at_once_is_what_the_general_way_reads():
    rng = np.random.default_rng(0)
    pick = lambda *options: options[rng.integers(len(options))]  # noqa: E731
    two = lambda: pick(f"{rng.integers(100):02d}", f"{rng.integers(13)}", f"{rng.integers(100)}")  # noqa: E731
    read = 0
    for _ in range(4000):
        date = pick(f"{rng.integers(1900, 2100)}-{two()}-{two()}", f"{two()}/{two()}/{rng.integers(1900, 2100)}")
        clock = pick("", f"{pick(' ', 'T')}{two()}:{two()}{pick('', f':{two()}', f':{two()}.123')}")
        text = date + clock + (pick("", " PM", "am") + pick("", "Z") if clock else "")
        found = usual(text)
        read += found is not None
        assert found is None or found == unusual(text), text
    assert read > 1000
