"""A night from the scenario file to a plan, its figures and its files.

python examples/night.py [SCENARIO] [FOLDER]
"""

import sys
from pathlib import Path

from routeopt import Budget, check, evaluate, read_scenario, solve
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.formats import write_files

scenario = Path(sys.argv[1] if len(sys.argv) > 1 else "scenarios/wuliting/night.yaml")
folder = Path(sys.argv[2] if len(sys.argv) > 2 else "plans/example")

built = build_with_streets(
    read_scenario(scenario)
)  # with the streets, which reports draw; `build` gives the problem
problem = built.problem
result = solve(problem, Budget(seconds=2), seed=1)
assert check(problem, result.plan) == []

figures = evaluate(problem, result.plan)
print(f"visibility {figures.visibility:.1%}, of it seen at once {figures.instant:.1%}")
for minutes, share in figures.handling.items():
    print(f"a team within {minutes:g} min of {share:.0%} of the demand")

for route in result.plan.routes:
    print(problem.team_names[route.team])
    for visit in route.visits:
        print("  ", problem.clock.text(visit.start * problem.clock.step_s), problem.site_names[visit.site])

folder.mkdir(parents=True, exist_ok=True)
for file in write_files(build_model(built, result, "en"), folder, ["plan.json", "report.html"]):
    print(file)
