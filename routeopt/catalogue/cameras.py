"""What is said of cameras and those who watch them."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-191": Sentence(N_("{key}: operators need cameras to watch."), N_("Add cameras: list or cameras: file.")),
    "RO-241": Sentence(
        N_("a camera cannot be used: {reason}"),
        N_("The columns are name,lat,lon and perhaps range_m,bearing,field,from,until."),
    ),
    "RO-479": Sentence(N_('{key}: {who}: there is no camera "{camera}".{hint}')),
    "cameras-columns": Sentence(N_("the file has no column {names}.")),
    "place-camera": Sentence(N_('camera "{name}"')),
    "place-operator": Sentence(N_('operator "{name}"')),
}
"""Code → sentence."""
