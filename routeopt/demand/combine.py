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
from routeopt.demand.rates import Array, Progress, Rates
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.model import Scenario
from routeopt.scenario.sources import FixedDemand, IncidentDemand, VenueDemand
from routeopt.streets.network import StreetNetwork

if TYPE_CHECKING:
    from routeopt.demand.forecast import heatmap

CELLS = 2**17
"""Items of λ that are computed at a time: a megabyte stays near the processor."""


@dataclass(frozen=True)
class CombinedDemand:
    """λ of a night, computed for the segments that are asked for only."""

    scaled: tuple[tuple[Rates, float], ...]
    """The rates of each source with demand, and what they are multiplied by."""
    whole: float
    """What the shares of the sources add up to."""
    total: Array
    """(n_segments,) the sum of λ over all steps; of all streets together it is the number of steps."""
    deviation: Array | None
    """(n_segments, n_steps) its standard deviation from the number of incidents; None unless asked for."""
    estimates: tuple[tuple[IncidentDemand, heatmap.Estimate], ...]
    """The estimates of the incident sources."""
    notes: tuple[Message, ...]
    counts: tuple[tuple[str, int], ...]
    """Kind of source → how many incidents, venues or entries it stands on; sources without demand are left out."""

    def at(self, segments: NDArray[np.int64]) -> Array:
        """Compute λ of some segments, (len(segments), n_steps) demand per minute.

        Over a night the mean of all streets together is 1.
        """
        found = np.zeros((len(segments), self.scaled[0][0].times.shape[1]))
        size = max(1, CELLS // found.shape[1])
        for first in range(0, len(segments), size):
            rows = found[first : first + size]
            for rates, scale in self.scaled:
                part = rates.at(segments[first : first + size])
                part *= scale
                rows += part
            rows /= self.whole
        return found


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
    deviation = np.zeros((net.n_segments, clock.n_steps)) if uncertain else None
    notes: list[Message] = []
    estimates: list[tuple[IncidentDemand, heatmap.Estimate]] = []
    total = np.zeros(net.n_segments)
    scaled: list[tuple[Rates, float]] = []
    whole = 0.0
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
                rates = estimate.rates()
        notes += rates.notes
        here = rates.total()
        night = float(here.sum())
        if night > 0 and source.share > 0:
            scale = source.share * rates.factor * clock.n_steps / night
            whole += source.share * rates.factor
            scaled.append((rates, scale))
            total += here * scale
            counts[source.kind] += rates.count
            if isinstance(source, IncidentDemand) and estimate is not None:
                estimates.append((source, estimate))
                if deviation is not None:
                    deviation += estimate.deviation * scale
        else:
            notes.append(Message("demand-source-empty", number=number, kind=source.kind))
    if not scaled:
        raise DemandError(Fault("RO-307", scenario.source, notes=chained(SENTENCES, notes)))
    if deviation is not None:
        deviation /= whole
    return CombinedDemand(
        tuple(scaled), whole, total / whole, deviation, tuple(estimates), tuple(notes), tuple(counts.items())
    )
