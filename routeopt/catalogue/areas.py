"""What is said of patrol areas: faults RO-690 to RO-699, and notes."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-690": Sentence(
        N_("must be at most {streets}, the number of street segments with demand (got {teams})."),
        N_("Ask for fewer areas."),
    ),
    "RO-691": Sentence(
        N_(
            "must be at least {parts}, the number of large parts of the streets that are not joined (got {teams})."
        ),
        N_("Ask for more areas, or join the parts in the street file."),
    ),
    "RO-692": Sentence(
        N_("cannot be read as GeoJSON: {reason}."),
        N_("Write it with routeopt areas, or export it as GeoJSON (WGS-84)."),
    ),
    "RO-693": Sentence(
        N_("has no areas: lines or polygons with a name in their property area or name."),
        N_("Write the file with routeopt areas, or name its features."),
    ),
    "RO-694": Sentence(N_('{who}: there is no area "{area}" (the file has {known}).{hint}')),
    "RO-695": Sentence(
        N_("{who} has an area, but the scenario names no file of areas."), N_("Add areas: and the file's name.")
    ),
    "RO-696": Sentence(
        N_('{who}: no place to stop lies in its area "{area}".'),
        N_("Add places there (sites), or choose another area."),
    ),
    "areas-parts": Sentence(
        N_("no street joins {parts} parts of the streets: they have {areas} areas, balanced within each part.")
    ),
    "areas-apart": Sentence(
        N_(
            "{km:.1f} km of streets with {share:.1%} of the work are joined to the others by no street; they "
            "belong to the nearest area, {distance:.0f} m away."
        )
    ),
    "areas-heavy": Sentence(
        N_(
            "one street segment alone has {share:.1%} of the work, and the mean area {mean:.1%}: no areas are "
            "balanced."
        ),
        N_("Ask for fewer areas or allow a greater --tolerance."),
    ),
    "areas-unbalanced": Sentence(
        N_("no areas within ±{tolerance:.1%} were found; these are within ±{balance:.1%}, and nothing is proven."),
        N_("Search longer, ask for fewer areas, or allow a greater --tolerance."),
    ),
}
"""Code → sentence."""
