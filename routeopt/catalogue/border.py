"""Errors of every reader's border, and of files that are written: RO-900 to RO-959."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-900": Sentence(
        N_("the file cannot be read: {reason}."),
        N_("Save it again with the program that made it."),
        cause="A library raised this: the file is damaged, or not of the kind that its name says.",
    ),
    "RO-901": Sentence(
        N_("the file takes more memory than there is."),
        N_("Give less of it, or more memory (ROUTEOPT_MEMORY)."),
    ),
    "RO-902": Sentence(N_("the file is nested too deep."), N_("Save it again with the program that made it.")),
    "RO-903": Sentence(
        N_("has {got}; at most {most} are read (limit {name})."),
        N_("Check that it is the right file; if it is, raise the limit: {variable}={name}={got}"),
        cause="Limits of size, depth and rows keep files from filling the memory; the page on files lists them.",
    ),
    "RO-904": Sentence(
        N_("{got} is no limit."),
        N_("Write name=number, separated by commas, such as rows=1000000."),
    ),
    "RO-905": Sentence(N_("there is no limit {name}; those are {known}.")),
    "RO-906": Sentence(
        N_("the whole number has {got} digits; at most {most} are read (limit digits)."), N_("Write a number.")
    ),
    "RO-920": Sentence(
        N_("was taken of a search with another {key}: {there}, here {here}."),
        N_("Give the same scenario and options, or plan without --resume."),
    ),
    "RO-921": Sentence(
        N_("is not the state of a search that can be gone on from: {reason}."), N_("Plan without --resume.")
    ),
    "RO-922": Sentence(N_('strategy "{name}" has no state to keep.'), N_("Use {able}.")),
    "RO-923": Sentence(N_("the file does not exist."), N_("Plan without --resume.")),
    "RO-924": Sentence(N_("is not a checkpoint as it was written."), N_("Plan without --resume.")),
}
