"""RO-2xx: street data and its download. Also the names of the modes."""

from __future__ import annotations

from routeopt.catalogue.sentence import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    # files ---------------------------------------------------------------------------------------------------
    "RO-201": Sentence(N_("the street file does not exist."), N_("Check streets: file.")),
    "RO-202": Sentence(N_("the street file is empty."), N_("Download the extract again.")),
    "RO-203": Sentence(N_("the ending of the street file is unknown."), N_("Use one of {endings}.")),
    "RO-204": Sentence(
        N_("the file is not OSM data ({reason})."),
        N_("Download the extract again."),
        cause="The text in parentheses is the OSM parser's own.",
    ),
    "RO-205": Sentence(
        N_("the file is not a GraphML file of osmnx ({reason})."),
        N_("Save it with osmnx.save_graphml."),
        cause="The text in parentheses is the parser's own.",
    ),
    "RO-206": Sentence(
        N_("the area has no streets."), N_("Check whether it is water, or the extract was made without highways.")
    ),
    "RO-208": Sentence(
        N_("the file unpacks to more than {ratio} times its size, as no street file does."),
        N_("Download the extract again."),
        cause="Such a file would fill the memory or the disk.",
    ),
    "RO-209": Sentence(
        N_('the server stopped after part of the data: "{remark}".'),
        N_("Export a smaller area, or allow the query more time."),
    ),
    # areas ---------------------------------------------------------------------------------------------------
    "RO-210": Sentence(
        N_("no area of this name was found."),
        N_('Write it with its region ("Krems, Austria"), or give bbox or polygon.'),
    ),
    "RO-211": Sentence(N_("the polygon file does not exist."), N_("Check streets: polygon.")),
    "RO-212": Sentence(
        N_("the file is not GeoJSON with a polygon."),
        N_("Give a GeoJSON file with one Polygon or MultiPolygon, longitude first."),
    ),
    "RO-213": Sentence(
        N_("the geometry must be a polygon (got {got})."),
        N_("Give a GeoJSON file with one Polygon or MultiPolygon, longitude first."),
    ),
    "RO-214": Sentence(
        N_("the polygon must be in degrees of longitude and latitude."),
        N_("Give a GeoJSON file with one Polygon or MultiPolygon, longitude first."),
    ),
    "RO-215": Sentence(
        N_("the area must be at most {most:,.0f} km² to be downloaded (got {area:,.0f} km²)."),
        N_("Name one district."),
        cause="A larger area would load a public server for hours.",
    ),
    # downloads -----------------------------------------------------------------------------------------------
    "RO-220": Sentence(
        N_("{host} refuses the download: too many requests (429)."),
        N_("Try later, or give another server as streets: overpass_url."),
    ),
    "RO-221": Sentence(
        N_("{host} is overloaded (504)."), N_("Try later, or give another server as streets: overpass_url.")
    ),
    "RO-222": Sentence(
        N_("{host} answered {status} {reason}."),
        N_("Try later, or give another server as streets: overpass_url."),
    ),
    "RO-223": Sentence(
        N_("the answer of {host} is not OSM data."),
        N_("Try later, or give another server as streets: overpass_url."),
    ),
    "RO-224": Sentence(
        N_('{host} stopped after part of the data: "{remark}".'),
        N_("Choose a smaller area, a longer streets: timeout_s, or another server."),
    ),
    "RO-225": Sentence(
        N_("the download took longer than {timeout_s:g} s."),
        N_("Choose a smaller area, a longer streets: timeout_s, or another server."),
    ),
    "RO-226": Sentence(
        N_("{host} cannot be reached."),
        N_("Check the connection, or use a downloaded extract as streets: file."),
    ),
    "RO-227": Sentence(N_("nothing was found in this area."), N_("Check whether it is water, or too small.")),
    # positions -----------------------------------------------------------------------------------------------
    "RO-228": Sentence(
        N_("the graph's coordinate system is unknown (crs is {got})."),
        N_("Save it with a crs such as epsg:4326, or project it to latitude and longitude."),
    ),
    "RO-229": Sentence(
        N_("all positions are degrees, but the graph's crs is projected ({got})."),
        N_("Save it with crs epsg:4326."),
    ),
    "RO-230": Sentence(
        N_("an edge's geometry must be one LineString (edge {edge} has {got})."), N_("Save the graph with osmnx.")
    ),
    "RO-231": Sentence(
        N_("a street has a position that is nowhere on Earth (lat {lat}, lon {lon})."),
        N_("Give positions in degrees of WGS-84, or the graph's crs."),
    ),
    "RO-232": Sentence(
        N_("the {count} nodes of the streets lie so far apart that the streets add up to {km:,.0f} km."),
        N_("Check the positions: columns may be mixed up, or the digits of numbers lost."),
    ),
    "RO-233": Sentence(
        N_("{share:.0%} of the streets lie more than {km:.0f} km from the middle of all."),
        N_("Cut the street file to one area."),
    ),
    # reach ---------------------------------------------------------------------------------------------------
    "RO-234": Sentence(
        N_(
            "no team can reach any of the demand; most of it is on {street}, which the street file does not join "
            "to the other streets, or which is closed to the teams' modes."
        ),
        N_("Check the ends of {street} in the street file, its barriers and its access; or where the demand is."),
    ),
    "RO-235": Sentence(
        N_('{street} near "{post}" is cut off from the other streets open to this mode ({mode}).'),
        N_("Check the street file there: a gap, a barrier or a one-way street; or raise streets: snap_limit_m."),
    ),
    "streets-unreachable": Sentence(
        N_(
            "{share:.1%} of the demand lies on streets that no team can reach, most of it on {street}: the street "
            "file does not join them to the rest, or they are closed to the teams' modes."
        )
    ),
    "streets-unnamed": Sentence(N_("a street without a name")),
    "streets-server": Sentence(N_("the server")),
    # notes ---------------------------------------------------------------------------------------------------
    "streets-outside-extract": Sentence(N_("{count} nodes of ways lie outside the extract and are left out.")),
    "streets-jump": Sentence(
        N_(
            "{count} stretches of more than {km:.0f} km between two nodes are left out: one of the positions is "
            "wrong."
        )
    ),
    "streets-far": Sentence(
        N_("{count} ways ({km:.1f} km) more than {far:.0f} km from the other streets are left out.")
    ),
    "streets-not-open": Sentence(N_("No street here is open to this mode: {mode}.")),
    "streets-cut-off": Sentence(
        N_("{mode}: {km:.1f} km ({share:.1%}) of its streets are cut off from the rest and are left out.")
    ),
    "mode-foot": Sentence(N_("foot")),
    "mode-bike": Sentence(N_("bike")),
    "mode-ebike": Sentence(N_("e-bike")),
    "mode-car": Sentence(N_("car")),
}
