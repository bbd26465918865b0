"""What is said of tracks and of what was delivered of a plan: faults RO-770 to RO-779, and notes."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES = {
    "RO-770": Sentence(
        N_("there are no tracks."), N_("Name a folder of GPX files or tables (CSV, TSV, XLSX), or one such file.")
    ),
    "RO-771": Sentence(
        N_('there is no team "{name}"; the plan has {known}.'),
        N_("Name the file after its team, or write the team into the column team."),
    ),
    "RO-772": Sentence(
        N_("has no table of positions: what is missing are columns for {names}."),
        N_("Name the columns team, time, lat, lon."),
    ),
    "RO-773": Sentence(N_("is no GPX that can be read: {reason}."), N_("Export the track again.")),
    "RO-774": Sentence(
        N_("{bad} of {count} rows cannot be read, more than {most:.0%}."),
        N_("Correct the file, or leave these rows out."),
    ),
    "RO-775": Sentence(
        N_('"{lat}", "{lon}" is no position.'), N_("Write degrees, the latitude (−90 to 90) in column lat.")
    ),
    "RO-776": Sentence(N_('"{value}" is no time.'), N_("Write such as 2026-05-01 21:40:30.")),
    "RO-777": Sentence(
        N_("no position is of the plan's time ({day} {first}–{last}): they are from {begin} to {end}."),
        N_("Give the day of the plan's start with --date, or correct the teams' clocks with --shift."),
    ),
    "RO-778": Sentence(N_("has no position of a track."), N_("Export the track again, or remove the file.")),
    "RO-779": Sentence(
        N_('"{value}" is no correction of a clock.'), N_("Write a team and seconds, such as A1=-90.")
    ),
    "tracks-other-files": Sentence(N_("these files are no tracks and are not read: {names}.")),
    "tracks-bad-position": Sentence(N_("{file}: {count} rows have no position and are left out (lines {lines}).")),
    "tracks-bad-time": Sentence(N_("{file}: {count} rows have no time and are left out (lines {lines}).")),
    "tracks-zone": Sentence(
        N_("The scenario names no time zone; times in UTC are read by the clock of this computer, {zone}.")
    ),
    "tracks-day": Sentence(N_("The plan is for no particular day; the tracks are read as of {date}.")),
    "tracks-outside": Sentence(N_("{count} of {of} positions are not of the plan's time and are left out.")),
    "tracks-order": Sentence(N_("{team}: {count} rows stood out of order and were sorted by time.")),
    "tracks-twice": Sentence(N_("{team}: {count} rows say again what another row says.")),
    "tracks-two-places": Sentence(
        N_("{team}: {count} rows put the team elsewhere at the very time of another row; the first row counts.")
    ),
    "tracks-drift": Sentence(
        N_("{team}: {count} positions are too far away to be reached in the time and are left out.")
    ),
    "tracks-team": Sentence(N_("{team}: {text}")),
    "tracks-datum": Sentence(
        N_("most positions lie {metres} m from any street, and would lie on the streets as {crs}."),
        N_("Give --crs {crs}."),
    ),
    "tracks-far": Sentence(N_("most positions lie {metres} m from any street that the team may use.")),
    "tracks-silent": Sentence(N_("Without a track, and counted as not delivered: {teams}.")),
    "tracks-clock": Sentence(
        N_("The stops of {team} fit the plan much better with {seconds} s added to its times."),
        N_("If its clock was wrong, give --shift {team}={seconds}."),
    ),
}
"""Code → sentence."""
