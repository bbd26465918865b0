"""RO-40x to RO-44x: building a problem from a scenario, its streets and its demand."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-401": Sentence(N_("the file of sites does not exist."), N_("Check sites: file.")),
    "RO-402": Sentence(N_("the file of sites cannot be read ({reason})."), N_("Save it as CSV in UTF-8.")),
    "RO-403": Sentence(
        N_("the file of sites has no column {names}."), N_("Its first line must be: name,lat,lon,zone")
    ),
    "RO-404": Sentence(N_("the file of sites has no rows."), N_("Its first line must be: name,lat,lon,zone")),
    "RO-405": Sentence(
        N_('a site must have a name, lat and lon (got name "{name}", lat "{lat}", lon "{lon}").'),
        N_("Write a name, and degrees in WGS-84."),
    ),
    "RO-406": Sentence(N_("{who} occurs twice."), N_("Rename one of them.")),
    "RO-407": Sentence(
        N_("{who} is {distance:.0f} m from the nearest street; streets: snap_limit_m allows {limit:.0f} m."),
        N_(
            "Check whether lat and lon are swapped, or the street file covers another area; tunnels and motorways "
            "do not count."
        ),
    ),
    "RO-408": Sentence(
        N_('{who} ({mode}) has no way between "{start}" and "{end}".'),
        N_("Check whether the post lies on a street closed to this mode; move it or change the mode."),
    ),
    "RO-409": Sentence(
        N_('{key}: {who}: there is no zone "{zone}"; those known: {known}.'),
        "{hint}",
        cause="Zones are those under zones:, and those of places in sites: list or sites: file.",
    ),
    "RO-440": Sentence(
        N_("{key}: {who}: there is no demand to see or reach from {begin} to {end} there."),
        N_("Check its zone or street, and its times, or remove it."),
    ),
    "RO-441": Sentence(
        N_('{key}: {who}: no street is called "{street}".'),
        "{hint}",
        cause="Names are those of the street data; of a street with several, each counts.",
    ),
    "RO-442": Sentence(
        N_("{key}: {who} concerns no street."),
        N_(
            "Check whether lat and lon are swapped; where several of names, near and polygon are given, all count."
        ),
    ),
    "RO-443": Sentence(
        N_('{who} ({mode}) cannot leave "{post}" at {time}, when its duty begins: the streets there are closed.'),
        N_("Begin its duty when they open, or leave the streets of the post out of the change."),
    ),
    "build-change-response": Sentence(N_("Response coverage is computed as if no street were closed or slow.")),
    "build-change-closed": Sentence(
        N_("From {begin} to {end} {metres:.0f} m of streets are closed ({modes}): {streets}.")
    ),
    "build-change-slow": Sentence(
        N_("From {begin} to {end} {metres:.0f} m of streets allow {kph:g} km/h at most ({modes}): {streets}.")
    ),
    "build-change-oneway": Sentence(
        N_("From {begin} to {end} {metres:.0f} m of streets lead another way ({modes}): {streets}.")
    ),
    "build-change-no-stop": Sentence(
        N_("From {begin} to {end} nobody stops on {metres:.0f} m of streets ({modes}): {streets}.")
    ),
    "build-change-idle": Sentence(N_("{who} concerns no team: none is slowed by it or kept from there.")),
    "build-change-cut": Sentence(
        N_("From {begin} to {end}, while streets are closed, no team gets from its post to: {places}.")
    ),
    "build-goal-hours": Sentence(N_("{who} has no floor at {hours}, when there is no demand.")),
    "build-sites-few": Sentence(
        N_("Sites: {asked} places were asked for (count), {found} were found."),
        N_("Lower spacing_m ({spacing:g} m), or add demand that reaches more streets, for more."),
    ),
    "build-task-left-out": Sentence(
        N_(
            "{who} is left out: no team that may do it can be there within {windows} and then reach the end "
            "of its duty in time."
        )
    ),
}
