"""Columns of texts, stored compactly."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from routeopt.demand.incidents.read import first_of_each
from routeopt.demand.incidents.table import BLOCK, Texts


@pytest.mark.parametrize("n", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])
def test_texts_are_those_of_a_list(n):
    given = ["", "盗窃", "a\nb", "🚓"] * n
    given = [f"{text}{k}" if k % 5 else "" for k, text in enumerate(given[:n])]
    texts = Texts(given[: n // 2])
    texts.extend(given[n // 2 :])
    assert list(texts) == given
    assert len(texts) == n
    assert [texts[k] for k in range(n)] == given
    assert [texts[-k] for k in range(1, n + 1)] == given[::-1]
    assert texts[n // 3 : -2 : 7] == given[n // 3 : -2 : 7]
    with pytest.raises(IndexError):
        texts[n]


def test_texts_take_a_third_of_the_memory_of_a_list():
    def taken(make):
        tracemalloc.start()
        held = make(f"2026-01-01 {n:07d}" for n in range(5 * BLOCK))
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(held) == 5 * BLOCK
        return size

    assert taken(Texts) < taken(list) / 3


def test_first_of_each_number_counts_and_rows_without_one():
    number = np.array(["a", "", "b", "a", "", "b", "c"], dtype=object)
    assert first_of_each(number).tolist() == [True, True, True, False, True, False, True]
