"""A back-test as JSON and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from routeopt.demand.forecast.backtest import AREAS, CURVE, OURS, Backtest, Range

COLOURS = {OURS: "#c1272d"}
"""The rest are shades of grey and blue, told apart by their dashes."""
OTHERS = (("#0072b2", "-"), ("#56606c", "--"), ("#009e73", "-."), ("#9aa1ab", ":"))


def as_dict(found: Backtest) -> dict[str, Any]:
    """A back-test with text keys, as JSON wants it; shares of length are keys such as ``0.01``."""

    def by_area(values: Sequence[Range]) -> dict[str, dict[str, float]]:
        return {f"{area:g}": asdict(value) for area, value in zip(AREAS, values, strict=True)}

    return {
        "by": found.by,
        "from": found.first.isoformat(),
        "until": found.last.isoformat(),
        "days": found.days,
        "incidents": found.incidents,
        "known_before": found.known_before,
        "forecasts": [
            {
                "name": one.name,
                "hit_rate": by_area(one.hit_rate),
                "pai": by_area(one.pai),
                "pei": by_area(one.pei),
                "heat_map_ahead": by_area(one.ahead) if one.ahead else None,
                "curve": [[area, hit] for area, hit in zip(CURVE, one.curve, strict=True)],
            }
            for one in found.forecasts
        ],
        "calibration": [asdict(group) for group in found.calibration],
        "verdict": [str(line) for line in found.verdict],
        "notes": [str(note) for note in found.notes],
    }


def plot(found: Sequence[tuple[str, Backtest]], path: Path) -> None:
    """Hit rate against share of street length, and calibration, a row for each back-test."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        len(found), 2, figsize=(11, 4.4 * len(found)), layout="constrained", squeeze=False, width_ratios=[3, 2]
    )
    for (left, right), (_, one) in zip(axes, found, strict=True):
        others = iter(OTHERS)
        for forecast in one.forecasts:
            ours = forecast.name == OURS
            colour, dash = (COLOURS[OURS], "-") if ours else next(others)
            left.plot(
                [100 * a for a in CURVE], [100 * h for h in forecast.curve], dash, color=colour,
                linewidth=2.6 if ours else 1.6, label=forecast.name, zorder=3 if ours else 2,
            )  # fmt: skip
            if ours:
                for area, value in zip(AREAS, forecast.hit_rate, strict=True):
                    left.plot([100 * area] * 2, [100 * value.low, 100 * value.high], color=colour, linewidth=1.2)
        left.set(
            xlabel="share of street length, %", ylabel="incidents caught, %",
            xlim=(0, 100 * CURVE[-1]), ylim=(0, 100),
            title=f"by {one.by}: {one.first} to {one.last}, {one.incidents:.0f} incidents",
        )  # fmt: skip
        left.grid(alpha=0.25)
        left.legend(loc="upper left", frameon=False, ncols=2)
        tenth = range(1, len(one.calibration) + 1)
        expected, observed = [g.expected for g in one.calibration], [g.observed for g in one.calibration]
        spread = [[g.observed - g.low for g in one.calibration], [g.high - g.observed for g in one.calibration]]
        right.bar(tenth, expected, color="#d5d9de", label="expected")
        right.errorbar(
            tenth, observed, yerr=spread, fmt="o", color=COLOURS[OURS], capsize=3, label="observed, 95 %"
        )
        right.set(
            xlabel="tenth of what is expected, densest streets first",
            ylabel="incidents",
            xticks=list(tenth),
            title="calibration",
        )
        right.set_ylim(bottom=0)
        right.legend(loc="lower right", frameon=True)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
