"""The commented scenario that ``routeopt new`` writes; it says what to change, and invents no demand.

What was found is in force: venues of the street data, incident files that were named. All else is an example,
commented out; a scenario without demand is refused when it is planned (RO-169).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

STREETS_FILE = """\
streets:
  file: {file}
  # place: "Krems, Austria"      # or: found and downloaded when online, then kept
  # bbox: [south, west, north, east]
  # polygon: area.geojson
"""
STREETS_PLACE = """\
streets:
  place: {place}   # found and downloaded when online, then kept
  # file: town.osm.pbf           # or: an extract beside this file (.osm, .osm.gz, .osm.bz2, .osm.pbf, .graphml)
  # bbox: [south, west, north, east]
  # polygon: area.geojson
"""
TEXT = """\
# A night for routeopt. Plan it with: routeopt plan {target}
# Every key is explained by the JSON Schema that "routeopt schema" prints (editors complete and check with it).
# Times are quoted; "02:00+1" (or "26:00") is two in the morning after. Lengths are metres.
routeopt: 1
name: My night

shift: {{start: "19:00", end: "02:00+1"}}   # also date: 2026-05-15 and timezone: Europe/Vienna, for phones' files

{streets}
# Where teams start and end. {centre_note}
posts:
  - {{name: Station, lat: {lat}, lon: {lon}}}

# mode: foot, bike, ebike or car. A team starts at a post and ends there unless "end" names another;
# "from" and "until" shorten its duty.
teams:
  - {{name: Foot 1, mode: foot, start: Station}}
  - {{name: Foot 2, mode: foot, start: Station, from: "20:00"}}
  - {{name: E-bike 1, mode: ebike, start: Station}}
  - {{name: Car 1, mode: car, start: Station, until: "01:00+1"}}

# Who needs to see police, where and when. Sources are added up by their shares.
demand:{demand}
# Where teams may stop: places chosen from demand, besides your own list.
sites:
  count: 100
  spacing_m: 100
  # list:
  #   - {{name: School gate, lat: …, lon: …}}

# Effect of a stop; leave it out to take these values.
# model:
#   dwell_min: [5, 10, 15, 20]        # how long a team may stop, minutes
#   dwell_effect: [0.30, 0.85, 1, 1]  # how well that works on afterwards
#   tau_min: 60                       # how fast it fades, minutes

# Floors that a plan must hold; leave them out for the most visibility.
# goals:
#   - {{at_least: 0.8, within_min: 3, every_hour: true}}  # of the demand, a free team reaches 80 % in 3 minutes
#   - {{at_least: 0.3, zone: North}}                      # of a community's demand, 30 % is seen
"""


VENUES = """
  # bars, markets, stations … of the street data, each class with its hours: {found}
  {mark}- kind: venues
  {mark}  share: 1
  {mark}  # weights: {{amenity=bar: 5, amenity=school: 0}}
"""
INCIDENTS = """
  # reported incidents; only place, time and category are read, never persons
  {mark}- kind: incidents
  {mark}  share: 3
  {mark}  files:
{files}
  {mark}  # weights: {{ROBBERY: 5, THEFT: 2}}
"""
FIXED = """
  # what the station knows: people at a place for a while
  # - kind: fixed
  #   share: 1
  #   entries:
  #     - {name: Night market, lat: …, lon: …, weight: 5, radius_m: 150, from: "19:00", until: "23:30"}
"""
LISTED = 4
"""Classes of venues that the comment lists."""
EXAMPLE = {"incidents.csv": {"lat": "latitude", "lon": "longitude", "time": "reported_at", "type": "category"}}


def _demand(venues: Mapping[str, int] | None, incidents: Mapping[str, Mapping[str, str]]) -> str:
    """What was found in force, the rest commented out."""
    if venues is None:
        found = "looked up with the streets"
    elif venues:
        most = sorted(venues.items(), key=lambda item: -item[1])
        listed = ", ".join(f"{count} {kind}" for kind, count in most[:LISTED])
        found = f"{sum(venues.values())} found ({listed}{', …' if len(most) > LISTED else ''})"
    else:
        found = "none found in this file"
    mark = "# " if not incidents else ""
    files = "\n".join(
        f"  {mark}    - {{file: {_quoted(name)}, columns: {{{_pairs(columns)}}}}}"
        for name, columns in (incidents or EXAMPLE).items()
    )
    text = VENUES.format(found=found, mark="# " if venues is not None and not venues else "")
    return text + INCIDENTS.format(mark=mark, files=files) + FIXED


def _pairs(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {_quoted(name)}" for key, name in columns.items())


def _quoted(text: str) -> str:
    """A JSON string is a YAML string."""
    return json.dumps(text, ensure_ascii=False)


def starter_text(
    target: str,
    place: str | None,
    file: str | None,
    centre: tuple[float, float] | None,
    venues: Mapping[str, int] | None = None,
    incidents: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """Write the starter's YAML.

    Parameters
    ----------
    target
        Name of the file that it will be, for the comment at its top.
    place, file
        Where the streets come from: exactly one is given.
    centre
        Latitude and longitude of the first post; None where it is not known yet.
    venues
        Class → number of the venues in the street data; None where they are not known yet.
    incidents
        File, as the scenario names it → its columns by key.
    """
    streets = STREETS_FILE.format(file=_quoted(str(file)))
    if place is not None:
        streets = STREETS_PLACE.format(place=_quoted(place))
    lat, lon = centre or (0.0, 0.0)
    note = "Put in your own: this one is in the middle of the streets."
    if centre is None:
        note = "PUT IN YOUR OWN latitude and longitude (right-click on any map)."
    demand = _demand(venues, incidents or {})
    return TEXT.format(target=target, streets=streets, lat=lat, lon=lon, centre_note=note, demand=demand)
