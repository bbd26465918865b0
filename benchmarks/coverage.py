"""Keep the figure of `.ci/coverage`, which measures it: python -m benchmarks.coverage PERCENT."""

from __future__ import annotations

import sys

from benchmarks.history import Figure, begin

if __name__ == "__main__":
    begin().record("coverage", [Figure("branch coverage, kernels uncompiled", float(sys.argv[1]), "%")])
