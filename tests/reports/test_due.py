"""A task that is due says so where its stop is shown."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "order that must be carried out, to begin 23:00–01:29; due 2026-05-15"),
        ("zh", "应于 2026-05-15 前完成"),
    ],
)
def test_a_stop_says_when_its_task_is_due(make_night, lang, said):
    task = {"name": "visit", "lat": 26.001, "lon": 119.003, "service_min": 10, "due": "2026-05-15"}
    report = make_night(lang=lang, tasks=[task])
    (stop,) = [stop for stop in report.stops if stop.task]
    assert said in stop.reason
