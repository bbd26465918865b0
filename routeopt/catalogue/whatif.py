"""What is said of what-ifs: faults RO-646 to RO-655."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-646": Sentence(
        N_("nothing is asked for."), N_("Give one of --teams 4..12, --start, --modes and --rules.")
    ),
    "RO-648": Sentence(
        N_('must be numbers of teams from 1 to 500 (got "{value}").'), N_("Write 4..12, 4..12/2 or 4,6,8.")
    ),
    "RO-649": Sentence(
        N_('must be times of day (got "{value}").'), N_("Write 18:00..20:00/30 (every 30 minutes) or 18:00,19:30.")
    ),
    "RO-650": Sentence(
        N_('must be modes with numbers of teams (got "{value}"); modes are foot, bike, ebike and car.'),
        N_("Write foot=2..4,car=1..2."),
    ),
    "RO-651": Sentence(
        N_("the scenario has no team of the mode {mode} that could be copied."), N_("Add one to the scenario.")
    ),
    "RO-652": Sentence(
        N_("{value}: a shift must begin on its day and end by the end of the next one."),
        N_("Give an earlier start."),
    ),
    "RO-653": Sentence(
        N_("must be at most {most} cases (got {cases})."), N_("Ask for fewer, or with greater steps.")
    ),
    "RO-654": Sentence(N_("must be of at most {most} teams (got {teams}).")),
    "RO-655": Sentence(
        N_("must have a weight and a row of minutes for each kind of call (got {weight} and {minutes}).")
    ),
}
"""Code → sentence."""
