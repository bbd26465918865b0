"""What is said of rules: what they cost, and which contradict each other (RO-485 to RO-489, RO-617 to RO-619)."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-485": Sentence(
        N_("these rules contradict each other: {rules}."),
        N_("All but any one of them can be held: change one."),
        cause="That no plan holds all of them is proven, and so is that a plan holds all but any one of them.",
    ),
    "RO-486": Sentence(
        N_("no plan holds all of these: {rules}."),
        N_("Which of them, and of the times and teams that they allow, contradict was not found out in time."),
    ),
    "RO-489": Sentence(
        N_("these rules contradict each other: {rules}."),
        N_("All but any one of them can be held; everything required can be held without: {some}."),
        cause="As RO-485, with the fewest rules without which there is a plan of all that is required.",
    ),
    "RO-487": Sentence(N_('there is no rule "{rule}".'), N_("Write one of the problem's rules, such as {known}.")),
    "RO-488": Sentence(N_('there is no rule "{rule}": the scenario has none that could be left out.')),
    "RO-617": Sentence(N_("{team} has stops 1 to {last} (got {got}).")),
    "RO-618": Sentence(N_("cannot be given together with {first}."), N_("Ask one thing at a time.")),
    "RO-619": Sentence(
        N_("needs a plan."),
        N_("Give its plan.json after the scenario, or make one first: routeopt plan"),
    ),
    # rules ---------------------------------------------------------------------------------------------------
    "rule-goal": Sentence(N_("floor: {goal}")),
    "rule-areas": Sentence(N_("areas that teams keep to")),
    "rule-zones": Sentence(N_("zones that teams keep to")),
    "rule-leaving-zones": Sentence(N_("zones that teams leave at a price")),
    "rule-reserves": Sentence(N_("reserves that stand by")),
    "rule-street-closed": Sentence(N_("closed streets, change {number}, {begin}–{end}")),
    "rule-street-slow": Sentence(N_("slow streets, change {number}, {begin}–{end}")),
    "rule-street-oneway": Sentence(N_("one-way streets, change {number}, {begin}–{end}")),
    "rule-mandatory": Sentence(N_("mandatory tasks")),
    "rule-longest-gap": Sentence(N_("longest time without a visit at a place")),
    "rule-task": Sentence(N_('mandatory task "{name}"')),
    "rule-breaks": Sentence(N_("breaks")),
    "rule-longest-work": Sentence(N_("longest time on duty without a break")),
    "rule-fixed-posts": Sentence(N_("fixed posts")),
    "rule-spacing": Sentence(N_("most stops of a team in an hour")),
    "rule-windows": Sentence(N_("times at which tasks must begin")),
    "rule-teams": Sentence(N_("which teams may do tasks")),
    "rule-closed-places": Sentence(N_("places closed for a time")),
    "rule-no-return": Sentence(N_("places to which no team returns")),
    "rule-all": Sentence(N_("all rules together")),
    # rules in conflict ---------------------------------------------------------------------------------------
    "conflict-required": Sentence(N_('task "{name}" must be done')),
    "conflict-break": Sentence(N_('the break "{name}" must be taken')),
    "conflict-post": Sentence(N_('the fixed post "{name}" must be held')),
    "conflict-crew": Sentence(N_('{crew} teams must do "{name}" together')),
    "conflict-lead": Sentence(N_('one of the teams of "{name}" must be {teams}')),
    "conflict-window": Sentence(N_('"{name}" must begin {windows}')),
    "conflict-who": Sentence(N_('only {teams} may do "{name}"')),
    "conflict-nobody": Sentence(N_('no team may do "{name}"')),
    "conflict-rest": Sentence(N_("no more than {minutes} min of duty without a break ({teams})")),
    "conflict-closed": Sentence(N_("{place} is closed {begin}–{end}")),
    "conflict-area": Sentence(N_("{teams}: keep to {area}")),
    "conflict-reserve": Sentence(N_("{teams}: a reserve, which stands by at its post")),
    "conflict-return": Sentence(N_("no team returns to {place}")),
    "conflict-begin": Sentence(N_("duty begins at {time} ({teams})")),
    "conflict-end": Sentence(N_("duty ends at {time} ({teams})")),
    "conflict-streets": Sentence(N_("streets are closed or slow for a time")),
    # floors that are missed ----------------------------------------------------------------------------------
    "floor-impossible": Sentence(
        N_("{goal}: reached {reached} of at least {floor}; no plan reaches more than {most}: it cannot be held.")
    ),
    "floor-possible": Sentence(
        N_(
            "{goal}: reached {reached} of at least {floor}; it is proven that no plan reaches more than {most}, "
            "so that it may be possible."
        )
    ),
    "floor-unknown": Sentence(N_("{goal}: reached {reached} of at least {floor}; there is no bound on it.")),
    "leaving-stops": Sentence(N_("{out} of {of}")),
    # what a rule costs ---------------------------------------------------------------------------------------
    "price-nothing": Sentence(N_("nothing that this search found")),
    "price-points": Sentence(N_("{points} percentage points")),
    "price-at-most": Sentence(N_("at most {points}")),
}
"""Code → sentence."""
