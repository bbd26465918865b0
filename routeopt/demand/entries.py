"""Entries that a planner keeps in a CSV file rather than in the scenario."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from routeopt.errors import DemandError, Fault

Entry = TypeVar("Entry", bound=BaseModel)


def read_entries(path: Path, model: type[Entry], columns: Sequence[str], numbers: Sequence[str]) -> list[Entry]:
    """Entries from CSV in UTF-8; every row that cannot be read is a fault.

    Parameters
    ----------
    columns
        Names of the columns; those of the model's required fields must be there.
    numbers
        Those of them that are numbers.

    Raises
    ------
    DemandError
        No such file, no CSV, a column is missing, or rows cannot be read: all of them at once.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = list(reader)
            header = reader.fieldnames or []
    except FileNotFoundError:
        raise DemandError(Fault(str(path), "there is no such file.", "Maybe correct demand: file.")) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DemandError(Fault(str(path), f"cannot be read: {error}.", "Save it as CSV in UTF-8.")) from None
    needed = {field.alias or name for name, field in model.model_fields.items() if field.is_required()}
    if not needed <= set(header):
        raise DemandError(Fault(f"{path}:1", f"the header is {','.join(header)}.", f"It is {','.join(columns)}."))
    entries, faults = [], []
    for line, row in enumerate(rows, 2):
        try:
            fields: dict[str, Any] = {k: row[k] for k in columns if row.get(k)}
            entries.append(model.model_validate(fields | {k: float(fields[k]) for k in numbers if k in fields}))
        except (ValueError, ValidationError) as error:
            why = str(error)
            if isinstance(error, ValidationError):
                first = error.errors()[0]
                why = f"{first['loc'][0]}: {first['msg']}"
            faults.append(Fault(f"{path}:{line}", f"{why}.", f"Columns are {','.join(columns)}."))
    if faults:
        raise DemandError(faults)
    return entries
