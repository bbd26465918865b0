"""A plan that a search is to start from."""

from __future__ import annotations

from routeopt.errors import Fault
from routeopt.guard import refuse
from routeopt.plan import Plan, check_plan, in_ints
from routeopt.problem import Problem
from routeopt.rules import check


def sound_initial(problem: Problem, plan: Plan) -> Plan:
    """Return the plan if it breaks no rule; a search would otherwise return one that does.

    Raises
    ------
    InputError
        With every violation, or every index that the problem does not have.
    """
    plan = in_ints(plan)
    refuse(Fault("RO-433", "initial", violation=str(violation)) for violation in check(problem, plan))
    return check_plan(problem, plan)
