"""What is said of a shift in progress: faults RO-700 to RO-719, and why teams are not proposed."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-700": Sentence(
        N_('must be a date and time in ISO 8601 (got "{value}").'), N_("Write 2026-11-27T21:40:00+08:00.")
    ),
    "RO-701": Sentence(N_('is no kind of event ("{value}").'), N_("There are: {known}.")),
    "RO-702": Sentence(
        N_('another event has the id "{id}".'),
        N_("Give every event an id of its own; to send one again, change nothing."),
    ),
    "RO-703": Sentence(
        N_("{time} is too long before or after the shift."), N_("Check the date, and the offset from UTC.")
    ),
    "RO-704": Sentence(
        N_("{time} is after the time at which it was entered."), N_("Check the clock of the device that sends it.")
    ),
    "RO-705": Sentence(N_('there is no event "{id}" that could be struck out.'), N_("Give the id of an event.")),
    "RO-706": Sentence(N_('the event "{id}" is struck out already.')),
    "RO-707": Sentence(
        N_('the event "{id}" cannot be struck out: "{other}" ({kind}) stands on it.'),
        N_("Strike that one out first."),
    ),
    "RO-708": Sentence(N_("{team} was off duty then."), N_("Enter that it was on duty first.")),
    "RO-709": Sentence(N_("{team} was on duty then.")),
    "RO-710": Sentence(N_('there was no task "{name}" then.'), N_("The nearest name is: {near}.")),
    "RO-711": Sentence(
        N_('the task "{name}" was done or cancelled then.'), N_("Add it again under another name.")
    ),
    "RO-712": Sentence(N_('"{place}" was closed already.')),
    "RO-713": Sentence(N_('"{place}" was not closed.')),
    "RO-714": Sentence(N_("which streets is not said."), N_("Give names, near, polygon, or some of them.")),
    "RO-715": Sentence(N_('no street is called "{street}".'), "{hint}"),
    "RO-716": Sentence(
        N_("there is no street there, by its middle."), N_("Give a larger circle or area, or another name.")
    ),
    "RO-717": Sentence(
        N_('no streets were closed then by an event "{id}".'), N_("Give the id of the event that closed them.")
    ),
    "RO-718": Sentence(
        N_("streets cannot be closed here: the night is known without its streets."),
        N_("Close the places that cannot be reached."),
    ),
    "task-sent": Sentence(N_("a team was sent for it")),
    "task-done": Sentence(N_("the task is done")),
    "task-cancelled": Sentence(N_("the task is cancelled")),
    "recommended-by": Sentence(
        N_(
            "Teams that are there within {minutes} min of the first one by what their absence costs, "
            "then the others by arrival."
        )
    ),
    # why a team is not proposed
    "unable-off-duty": Sentence(N_("it is off duty")),
    "unable-busy": Sentence(N_("it is busy at {place} until {time}")),
    "unable-powers": Sentence(N_("it may not act on what comes up")),
    "unable-not-asked": Sentence(N_("it is not one of the teams that may do it")),
    "unable-no-way": Sentence(N_("it has no way there")),
    "unable-shift": Sentence(N_("its shift ends at {time}")),
    "unable-unknown": Sentence(N_("it is away, and nobody knows where")),
}
