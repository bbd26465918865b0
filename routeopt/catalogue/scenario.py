"""RO-1xx: scenario files. Also the words that say which part of a scenario a message is about."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    # reading the file ----------------------------------------------------------------------------------------
    "RO-101": Sentence(N_("this is a folder, not a file."), N_("Name the scenario file inside it.")),
    "RO-102": Sentence(N_("the file does not exist."), N_("Create one with: routeopt new --place …")),
    "RO-103": Sentence(
        N_("the file is not encoded in UTF-8 (byte {byte})."),
        N_("Save it as UTF-8."),
        cause="Scenario files are YAML or JSON in UTF-8, with or without a byte order mark.",
    ),
    "RO-104": Sentence(N_("the file cannot be read ({reason})."), N_("Check its permissions.")),
    "RO-105": Sentence(N_("the file is empty."), N_("Write a starter with: routeopt new --place …")),
    "RO-106": Sentence(
        N_("the file is not valid YAML ({reason})."),
        N_("Check quotes, colons and indentation near this place."),
        cause="The text in parentheses is the YAML parser's own.",
    ),
    "RO-107": Sentence(N_("the file has only comments."), N_("Write a starter with: routeopt new --place …")),
    "RO-108": Sentence(
        N_("the file is nested deeper than {depth} levels or expands to more than {nodes} values."),
        N_("Remove nesting, or anchors that refer to each other."),
        cause="Aliases are followed while reading, so that a small file can expand to a very large one.",
    ),
    "RO-109": Sentence(N_('key "{name}" occurs twice, first in line {first}.'), N_("Keep one of them.")),
    # keys and values -----------------------------------------------------------------------------------------
    "RO-110": Sentence(N_("the file must be a mapping of keys to values."), N_("Begin it with: routeopt: 1")),
    "RO-111": Sentence(N_("{key}: unknown key."), "{hint}"),
    "RO-112": Sentence(N_("{key} is missing."), N_('Add "{name}: …".')),
    "RO-113": Sentence(N_("{key} must be text (got {got}).")),
    "RO-114": Sentence(N_("{key} must not be empty.")),
    "RO-115": Sentence(N_("{key} must be a whole number, without unit or quotes (got {got})."), "{hint}"),
    "RO-116": Sentence(N_("{key} must be a number, without unit or quotes (got {got})."), "{hint}"),
    "RO-117": Sentence(N_("{key} must be a finite number (got {got}).")),
    "RO-118": Sentence(N_("{key} must be true or false (got {got}).")),
    "RO-119": Sentence(N_("{key} must be a list (got {got}).")),
    "RO-120": Sentence(N_("{key} must be a mapping of keys to values (got {got}).")),
    "RO-121": Sentence(N_("{key} must be a date (got {got})."), N_("Write it as 2026-05-15.")),
    "RO-122": Sentence(N_("{key} needs a kind: {options}."), N_('Add "kind: {first}", for example.')),
    "RO-123": Sentence(N_('{key}: kind "{got}" does not exist; choose from {options}.'), "{hint}"),
    "RO-124": Sentence(N_("{key} must be one of {options} (got {got})."), "{hint}"),
    "RO-125": Sentence(N_("{key} must be at least {limit} (got {got})."), "{hint}"),
    "RO-126": Sentence(N_("{key} must be at most {limit} (got {got})."), "{hint}"),
    "RO-127": Sentence(N_("{key} must be greater than {limit} (got {got})."), "{hint}"),
    "RO-128": Sentence(N_("{key} must be less than {limit} (got {got})."), "{hint}"),
    "RO-129": Sentence(N_("{key} must have at least {least} entries (got {count}).")),
    "RO-130": Sentence(N_("{key} must have at most {most} entries (got {count}).")),
    "RO-131": Sentence(N_("{key} must have at most {most} characters (got {count}).")),
    "RO-132": Sentence(
        N_("{key} must be a time of day (got {got})."), N_('Write "19:00", "02:00+1" or "26:00", in quotes.')
    ),
    "RO-133": Sentence(
        N_("{key} must be a time of day: hours 0 to 23 (to 47 for the next day), minutes 0 to 59 (got {got}).")
    ),
    "RO-134": Sentence(
        N_("{key} must be a telephone number (got {got})."), N_('Write digits, in quotes: "0593-0000000".')
    ),
    "RO-135": Sentence(
        N_("{key} must be a link that contains {{points}} and no other braces (got {got})."),
        N_('Write "https://maps.example/?p={{points}}".'),
    ),
    "RO-136": Sentence(
        N_("{key} is not valid: {reason} (got {got})."),
        cause="A rule of the format without a message of its own; the reason is pydantic's.",
    ),
    # rules across several keys -------------------------------------------------------------------------------
    "RO-137": Sentence(
        N_("{key} must be wgs84, gcj02, bd09, or EPSG: and a number (got {got})."),
        N_("Write EPSG:3857, for example."),
    ),
    "RO-138": Sentence(
        N_("{key} must be the name of an encoding (got {got})."), N_("Write utf-8, latin-1, gb18030 or cp1252.")
    ),
    "RO-140": Sentence(N_("{key} names no source."), N_("Give exactly one of {options}.")),
    "RO-141": Sentence(N_("{key} names several sources: {given}."), N_("Give exactly one of {options}.")),
    "RO-142": Sentence(
        N_("{key} must be an area with south < north and west < east, in degrees (got {got})."),
        N_("Write [south, west, north, east]."),
    ),
    "RO-143": Sentence(N_("{key}: {who} occurs twice."), N_("Rename one of them.")),
    "RO-144": Sentence(N_('{key}: {who}: post "{post}" does not exist.'), "{hint}"),
    "RO-145": Sentence(N_("{key}: {who} ends at {end}, before it begins at {begin}."), "{hint}"),
    "RO-146": Sentence(
        N_("{key}: {who}: {begin} to {end} is not inside the shift, {first} to {last}."),
        N_("Shorten it, or lengthen the shift; add +1 to times on the day after."),
    ),
    "RO-147": Sentence(
        N_("{key}: {who}: {begin} to {end} is outside the shift, {first} to {last}."),
        N_("Add +1 to times on the day after."),
    ),
    "RO-148": Sentence(N_("{key}: fixed demand has no entries."), N_("Give entries or file.")),
    "RO-149": Sentence(N_("{key}: incident demand names no file."), N_("Give file, or files.")),
    "RO-150": Sentence(
        N_("{key} must have one value for each of the {dwells} dwells (got {effects})."),
        N_("Give one effect for each dwell."),
    ),
    "RO-151": Sentence(N_("{key}: dwells must increase, and their effects must not decrease."), N_("Sort both.")),
    "RO-152": Sentence(
        N_("{key}: {dwell:g} min must be a positive whole number of steps of {step_s} s."),
        N_("Change the dwell or shift: step_s."),
    ),
    "RO-153": Sentence(N_('{key}: {who}: team "{team}" does not exist.'), "{hint}"),
    "RO-154": Sentence(
        N_("{key}: {who} suits no team: none meets its {given}."), N_("Widen these keys, or leave them out.")
    ),
    "RO-155": Sentence(
        N_("{key}: {who}: a service of {service:g} min is longer than the shift."), N_("Shorten it.")
    ),
    "RO-156": Sentence(N_("{key}: {who}: the window ends at {end}, before it begins at {begin}."), "{hint}"),
    "RO-157": Sentence(
        N_("{key}: {who}: window {begin} to {end} is not inside the shift, {first} to {last}."),
        N_("Add +1 to times on the day after."),
    ),
    "RO-158": Sentence(
        N_("{key}: {who}: a service of {service:g} min begun from {begin} to {end} ends after the shift."),
        N_("Open the window earlier."),
    ),
    "RO-159": Sentence(
        N_("{key}: {who}: no step of {step_s} s begins in the window {begin} to {end}."),
        N_("Widen the window, or shorten shift: step_s."),
    ),
    "RO-160": Sentence(
        N_('{key} must be an IANA time zone such as Asia/Shanghai (got "{got}").'),
        "{hint}",
    ),
    "RO-161": Sentence(N_("{key}: the shift ends at {end}, before it starts at {begin}."), "{hint}"),
    "RO-162": Sentence(N_("{key}: the shift must be at most 24 h (got {hours:g} h)."), N_("Plan it in parts.")),
    "RO-163": Sentence(
        N_("{key} must divide a minute or be whole minutes, and must divide the shift (got {step_s} s)."),
        N_("Write 60, for example."),
    ),
    "RO-164": Sentence(
        N_("this line is indented with a tab; YAML wants spaces."),
        N_("Replace the tab by spaces, as many as in the lines beside it."),
    ),
    "RO-165": Sentence(
        N_("this is a street file, not a scenario."), N_("Write a scenario on it with: routeopt new --osm {file}")
    ),
    "RO-166": Sentence(
        N_("this is {what}, not a scenario."),
        N_("Name the scenario, a YAML or JSON file; routeopt new writes one."),
    ),
    "RO-167": Sentence(
        N_("this is a plan, not a scenario."), N_("Name the scenario first, as in: routeopt check SCENARIO PLAN")
    ),
    "RO-168": Sentence(
        N_("{key} is in metres, and {got} m is hardly a length along streets."),
        N_("Were kilometres meant? Write {metres}."),
        cause="Lengths under 5 m, other than 0, are not taken, because they are nearly always kilometres.",
    ),
    "RO-169": Sentence(
        N_("{key} has no source: nothing says where and when police are needed, so there is nothing to plan."),
        N_(
            "Add a source: kind: incidents with a file of reported incidents, kind: venues for those of the "
            "street data, or kind: fixed with places and times that you know."
        ),
        cause="routeopt new writes no demand where the street data has no venues and no incidents are given.",
    ),
    "RO-170": Sentence(
        N_("{key}: {who}: response coverage is computed for {known} minutes alone (got {got})."),
        N_("Write one of these, or add it to model: handling_min."),
    ),
    "RO-171": Sentence(
        N_("{key}: {who} is a floor on what {other} has a floor on."), N_("Keep the higher of the two.")
    ),
    "RO-172": Sentence(
        N_("{key}: {count} floors are too many, each hour's counted; at most {most} can be held at once."),
        N_("Remove every_hour from some of them, or list fewer."),
    ),
    "RO-173": Sentence(N_("{key}: {who} says not which streets."), N_("Give one or more of {options}.")),
    "RO-174": Sentence(
        N_("{key}: {who} must say exactly one thing of its streets."),
        N_("Write closed: true, speed_kph, oneway or no_stop: true."),
    ),
    "RO-175": Sentence(
        N_("{key}: the changes cut the night into {count} parts; at most {most} can be planned."),
        N_("Let changes begin and end at the same times, or leave out those that matter least."),
    ),
    # what a value is, and what may have been meant -----------------------------------------------------------
    "hint-similar": Sentence(N_('Did you mean "{name}"?')),
    "hint-either": Sentence(N_('Did you mean "{first}" or "{second}"?')),
    "hint-known": Sentence(N_("Choose from {names}.")),
    "hint-lat-lon": Sentence(N_("Check whether lat and lon are swapped.")),
    "hint-swap": Sentence(N_("Swap begin and end.")),
    "meaning-zones": Sentence(
        N_("Name the borders under zones:, or write a zone for each place of sites: list (in its file, a column).")
    ),
    "meaning-areas": Sentence(
        N_("Name each team's area, of the file under areas:, which routeopt areas draws; or use --strategy beats.")
    ),
    "meaning-reserve": Sentence(
        N_("Write reserve: true at a team that stands by at its post, or shorten what is planned of its duty.")
    ),
    "meaning-officers": Sentence(
        N_("Teams are planned, never persons: list teams, each with name, mode and start.")
    ),
    "meaning-changes": Sentence(
        N_(
            "Write streets that are closed or slow for a time under streets: changes, each with from, until, "
            "names (or near, polygon), and closed: true, speed_kph, oneway or no_stop: true."
        )
    ),
    "meaning-coordinates": Sentence(N_("Write lat and lon, in degrees (WGS-84).")),
    "value-archive": Sentence(N_("a workbook or an archive")),
    "value-table": Sentence(N_("a table")),
    "value-geojson": Sentence(N_("a GeoJSON file")),
    "value-pdf": Sentence(N_("a PDF")),
    "value-picture": Sentence(N_("a picture")),
    "value-database": Sentence(N_("a database")),
    "value-page": Sentence(N_("a web page")),
    "value-binary": Sentence(N_("binary data")),
    "value-list": Sentence(N_("a list")),
    "value-mapping": Sentence(N_("a mapping")),
    "value-nothing": Sentence(N_("nothing")),
    "place-post": Sentence(N_('post "{name}"')),
    "place-team": Sentence(N_('team "{name}"')),
    "place-site": Sentence(N_('site "{name}"')),
    "RO-192": Sentence(
        N_("{key}: {who} depends on the day, and shift has no date."),
        N_("Give shift: date, or leave its days out."),
    ),
    "RO-193": Sentence(
        N_('{key}: the break "{name}" does not fit into the duty of {who}.'),
        N_("Widen its times, shorten it, or give the team breaks of its own."),
    ),
    "RO-194": Sentence(N_('{key}: "{name}" is neither a post nor a place where teams stop.'), "{hint}"),
    "RO-195": Sentence(
        N_("{key}: a longest time without a break needs breaks, and there are none."), N_("Add breaks.")
    ),
    "RO-196": Sentence(
        N_("{key}: {who} takes {crew} teams, and {able} may do it."), N_("Allow more teams, or lower crew.")
    ),
    "RO-197": Sentence(
        N_("{key}: {who} needs {skills}, which none of its teams has."), N_("Add the skills to a team.")
    ),
    "RO-198": Sentence(
        N_("{key}: {who} suits no team: all are reserves."), N_("Give a team that is not a reserve.")
    ),
    "place-fixed-post": Sentence(N_('fixed post "{name}"')),
    "place-break": Sentence(N_('break "{name}"')),
    "place-task": Sentence(N_('task "{name}"')),
    "place-entry": Sentence(N_('entry "{name}"')),
    "place-change": Sentence(N_("change {number}")),
    "place-goal": Sentence(N_('goal "{name}"')),
    "place-goal-number": Sentence(N_("goal {number}")),
    "place-part-of-day": Sentence(N_('part of the day "{name}"')),
}
