"""What is drawn for a date, and by a seed."""

from __future__ import annotations

import pytest

from routeopt.errors import InputError
from routeopt.portfolio.draw import draw, number


@pytest.mark.parametrize("text", ["2026-11-27", "20261127"])
def test_a_date_draws_with_a_new_seed_and_keeps_its_draw(text):
    first, new = draw(text, "abc", 7)
    assert (first.date, new) == ("2026-11-27", True)
    assert len(first.seed) == 32
    assert first.is_sound()
    assert draw(text, "abc", 7, [first]) == (first, False)


def test_a_seed_draws_what_it_drew():
    found, new = draw("00FF", "abc", 7)
    assert (found.date, found.seed, new) == ("", "00ff", True)
    assert found.plan == number("00ff", "abc", 7)


@pytest.mark.parametrize("text", ["2026-11-31", "27-11-2026", "tomorrow", "", "f" * 65])
def test_neither_a_date_nor_a_seed(text):
    with pytest.raises(InputError) as error:
        draw(text, "abc", 7)
    assert [fault.code for fault in error.value.faults] == ["RO-642"]
