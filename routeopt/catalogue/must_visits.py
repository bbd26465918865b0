"""What is said of must-visits, due dates, carry-over and the week."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-176": Sentence(N_("{key}: {who} says not which places."), N_("Give places, zone or file.")),
    "RO-177": Sentence(
        N_("{key} depends on the date, and the shift has none."), N_("Give shift: date, or --date YYYY-MM-DD.")
    ),
    "RO-178": Sentence(
        N_('{key}: {who}: there is no place or community "{name}" in sites.{hint}'),
    ),
    "RO-179": Sentence(
        N_("{key}: {who} is due on {due}, before it may be done ({since})."), N_("Swap the dates.")
    ),
    "RO-180": Sentence(N_("{key}: {who} asks for nothing."), N_("Give every_nights or max_gap_min.")),
    "RO-181": Sentence(
        N_('is not a carry-over: its "format" must be "{format}".'), N_("Write it with routeopt carry-over.")
    ),
    "RO-182": Sentence(
        N_("{key}: {who}: {got} min must be from {least} to {most}."),
        N_("Give a length that fits into the shift."),
    ),
    "RO-183": Sentence(
        N_("the file of must-visits cannot be used ({reason})."), N_("Save it as CSV with a column name.")
    ),
    "no-name-column": Sentence(N_("none of the columns {known} is in its first line")),
    "carry-over-none": Sentence(N_("there is no {file} yet: nothing is carried over.")),
    "carry-over-later": Sentence(
        N_("{file} is of the night of {night}, which is not before this one ({tonight})."),
        N_("Plan the night after it with --date, or name the carry-over of the night before."),
    ),
    "RO-656": Sentence(
        N_("the scenario of this plan is not known or not there ({file})."), N_("Name it with --scenario.")
    ),
    "RO-657": Sentence(
        N_("the scenario has no date on which the week begins."), N_("Give --start YYYY-MM-DD, or shift: date.")
    ),
    "RO-658": Sentence(
        N_("a carry-over is written as YAML or JSON."), N_("Let its name end in .yaml, .yml or .json.")
    ),
    "done-not-planned": Sentence(N_("{row}: no stop at {place} is in the plan; the row is ignored.")),
    "done-silent": Sentence(N_("{count} stops of the plan are not in the list; they count as made.")),
    "done-silent-left": Sentence(N_("{count} stops of the plan are not in the list; they count as not made.")),
    "fail-late": Sentence(N_("was due {due}, before the first night")),
    "fail-no-night": Sentence(N_("it may be done on none of the nights until {due} (weekdays: {weekdays})")),
    "fail-too-long": Sentence(N_("too long: {minutes} min fit into no able team's duty within {windows}")),
    "fail-no-team": Sentence(N_("no able team gets there within {windows} (may do it: {teams})")),
    "fail-no-room": Sentence(N_("the nights until then ({nights}) have no room for it beside the others")),
    "week-outlook": Sentence(N_("looking at what falls due")),
    "week-night": Sentence(N_("night {number} of {of}: {date}")),
    "left-reason": Sentence(N_("planned, not done: {reason}")),
    "left-not-done": Sentence(N_("planned, not done; no reason given")),
    "left-no-team": Sentence(N_("not planned: no team can do it within {windows}")),
    "left-worth": Sentence(N_("not planned: other stops were worth more")),
    "place-must-visit": Sentence(N_("must-visit rule {number}")),
    "gap": Sentence(
        N_("{place}: nobody is there from {since} to {until}, {minutes} min; at most {most} are allowed.")
    ),
    "due-by": Sentence(N_("due {due}")),
    "due-late": Sentence(N_("was due {due}, days late: {days}")),
    "due-carried": Sentence(N_("nights carried over: {nights}")),
    "due-and-carried": Sentence(N_("due {due}, nights carried over: {nights}")),
    "due-impossible": Sentence(N_("{who} is due tonight, and no team can do it; the plan does without.")),
    "stop-due": Sentence(N_("{order}; {due}")),
}
"""Code → sentence."""
