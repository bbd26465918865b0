"""Who runs the tests: every core for folders, this process for single files."""

from __future__ import annotations

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Named files run in one process: nothing waits for workers, ``-s`` works, and benchmarks can be timed."""
    return 0 if all(".py" in argument for argument in config.args) else None
