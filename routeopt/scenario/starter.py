"""The commented scenario that ``routeopt new`` writes; it runs as written and says what to change."""

from __future__ import annotations

import json

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
demand:
  # bars, markets, stations ... of the street data, each class with its hours
  - kind: venues
    share: 3
    # weights: {{amenity=bar: 5, amenity=school: 0}}

  # what the station knows
  - kind: fixed
    share: 1
    entries:
      - {{name: Night market, lat: {lat}, lon: {lon}, weight: 5, radius_m: 150, from: "19:00", until: "23:30"}}

  # reported incidents: a CSV beside this file; only place, time and category are read, never persons
  # - kind: incidents
  #   share: 3
  #   file: incidents.csv
  #   columns: {{lat: latitude, lon: longitude, time: reported_at, type: category}}
  #   weights: {{ROBBERY: 5, THEFT: 2}}

# Where teams may stop: places chosen from demand, besides your own list.
sites:
  count: 100
  spacing_m: 100
  # list:
  #   - {{name: School gate, lat: {lat}, lon: {lon}}}

# Effect of a stop; leave it out to take these values.
# model:
#   dwell_min: [5, 10, 15, 20]        # how long a team may stop, minutes
#   dwell_effect: [0.30, 0.85, 1, 1]  # how well that works on afterwards
#   tau_min: 60                       # how fast it fades, minutes
"""


def starter_text(target: str, place: str | None, file: str | None, centre: tuple[float, float] | None) -> str:
    """Write the starter's YAML.

    Parameters
    ----------
    target
        Name of the file that it will be, for the comment at its top.
    place, file
        Where the streets come from: exactly one is given.
    centre
        Latitude and longitude of the first post; None where it is not known yet.
    """
    quoted = json.dumps(place or file, ensure_ascii=False)  # a JSON string is a YAML string
    streets = STREETS_PLACE.format(place=quoted) if place is not None else STREETS_FILE.format(file=quoted)
    lat, lon = centre or (0.0, 0.0)
    note = "Put in your own: this one is in the middle of the streets."
    if centre is None:
        note = "PUT IN YOUR OWN latitude and longitude (right-click on any map)."
    return TEXT.format(target=target, streets=streets, lat=lat, lon=lon, centre_note=note)
