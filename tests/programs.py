"""Programs and libraries of others that tests drive: where they are, and what becomes of a test without them."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Fail in CI and in `.ci/run`, which installs everything; skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def program(*names: str) -> str:
    """Return where the first program of these is that is on this machine."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or missing(f"{' or '.join(names)} is not on this machine")
