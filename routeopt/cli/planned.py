"""A finished plan read for a command, with the scenario that it is of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routeopt.cli.terminal import build
from routeopt.errors import Fault, InfeasibleError, Words

if TYPE_CHECKING:
    from routeopt.explain.prices import RulePrice
    from routeopt.plan import Result
    from routeopt.problem.build import Built


@dataclass(frozen=True)
class Planned:
    """A plan with what it is of."""

    built: Built
    result: Result
    prices: tuple[RulePrice, ...]


def read_planned(scenario: Path, plan_file: Path, _: Words) -> Planned:
    """Build the scenario on the plan's day, and read the plan.

    Raises
    ------
    InfeasibleError
        If the plan breaks a rule.
    """
    from routeopt.exchange.plan_json import date_of, read_document, read_result, read_rule_prices
    from routeopt.explain.prices import titles
    from routeopt.rules import check

    built = build(scenario, date_of(read_document(plan_file)), _)
    result = read_result(plan_file, built.problem)
    violations = check(built.problem, result.plan)
    if violations:
        raise InfeasibleError([Fault("RO-613", plan_file, violation=violation) for violation in violations])
    return Planned(built, result, read_rule_prices(plan_file, titles(built.problem, built)))
