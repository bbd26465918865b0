"""What the briefing says: faults RO-569 to RO-573, RO-666 and RO-667; sentences, reasons."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-569": Sentence(N_("the file of what is carried over does not exist."), N_("Check --carry.")),
    "RO-570": Sentence(N_("cannot be read as YAML: {reason}."), N_("Write it with: routeopt carry-over")),
    "RO-571": Sentence(
        N_("has no list of what is carried over."), N_("Write a list, or one under one of: {keys}.")
    ),
    "RO-572": Sentence(N_("has no name (got {got})."), N_("Write name: and what the plan calls it.")),
    "RO-573": Sentence(N_('"{value}" is not a date.'), N_("Write it as YYYY-MM-DD.")),
    "RO-666": Sentence(
        N_("neither last night's plan nor tonight's scenario has a date, so what happened since cannot be told."),
        N_("Add date: to the shift, or plan with --date."),
    ),
    "RO-667": Sentence(
        N_("the plan of last night ({last}) does not start before tonight ({tonight})."),
        N_("Give the scenario of tonight and the plan of the night before."),
    ),
    # the three sentences
    "lead-incidents": Sentence(
        N_(
            "Last night had {count} incidents: {inside} on the busiest {share} of the streets{expected}, and "
            "{near} with a patrol near."
        )
    ),
    "lead-expected": Sentence(N_(", where {count} were expected")),
    "lead-quiet": Sentence(N_("Last night had no incident in the hours of the plan.")),
    "lead-unknown": Sentence(
        N_("What happened last night is not known: neither a file of incidents nor a source of the scenario.")
    ),
    "lead-done": Sentence(
        N_("Of {planned} stops {done} were made and {left} were not{rest}; {carried} go on tonight.")
    ),
    "lead-rest": Sentence(N_(" ({count} without a word)")),
    "lead-all-done": Sentence(N_("All {planned} stops were made.")),
    "lead-not-told": Sentence(N_("Nobody has said what was done of the {planned} stops of last night.")),
    "lead-tonight": Sentence(
        N_("Tonight {teams} teams make {stops} stops, visibility {share} ({change} points){series}{unmet}.")
    ),
    "lead-tonight-first": Sentence(N_("Tonight {teams} teams make {stops} stops{series}{unmet}.")),
    "lead-no-plan": Sentence(N_("Tonight is not planned yet{series}.")),
    "lead-series": Sentence(N_("; {count} series go on")),
    "lead-one-series": Sentence(N_("; one series goes on")),
    "lead-unmet": Sentence(N_("; {count} rules or floors cannot be held")),
    "lead-one-unmet": Sentence(N_("; one rule or floor cannot be held")),
    "forecast-right": Sentence(N_("The forecast held: the difference is within chance.")),
    "forecast-wrong": Sentence(
        N_("The forecast was wrong: by chance so few are on the busiest streets in one of twenty nights at most.")
    ),
    # why tonight is otherwise
    "why-carried": Sentence(N_("carried over")),
    "why-task": Sentence(N_("task of tonight")),
    "why-series": Sentence(N_("series: {count} × {category}")),
    "why-incidents": Sentence(N_("{count} incidents since, within {metres} m")),
    "why-incident": Sentence(N_("{count} incident since, within {metres} m")),
    "why-demand": Sentence(N_("demand {change}")),
    "why-order": Sentence(N_("demand as before; other places or times fit the routes better")),
    # what cannot be held
    "unmet-task": Sentence(N_("Task left out: {name}.")),
    "unmet-rule": Sentence(N_("Rule broken: {text}")),
    "unmet-other": Sentence(N_("Not held: {name}.")),
}
"""Code → sentence."""
