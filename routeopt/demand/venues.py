"""Venues of the street data and of the station's own list: where people are, by class, hour and day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.demand.entries import read_entries
from routeopt.demand.forecast.spread import spread
from routeopt.demand.rates import Rates
from routeopt.demand.venue_table import CLASSES, NEW_DAY_H, SHORT, VENUE_HOURS, VenueHours
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.sources import Calendar, VenueDemand, VenueEntry
from routeopt.streets.network import StreetNetwork, Venue, local_xy, project, snap
from routeopt.validation import similar

Array = NDArray[np.float64]

LIMIT_M = 150.0
"""Venues further from every street are left out."""
COLUMNS = ("name", "lat", "lon", "kind", "weight", "opening", "closing")
NUMBERS = ("lat", "lon", "weight")
FALLBACK = "evening"
"""Profile of a class that only the scenario weighs."""
BEFORE_H, AFTER_H = 0.5, 0.75
"""Hours in which a surge rises before, and falls after, opening or closing."""
OUT_OF_SCHOOL = 0.05
"""Share of a school's demand that remains on a day without lessons."""


@dataclass(frozen=True)
class Placed:
    """A venue that counts, on its street."""

    kind: str
    name: str
    segment: int
    weight: float
    profile: VenueHours
    """With its own hours where the list gives them."""
    own: bool
    """Of the station's list."""


def rates(source: VenueDemand, net: StreetNetwork, clock: Clock, folder: Path) -> Rates:
    """Spread venues along the streets within the source's bandwidth, each class with its hours.

    Raises
    ------
    DemandError
        If the list cannot be read, or names unknown classes.
    """
    placed, notes = venues(source, net, folder)
    factor = 1.0
    for campaign in source.calendar.campaigns:
        if clock.date == campaign.date and not campaign.kinds:
            factor *= campaign.factor
            notes.append(Message("venues-campaign", factor=campaign.factor))
    if not placed:
        return Rates(np.zeros((net.n_segments, 0)), np.zeros((0, clock.n_steps)), tuple(notes), factor)
    kinds: dict[tuple[str, float | None, float | None], Array] = {}
    times = np.empty((len(placed), clock.n_steps))
    for n, venue in enumerate(placed):
        key = (venue.kind, venue.profile.opening, venue.profile.closing)
        if key not in kinds:
            kinds[key] = over_night(venue.profile, clock, source.calendar) * _campaign(
                venue.kind, clock, source.calendar
            )
        times[n] = venue.weight * kinds[key]
    segments, row = np.unique([venue.segment for venue in placed], return_inverse=True)
    summed = np.zeros((len(segments), clock.n_steps))
    np.add.at(summed, row, times)
    share = spread(net, segments.astype(np.int32), source.bandwidth_m)
    return Rates(share, summed, tuple(notes), factor, len(placed))


class _Counted(NamedTuple):
    """A venue that counts, not yet on its street."""

    kind: str
    name: str
    lat: float
    lon: float
    weight: float
    entry: VenueEntry | None
    """Of the station's list."""


def venues(source: VenueDemand, net: StreetNetwork, folder: Path) -> tuple[list[Placed], list[Message]]:
    """Place the venues that count, the station's own before those of the street data; also returns notes."""
    counted, notes = _counted(source, net, folder)
    if not counted:
        return [], [*notes, Message("venues-none")]
    x, y = project(net, np.array([v.lat for v in counted]), np.array([v.lon for v in counted]))
    on = snap(net, x, y, None, LIMIT_M)
    if (on.segment < 0).any():
        far = int((on.segment < 0).sum())
        notes.append(Message("venues-far", far=far, count=len(counted), limit=LIMIT_M))
    placed = [
        Placed(v.kind, v.name, int(segment), v.weight, _venue_hours(v.kind, v.entry), v.entry is not None)
        for v, segment in zip(counted, on.segment, strict=True)
        if segment >= 0
    ]
    return placed, notes


def _counted(source: VenueDemand, net: StreetNetwork, folder: Path) -> tuple[list[_Counted], list[Message]]:
    """List the venues with a weight, the station's own before those of the street data that they do not repeat."""
    own = list(source.entries)
    if source.file is not None:
        own += read_entries(folder / source.file, VenueEntry, COLUMNS, NUMBERS)
    kinds = _kinds(source, own)
    weight = {kind: w for kind, (w, _) in CLASSES.items()} | {_class(k): w for k, w in source.weights.items()}
    notes = []
    unmet = sorted({_class(k) for k in source.weights} - {v.kind for v in net.venues} - set(kinds))
    if unmet:
        notes.append(Message("venues-missing", kinds=unmet))
    found = [v for v in net.venues if weight.get(v.kind, 0.0) > 0]
    replaced = _replaced(net, found, own, kinds, source.same_m)
    if replaced.any():
        notes.append(Message("venues-replaced", count=int(replaced.sum())))
    listed = [
        _Counted(k, e.name, e.lat, e.lon, weight.get(k, 1.0) if e.weight is None else e.weight, e)
        for k, e in zip(kinds, own, strict=True)
    ]
    mapped = [
        _Counted(v.kind, v.name, v.lat, v.lon, weight[v.kind], None)
        for v, gone in zip(found, replaced, strict=True)
        if not gone
    ]
    return [v for v in listed if v.weight > 0] + mapped, notes


def _class(kind: str) -> str:
    return SHORT.get(kind.strip().lower(), kind.strip())


def _kinds(source: VenueDemand, own: list[VenueEntry]) -> list[str]:
    """Find the class of every entry; unknown ones are faults, all at once."""
    kinds, faults = [], []
    for entry in own:
        kind = _class(entry.kind)
        kinds.append(kind)
        if kind not in CLASSES and kind not in source.weights and "=" not in kind:
            hint = similar(entry.kind, [*SHORT, *CLASSES], otherwise=Message("hint-venue-class"))
            faults.append(Fault("RO-311", Message("place-venue", name=entry.name), kind=entry.kind, hint=hint))
    for campaign in source.calendar.campaigns:
        for name in campaign.kinds:
            if _class(name) not in CLASSES and "=" not in name:
                campaigned = Message("place-campaign", date=str(campaign.date))
                hint = similar(name, [*SHORT, *CLASSES])
                faults.append(Fault("RO-311", campaigned, kind=name, hint=hint))
    if faults:
        raise DemandError(faults)
    return kinds


def _replaced(
    net: StreetNetwork, found: list[Venue], own: list[VenueEntry], kinds: list[str], same_m: float
) -> NDArray[np.bool_]:
    """Find venues of the street data that the list repeats: near, and of the same class or name."""
    gone = np.zeros(len(found), dtype=np.bool_)
    if not found or not own:
        return gone
    x, y = local_xy(np.array([v.lat for v in found]), np.array([v.lon for v in found]), net.lat0, net.lon0)
    kind, name = np.array([v.kind for v in found]), np.array([v.name for v in found])
    for entry, own_kind in zip(own, kinds, strict=True):
        ex, ey = local_xy(np.array([entry.lat]), np.array([entry.lon]), net.lat0, net.lon0)
        gone |= (np.hypot(x - ex, y - ey) <= same_m) & ((kind == own_kind) | (name == entry.name))
    return gone


def _venue_hours(kind: str, entry: VenueEntry | None) -> VenueHours:
    profile = VENUE_HOURS[CLASSES.get(kind, (1.0, FALLBACK))[1]]
    if entry is None or (entry.opening is None and entry.closing is None):
        return profile
    opening = profile.opening if entry.opening is None else entry.opening / 60
    closing = profile.closing if entry.closing is None else entry.closing / 60
    if opening is not None and closing is not None and closing <= opening:
        closing += 24  # written as a time of the next day
    return VenueHours(
        profile.hours,
        profile.week,
        opening,
        closing,
        profile.opens,
        profile.closes,
        profile.school,
        profile.returns,
    )


def over_night(profile: VenueHours, clock: Clock, calendar: Calendar) -> Array:
    """Compute (n_steps,) how busy a venue is, 1 at its busiest time without surges on a mean day.

    Its hours count from its own day's midnight to 5:00 of the day after, by the weekday of that day where the
    clock has a date.
    """
    hour = clock.start_min / 60 + np.arange(clock.n_steps) * clock.step_s / 3600
    days = np.floor((hour - NEW_DAY_H) / 24).astype(np.int64)
    busy = np.zeros(clock.n_steps)
    for day in np.unique(days):
        rows = days == day
        busy[rows] = shape(profile, hour[rows] - 24 * day) * _factor(profile, clock.date, int(day), calendar)
    return busy


def shape(profile: VenueHours, hour: Array) -> Array:
    """Compute the share of the busiest time at hours of the venue's own day, 5 ≤ hour < 29, with surges.

    Example (by hand): a bar that closes at 26 (two in the morning) then has the profile's 0.6 and the surge's 0.6.
    """
    table = profile.hours
    busy = np.interp(hour % 24, np.array(list(table)), np.array(list(table.values())), period=24.0)
    if profile.opening is not None and profile.closing is not None:
        inside = ((hour >= profile.opening - BEFORE_H) & (hour <= profile.closing + AFTER_H)) | (
            profile.closing - profile.opening >= 24
        )
        busy = np.where(inside, busy, 0.0)
    for at, height in ((profile.opening, profile.opens), (profile.closing, profile.closes)):
        if at is not None and height > 0:
            away = np.where(hour < at, (at - hour) / BEFORE_H, (hour - at) / AFTER_H)
            busy = busy + height * np.maximum(1 - away, 0.0)
    return np.asarray(busy)


def _factor(profile: VenueHours, date: dt.date | None, day: int, calendar: Calendar) -> float:
    """Compute the factor of a day of the calendar on a profile."""
    if date is None:
        return 1.0
    today = date + dt.timedelta(days=day)
    off = _off(today, calendar)
    factor = profile.week[6 if off and today.weekday() < 5 else today.weekday()]
    if not off and today.weekday() >= 5:
        factor = profile.week[0]  # a weekend day that is worked
    if profile.school and not _school(today, calendar):
        factor *= OUT_OF_SCHOOL
    one = dt.timedelta(days=1)
    if profile.returns and _returning(today, one, calendar):
        factor = max(factor, 1.0) * calendar.return_factor
    return factor


def _off(day: dt.date, calendar: Calendar) -> bool:
    return day in calendar.holidays or (day.weekday() >= 5 and day not in calendar.workdays)


def _school(day: dt.date, calendar: Calendar) -> bool:
    return not _off(day, calendar) and not any(first <= day <= last for first, last in calendar.school_holidays)


def _returning(day: dt.date, one: dt.timedelta, calendar: Calendar) -> bool:
    """Return whether a day is the last of holidays or the first after them; weekends alone do not count."""

    def free(d: dt.date) -> bool:
        return d in calendar.holidays or any(first <= d <= last for first, last in calendar.school_holidays)

    return (free(day) and not free(day + one)) or (free(day - one) and not free(day))


def _campaign(kind: str, clock: Clock, calendar: Calendar) -> float:
    factor = 1.0
    for campaign in calendar.campaigns:
        if clock.date == campaign.date and kind in {_class(k) for k in campaign.kinds}:
            factor *= campaign.factor
    return factor
