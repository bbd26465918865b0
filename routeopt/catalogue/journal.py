"""What is said of journals: faults RO-720 to RO-733."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-720": Sentence(
        N_("there is no such journal."), N_("Give the file that routeopt serve wrote (--journal).")
    ),
    "RO-721": Sentence(
        N_("the file is no journal of this version."), N_("Give the file that routeopt serve wrote (--journal).")
    ),
    "RO-722": Sentence(
        N_("must be a JSON object in which {keys} are text, and without NaN or infinite numbers."),
        N_("Send the event as the page of events has it."),
    ),
    "RO-723": Sentence(
        N_('the file system does not keep a journal safely (journal_mode "{mode}", synchronous {level}).'),
        N_("Put the journal on a disk of this computer, not on a network drive."),
    ),
    "RO-724": Sentence(
        N_("another process writes this journal."),
        N_("End it first, or give another file; reading is possible meanwhile."),
    ),
    "RO-725": Sentence(
        N_("the journal cannot be used: {error}."),
        N_("Free space on the disk or repair it; send again what was not acknowledged."),
    ),
    "RO-726": Sentence(
        N_('the journal has another event under the id "{id}".'),
        N_("Give every event an id of its own; to send one again, change nothing."),
    ),
    "RO-727": Sentence(N_("the journal is closed."), N_("Send the event again once the service runs.")),
    "RO-728": Sentence(
        N_("row {number} is missing."), N_("Somebody changed the file: compare it with a copy, and keep both.")
    ),
    "RO-729": Sentence(
        N_("row {number} is not what was written."),
        N_("Somebody changed the file: compare it with a copy, and keep both."),
    ),
    "RO-730": Sentence(
        N_("row {number} cannot be read: {error}."), N_("The file is damaged: go on with a copy, and keep both.")
    ),
    "RO-731": Sentence(
        N_("all rows hold, but the file is damaged: {error}."), N_("Export the journal, and keep the file.")
    ),
    "RO-732": Sentence(
        N_("no row has the hash {hash}: the journal was cut off or is another one."),
        N_("Look for a copy of the file from the time when the hash was noted."),
    ),
    "RO-733": Sentence(N_('is not known ("{value}").'), N_("There are: {known}.")),
}
