"""Entries that a planner keeps in a CSV file rather than in the scenario."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from routeopt.border import bordered
from routeopt.errors import DemandError, Fault
from routeopt.validation import broken_rule

Entry = TypeVar("Entry", bound=BaseModel)


@bordered("text")
def read_entries(path: Path, model: type[Entry], columns: Sequence[str], numbers: Sequence[str]) -> list[Entry]:
    """Read entries from CSV in UTF-8; every row that cannot be read is a fault.

    Parameters
    ----------
    columns
        Names of the columns; those of the model's required fields must exist.
    numbers
        Those of them that are numbers.

    Raises
    ------
    DemandError
        If the file does not exist, is not CSV or lacks a column, or rows cannot be read: with all rows at once.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = list(reader)
            header = reader.fieldnames or []
    except FileNotFoundError:
        raise DemandError(Fault("RO-301", path)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DemandError(Fault("RO-302", path, reason=str(error))) from None
    needed = {field.alias or name for name, field in model.model_fields.items() if field.is_required()}
    if not needed <= set(header):
        raise DemandError(Fault("RO-303", path, 1, header=",".join(header), columns=",".join(columns)))
    entries, faults = [], []
    for line, row in enumerate(rows, 2):
        fields: dict[str, Any] = {k: row[k] for k in columns if row.get(k)}
        try:
            for key in numbers:
                if key in fields:
                    fields[key] = float(fields[key])
            entries.append(model.model_validate(fields))
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            rule = broken_rule(dict(first), name)
            faults.append(Fault(rule.code, path, line, key=name, **rule.values))
        except ValueError:
            faults.append(Fault("RO-304", path, line, key=key, got=fields[key], columns=",".join(columns)))
    if faults:
        raise DemandError(faults)
    return entries
