"""The draw: which nights or places have patrol, so that anybody can draw it again and find the same.

In each block the units are put in the order of SHA-256 of ``seed:unit`` (UTF-8, hexadecimal digits); the first
half has patrol. In a block of an odd number SHA-256 of ``seed:block`` says which arm has one more: patrol if its
first digit is even. A block has two nights of one weekday, or two places with about the same demand; without
blocks all units are one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from routeopt.border import bordered
from routeopt.errors import Fault, InputError
from routeopt.exchange.whole import whole
from routeopt.guard import number

FORMAT, VERSION = "routeopt-trial", 1
PATROL, NONE = "patrol", "none"
ARMS = (PATROL, NONE)
Kind = Literal["night", "place"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Unit:
    """A night or a place of the trial."""

    unit: str
    """Date of the night's start, or name of the place."""
    block: str
    arm: str = ""
    """One of `ARMS`; "" before the draw."""
    lat: float | None = None
    lon: float | None = None
    demand: float | None = None
    """Share of the night's demand around a place."""


def nights(start: dt.date, weeks: int, *, blocks: bool = True) -> list[Unit]:
    """List the nights of a trial; blocks are of two weeks, by weekday, and one of the week that is left over.

    Raises
    ------
    InputError
        If they go beyond the last day of calendars.
    """
    if (dt.date.max - start).days < 7 * weeks:
        raise InputError(Fault("RO-687", "--from", start=start, weeks=weeks))
    units = []
    for n in range(7 * weeks):
        day = start + dt.timedelta(days=n)
        week = n // 7
        first = week // 2 * 2 + 1
        block = f"weeks {first}-{first + 1} {DAYS[day.weekday()]}"
        if weeks % 2 and week == weeks - 1:
            block = f"week {week + 1}"
        units.append(Unit(day.isoformat(), block if blocks else "all"))
    return units


def places(found: Sequence[tuple[str, float, float, float]], *, blocks: bool = True) -> list[Unit]:
    """List the places of a trial, (name, latitude, longitude, share of demand) each; pairs are of like demand."""
    order = sorted(found, key=lambda place: -place[3])
    return [
        Unit(name, f"pair {n // 2 + 1}" if blocks else "all", "", lat, lon, round(demand, 6))
        for n, (name, lat, lon, demand) in enumerate(order)
    ]


def drawn(units: Iterable[Unit], seed: int) -> list[Unit]:
    """Draw an arm for each unit, as the module says."""
    listed = list(units)
    arms: dict[str, str] = {}
    for block in dict.fromkeys(unit.block for unit in listed):
        own = sorted((unit.unit for unit in listed if unit.block == block), key=lambda name: _hash(seed, name))
        more = len(own) % 2 and int(_hash(seed, block)[0], 16) % 2 == 0
        half = len(own) // 2 + int(bool(more))
        arms |= {name: PATROL if n < half else NONE for n, name in enumerate(own)}
    return [replace(unit, arm=arms[unit.unit]) for unit in listed]


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def digest(units: Iterable[Unit]) -> str:
    """SHA-256 of what was drawn from: unit and block of each, a line each."""
    return hashlib.sha256("\n".join(f"{unit.unit}\t{unit.block}" for unit in units).encode()).hexdigest()


def document(
    units: Sequence[Unit], *, scenario: str, kind: Kind, weeks: int, start: dt.date, seed: int, when: dt.datetime,
    inputs: dict[str, str], power: dict[str, Any], earlier: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Build the JSON object of a trial.

    Parameters
    ----------
    inputs
        Path from the scenario's folder → SHA-256 of what it was drawn from.
    power
        What the trial was known to tell before its start.
    earlier
        Draws that this one takes the place of.
    """
    return {
        "format": FORMAT, "version": VERSION, "scenario": scenario, "unit": kind, "weeks": weeks,
        "start": start.isoformat(), "seed": seed, "drawn": when.isoformat(timespec="seconds"),
        "digest": digest(units), "inputs": inputs, "power": power,
        "units": [{key: value for key, value in asdict(unit).items() if value is not None} for unit in units],
        "earlier": list(earlier),
    }  # fmt: skip


def write(path: Path, trial: dict[str, Any]) -> None:
    """Write a trial.

    Raises
    ------
    OSError
        If the disk refuses to write.
    """
    with whole(path) as file:
        file.write_text(json.dumps(trial, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


@bordered("document")
def read(path: Path) -> tuple[dict[str, Any], list[Unit]]:
    """Read a trial.

    Raises
    ------
    InputError
        If the file is no trial, or lacks a field.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(Fault("RO-574", path)) from None
    except (OSError, ValueError) as error:
        raise InputError(Fault("RO-575", path, reason=error)) from None
    try:
        if not all(isinstance(one, dict) for one in [found, *found["units"]]):
            raise ValueError("units")
        if found["format"] != FORMAT or found["version"] != VERSION:
            raise KeyError("format")
        if found["unit"] not in KINDS:
            raise ValueError("unit")
        if not isinstance(found.get("earlier", []), list):
            raise ValueError("earlier")
        units = [_read_unit(one, found["unit"]) for one in found["units"]]
        int(found["seed"]), str(found["digest"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"{error.args[0]}" if error.args else type(error).__name__
        raise InputError(Fault("RO-575", path, reason=reason)) from None
    return found, units


def _read_unit(one: dict[str, Any], kind: Kind) -> Unit:
    """Read a unit; raises a KeyError or ValueError with the field that is wrong."""
    lat, lon = one.get("lat"), one.get("lon")
    for key, value, most in (("lat", lat, 90.0), ("lon", lon, 180.0)):
        if (kind == "place" or value is not None) and number(key, value, -most, most):
            raise ValueError(key)
    return Unit(str(one["unit"]), str(one["block"]), str(one["arm"]), lat, lon, one.get("demand"))


def check(path: Path) -> list[Fault]:
    """Draw a trial again; return what is not as drawn, a fault each.

    Raises
    ------
    InputError
        If the file is no trial.
    """
    found, units = read(path)
    faults = []
    if digest(units) != found["digest"]:
        faults.append(Fault("RO-680", path))
    again = drawn(units, int(found["seed"]))
    return faults + [
        Fault("RO-681", path, unit=unit.unit, arm=unit.arm, drawn=other.arm)
        for unit, other in zip(units, again, strict=True) if unit.arm != other.arm
    ]  # fmt: skip
