"""What is said of the effect of patrol: faults RO-790 to RO-799; what was compared and what follows."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-790": Sentence(
        N_("has no table with the columns area, period and count."),
        N_("Write a row for each area and period, such as treated,before,120."),
    ),
    "RO-791": Sentence(N_('must be one of {known} (got "{value}").')),
    "RO-792": Sentence(
        N_('"{value}" is not a first and a last night, or the nights after begin too early.'),
        N_("Write two dates, such as 2026-03-01..2026-04-30."),
    ),
    "RO-793": Sentence(N_('{key} must be a whole number, at least {least} (got "{value}").')),
    "RO-794": Sentence(N_("has no {missing}, which is needed."), N_("Count the incidents there too.")),
    "RO-795": Sentence(
        N_("nights must be the same in all rows of a period, and given for both periods or for none.")
    ),
    "RO-796": Sentence(
        N_("takes a table of counts alone; or a scenario with --trial, or with --treated, --before and --after."),
        N_("Give one of them."),
    ),
    "RO-797": Sentence(N_('there is no zone "{zone}" (the scenario has {known}).'), "{hint}"),
    "RO-798": Sentence(
        N_("the zone is named twice, or zones of several layers have this name."), N_("Give each zone one part.")
    ),
    "RO-799": Sentence(
        N_("incidents are known of {incidents}, not of all of {period}."),
        N_("Choose nights that the incidents cover, or add the newer incidents to the scenario."),
    ),
    "effect-compared": Sentence(N_("Compared, before → after: {areas}.")),
    "effect-area": Sentence(N_("{area}{zones} {before} → {after} incidents")),
    "effect-role-treated": Sentence(N_("areas with patrol")),
    "effect-role-comparison": Sentence(N_("areas without")),
    "effect-role-around": Sentence(N_("around those with patrol")),
    "effect-role-around-comparison": Sentence(N_("around those without")),
    "effect-periods": Sentence(
        N_("Nights: {before} ({n_before}) before, {after} ({n_after}) after, in the hours of the shift.")
    ),
    "effect-nights": Sentence(
        N_(
            "Compared: {patrol} nights with patrol and {none} without, as they were drawn, "
            "{period}: {with_patrol} and {without} incidents."
        )
    ),
    "effect-places": Sentence(
        N_(
            "Compared: {patrol} places with patrol and {none} without, as they were drawn, "
            "{period}: {with_patrol} and {without} incidents."
        )
    ),
    "effect-difference": Sentence(
        N_(
            "Against the areas without, {between} incidents (interval of 95 %) in the period after; best estimate "
            "{point}."
        )
    ),
    "effect-ratio": Sentence(N_("With patrol, {between} incidents (interval of 95 %); best estimate {point}.")),
    "effect-fewer": Sentence(N_("That is told apart from no effect: fewer incidents with patrol.")),
    "effect-more": Sentence(N_("That is told apart from no effect: more incidents with patrol.")),
    "effect-not-told": Sentence(
        N_("That is not told apart from no effect, and does not show that patrol does nothing.")
    ),
    "effect-disagree": Sentence(
        N_(
            "Compared in per cent instead of numbers ({between}) the answer is another one, as the areas differ "
            "in size: do not rely on either."
        )
    ),
    "effect-least-difference": Sentence(
        N_(
            "With {power} certainty such counts tell an effect of {least} incidents or more, and "
            "miss smaller ones."
        )
    ),
    "effect-least-fall": Sentence(
        N_("With {power} certainty such counts tell a fall of {least} or more, and miss smaller ones.")
    ),
    "effect-blind": Sentence(N_("Such counts would not even tell the end of all incidents from chance.")),
    "effect-no-incidents": Sentence(N_("Without incidents, nothing can be said of an effect.")),
    "effect-around": Sentence(N_("Incidents that moved to the areas around are counted.")),
    "effect-not-around": Sentence(
        N_("No areas around were counted: incidents that moved there would look like an effect.")
    ),
    "effect-around-alone": Sentence(
        N_("The areas around have no comparison: every change there counts as moved by patrol.")
    ),
    "effect-assumed": Sentence(
        N_("Counts are taken to vary by chance alone; where they vary more, the interval is wider.")
    ),
    "effect-not-drawn": Sentence(
        N_(
            "It is an effect of patrol only if all areas would have changed by the same number without it; they "
            "were not drawn at random, and areas chosen at their worst fall by themselves."
        )
    ),
    "effect-fall": Sentence(N_("Incidents fell: {before} before, {after} after ({change}).")),
    "effect-rise": Sentence(N_("Incidents rose: {before} before, {after} after ({change}).")),
    "effect-same": Sentence(N_("Incidents stayed the same: {before} before, {after} after ({change}).")),
    "effect-none": Sentence(
        N_("It cannot be called an effect of patrol: nothing tells what would have happened without it.")
    ),
    "effect-reasons": Sentence(
        N_(
            "Places are chosen at their worst and come down by themselves (regression to the mean); "
            "incidents have their own trend and seasons; people and stations report differently; "
            "incidents move elsewhere."
        )
    ),
    "effect-do": Sentence(
        N_("Count the same in areas without patrol (comparison), or draw nights with: routeopt trial SCENARIO")
    ),
    "effect-short": Sentence(
        N_(
            "the incidents end before the trial: {last} is compared, {left} nights are left out. Look once, "
            "at its end."
        )
    ),
    "effect-redrawn": Sentence(N_("the trial was drawn again; earlier draws: {count}.")),
    "effect-row-treated": Sentence(N_("areas with patrol against those without, incidents")),
    "effect-row-around": Sentence(N_("areas around, incidents")),
    "effect-row-total": Sentence(N_("all together, incidents")),
    "effect-row-ratio": Sentence(N_("areas with patrol against those without, in per cent")),
    "effect-row-rate": Sentence(N_("incidents with patrol against without")),
    "effect-row-night": Sentence(N_("within blocks, incidents a night")),
    "effect-row-place": Sentence(N_("within blocks, incidents a place")),
    "effect-row-p": Sentence(N_("share of {redraws} other draws as different (seed {seed})")),
    "effect-row-dispersion": Sentence(N_("dispersion (1: by chance alone)")),
}
"""Code → sentence."""
