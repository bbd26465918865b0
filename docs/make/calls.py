"""scenarios/wuliting/calls.csv: made-up calls of 120 days in the model town, on which the pages' commands run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random

LAST_DAY, DAYS, MOST_A_DAY = dt.date(2026, 5, 13), 120, 4
HEAD = "警情编号,接警时间,警情类别,来源,经度,纬度"
SPOTS = (
    # sum of the shares so far, lat, lon, scatter in degrees, first and last hour, categories
    (0.30, 26.666047, 119.545416, 0.0010, (21, 26), ("打架斗殴", "醉酒滋事", "盗窃")),
    (0.50, 26.667741, 119.540070, 0.0010, (19, 24), ("盗窃", "纠纷")),
    (0.70, 26.663499, 119.538851, 0.0015, (18, 22), ("盗窃", "盗窃", "纠纷")),
    (1.00, 26.664500, 119.545500, 0.0080, (8, 26), ("噪音扰民", "纠纷", "盗窃")),
)
"""The bars, a market and a shopping district of night.yaml, and the whole town."""
PATROLS, UNPLACED = 0.04, 0.03
"""Shares of incidents that a patrol found itself, and of those without a position."""


def text() -> str:
    """The whole file; the same one each time."""
    random = Random(7).random
    lines = [HEAD]
    for day in range(DAYS):
        date = LAST_DAY - dt.timedelta(days=DAYS - 1 - day)
        for _ in range(int((MOST_A_DAY + 1) * random())):
            lines.append(f"J{len(lines):04d},{_call(date, random)}")
    return "\n".join(lines) + "\n"


def _call(date: dt.date, random: Callable[[], float]) -> str:
    drawn = random()
    _, lat, lon, scatter, (first, last), categories = next(spot for spot in SPOTS if drawn < spot[0])
    hour = first + (last - first) * random()
    when = dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=int(60 * hour))
    what = categories[int(len(categories) * random())]
    origin = "巡逻发现" if random() < PATROLS else "110接警"
    place = f"{lon + scatter * (random() + random() - 1):.5f},{lat + scatter * (random() + random() - 1):.5f}"
    return f"{when:%Y-%m-%d %H:%M},{what},{origin},{',' if random() < UNPLACED else place}"
