"""Errors of plan files and edited plans: RO-501 to RO-599."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "RO-501": Sentence(N_("the file does not exist."), N_("Write a plan with: routeopt plan")),
    "RO-502": Sentence(N_("the file is not valid JSON: {error}."), N_("Write a plan with: routeopt plan")),
    "RO-503": Sentence(
        N_("the file is not a {format} of version {version}."), N_("Write a plan with: routeopt plan")
    ),
    "RO-504": Sentence(N_("team {team} has a second route."), N_("Give each team of the scenario one route.")),
    "RO-505": Sentence(N_('team "{name}" has no route.'), N_("Add one; its list of visits may be empty.")),
    "RO-506": Sentence(
        N_("is {value}; the scenario has {expected}."),
        N_("Plan again."),
        cause="Steps and dwell numbers of a plan mean other times under another shift or dwell menu.",
    ),
    "RO-508": Sentence(N_("task {task} is not in this scenario.")),
    "RO-509": Sentence(N_("{key} must be a whole number from {least} to {most} (got {got}).")),
    "RO-510": Sentence(N_('the field "{field}" is missing or invalid.'), N_("Write the plan with: routeopt plan")),
    "RO-511": Sentence(
        N_("must be a {expected} of version {version} (got {got})."), N_("Give what to_json returns.")
    ),
    "RO-512": Sentence(
        N_("{key} counts steps, and {needed} is missing, which says what they are."),
        N_("Add it, or give start and minutes instead."),
    ),
    "RO-515": Sentence(
        N_("{minutes} min is no whole number of steps of {step} s, from one step to {most} min."),
        N_("Round it to whole steps."),
    ),
    "RO-516": Sentence(N_("must be a message with its code and values (got {got}).")),
    "RO-517": Sentence(N_("the file cannot be written: {error}."), N_("Choose another folder.")),
    "RO-520": Sentence(N_("the file does not exist."), N_("Write one with: routeopt export")),
    "RO-521": Sentence(
        N_("files of type {suffix} cannot be read; use {known}."),
        N_("Save it as plan.xlsx, stops.csv or routes.geojson."),
    ),
    "RO-523": Sentence(N_("the file is not a valid XLSX workbook: {error}."), N_("Save it again as .xlsx.")),
    "RO-524": Sentence(
        N_('the sheet of team "{name}" is missing.'),
        N_("Restore it; for a team without stops, keep the header alone."),
    ),
    "RO-525": Sentence(N_("no sheet has the columns place and start."), N_("Export the plan again.")),
    "RO-526": Sentence(N_("has no header with place and start."), N_("Restore the first row.")),
    "RO-527": Sentence(N_("has neither a column of minutes nor one of the end."), N_('Add a column "minutes".')),
    "RO-528": Sentence(
        N_("the sheet is not named after a team, and has no team column."),
        N_("Name it after a team, or delete it."),
    ),
    "RO-529": Sentence(
        N_("the sheet is not named after a team, and has no team column."),
        N_('Did you mean "{near}"? Rename the sheet, or delete it.'),
        cause="The sheet's name is similar to a team's.",
    ),
    "RO-530": Sentence(
        N_("the file is not a GeoJSON FeatureCollection."), N_("Export the plan again as GeoJSON.")
    ),
    "RO-531": Sentence(N_("the file is not valid JSON: {error}."), N_("Export the plan again.")),
    "RO-532": Sentence(N_("the file is not encoded in UTF-8."), N_("Save it as UTF-8.")),
    "RO-540": Sentence(
        N_("the stop does not fit after the row above it."),
        N_("Give it a start time."),
        cause="A row without a start follows the row above it as early as the way allows.",
    ),
    "RO-541": Sentence(N_("no team is given."), N_("Choose from {known}.")),
    "RO-542": Sentence(N_('unknown team "{name}".'), N_("Choose from {known}.")),
    "RO-543": Sentence(N_('unknown team "{name}".'), N_('Did you mean "{near}"?')),
    "RO-544": Sentence(N_("no place is given."), N_("Write the name of a place of the scenario.")),
    "RO-545": Sentence(N_('unknown place "{name}".'), N_("Write the name of a place of the scenario.")),
    "RO-546": Sentence(N_('unknown place "{name}".'), N_('Did you mean "{near}"?')),
    "RO-547": Sentence(N_('unknown datum "{name}" (crs).'), N_("Choose from {known}.")),
    "RO-548": Sentence(
        N_('the stop was renamed "{name}" and its point moved to {distance} m from that place.'),
        N_("Change the name or the point, not both."),
    ),
    "RO-549": Sentence(
        N_("the point is {distance} m from the nearest place where teams may stop."),
        N_('Move it to within {most} m of a place; the nearest is "{near}".'),
    ),
    "RO-550": Sentence(
        N_("ends at {end}, but {minutes} min from {start} end at {sum}."),
        N_("Change the minutes or the end, or leave one of them blank."),
    ),
    "RO-551": Sentence(N_("no minutes are given."), N_("Choose from {known}.")),
    "RO-552": Sentence(N_("start times go in steps of {step} s."), N_("Use {near}.")),
    "RO-553": Sentence(
        N_("the columns {first} and {second} give different times."),
        N_("Change one of them; leave the others as they were, or blank."),
    ),
    "RO-560": Sentence(N_('"{value}" is not a time of day.'), N_('Write a time such as "20:15".')),
    "RO-561": Sentence(
        N_('"{value}" is not a time of day: hours go to 47, minutes and seconds to 59.'),
        N_('Write a time such as "20:15".'),
    ),
    "RO-562": Sentence(
        N_("{time} is outside the plan ({first} to {last})."), N_("Choose a time between {first} and {last}.")
    ),
    "RO-563": Sentence(
        N_("{time} is outside the plan ({first} to {last})."),
        N_("Did you mean {day} {clock}? The time alone ({clock}) is enough."),
        cause="The time of day lies within the plan, the date does not.",
    ),
    "RO-564": Sentence(N_('"{value}" is not a number of minutes.'), N_("Write a number such as 10.")),
    "RO-567": Sentence(
        N_("{value} has an offset from UTC, and the plan has no time zone."),
        N_("Give the time of the plan's own clock, or add timezone to the shift."),
    ),
    "RO-640": Sentence(
        N_('task "{task}" takes {minutes} min.'),
        N_("Write {minutes}, or change service_min of the task in the scenario."),
        cause="The minutes of a task were changed in an edited plan.",
    ),
}
