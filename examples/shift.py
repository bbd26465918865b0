"""A shift in progress: a team is sent to a call, and a task comes up; the rest is re-planned.

python examples/shift.py [SCENARIO]
"""

import sys
from pathlib import Path

from routeopt import Budget, Situation, Task, TeamState, build, check, read_scenario, replan, solve, with_tasks

scenario = Path(sys.argv[1] if len(sys.argv) > 1 else "scenarios/wuliting/night.yaml")
problem = build(read_scenario(scenario))
plan = solve(problem, Budget(seconds=2), seed=1).plan


def show(result):
    """Print what changes, for whom and why."""
    for change in result.changes:
        team, place = problem.team_names[change.team], problem.site_names[change.visit.site]
        print(f"  {team}: {change.what} {place}: {change.why}")
    print(f"  now {result.value:.2%}")


now = problem.n_steps // 3
team, place = 0, plan.routes[0].visits[-1].site
print(f"{problem.clock.text(now * problem.clock.step_s)} {problem.team_names[team]} is sent to a call")
sent = Situation(now, teams={team: TeamState(site=place, free_step=now + 30)})
result = replan(problem, plan, sent, Budget(seconds=0.2))
show(result)

print("ten minutes later a task comes up")
task = Task("call back", place, windows=((now + 20, now + 60),), service_steps=10, reward=0.02)
added = Situation(now + 10, tasks_added=(task,))
result = replan(problem, result.plan, added, Budget(seconds=0.2))
show(result)
assert check(with_tasks(problem, added.tasks_added), result.plan) == []
