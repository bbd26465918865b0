"""The command that explains: stops, places left out, rules and their prices, rules that contradict each other."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.goals import print_missed
from routeopt.cli.planned import Planned, read_planned
from routeopt.cli.terminal import (
    JsonOption,
    LangOption,
    ScenarioArg,
    TimeOption,
    build,
    err,
    language_of,
    out,
    own_folder,
    searching,
    status,
    words_of,
)
from routeopt.errors import Fault, InfeasibleError, InputError, Message, Words, shown

if TYPE_CHECKING:
    from routeopt.explain.unvisited import LeftOut
    from routeopt.reports.model import ReportModel, Stop


def explain(
    scenario: ScenarioArg,
    plan_file: Annotated[
        Path | None,
        typer.Argument(help="plan.json of this scenario. Default: where plan writes it.", show_default=False),
    ] = None,
    place: Annotated[
        str | None, typer.Option(help="Why teams stop at a place, or what a stop there would displace.")
    ] = None,
    stop: Annotated[
        tuple[str, int] | None,
        typer.Option(metavar="TEAM N", help="Why a team makes its stop N, and what leaving it out would lose."),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(help="What a rule costs, by its code, such as areas; one of all mandatory tasks too."),
    ] = None,
    seconds: TimeOption = 20.0,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a plan: each stop, places left out, what rules cost; without a plan, which rules contradict."""
    _, language = words_of(lang), language_of(lang)
    asked = [name for name, value in (("--place", place), ("--stop", stop), ("--rule", rule)) if value is not None]
    if len(asked) > 1:
        raise InputError(Fault("RO-618", asked[1], first=asked[0]))
    found = read_planned(scenario, plan_file, _) if plan_file is not None else _written(scenario, _)
    if found is None and asked:
        raise InputError(Fault("RO-619", asked[0]))
    if found is None:
        _required(scenario, seconds, as_json, _)
        return
    if rule is not None:
        answer = _rule(found, rule, seconds, as_json, _)
    elif place is not None:
        answer = _place(found, place, language, as_json, _)
    elif stop is not None:
        answer = _stop(found, *stop, language, as_json, _)
    else:
        answer = _everything(found, language, as_json, _)
    if as_json:
        _print_json(answer)


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _say(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)


def _written(scenario: Path, _: Words) -> Planned | None:
    """Return the plan that ``plan`` has written for a scenario, if it is one of the scenario as it is now."""
    path = own_folder("plans", scenario) / "plan.json"
    if not path.is_file():
        return None
    err.print(_("plan: {file}").format(file=path), highlight=False, markup=False, soft_wrap=True)
    try:
        return read_planned(scenario, path, _)
    except (InfeasibleError, InputError) as error:
        text = _("it is no plan of the scenario as it is now: {text}").format(text=error.faults[0].text(_))
        err.print(text, highlight=False, markup=False, soft_wrap=True)
        return None


# without a plan ---------------------------------------------------------------------------------------------


def _required(scenario: Path, seconds: float, as_json: bool, _: Words) -> None:
    """Say whether everything required can be done, and if not, which rules contradict each other."""
    from routeopt.search.conflicts import conflicts, required_holds

    problem = build(scenario, None, _).problem
    with status(_) as say:
        say(_("rules that contradict each other"))
        found = conflicts(problem, seconds)
        possible = False if found else required_holds(problem, seconds)
    if as_json:
        listed = [one.to_json() for one in found]
        _print_json({"scenario": problem.name, "possible": possible, "conflicts": listed})
        if found:
            raise typer.Exit(3)
        return
    if found:
        raise InfeasibleError([one.fault() for one in found])
    if possible:
        _say(
            _("a plan holds everything that is required; make one by: routeopt plan {file}").format(file=scenario)
        )
    else:
        _say(_("whether a plan holds everything that is required was not found out in time"))


# one rule ---------------------------------------------------------------------------------------------------


def _rule(found: Planned, code: str, seconds: float, as_json: bool, _: Words) -> dict[str, Any]:
    """Price one rule; of a floor that is missed, say whether it can be held at all."""
    from routeopt.budget import Budget
    from routeopt.explain.prices import ALL, price_rows, rule_prices
    from routeopt.explain.relaxations import Relaxation, named, relaxations, without

    built, result = found.built, found.result
    rules = relaxations(built.problem, built)
    whole = [one for one in rules if not one.is_part]
    if code == ALL and whole:  # left out together, in one search
        chosen = [Relaxation(ALL, Message("rule-all"), partial(without, rules=whole))]
    else:
        chosen = [named(rules, code, "--rule")]
    with status(_) as say:
        say(_("searching without the rule"))
        priced = rule_prices(built.problem, result, Budget(seconds=seconds), built=built, rules=chosen)
    missed = _missed(found, code, seconds, _)
    if not as_json:
        for title, price, limit in price_rows(priced.rules, _):
            _say(_("{rule}: {price}").format(rule=title, price=price) + (f" ({limit})" if limit else ""))
        if not priced.rules:
            _say(_("there was no time to find the price: give more by --time"))
        for one in missed:
            _say(one["text"].text(_))
    rows = [{key: value for key, value in one.items() if key != "text"} for one in missed]
    return {"rules": [one.to_json() for one in priced.rules], "unmet": rows}


def _missed(found: Planned, code: str, seconds: float, _: Words) -> list[dict[str, Any]]:
    """Bound what can be reached of the floors of a rule that the plan misses."""
    from routeopt.budget import Budget
    from routeopt.evaluation import coverage, goals
    from routeopt.explain.ceilings import ceiling
    from routeopt.explain.relaxations import named, relaxations
    from routeopt.problem.goal_names import scope

    problem, plan = found.built.problem, found.result.plan
    if not code.startswith("goal:"):
        return []
    kept = {goal.name for goal in named(relaxations(problem), code).without(problem).goals}
    rows = []
    for goal, figure in zip(problem.goals, goals(problem, plan, coverage(problem, plan)), strict=True):
        if goal.name in kept or figure.holds:
            continue
        with searching(_("upper bound"), seconds, _("reached"), _) as progress:
            most = ceiling(problem, goal, Budget(seconds=seconds), plan, progress)
        title = scope(problem, goal).title(goal.name)
        reached, floor = f"{figure.reached:.1%}", f"{goal.at_least:.1%}"
        if most is None:
            text = Message("floor-unknown", goal=title, reached=reached, floor=floor)
        else:
            code_ = "floor-impossible" if most < goal.at_least else "floor-possible"
            text = Message(code_, goal=title, reached=reached, floor=floor, most=f"{most:.1%}")
        rows.append(
            {
                "name": goal.name, "at_least": goal.at_least, "reached": figure.reached, "at_most": most,
                "impossible": None if most is None else most < goal.at_least, "text": text,
            }
        )  # fmt: skip
    return rows


# stops and places -------------------------------------------------------------------------------------------


def _report(found: Planned, language: str) -> ReportModel:
    from routeopt.reports.build_model import build_model

    return build_model(found.built, found.result, language)


def _stop(found: Planned, team_name: str, number: int, language: str, as_json: bool, _: Words) -> dict[str, Any]:
    """Explain one stop."""
    team = found.built.problem.team(team_name)
    own = _report(found, language).stops_of[team]
    chosen = [stop for stop in own if stop.order == number]
    if not chosen:
        raise InputError(Fault("RO-617", "--stop", team=team_name, last=len(own), got=number))
    if not as_json:
        _print_stop(found, chosen[0], _)
    return _stop_json(found, chosen[0])


def _place(found: Planned, name: str, language: str, as_json: bool, _: Words) -> dict[str, Any]:
    """Explain the stops at a place; without any, what a stop there would displace."""
    from routeopt.explain.unvisited import place_left_out

    problem = found.built.problem
    site = problem.site(name)
    here = [stop for stop in _report(found, language).stops if stop.site == problem.site_names[site]]
    left = place_left_out(problem, found.result, site, _) if not here else None
    if not as_json:
        for stop in here:
            _print_stop(found, stop, _)
        if left is not None:
            text = _("{place}: no stop; {demand} of the demand is in sight of it, of which {seen} is seen")
            _say(text.format(place=left.site, demand=f"{left.demand:.2%}", seen=f"{left.visibility:.1%}"))
            _say(left.reason)
    return {
        "place": problem.site_names[site], "stops": [_stop_json(found, stop) for stop in here],
        "left_out": None if left is None else _left_json(found, left),
    }  # fmt: skip


def _print_stop(found: Planned, stop: Stop, _: Words) -> None:
    """Print why a stop is made, and what leaving it out would lose."""
    from routeopt.reports.strings import worth_words

    clock = found.built.problem.clock
    head = _("{team}, stop {number}: {from} to {to}").format(
        **{"team": stop.team, "number": stop.order, "from": clock.text(stop.start_s), "to": clock.text(stop.end_s)}
    )
    for line in (f"{head}, {stop.title}", stop.reason, worth_words(stop, _)):
        if line:
            _say(line)
    if stop.mandatory:
        _say(_("a plan must hold it: leaving it out breaks a rule"))
    for floor in _floors_without(found, stop):
        _say(_("without it the plan would miss a floor: {goal}").format(goal=shown(floor, _)))


def _floors_without(found: Planned, stop: Stop) -> list[Message | str]:
    """List the floors that the plan holds, and would not hold without a stop."""
    from routeopt.evaluation import coverage, goals
    from routeopt.explain.worth import without_visit
    from routeopt.plan import Plan
    from routeopt.problem.goal_names import scope

    problem, plan = found.built.problem, found.result.plan
    if not problem.goals or not stop.counts:
        return []
    routes = [
        without_visit(route, stop.order - 1) if route.team == stop.team_index else route for route in plan.routes
    ]
    other = Plan(tuple(routes))
    before, after = (goals(problem, one, coverage(problem, one)) for one in (plan, other))
    return [
        scope(problem, goal).title(goal.name)
        for goal, was, now in zip(problem.goals, before, after, strict=True)
        if was.holds and not now.holds
    ]


def _stop_json(found: Planned, stop: Stop) -> dict[str, Any]:
    clock = found.built.problem.clock
    return {
        "team": stop.team, "number": stop.order, "kind": stop.kind, "place": stop.site, "task": stop.task or None,
        "start": clock.text(stop.start_s), "end": clock.text(stop.end_s), "reason": stop.reason,
        "worth": None if stop.worth is None else round(stop.worth, 9), "mandatory": stop.mandatory,
    }  # fmt: skip


def _left_json(found: Planned, left: LeftOut) -> dict[str, Any]:
    problem = found.built.problem
    return {
        "place": left.site, "demand": left.demand, "visibility": left.visibility,
        "most_missed": problem.clock.text(left.when_s), "reason": left.reason,
        "instead": None if left.instead is None else left.instead.to_json(problem),
    }  # fmt: skip


# the whole plan ---------------------------------------------------------------------------------------------


def _everything(found: Planned, language: str, as_json: bool, _: Words) -> dict[str, Any]:
    """Explain every stop, the places left out, and what rules cost as far as the plan says it."""
    report = _report(found, language)
    figures: Any = report.figures
    if not as_json:
        print_missed(figures, _)
        _print_prices(found, _)
        _print_stops(report, _)
        _print_left(report, _)
    return {
        "scenario": report.problem.name, "unmet": figures["unmet"],
        "rules": [one.to_json() for one in found.prices],
        "stops": [_stop_json(found, stop) for stop in report.stops],
        "left_out": [_left_json(found, left) for left in report.left_out],
    }  # fmt: skip


def _print_prices(found: Planned, _: Words) -> None:
    from routeopt.explain.prices import price_rows
    from routeopt.explain.relaxations import relaxations

    rows = price_rows(found.prices, _)
    if rows:
        table = Table(title=_("What each rule costs"))
        for column in (_("Rule"), _("costs visibility"), _("no plan without it gains more than")):
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        out.print(table)
    rules = relaxations(found.built.problem, found.built)
    if rules:
        codes = _(", ").join(one.code for one in rules)
        err.print(_("rules for --rule: {codes}").format(codes=codes), highlight=False, soft_wrap=True)


def _print_stops(report: ReportModel, _: Words) -> None:
    table = Table(title=_("Stops"))
    for column in (_("team"), _("No."), _("From"), _("To"), _("Place")):
        table.add_column(column, overflow="fold")
    table.add_column(_("Worth"), justify="right")
    table.add_column(_("Why"), overflow="fold")
    clock = report.problem.clock
    for stop in report.stops:
        worth = "" if stop.worth is None else f"{100 * stop.worth:.2f}"
        times = clock.text(stop.start_s), clock.text(stop.end_s)
        table.add_row(stop.team, str(stop.order), *times, stop.title, worth, stop.reason)
    out.print(table)
    note = _("Worth: percentage points that the night would lose if the stop were left out and all others stayed.")
    out.print(note, highlight=False, soft_wrap=True)


def _print_left(report: ReportModel, _: Words) -> None:
    if not report.left_out:
        return
    table = Table(title=_("Busy places that are seen least"))
    table.add_column(_("Place"), overflow="fold")
    for column in (_("of the demand"), _("seen of it")):
        table.add_column(column, justify="right")
    table.add_column(_("Why"), overflow="fold")
    for left in report.left_out:
        table.add_row(left.site, f"{left.demand:.1%}", f"{left.visibility:.1%}", left.reason)
    out.print(table)
