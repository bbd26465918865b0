"""What is said of zones, and of goals and teams that name them."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-184": Sentence(
        N_("{key}: entry {number} must have exactly one of {options}."),
        N_("Name a GeoJSON file of polygons, or tags of areas in the street file."),
    ),
    "RO-185": Sentence(
        N_("{key}: {who} must have exactly one of {options}."),
        N_(
            "Write at_least for a floor, at_most for a cap on what is seen, most_min for one on minutes of "
            "presence, least_teams for teams that must be present, or fair for the share of a zone."
        ),
    ),
    "RO-186": Sentence(
        N_("{key}: {who} has {given}, which exclude each other."),
        N_("Write zone for one zone, zones for each of a layer, or street."),
    ),
    "RO-187": Sentence(
        N_("{key}: {who}: {given} is about what is seen, and within_min about what is reached."),
        N_("Remove within_min, or write at_least."),
    ),
    "RO-188": Sentence(
        N_("{key}: {who} asks for the fair share of no zone."),
        N_("Add zone: and its name, or zones: and a layer."),
    ),
    "RO-189": Sentence(
        N_('{key}: {who} is a reserve, which stands by at its start "{start}" and ends there too.'),
        N_("Remove end, or reserve."),
    ),
    "RO-190": Sentence(
        N_("{key}: {who}: a second team is asked for, but not within what time."),
        N_("Add within_min, or remove second."),
    ),
    "RO-236": Sentence(
        N_("the zones cannot be read as GeoJSON: {reason}."),
        N_("Export them as GeoJSON (WGS-84)."),
    ),
    "RO-237": Sentence(
        N_("has no zones: polygons with a name in the property that name_key says."),
        N_("Name its polygons, or write name_key: and the property that holds their names."),
    ),
    "RO-238": Sentence(
        N_("has no areas for zones; only street files that end in {endings} have."),
        N_("Take the zones from a GeoJSON file (file:)."),
    ),
    "RO-239": Sentence(
        N_("{key}: zones by tags come from a street file, and the streets are downloaded."),
        N_("Write streets: file, or take the zones from a GeoJSON file (file:)."),
    ),
    "RO-240": Sentence(
        N_("{key}: {file} has no named area with the tags {tags}."),
        N_("Look up how the areas are tagged there, or take the zones from a GeoJSON file (file:)."),
        cause="Closed ways, and multipolygon and boundary relations whose members are all in the file, are areas.",
    ),
    "RO-474": Sentence(
        N_('{key}: the layer {layer} has the zone "{zone}" already.'),
        N_("Remove one of the two, or give the entry another layer."),
    ),
    "RO-475": Sentence(
        N_('{key}: {who}: "{zone}" is a zone of several layers: {layers}.'),
        N_("Write the layer before it: {first}/{zone}"),
    ),
    "RO-476": Sentence(
        N_('{who}: no place to stop lies in its zone "{zone}".'),
        N_("Add places there (sites), or choose another zone."),
    ),
    "RO-477": Sentence(N_('{key}: {who}: there is no layer of zones "{layer}" (there are {known}).{hint}')),
    "RO-478": Sentence(
        N_("must be one of {known}, and share where a radius is given (got {got})."),
        cause="A goal made in Python measures what is not defined.",
    ),
    "RO-659": Sentence(N_("needs a zone that the team leaves at this price (team_zone is −1).")),
    "RO-660": Sentence(
        N_("{key}: {who} has a price for leaving its zone, and no zone."),
        N_("Add zone: and its name, or remove leaving_price."),
    ),
    "RO-661": Sentence(N_("must be given for the measures time and presence, and for no other.")),
    "RO-447": Sentence(
        N_("must be 1 for measure presence (got {got:g})."),
        N_("Give the number of teams as responders, and the hours as steps."),
        cause="A goal made in Python asks for a share of the teams that must be present.",
    ),
    "RO-448": Sentence(
        N_("must be False but for measure presence."),
        N_("Leave it out: the prices of other goals are raised until they hold."),
        cause="A goal made in Python has a price that stays as it is.",
    ),
    "RO-468": Sentence(
        N_("from {since} to {until} at most {teams} of {least} teams can be there."),
        N_("Begin later (from, until), ask for fewer teams, or let teams start and end nearer."),
        cause="Teams with powers can only be present while they are on duty, and once they have travelled there.",
    ),
    "RO-469": Sentence(
        N_("no plan was found with as many teams present as there must be: {missed}"),
        N_("Search longer, ask for fewer teams or hours, or give missing a price (missing_price)."),
    ),
    "RO-664": Sentence(
        N_("{key}: {who} asks for teams to be present, and does not say where."),
        N_("Add street: and its name, zone: and its name, or zones: and a layer."),
    ),
    "RO-665": Sentence(
        N_("{key}: {who} asks for {got} teams; {able} have powers."),
        N_("Ask for fewer, or remove powers: false from a team."),
    ),
    "RO-668": Sentence(
        N_("{key}: {who} has a price for missing teams, and asks for none."),
        N_("Add least_teams: and their number, or remove missing_price."),
    ),
    "RO-662": Sentence(
        N_("{key}: {who} is a cap on presence, and does not say where."),
        N_("Add street: and its name, zone: and its name, or zones: and a layer."),
    ),
    "RO-663": Sentence(
        N_("{key}: {who} must be less than the {minutes:g} min of its time (got {got:g})."),
        N_("Lower it, or remove the goal: it asks for nothing."),
    ),
    "outside-zone": Sentence(N_('{who}, stop {stop} at {place} ({time}): outside its zone "{zone}".')),
    "reserve-stops": Sentence(
        N_("{who}, stop {stop} at {place} ({time}): the team is a reserve, which stands by at its post.")
    ),
    "build-goal-zones": Sentence(N_("{who} has no floor for {zones}, where there is no demand.")),
    "zones-cut": Sentence(
        N_("{layer}: the street file has no whole border of {count} zones, which are left out: {names}.")
    ),
    "zones-overlap": Sentence(
        N_(
            "{layer}: {count} pairs of zones overlap, most of all {first} and {second} ({size} m²); a place in "
            "both belongs to the smaller."
        )
    ),
    "zones-empty": Sentence(N_("{layer}: no demand and no place to stop lies in {count} zones: {names}.")),
    "zones-listed": Sentence(
        N_(
            "{count} zones of the list of places have no border: {names}. Their places count in {layer}; the "
            "streets around them do not."
        )
    ),
}
"""Code → sentence."""
