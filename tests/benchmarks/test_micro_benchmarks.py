"""The micro-benchmarks run, once each and untimed: what nobody runs breaks unseen."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_every_micro_benchmark_runs():
    command = [sys.executable, "-m", "pytest", "-q", "--benchmark-disable", "benchmarks/test_kernels.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout
