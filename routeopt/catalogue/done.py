"""What is said of files of what was done: faults RO-565 to RO-568, and notes."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-565": Sentence(
        N_("has no table with a column of places (or tasks) and one of what was done."),
        N_("Name the columns team, place, time, done, reason."),
    ),
    "RO-566": Sentence(N_("names neither a place nor a task."), N_("Write the one that the plan has.")),
    "RO-568": Sentence(N_('"{value}" is neither yes nor no.'), N_("Write yes or no.")),
    "done-ignored": Sentence(N_("{file}: these columns are not read: {names}.")),
    "done-blank": Sentence(
        N_("{file}: {count} rows say neither yes nor no, and give no reason; they are left out (lines {lines}).")
    ),
    # why something was left
    "left-called-away": Sentence(N_("called away")),
    "left-no-time": Sentence(N_("no time")),
    "left-nobody": Sentence(N_("nobody there")),
    "left-closed": Sentence(N_("closed")),
    "left-no-way": Sentence(N_("no way through")),
    "left-weather": Sentence(N_("weather")),
    "left-vehicle": Sentence(N_("vehicle failed")),
    "left-other": Sentence(N_("another reason")),
    "left-unplanned": Sentence(N_("did not fit into the plan")),
}
"""Code → sentence."""
