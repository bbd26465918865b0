"""Read and write what earlier nights left: the file that a scenario names under ``carry_over``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from routeopt.border import bordered
from routeopt.errors import Fault, ScenarioError
from routeopt.scenario.faults import KeyPath, dotted, translated
from routeopt.scenario.marks import load
from routeopt.scenario.must_visits import CarryOver

FORMAT = "routeopt-carry-over"


@bordered("text")
def read_carry_over(path: Path) -> CarryOver:
    """Read a carry-over, YAML or JSON.

    Raises
    ------
    ScenarioError
        If the file cannot be read or breaks a rule of the format; with every fault at once, each with its line.
    """
    marked = load(path)
    if not isinstance(marked.data, dict) or marked.data.get("format") != FORMAT:
        raise ScenarioError(Fault("RO-181", path, format=FORMAT))

    def fault(code: str, place: KeyPath, *, key: bool = False, **values: Any) -> Fault:
        return Fault(code, path, *marked.at(place, key=key), key=dotted(place), **values)

    try:
        return CarryOver.model_validate(marked.data)
    except ValidationError as error:
        found = [translated(CarryOver, dict(one), fault) for one in error.errors()]
        raise ScenarioError(sorted(found, key=lambda one: (one.line or 0, one.column or 0))) from None


def carry_over_text(found: CarryOver, *, as_json: bool) -> str:
    """Write a carry-over as JSON, or as YAML that a person can read and change."""
    document = found.model_dump(mode="json", exclude_defaults=True)
    for name in ("tasks", "places"):
        for entry in document.get(name, []):
            entry.setdefault("carried", 0)  # it was done
    document = {"format": found.format, "version": found.version, **document}
    if as_json:
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    import yaml

    return str(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110))
