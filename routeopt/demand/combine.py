"""All demand sources of a scenario → λ of its night."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.demand import fixed, venues
from routeopt.demand.phrases import SENTENCES, chained
from routeopt.demand.rates import Progress, Rates
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.model import FixedDemand, IncidentDemand, Scenario, VenueDemand
from routeopt.streets.network import StreetNetwork

if TYPE_CHECKING:
    from routeopt.demand.forecast import heatmap

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CombinedDemand:
    """λ of a night."""

    value: Array
    """(n_segments, n_steps) demand per minute; over a night the mean of all streets together is 1."""
    deviation: Array | None
    """(n_segments, n_steps) its standard deviation from the number of incidents; None unless asked for."""
    estimates: tuple[tuple[IncidentDemand, heatmap.Estimate], ...]
    """The estimates of the incident sources."""
    notes: tuple[Message, ...]
    counts: tuple[tuple[str, int], ...]
    """Kind of source → how many incidents, venues or entries it stands on; sources without demand are left out."""


def combined_demand(
    scenario: Scenario,
    net: StreetNetwork,
    clock: Clock,
    *,
    uncertain: bool = False,
    progress: Progress | None = None,
) -> CombinedDemand:
    """Add up λ of all sources by their shares.

    Parameters
    ----------
    uncertain
        Also compute the deviation.

    Raises
    ------
    DemandError
        If a source cannot be read, or the whole night has no demand.
    """
    total = np.zeros((net.n_segments, clock.n_steps))
    deviation = np.zeros_like(total) if uncertain else None
    notes: list[Message] = []
    estimates: list[tuple[IncidentDemand, heatmap.Estimate]] = []
    factors = 0.0
    counts: Counter[str] = Counter()
    for number, source in enumerate(scenario.demand, 1):
        estimate = None
        match source:
            case FixedDemand():
                rates = fixed.rates(source, net, clock, scenario.folder)
            case VenueDemand():
                rates = venues.rates(source, net, clock, scenario.folder)
            case IncidentDemand():
                from routeopt.demand.forecast import heatmap

                estimate = heatmap.estimate(source, net, clock, scenario.folder, progress=progress)
                rates = Rates(estimate.value, estimate.notes, count=len(estimate.segment))
        notes += rates.notes
        night = float(rates.value.sum())
        if night > 0 and source.share > 0:
            scale = source.share * rates.factor * clock.n_steps / night
            factors += source.share * rates.factor
            total += rates.value * scale
            counts[source.kind] += rates.count
            if isinstance(source, IncidentDemand) and estimate is not None:
                estimates.append((source, estimate))
                if deviation is not None:
                    deviation += estimate.deviation * scale
        else:
            notes.append(Message("demand-source-empty", number=number, kind=source.kind))
    if not total.sum() > 0:
        raise DemandError(Fault("RO-307", scenario.source, notes=chained(SENTENCES, notes)))
    total /= factors
    if deviation is not None:
        deviation /= factors
    return CombinedDemand(total, deviation, tuple(estimates), tuple(notes), tuple(counts.items()))
