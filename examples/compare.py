"""Two strategies with equal time and several seeds, and how far the better plan is from the bound.

python examples/compare.py [SCENARIO]
"""

import statistics
import sys
from pathlib import Path

from routeopt import Budget, bound, build, read_scenario, solve

scenario = Path(sys.argv[1] if len(sys.argv) > 1 else "scenarios/wuliting/night.yaml")
problem = build(read_scenario(scenario))

best = None
for strategy in ("greedy", "best_response"):
    results = [solve(problem, Budget(seconds=1), strategy=strategy, seed=seed) for seed in (1, 2, 3)]
    values = [result.value for result in results]
    print(f"{strategy:14} median {statistics.median(values):.2%}, {min(values):.2%} to {max(values):.2%}")
    best = max([*results, *([best] if best else [])], key=lambda result: result.value)

most = bound(problem, Budget(seconds=5), best.plan)
print(f"no plan exceeds {most.value:.2%}: at most {most.value / best.value - 1:.1%} above the best of these")
