"""Write a week: for each night a scenario of its own, what it takes over, and its plan."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from routeopt.exchange.export import Export
from routeopt.exchange.whole import whole
from routeopt.reports.build_model import build_model
from routeopt.reports.formats import write_files
from routeopt.scenario.carried import carry_over_text
from routeopt.scenario.marks import load
from routeopt.week.roll import PlannedNight, Week

SCENARIO, CARRIED = "night.yaml", "carry.yaml"
"""Files of a night, beside those of its plan."""
PATHS = {"streets": ("file", "polygon")} | dict.fromkeys(
    ("sites", "demand", "must_visits", "zones", "cameras"), ("file",)
)
"""Part of a scenario → its keys that name files."""


def write_week(
    week: Week, scenario: Path, folder: Path, names: Sequence[str], lang: str, export: Export, seed: int
) -> list[Path]:
    """Write a folder for each night, named by its date; return them.

    Each has a scenario with what was assigned to the night, so that its plan can be checked, exported, re-planned
    and carried over like any other.

    Raises
    ------
    OSError
        If the disk refuses to write.
    """
    import yaml

    found = []
    for night in week.nights:
        place = folder / night.date.isoformat()
        place.mkdir(parents=True, exist_ok=True)
        document = _document(scenario, night, place)
        with whole(place / SCENARIO) as file:
            text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)
            file.write_text(text, encoding="utf-8")
        with whole(place / CARRIED) as file:
            file.write_text(carry_over_text(night.carried, as_json=False), encoding="utf-8")
        typed = ["plan", str(place / SCENARIO), "--seed", str(seed), "--iterations", str(night.result.iterations)]
        report = replace(build_model(night.built, night.result, lang), export=export)
        write_files(replace(report, command=shlex.join(["routeopt", *typed])), place, names)
        found.append(place)
    return found


def _document(scenario: Path, night: PlannedNight, folder: Path) -> dict[str, Any]:
    """Return the scenario of one night, as it is written."""
    document: dict[str, Any] = load(scenario).data
    base = scenario.resolve().parent
    for part, key in _named(document):
        path = base / part[key]
        part[key] = os.path.relpath(path, folder.resolve()) if path.exists() else part[key]
    document["shift"] |= {"date": night.date.isoformat()}
    document["tasks"] = [
        task | ({} if (must := night.tasks[task["name"]]) is None else {"mandatory": must})
        for task in document.get("tasks") or []
        if task["name"] in night.tasks
    ]
    return document | {"carry_over": CARRIED}


def _named(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the parts of a scenario that name a file, each with its key."""
    if isinstance(document.get("areas"), str):
        yield document, "areas"
    for name, keys in PATHS.items():
        given = document.get(name) or []
        for part in given if isinstance(given, list) else [given]:
            for one in (part, *(part.get("files") or [])):
                for key in keys:
                    if isinstance(one.get(key), str):
                        yield one, key
