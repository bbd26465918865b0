"""Goals on the console: floors that are missed, and how far each is reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.table import Table

from routeopt.cli.terminal import err, out
from routeopt.errors import Message, Words, shown

if TYPE_CHECKING:
    from routeopt.explain.prices import RulePrice
    from routeopt.problem import Problem


def print_missed(figures: Mapping[str, Any], _: Words) -> None:
    """Say which floors a plan misses, and what helps."""
    from routeopt.explain.goals import ADVICE, missed

    found = missed(figures["goals"])
    for message in found:
        out.print(_("FLOOR MISSED: {text}").format(text=message.text(_)), highlight=False, soft_wrap=True)
    if found:
        out.print(ADVICE.text(_), highlight=False, soft_wrap=True)


def print_goals(figures: Mapping[str, Any], _: Words) -> None:
    """Print a table of the goals, if there are any."""
    from routeopt.explain.goals import amounts, goal_rows

    rows = list(goal_rows(figures["goals"], _))
    if not rows:
        return
    table = Table(title=_("Goals"))
    table.add_column(_("share of the demand that is"), overflow="fold")
    for column in (_("at least"), _("reached")):
        table.add_column(column, justify="right")
    table.add_column(_("floor"), overflow="fold")
    priced = any(costs for *_others, costs in rows)
    if priced:
        table.add_column(_("one percentage point more costs visibility"), overflow="fold")
    for goal, name, stands, costs in rows:
        shares = [str(shown(amount, _)) for amount in amounts(goal)]
        table.add_row(name, *shares, stands, *([costs] if priced else []))
    out.print(table)


def print_leaving(figures: Mapping[str, Any], _: Words) -> None:
    """Print how often teams stop outside the zones that they leave at a price, if there are any."""
    from routeopt.explain.leaving import leaving_rows

    rows = list(leaving_rows(figures["leaving"], _))
    if rows:
        table = Table(title=_("Zones left at a price"))
        for column in (_("team"), _("zone"), _("stops outside"), _("what they cost the search")):
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        out.print(table)


def print_prices(prices: Sequence[RulePrice], unpriced: int, _: Words) -> None:
    """Say in a line or two what the rules cost."""
    from routeopt.explain.prices import LEAST, price_rows

    rows = price_rows([one for one in prices if one.price >= LEAST], _)
    if prices:
        told = [_("{rule}: {price}").format(rule=rule, price=price) for rule, price, _limit in rows]
        nothing = Message("price-nothing").text(_)
        if not rows:
            told = [nothing]
        elif len(rows) < len(prices):
            told.append(_("others: {price}").format(price=nothing))
        text = _("what rules cost: {prices}").format(prices=_("; ").join(told))
        out.print(text, highlight=False, soft_wrap=True)
    if unpriced:
        text = _("There was no time for the prices of {n} more rules: give them more by --prices.")
        out.print(text.format(n=unpriced), highlight=False, soft_wrap=True)


def say_left_out(problem: Problem, names: Sequence[str], _: Words) -> None:
    """Say which strategies could solve the problem if it had no floors to hold; ``names`` are those that can."""
    from routeopt.strategies import STRATEGIES

    if problem.goals:
        free = replace(problem, goals=())
        left = [name for name, one in STRATEGIES.items() if name not in names and one.supports(free)]
        text = _("left out, as they cannot hold floors: {names}").format(names=_(", ").join(left))
        err.print(text, highlight=False, soft_wrap=True)
