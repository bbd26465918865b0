"""What is said of trials: faults RO-574, RO-575, RO-669 and RO-678 to RO-687; what a trial can tell."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-574": Sentence(N_("the file does not exist."), N_("Draw a trial with: routeopt trial SCENARIO")),
    "RO-575": Sentence(N_("the file is no trial: {reason}."), N_("Draw a trial with: routeopt trial SCENARIO")),
    "RO-669": Sentence(N_('must be night or place (got "{value}").')),
    "RO-678": Sentence(
        N_("takes a scenario; or check or places, and a trial.json."), N_("Write routeopt trial check trial.json")
    ),
    "RO-679": Sentence(
        N_("places needs the scenario whose places are listed."), N_("Add --scenario and its file.")
    ),
    "RO-680": Sentence(
        N_("the units are not those that were drawn from."), N_("Somebody changed the file: restore it.")
    ),
    "RO-681": Sentence(
        N_("{unit} is {arm}, and was drawn {drawn}."), N_("Somebody changed the file: restore it.")
    ),
    "RO-682": Sentence(
        N_("there is a draw already, and a second one would let its arms be chosen."),
        N_("Keep it; or name it with --replace, and the file tells that it was drawn again."),
    ),
    "RO-683": Sentence(
        N_("is not the draw that would be replaced ({file})."), N_("Name that file, or drop --replace.")
    ),
    "RO-684": Sentence(N_("the trial draws nights, not places."), N_("On nights without patrol, make no plan.")),
    "RO-685": Sentence(
        N_("the scenario has no past incidents, so nothing can be expected of the trial."), N_("Give --per-cell.")
    ),
    "RO-686": Sentence(N_("has {places} busy places, and a trial needs two."), N_("Draw nights: --unit night.")),
    "RO-687": Sentence(
        N_("{weeks} weeks from {start} go beyond the last day of the calendar."), N_("Give an earlier --from.")
    ),
    "trial-short": Sentence(
        N_("past incidents cover {days} nights only: what is expected of the trial is rough.")
    ),
    "trial-fewer-places": Sentence(
        N_("{places} places are drawn, not {asked}: pairs of those that the streets have room for.")
    ),
    "trial-expects": Sentence(N_("In {weeks} weeks about {count} incidents are expected without patrol.")),
    "trial-least": Sentence(N_("The least fall that is found with {power} certainty is {fall}.")),
    "trial-blind": Sentence(N_("Not even the end of all incidents would be told from chance.")),
    "trial-worth": Sentence(
        N_("If patrol lowers incidents by {fall}, the trial finds it with {chance} certainty.")
    ),
    "trial-weak": Sentence(
        N_("If patrol lowers incidents by {fall}, the trial finds it with {chance} certainty: too little.")
    ),
    "trial-hardly": Sentence(
        N_(
            "The station will learn hardly anything: if patrol lowers incidents by {fall}, the trial finds it "
            "with {chance} certainty only, and finding nothing will not mean that patrol does nothing."
        )
    ),
    "trial-nothing": Sentence(
        N_(
            "The station will learn nothing from this trial: even if patrol lowers incidents by {fall}, chance "
            "hides it; only {chance} of such trials find it, and finding nothing will not mean that patrol does "
            "nothing."
        )
    ),
    "trial-longer": Sentence(N_("That would take {weeks} weeks.")),
    "trial-never": Sentence(N_("Even {weeks} weeks would not be enough: join other stations.")),
}
"""Code → sentence."""
