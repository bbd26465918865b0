"""Errors of problems, solvers and shifts in progress: RO-450 to RO-499."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-450": Sentence(N_("{limit} must be at least 0 (got {value})."), N_("Leave it out for no limit.")),
    "RO-451": Sentence(N_('unknown strategy "{name}".'), N_("Choose from {known}.")),
    "RO-452": Sentence(
        N_('strategy "{name}" runs on one thread only.'), N_("Set threads to 1, or use {parallel}.")
    ),
    "RO-453": Sentence(
        N_("cannot get from its start to its end within its shift: {why}."),
        N_("Change its start, end, shift or mode."),
        cause="Without any stop the team is late at its end site, so no plan exists.",
    ),
    "RO-454": Sentence(
        N_("a team has more than {routes} routes, or the problem has more than {tasks} tasks."),
        N_("Use this strategy for about a dozen steps and sites; the other strategies take any size."),
    ),
    "RO-455": Sentence(N_("the package {package} is not installed."), N_("Install it: uv sync --extra {extra}")),
    "RO-456": Sentence(N_("no plan serves every mandatory task.")),
    "RO-457": Sentence(
        N_(
            "mandatory, but no team that may do it ({teams}) can start it within {windows} and still reach its "
            "end in time."
        ),
        N_("Widen its windows, or allow other teams."),
    ),
    "RO-458": Sentence(N_("mandatory, but no team may do it."), N_("Allow at least one team.")),
    "RO-459": Sentence(
        N_(
            "mandatory; each can be served alone, but no routes were found that serve all: they exclude each "
            "other."
        ),
        N_("Widen a window, allow more teams, or make one of them optional."),
    ),
    "RO-444": Sentence(
        N_(
            'the alternatives of "{task}" must be told after the first of them, and equal it in service, reward, '
            "presence and kind; a crew has none."
        )
    ),
    "RO-445": Sentence(N_("crew must be from 1 to {teams}, the number of teams (got {value}).")),
    "RO-446": Sentence(N_('is an alternative of "{name}", which is not a task before it.')),
    "RO-460": Sentence(N_("the name is used twice."), N_("Rename one of the tasks.")),
    "RO-461": Sentence(N_("site {site} does not exist; sites are numbered 0 to {last}.")),
    "RO-462": Sentence(
        N_("service_steps must be at least 1 (got {value})."),
        cause="The service of a task given from Python lasts a positive number of steps.",
    ),
    "RO-463": Sentence(
        N_("reward must be a finite number of at least 0 (got {value})."),
        N_("Write a share of the demand, such as 0.01."),
    ),
    "RO-464": Sentence(N_("has no window."), N_("Add one, such as (0, {last}).")),
    "RO-465": Sentence(N_("window ({first}, {last}): need 0 ≤ first ≤ last < {steps}.")),
    "RO-466": Sentence(N_("team {team} does not exist; teams are numbered 0 to {last}.")),
    "RO-467": Sentence(
        N_("the strategy {name} cannot hold floors and prices, and the problem has goals or priced zones."),
        N_("Use {able}, or remove these."),
    ),
    "RO-449": Sentence(
        N_("{name} cannot do with teams that start anywhere, and the problem has some."),
        N_("Use {able}, or give these teams a start."),
    ),
    "RO-470": Sentence(N_("step {step} is outside the plan; steps are numbered 0 to {last}.")),
    "RO-471": Sentence(
        N_("free_step must not be before the current step {now} (got {value})."),
        cause="A team of a situation cannot be free in the past.",
    ),
    "RO-480": Sentence(
        N_("cannot keep both {first} and {second}: {why}."),
        N_("Change one of them."),
        cause="A repair keeps every edited stop, and two of them are too far apart for the time between them.",
    ),
    "RO-481": Sentence(N_("{stop}: stopping is not allowed there."), N_("Choose a place where teams may stop.")),
    "RO-482": Sentence(
        N_("cannot keep the rule {rule} of this problem."),
        N_("Use best_response, greedy, beats or random, which keep every rule."),
    ),
    "RO-490": Sentence(
        N_('"{name}" is the name of {count} teams or places.'),
        N_("Write it exactly, or give them different names."),
    ),
    "RO-491": Sentence(
        N_("must be the name of a place, or its latitude and longitude (got {got})."),
        N_('Write "Night market" or (26.08, 119.29).'),
    ),
    "RO-492": Sentence(N_("the places of this problem have no positions."), N_("Give the name of a place.")),
    "RO-493": Sentence(
        N_("is {distance} m from the nearest place of this problem."),
        N_('Give a position within {most} m of a place (latitude, then longitude); the nearest is "{near}".'),
    ),
    "RO-494": Sentence(
        N_("teams that start anywhere are planned, but neither re-planned nor bounded."),
        N_("Give them the starts of the plan as start and end sites."),
    ),
    "RO-495": Sentence(N_('is the team "{name}" once more.'), N_("Keep one of them.")),
    "RO-496": Sentence(
        N_("must not be before now, {now} (got {free})."),
        N_("Leave it out for a team that is free now."),
        cause="A team of a situation cannot be free in the past.",
    ),
    "RO-497": Sentence(N_("is {got}, and the plan is for {expected}."), N_("Give the situation of that day.")),
    "RO-498": Sentence(N_("is the end of the plan: nothing is left to plan.")),
    "RO-499": Sentence(
        N_("has text that is not Unicode: half of a surrogate pair."), N_("Write its characters in UTF-8.")
    ),
    # parts of these sentences
    "place-team": Sentence(N_('team "{name}"')),
    "place-task": Sentence(N_('task "{name}"')),
    "place-tasks": Sentence(N_("tasks {names}")),
    "place-strategy": Sentence(N_('strategy "{name}"')),
    "no-way": Sentence(N_("no way connects them")),
    "way-takes": Sentence(N_("the way takes {minutes} min")),
    "way-minutes": Sentence(N_("the way takes {minutes} min, from {time} on")),
    "pin-start": Sentence(N_('the start at "{site}"')),
    "pin-end": Sentence(N_('the end at "{site}", {time}')),
    "pin-stop": Sentence(N_('the stop at "{site}", {time}')),
}
