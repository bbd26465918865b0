"""What is said of rules: what they cost, and which contradict each other (RO-485 to RO-489, RO-617 to RO-619)."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-487": Sentence(N_('there is no rule "{rule}".'), N_("Write one of the problem's rules, such as {known}.")),
    "RO-488": Sentence(N_('there is no rule "{rule}": the scenario has none that could be left out.')),
    # rules ---------------------------------------------------------------------------------------------------
    "rule-goal": Sentence(N_("floor: {goal}")),
    "rule-areas": Sentence(N_("areas that teams keep to")),
    "rule-street-closed": Sentence(N_("closed streets, change {number}, {begin}–{end}")),
    "rule-street-slow": Sentence(N_("slow streets, change {number}, {begin}–{end}")),
    "rule-mandatory": Sentence(N_("mandatory tasks")),
    "rule-task": Sentence(N_('mandatory task "{name}"')),
    "rule-windows": Sentence(N_("times at which tasks must begin")),
    "rule-teams": Sentence(N_("which teams may do tasks")),
    "rule-closed-places": Sentence(N_("places closed for a time")),
    "rule-no-return": Sentence(N_("places to which no team returns")),
    "rule-all": Sentence(N_("all rules together")),
    # what a rule costs ---------------------------------------------------------------------------------------
    "price-nothing": Sentence(N_("nothing that this search found")),
    "price-points": Sentence(N_("{points} percentage points")),
    "price-at-most": Sentence(N_("at most {points}")),
}
"""Code → sentence."""
