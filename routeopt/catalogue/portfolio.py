"""What is said of portfolios: faults RO-641 to RO-645."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-641": Sentence(
        N_('must be a share from 0 to 1 or a percentage (got "{value}").'), N_("Write 0.02 or 2%.")
    ),
    "RO-642": Sentence(
        N_('must be a date or a seed (got "{value}").'),
        N_("Write the night as 2026-11-27, or a seed of the log: up to 64 digits and letters a to f."),
    ),
    "RO-643": Sentence(N_("cannot be read: {error}."), N_("Make the portfolio again, into another folder.")),
    "RO-644": Sentence(
        N_("the files of the plans are not those that the portfolio was written with."),
        N_("Put them back, or make the portfolio again, into another folder."),
    ),
    "RO-645": Sentence(
        N_("this line of the log is no draw, or its seed draws another plan."),
        N_("Put the log back as it was written: lines are only ever added."),
    ),
    "portfolio-short": Sentence(
        N_("{found} plans instead of {asked}, as the search was interrupted; each of them is worth enough.")
    ),
    "portfolio-same": Sentence(
        N_("{same} of {plans} plans are copies of the best one: nothing else was found that is worth enough."),
        N_("Search longer, or allow a greater --within."),
    ),
    "portfolio-reused": Sentence(
        N_("drawn from the portfolio in {folder}, which was made of the same files with the same options.")
    ),
    "portfolio-drawn-before": Sentence(N_("this was drawn before, and stays: the log has it already.")),
}
"""Code → sentence."""
