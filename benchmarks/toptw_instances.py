"""Team orienteering with time windows: instances, best known values and a checker that knows no solver.

The format is that of the public benchmark (Righini & Salani 2009, Montemanni & Gambardella 2009). All
numbers are integers: tenths of the file's unit for c*, r* and rc*, hundredths for pr*, and distances are
truncated to them. Many best solutions are infeasible with exact distances.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASSES = ("c1", "c2", "r1", "r2", "rc1", "rc2", "pr01-10", "pr11-20", "other")


@dataclass(frozen=True, eq=False)
class Instance:
    """Node 0 is where all teams start and end, 1 … n are the customers; times are in 1/``scale``.

    Attributes
    ----------
    travel : (n + 1, n + 1) int32
    service, opens, closes, reward : (n + 1,) int64
        ``closes`` is the latest start of service, at node 0 the latest return.
    """

    name: str
    scale: int
    travel: NDArray[np.int32]
    service: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    reward: NDArray[np.int64]

    @property
    def n_customers(self) -> int:
        """How many there are."""
        return len(self.reward) - 1


def scale_of(name: str) -> int:
    """How many units to one of the file's."""
    return 100 if name.lower().startswith("pr") else 10


def class_of(name: str) -> str:
    """The family, one of `CLASSES`."""
    if solomon := re.fullmatch(r"(c|r|rc)([12])\d\d", name.lower()):
        return solomon[1] + solomon[2]
    if cordeau := re.fullmatch(r"pr(\d\d)", name.lower()):
        number = int(cordeau[1])
        if 1 <= number <= 20:
            return "pr01-10" if number <= 10 else "pr11-20"
    return "other"


def natural(name: str) -> tuple[object, ...]:
    """Sorting key under which pr2 comes before pr10."""
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name.lower()))


def truncated(xy: Sequence[tuple[Decimal, Decimal]], scale: int) -> NDArray[np.int32]:
    """Euclidean distances times ``scale``, rounded down; exact, as integer square roots.

    The usual ``int(scale * sqrt(...))`` in floating point may fall below a distance that is a whole number.
    """
    fine = max(0, *(-int(v.normalize().as_tuple().exponent) for point in xy for v in point))
    whole = [(int(x.scaleb(fine)), int(y.scaleb(fine))) for x, y in xy]
    unit = 10 ** (2 * fine)
    return np.array(
        [
            [isqrt(((x - u) ** 2 + (y - v) ** 2) * scale**2 // unit) for u, v in whole]
            for x, y in whole
        ],
        dtype=np.int32,
    )  # fmt: skip


def units(text: str, scale: int) -> int:
    """A number of the file in the instance's units."""
    value = Decimal(text) * scale
    if value != int(value):
        raise ValueError(f"{text} is finer than 1/{scale}")
    return int(value)


def parse(name: str, text: str) -> Instance:
    """The instance in ``text``; a ValueError says which line cannot be read."""
    scale, lines = scale_of(name), text.splitlines()
    try:
        n = int(lines[0].split()[2])
    except (IndexError, ValueError):
        raise ValueError("line 1: the third number, how many customers there are, is missing") from None
    if n < 1:
        raise ValueError("line 1: no customers")
    if len(lines) < n + 3:
        raise ValueError(f"{n} customers and the depot take {n + 3} lines; there are {len(lines)}")
    xy, service, opens, closes, reward = [], [], [], [], []
    for i, line in enumerate(lines[2 : n + 3]):
        fields = line.split()
        try:
            if len(fields) < 7 or int(fields[0]) != i:
                raise ValueError(f'number {i} with its position, service, reward and window, not "{line.strip()}"')
            x, y = Decimal(fields[1]), Decimal(fields[2])
            if not (x.is_finite() and y.is_finite()):
                raise ValueError("position is not finite")
            xy.append((x, y))
            service.append(units(fields[3], scale))
            reward.append(units(fields[4], 1))
            opens.append(units(fields[-2], scale))
            closes.append(units(fields[-1], scale))
        except (InvalidOperation, OverflowError, ValueError) as fault:
            why = str(fault) if isinstance(fault, ValueError) else "not a number"
            raise ValueError(f"line {i + 3}: {why}") from None
    arrays = (np.array(column, dtype=np.int64) for column in (service, opens, closes, reward))
    return Instance(name, scale, truncated(xy, scale), *arrays)


def read(path: Path) -> Instance:
    """The instance in a file, named like it."""
    try:
        return parse(path.stem, path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ArithmeticError) as fault:
        raise ValueError(f"{path}: {getattr(fault, 'strerror', None) or fault}") from None


def read_best_known(path: Path) -> dict[tuple[str, int], int]:
    """Values by instance and number of teams, from columns instance, m, best_known."""
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            table = csv.DictReader(handle)
            missing = {"instance", "m", "best_known"} - set(table.fieldnames or ())
            if missing:
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            known = {}
            for row in table:
                try:
                    known[row["instance"], int(row["m"])] = int(row["best_known"])
                except (TypeError, ValueError):
                    raise ValueError(f"line {table.line_num}: m and best_known are whole numbers") from None
            return known
    except (OSError, ValueError, csv.Error) as fault:
        raise ValueError(f"{path}: {getattr(fault, 'strerror', None) or fault}") from None


def check(instance: Instance, routes: Sequence[Sequence[int]], m: int) -> list[str]:
    """What is wrong with ``routes``, customer numbers in order; nothing if they are feasible."""
    wrong = [] if len(routes) <= m else [f"{len(routes)} routes for {m} teams"]
    travel = instance.travel.tolist()
    service, opens, closes = instance.service.tolist(), instance.opens.tolist(), instance.closes.tolist()
    seen: set[int] = set()
    for k, route in enumerate(routes, 1):
        at, now = 0, opens[0]
        for customer in route:
            if not 1 <= customer <= instance.n_customers:
                wrong.append(f"route {k}: there is no customer {customer}")
                continue
            if customer in seen:
                wrong.append(f"route {k}: customer {customer} is visited again")
            seen.add(customer)
            now = max(now + service[at] + travel[at][customer], opens[customer])
            if now > closes[customer]:
                wrong.append(f"route {k}: customer {customer} is reached at {now}, after {closes[customer]}")
            at = customer
        back = now + service[at] + travel[at][0]
        if back > closes[0]:
            wrong.append(f"route {k}: back at {back}, after {closes[0]}")
    return wrong


def score(instance: Instance, routes: Sequence[Sequence[int]]) -> int:
    """Sum of the rewards of all who are visited."""
    reward = instance.reward.tolist()
    return sum(reward[customer] for route in routes for customer in route)
