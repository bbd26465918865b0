"""RO-3xx: incidents, venues, fixed entries, and what is forecast from them."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    # entries in CSV files, fixed demand, all sources together ------------------------------------------------
    "RO-301": Sentence(N_("the file of entries does not exist."), N_("Check demand: file.")),
    "RO-302": Sentence(N_("the file of entries cannot be read ({reason})."), N_("Save it as CSV in UTF-8.")),
    "RO-303": Sentence(
        N_("the header lacks required columns (got {header})."), N_("Its first line must be: {columns}")
    ),
    "RO-304": Sentence(N_('{key} must be a number (got "{got}").'), N_("The columns are {columns}.")),
    "RO-305": Sentence(N_("every weight of the fixed demand is 0."), N_("Give at least one entry a weight.")),
    "RO-306": Sentence(
        N_("the entry is {distance:.0f} m from the nearest street; at most {limit:.0f} m are allowed."),
        N_(
            "Check whether lat and lon are swapped, or the streets are of another area; tunnels and motorways do "
            "not count."
        ),
    ),
    "RO-307": Sentence(
        N_("the whole night has no demand: no source puts any on these streets in this shift."),
        N_("Add a fixed entry, widen the area, or see the notes: {notes}"),
    ),
    "RO-308": Sentence(N_("the site must be from 0 to {last} (got {got}).")),
    "RO-309": Sentence(N_("the step must be from 0 to {last} (got {got}).")),
    "RO-310": Sentence(N_("the value must be a positive number (got {got})."), N_("Write 2, for example.")),
    "RO-311": Sentence(N_('venue class "{kind}" does not exist.'), "{hint}"),
    # columns and tables of incidents -------------------------------------------------------------------------
    "RO-320": Sentence(N_('column "{name}" for {key} does not exist.'), "{hint}"),
    "RO-321": Sentence(N_("no column for {key} was found."), "{hint}"),
    "RO-330": Sentence(N_("the file of incidents does not exist."), N_("Check demand: file.")),
    "RO-331": Sentence(N_("the file is empty."), N_("Give it a header and a row per incident.")),
    "RO-332": Sentence(N_("the file cannot be read ({reason})."), N_("Copy it again.")),
    "RO-333": Sentence(
        N_("the file must be at most {most:.1f} GB (got {size:.1f} GB)."),
        N_("Export fewer columns or years, or several files under files:."),
        cause="The limit applies to the unpacked file.",
    ),
    "RO-334": Sentence(
        N_("the file's encoding cannot be told (byte {byte})."),
        N_("Name it, such as encoding: latin-1, or save the file as CSV in UTF-8."),
        cause="It is not UTF-8, in no other encoding are nearly all its characters common, or it is no text.",
    ),
    "RO-335": Sentence(N_("the file is not valid CSV ({reason})."), N_("Export it again as CSV in UTF-8.")),
    "RO-336": Sentence(
        N_("the file is not an XLSX workbook ({reason})."), N_("Save it again, or as CSV in UTF-8.")
    ),
    "RO-337": Sentence(N_("the file is not valid JSON ({reason})."), N_("Export it again as GeoJSON.")),
    "RO-338": Sentence(N_("the file is JSON without a list of incidents."), N_("Export it as GeoJSON points.")),
    "RO-339": Sentence(N_("the file has a header but no rows."), N_("Export the incidents again.")),
    # rows of incidents ---------------------------------------------------------------------------------------
    "RO-340": Sentence(N_("the file has no incident that counts."), N_("Check that some weight is above 0.")),
    "RO-341": Sentence(N_("no incident lies near these streets."), "{hint}"),
    "RO-342": Sentence(
        N_("latitude and longitude are swapped: a latitude must be from -90 to 90 (got {got:g})."),
        N_('Write columns: lat: "{lat}", lon: "{lon}".'),
    ),
    "RO-343": Sentence(
        N_("{reason}."),
        cause="One row of an incident file cannot be read; told for the first rows if too many cannot (RO-344).",
    ),
    "RO-344": Sentence(
        N_("{bad} of {count} rows cannot be read; max_bad_share allows {most:.0%}."),
        N_("Correct the columns or the rows."),
    ),
    "RO-345": Sentence(
        N_('column "{name}" mixes time zones: its times end in {endings}.'),
        N_("Write timezone: Asia/Shanghai (or the station's own)."),
    ),
    "RO-346": Sentence(
        N_("several columns hold dates, and none says that it is when the incident was: {columns}."),
        N_('Name one of them, such as columns: {{time: "{name}"}}, or write times: none to plan without times.'),
        cause="Planning without times would spread the demand evenly over the night; so the run stops and asks.",
    ),
    "RO-347": Sentence(
        N_("the positions are projected metres or feet and not degrees (x {x}, y {y}; columns {columns})."),
        N_("Write crs: with the code that the portal names, such as crs: EPSG:32610, or export degrees."),
    ),
    "RO-348": Sentence(N_("the file is {what}."), N_("Save or export it as XLSX, CSV or GeoJSON.")),
    "RO-349": Sentence(
        N_("no header was found: no line among the first has names of columns."),
        N_("Give the file a first line with names of columns, such as lat,lon,time,type."),
    ),
    "RO-350": Sentence(N_('crs "{crs}" does not exist.'), N_("Write a code such as EPSG:3857.")),
    "RO-351": Sentence(
        N_("the file must have at most {most:,} rows."),
        N_("Export fewer years, or several files under files:."),
        cause="Reading more rows at once would take more than 2 GiB of memory.",
    ),
    "foreign-xls": Sentence(N_("an old Excel workbook (.xls), or one with a password")),
    "foreign-sheet": Sentence(N_("a workbook of another kind (.ods or .xlsb)")),
    "foreign-pdf": Sentence(N_("a PDF document")),
    "foreign-parquet": Sentence(N_("a Parquet table")),
    "foreign-sqlite": Sentence(N_("an SQLite database")),
    "foreign-database": Sentence(N_("a scientific data file")),
    "foreign-picture": Sentence(N_("a picture")),
    "foreign-archive": Sentence(N_("an archive that has to be unpacked first")),
    "foreign-document": Sentence(N_("a text document")),
    "foreign-shapefile": Sentence(N_("a shapefile")),
    "foreign-program": Sentence(N_("a program")),
    "foreign-xml": Sentence(N_("an XML document, such as KML or an XML spreadsheet")),
    "row-several-points": Sentence(N_("the geometry is not a single point")),
    "row-absurd-time": Sentence(N_("the time's year is not believed: it must be from 1970 to 2069")),
    "row-coarse": Sentence(N_("the position is known only to a street or district")),
    "row-discovered": Sentence(N_("officers found it themselves")),
    "row-repeated": Sentence(N_("its number stands in an earlier row")),
    "row-short": Sentence(N_("the row has too few cells")),
    "row-no-numbers": Sentence(N_("the position is not a pair of numbers")),
    "row-no-position": Sentence(N_("the row has no position, or one of 0, 0")),
    "row-nowhere": Sentence(N_("the position is outside the valid range")),
    "row-no-time": Sentence(N_("the time is not a date with a time of day")),
    "row-no-date": Sentence(N_("the time has no date; a column with both is needed")),
    # back-tests ----------------------------------------------------------------------------------------------
    "RO-360": Sentence(
        N_("no incident has a time, so there is nothing to test on."),
        N_("Name the columns with date and time under columns."),
    ),
    "RO-361": Sentence(
        N_("no incident has a time of day, so there is nothing to test on."),
        N_("Name the columns with date and time under columns."),
    ),
    "RO-362": Sentence(
        N_("the test cannot start on {start}: the incidents are from {first} to {last}."),
        N_("Choose another first day with --from."),
    ),
    "RO-363": Sentence(N_("no incident falls on the test days."), N_("Choose another first day with --from.")),
    # hints and places ----------------------------------------------------------------------------------------
    "hint-venue-class": Sentence(N_("Write an OSM class such as amenity=bar, or a short name such as bar.")),
    "hint-column": Sentence(N_('Did you mean columns: {key}: "{name}"?')),
    "hint-columns": Sentence(N_("The columns are {names}.")),
    "hint-name-column": Sentence(N_("Write columns: {key}: with its name. The columns are {names}.")),
    "hint-separator": Sentence(N_("Its cells seem to be separated by an unusual character; save it with commas.")),
    "hint-swapped-columns": Sentence(N_("Latitude and longitude are swapped: name their columns under columns.")),
    "hint-other-area": Sentence(
        N_("Check whether the streets are of another area, lat and lon are swapped, or crs is wrong.")
    ),
    "place-venue": Sentence(N_('venue "{name}"')),
    "place-campaign": Sentence(N_("campaign of {date}")),
    "place-fixed-demand": Sentence(N_("fixed demand")),
    # notes ---------------------------------------------------------------------------------------------------
    "list-sentences": Sentence("{first} {rest}"),
    "list-semicolon": Sentence(N_("{first}; {rest}")),
    "list-comma": Sentence(N_("{first}, {rest}")),
    "demand-source-empty": Sentence(N_("Demand source {number} ({kind}) has no demand in this shift and area.")),
    "venues-campaign": Sentence(N_("Campaign night: venues count {factor:g} times.")),
    "venues-missing": Sentence(N_("Venues: the street data has no {kinds}.")),
    "venues-replaced": Sentence(N_("Venues: {count} of the street data are replaced by the station's list.")),
    "venues-none": Sentence(N_("Venues: none of the street data counts.")),
    "venues-far": Sentence(N_("Venues: {far} of {count} are over {limit:.0f} m from every street.")),
    "incidents-encoding": Sentence(N_("{file}: read as {encoding}.")),
    "incidents-read": Sentence(N_("{file}: {count} incidents read ({columns}).")),
    "incidents-unread": Sentence(
        N_("{file}: {count} rows cannot be read and are left out ({reasons}): lines {lines}.")
    ),
    "incidents-reason": Sentence(N_("{count} × {reason}")),
    "incidents-no-position": Sentence(
        N_("{file}: {count} rows ({share:.0%}) have no position and are left out: lines {lines}.")
    ),
    "incidents-coarse": Sentence(
        N_(
            "{file}: {count} incidents are located only to a street or district and are left out, because their "
            "positions are its middle; keep_coarse: true keeps them."
        )
    ),
    "incidents-discovered": Sentence(
        N_(
            "{file}: {count} incidents were found by officers and are left out, because they show where patrols "
            "were; keep_discovered: true keeps them."
        )
    ),
    "incidents-no-time": Sentence(N_("{file}: no time column was found; the demand is even over the night.")),
    "incidents-no-category": Sentence(N_("{file}: no column of categories was found; all incidents count alike.")),
    "incidents-header": Sentence(N_("{file}: the names of the columns are those of line {at}.")),
    "incidents-html": Sentence(N_("{file}: a table of an HTML page, whatever its name says.")),
    "incidents-sheets": Sentence(N_("{file}: {count} sheets or tables with the same columns are read as one.")),
    "incidents-sheets-left": Sentence(N_("{file}: {count} sheets or tables with other columns are not read.")),
    "incidents-broken": Sentence(N_("{file}: {count} broken characters are replaced, the first in line {at}.")),
    "incidents-crs": Sentence(N_("{file}: positions are converted from {crs}.")),
    "incidents-scaled": Sentence(
        N_("{file}: positions are whole numbers and read as parts of a degree ({parts} to one): {got} is {read}°.")
    ),
    "incidents-pair-order": Sentence(
        N_('{file}: nothing tells the order of the two numbers in column "{name}"; they are read as {order}.')
    ),
    "incidents-counted": Sentence(N_("times count the seconds since 1970 in UTC")),
    "incidents-ending": Sentence(N_('times end in "{ending}"')),
    "incidents-zone-stated": Sentence(N_("{file}: {what} and are converted to the clock of {zone}.")),
    "incidents-zone-nearest": Sentence(
        N_(
            "{file}: {what}, and no time zone is given; they are converted to the clock of {zone}, the zone of "
            "the nearest town of the zone database. Write timezone: {zone} to confirm it, another zone, or times: "
            "local if they are local in spite of their ending."
        )
    ),
    "incidents-zone-none": Sentence(
        N_(
            "{file}: {what}, and no time zone is given; they are read as they stand, in UTC, which is right where "
            "the system counts local time. Write timezone: {zone} (or the town's own) to convert them, or times: "
            "local to confirm it."
        )
    ),
    "incidents-zone-column": Sentence(
        N_(
            '{file}: {what} and are converted to the clock of {zone}: so they agree with column "{name}" in '
            "{converted:.0%} of the rows, as they stand in {written:.0%}."
        )
    ),
    "incidents-local-column": Sentence(
        N_(
            '{file}: {what}, but are local: as they stand they agree with column "{name}" in {written:.0%} of '
            "the rows, converted to the clock of {zone} in {converted:.0%}."
        )
    ),
    "incidents-local-key": Sentence(N_("{file}: {what} and are taken as local, as times: local says.")),
    "incidents-local-offset": Sentence(
        N_("{file}: {what}, which is their distance from UTC; the time of day is taken as it stands.")
    ),
    "incidents-constant": Sentence(
        N_("{file}: all times of day are the same ({clock}); {count} rows count as dates without a time.")
    ),
    "incidents-midnights": Sentence(
        N_("{file}: {share:.0%} of the times are exactly 00:00, which some systems write if the time is unknown.")
    ),
    "incidents-month-only": Sentence(
        N_("{file}: {count} rows have a month only and are even over its days and hours.")
    ),
    "incidents-order": Sentence(
        N_("{file}: dates fit more than one order of day, month and year; they are read as {order}.")
    ),
    "order-day-first": Sentence(N_("day/month/year")),
    "order-month-first": Sentence(N_("month/day/year")),
    "order-year-first": Sentence(N_("year/month/day")),
    "incidents-day-first": Sentence(N_("{file}: dates such as 03/04/2026 are read as day/month/year.")),
    "incidents-date-only": Sentence(
        N_(
            "{file}: {count} rows have a date only; {placed} are put into their shift, the others are even over "
            "their day."
        )
    ),
    "incidents-no-ending": Sentence(N_("nothing")),
    "incidents-unknown": Sentence(
        N_("Categories missing from the table of weights count 1, among them {categories}; set others in weights.")
    ),
    "incidents-category": Sentence(N_("{name} ({count})")),
    "incidents-blank": Sentence(N_("blank")),
    "incidents-weightless": Sentence(N_("{count} incidents are of categories with weight 0 and are left out.")),
    "incidents-repeated": Sentence(
        N_("{count} rows repeat the number of an earlier row and are left out: {lines}.")
    ),
    "incidents-lines": Sentence(N_("{file} lines {lines}")),
    "incidents-two-files": Sentence(N_("{count} incidents are in two files and count once.")),
    "incidents-far": Sentence(
        N_(
            "{file}: {count} incidents ({share:.0%}) are over {limit:.0f} m from every street of the area and are "
            "left out ({lines}); consider the streets of a larger area."
        )
    ),
    "incidents-datum": Sentence(
        N_(
            "{file}: positions are {away:.0f} m from the streets as {crs}, and {better:.0f} m as {other}, which "
            "moves them all by about {moved:.0f} m in one direction. Consider crs: {other}."
        )
    ),
    "incidents-all-late": Sentence(
        N_("Every incident became known on the shift's day or later; their age does not count.")
    ),
    "incidents-late": Sentence(N_("{count} incidents became known on the shift's day or later and are left out.")),
    "mixture-fixed": Sentence(N_("Incidents spread {metres:g} m along the streets and {time}.")),
    "mixture-all-day": Sentence(N_("over the whole day")),
    "mixture-around": Sentence(N_("{minutes:g} min around their time")),
    "mixture-chosen": Sentence(
        N_(
            "Chosen because it predicts {count} held-out incidents best: distance: {where}; half-life: {age}; "
            "time of day: {time}."
        )
    ),
    "mixture-share": Sentence(N_("{share:.0%} {what}")),
    "mixture-own-segment": Sentence(N_("on its own segment")),
    "mixture-metres": Sentence(N_("{metres:g} m around")),
    "mixture-even": Sentence(N_("even over streets of a class")),
    "mixture-never": Sentence(N_("never")),
    "mixture-days": Sentence(N_("{days:g} days")),
    "mixture-whole-day": Sentence(N_("the whole day")),
    "mixture-minutes": Sentence(N_("{minutes:g} min")),
    "backtest-unused": Sentence(
        N_("{count} incidents of the test days are known only to over {hours} h and are not tested on.")
    ),
    "backtest-thin": Sentence(
        N_(
            "There is too little data to choose bandwidths: {known} incidents are known before the first test "
            "day, and {least} are needed."
        )
    ),
    "backtest-ahead": Sentence(
        N_(
            "At {area:.0%} of street length the heat map catches {ours:.1%} of the incidents, the best simple "
            "forecast ({rival}) {theirs:.1%}: ahead by {lead:.1f} points ({low:.1f} to {high:.1f})."
        )
    ),
    "backtest-behind": Sentence(
        N_(
            "At {area:.0%} of street length the heat map catches {ours:.1%} of the incidents, the best simple "
            "forecast ({rival}) {theirs:.1%}: behind by {lead:.1f} points ({low:.1f} to {high:.1f})."
        )
    ),
    "backtest-undecided": Sentence(
        N_(
            "At {area:.0%} of street length the heat map catches {ours:.1%} of the incidents, the best simple "
            "forecast ({rival}) {theirs:.1%}: {days} days with {incidents:.0f} incidents are too few to tell them "
            "apart ({low:+.1f} to {high:+.1f} points)."
        )
    ),
    "backtest-undecided-days": Sentence(
        N_(
            "At {area:.0%} of street length the heat map catches {ours:.1%} of the incidents, the best simple "
            "forecast ({rival}) {theirs:.1%}: {days} days with {incidents:.0f} incidents are too few to tell them "
            "apart ({low:+.1f} to {high:+.1f} points); about {need:.0f} such days are needed."
        )
    ),
    "forecast-ours": Sentence(N_("heat map")),
    "forecast-recent": Sentence(N_("last 28 days")),
    "forecast-all-time": Sentence(N_("all time")),
    "forecast-same-part": Sentence(N_("all time, same part of the day")),
    "forecast-even": Sentence(N_("even")),
    # the busiest places --------------------------------------------------------------------------------------
    "heat-street": Sentence("{name}"),
    "heat-near": Sentence(N_("near {name}")),
    "heat-reasons": Sentence("{reasons}"),
    "heat-spread": Sentence(N_("spread from streets nearby")),
    "heat-closing": Sentence(N_("closing time")),
    "heat-class-closing": Sentence(N_("{what}: closing time")),
    "heat-venues": Sentence(N_("{count} × {what}")),
    "heat-count": Sentence(N_("{count} × {what}")),
    "heat-count-mostly": Sentence(N_("{count} × {what} (mostly {first}–{until} h)")),
    "heat-count-any": Sentence(N_("{count} incidents")),
    "heat-count-mostly-any": Sentence(N_("{count} incidents (mostly {first}–{until} h)")),
    "heat-counts": Sentence("{counts}"),
    "heat-counts-days": Sentence(N_("{counts} in {days} days")),
    "heat-counts-other-hours": Sentence(N_("{counts} at other hours in {days} days")),
    "venue-other": Sentence("{name}"),
    "venue-bar-street": Sentence(N_("bar street")),
    "venue-restaurant-street": Sentence(N_("restaurant street")),
    "venue-barbecue-stalls": Sentence(N_("barbecue stalls")),
    "venue-karaoke-street": Sentence(N_("karaoke street")),
    "venue-bar": Sentence(N_("bar")),
    "venue-pub": Sentence(N_("pub")),
    "venue-nightclub": Sentence(N_("nightclub")),
    "venue-karaoke": Sentence(N_("karaoke")),
    "venue-beer-garden": Sentence(N_("beer garden")),
    "venue-casino": Sentence(N_("casino")),
    "venue-restaurant": Sentence(N_("restaurant")),
    "venue-fast-food": Sentence(N_("fast food")),
    "venue-cafe": Sentence(N_("cafe")),
    "venue-food-court": Sentence(N_("food court")),
    "venue-market": Sentence(N_("market")),
    "venue-cinema": Sentence(N_("cinema")),
    "venue-theatre": Sentence(N_("theatre")),
    "venue-arts-centre": Sentence(N_("arts centre")),
    "venue-internet-cafe": Sentence(N_("internet cafe")),
    "venue-school-gate": Sentence(N_("school gate")),
    "venue-college": Sentence(N_("college")),
    "venue-university": Sentence(N_("university")),
    "venue-hospital": Sentence(N_("hospital")),
    "venue-clinic": Sentence(N_("clinic")),
    "venue-bank": Sentence(N_("bank")),
    "venue-atm": Sentence(N_("cash machine")),
    "venue-fuel": Sentence(N_("petrol station")),
    "venue-bus-station": Sentence(N_("bus station")),
    "venue-station": Sentence(N_("station")),
    "venue-hotel": Sentence(N_("hotel")),
    "venue-hostel": Sentence(N_("hostel")),
    "venue-mall": Sentence(N_("shopping mall")),
    "venue-department-store": Sentence(N_("department store")),
    "venue-supermarket": Sentence(N_("supermarket")),
    "venue-convenience": Sentence(N_("convenience store")),
    "venue-alcohol": Sentence(N_("liquor shop")),
    "venue-park": Sentence(N_("park")),
    "venue-stadium": Sentence(N_("stadium")),
    "venue-gaming": Sentence(N_("gaming arcade")),
    "venue-dance": Sentence(N_("dance hall")),
    "venue-barbecue": Sentence(N_("barbecue")),
    "venue-night-market": Sentence(N_("night market")),
}
