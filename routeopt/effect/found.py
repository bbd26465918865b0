"""What counts say of an effect of patrol: what was compared, the interval, the point, and the power."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routeopt.effect.cells import AROUND, AROUND_COMPARISON, COMPARISON, ROLES, TREATED, Counts
from routeopt.effect.estimates import (
    ZERO,
    Estimate,
    difference_ratio,
    dispersion_of_blocks,
    displacement_difference,
    least_difference,
    mean_difference,
    randomisation_p,
    rate_ratio,
)
from routeopt.effect.nights import TrialCounts
from routeopt.errors import Message, plain
from routeopt.trial.power import LEVEL, POWER, least_fall

REDRAWS = 999
"""Draws of the randomisation test."""
ROLE_NAMES = {
    TREATED: "effect-role-treated", COMPARISON: "effect-role-comparison", AROUND: "effect-role-around",
    AROUND_COMPARISON: "effect-role-around-comparison",
}  # fmt: skip
"""Role → its code."""
Row = tuple[Message, str, str]
"""What it is, its interval, and its point."""


def signed(value: float, digits: int = 0) -> str:
    """Write a difference with its sign."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "+∞" if value > 0 else "−∞"
    return f"{value:+.{digits}f}".replace("-", "−")


def change(ratio: float) -> str:
    """Write a ratio as a change in per cent."""
    return signed(100 * (ratio - 1)) + (" %" if math.isfinite(ratio) else "")


def _range(found: Estimate, write: Callable[[float], str]) -> tuple[str, str]:
    return f"{write(found.low)} … {write(found.high)}", write(found.point)


def _json(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    values = {"low": found.low, "point": found.point, "high": found.high, "error": found.error}
    return {key: round(v, 4) if v is not None and math.isfinite(v) else None for key, v in values.items()}


def _verdict(found: Estimate, none: float, told: bool) -> Message:
    """Whether it is told apart from no change, and which way."""
    if not told:
        return Message("effect-not-told")
    return Message("effect-fewer" if found.point < none else "effect-more")


@dataclass(frozen=True)
class BeforeAfter:
    """Areas with patrol, before and after, against others."""

    counts: Counts

    @property
    def notes(self) -> tuple[Message, ...]:
        """What is to be told of the incidents."""
        return self.counts.notes

    def difference(self, *roles: str) -> Estimate:
        """Compute the weighted displacement difference of some roles' cells."""
        treated, comparison, around, other = (
            self.counts.cells.get(role, ZERO) if role in roles else ZERO for role in ROLES
        )
        return displacement_difference(
            treated, comparison, around, other, weight=self.counts.weight, dispersion=self.counts.dispersion
        )

    @property
    def compared(self) -> bool:
        """Whether there is a comparison."""
        return COMPARISON in self.counts.cells

    @property
    def total(self) -> Estimate:
        """The difference with the areas around."""
        return self.difference(*ROLES)

    @property
    def ratio(self) -> Estimate | None:
        """The ratio of both areas' changes; None without incidents in one of the cells."""
        cells = self.counts.cells
        return difference_ratio(cells[TREATED], cells[COMPARISON], self.counts.weight, self.counts.dispersion)

    @property
    def empty(self) -> bool:
        """Whether areas with patrol, or those without, have no incidents at all."""
        cells = self.counts.cells
        return any(cells[role].before + cells[role].after == 0 for role in (TREATED, COMPARISON) if role in cells)

    @property
    def disagree(self) -> bool:
        """Whether numbers tell an effect from none and per cents do not, or the other way about."""
        ratio = self.ratio
        return ratio is not None and ratio.excludes(1) != self.difference(TREATED, COMPARISON).excludes(0)

    @property
    def told(self) -> bool:
        """Whether it is told apart from none."""
        return self.total.excludes(0) and not self.disagree and not self.empty

    def words(self) -> list[Message]:
        """What was compared and what follows, in the order to be read."""
        said = [self._compared(), *([self._periods()] if self.counts.periods[0] else [])]
        if not self.compared:
            return [*said, *self._fall()]
        if self.empty:
            return [*said, Message("effect-no-incidents")]
        total, ratio = self.total, self.ratio
        between, point = _range(total, signed)
        said.append(Message("effect-difference", between=between, point=point))
        said.append(_verdict(total, 0, self.told))
        if ratio is not None and self.disagree:
            said.append(Message("effect-disagree", between=_range(ratio, change)[0]))
        least = f"{least_difference(total.error or 0.0):.0f}"
        said.append(Message("effect-least-difference", power=f"{POWER:.0%}", least=least))
        if not self.counts.periods[0]:
            said.append(Message("effect-assumed"))
        around = AROUND in self.counts.cells
        said.append(Message("effect-around" if around else "effect-not-around"))
        if around and AROUND_COMPARISON not in self.counts.cells:
            said.append(Message("effect-around-alone"))
        said.append(Message("effect-not-drawn"))
        return said

    def _compared(self) -> Message:
        areas = [
            Message(
                "effect-area", area=Message(ROLE_NAMES[role]),
                zones=f" ({', '.join(names)})" if (names := self.counts.names.get(role)) else "",
                before=f"{cell.before:.0f}", after=f"{cell.after:.0f}",
            )
            for role, cell in self.counts.cells.items()
        ]  # fmt: skip
        return Message("effect-compared", areas=areas)

    def _periods(self) -> Message:
        nights = [f"{n:.0f}" for n in self.counts.nights]
        before, after = self.counts.periods
        return Message("effect-periods", before=before, after=after, n_before=nights[0], n_after=nights[1])

    def _fall(self) -> list[Message]:
        """Say that a fall is a fall."""
        treated = self.counts.cells[TREATED]
        found = rate_ratio(treated.after, treated.before, *self.counts.nights[::-1])
        values = {
            "before": f"{treated.before:.0f}",
            "after": f"{treated.after:.0f}",
            "change": change(found.point),
        }
        code = "effect-rise" if found.point > 1 else "effect-fall" if found.point < 1 else "effect-same"
        return [Message(code, **values), Message("effect-none"), Message("effect-reasons"), Message("effect-do")]

    def rows(self) -> list[Row]:
        """The figures of the table."""
        if not self.compared or self.empty:
            return []
        rows = [(Message("effect-row-treated"), *_range(self.difference(TREATED, COMPARISON), signed))]
        if AROUND in self.counts.cells:
            moved = self.difference(AROUND, AROUND_COMPARISON)
            rows.append((Message("effect-row-around"), *_range(moved, signed)))
            rows.append((Message("effect-row-total"), *_range(self.total, signed)))
        if self.ratio is not None:
            rows.append((Message("effect-row-ratio"), *_range(self.ratio, change)))
        rows.append((Message("effect-row-dispersion"), "", f"{self.counts.dispersion:.2f}"))
        return rows

    def figures(self) -> dict[str, Any]:
        """The figures, as JSON."""
        cells, total = self.counts.cells, self.total
        effect = None
        if self.compared and not self.empty:
            around = AROUND in cells
            effect = {
                "treated": _json(self.difference(TREATED, COMPARISON)),
                "around": _json(self.difference(AROUND, AROUND_COMPARISON)) if around else None,
                "total": _json(total), "ratio": _json(self.ratio), "told_apart": self.told,
                "least_difference": round(least_difference(total.error or 0.0), 2),
            }  # fmt: skip
        return {
            "compared": "before-after",
            "counts": {role: {"before": cell.before, "after": cell.after} for role, cell in cells.items()},
            "zones": {role: list(names) for role, names in self.counts.names.items()},
            "periods": [text for text in self.counts.periods if text], "nights": list(self.counts.nights),
            "dispersion": round(self.counts.dispersion, 4), "level": LEVEL, "wanted": POWER, "effect": effect,
            "words": [plain(message) for message in self.words()],
        }  # fmt: skip


@dataclass(frozen=True)
class OfTrial:
    """Nights or places with patrol against those without, as a trial drew them."""

    counts: TrialCounts
    dispersion: float
    ratio: Estimate
    difference: Estimate | None
    p: float
    """Of the randomisation test."""
    redraws: int
    seed: int

    @property
    def notes(self) -> tuple[Message, ...]:
        """What is to be told of the incidents."""
        return self.counts.notes

    @property
    def incidents(self) -> tuple[float, float]:
        """With patrol, and without."""
        patrol = self.counts.patrol
        return float(self.counts.counts[patrol].sum()), float(self.counts.counts[~patrol].sum())

    @property
    def told(self) -> bool:
        """Whether it is told apart from none: by the interval, and by drawing again."""
        return self.ratio.excludes(1) and self.p <= LEVEL

    @property
    def least(self) -> float | None:
        """The least fall that is found with `POWER`."""
        return least_fall(self.incidents[1], self.dispersion, share=float(self.counts.patrol.mean()))

    def words(self) -> list[Message]:
        """What was compared and what follows, in the order to be read."""
        patrol, (with_patrol, without) = self.counts.patrol, self.incidents
        compared = Message(
            "effect-nights" if self.counts.kind == "night" else "effect-places",
            patrol=int(patrol.sum()), none=int((~patrol).sum()), period=self.counts.period.text(),
            with_patrol=f"{with_patrol:.0f}", without=f"{without:.0f}",
        )  # fmt: skip
        between, point = _range(self.ratio, change)
        said = [compared, Message("effect-ratio", between=between, point=point)]
        if math.isnan(self.ratio.point):
            return [*said[:1], Message("effect-no-incidents")]
        said.append(_verdict(self.ratio, 1, self.told))
        least = self.least
        if least is None:
            said.append(Message("effect-blind"))
        else:
            said.append(Message("effect-least-fall", power=f"{POWER:.0%}", least=f"{least:.0%}"))
        return said

    def rows(self) -> list[Row]:
        """The figures of the table."""
        rows = [(Message("effect-row-rate"), *_range(self.ratio, change))]
        if self.difference is not None:
            night = self.counts.kind == "night"
            label = Message("effect-row-night" if night else "effect-row-place")
            rows.append((label, *_range(self.difference, lambda value: signed(value, 2))))
        rows.append((Message("effect-row-p", redraws=self.redraws, seed=self.seed), "", f"{self.p:.3f}"))
        rows.append((Message("effect-row-dispersion"), "", f"{self.dispersion:.2f}"))
        return rows

    def figures(self) -> dict[str, Any]:
        """The figures, as JSON."""
        patrol, (with_patrol, without) = self.counts.patrol, self.incidents
        return {
            "compared": self.counts.kind, "period": self.counts.period.text(), "drawn_with": self.counts.seed,
            "units": {"patrol": int(patrol.sum()), "none": int((~patrol).sum())},
            "counts": {"patrol": with_patrol, "none": without},
            "dispersion": round(self.dispersion, 4), "level": LEVEL, "wanted": POWER,
            "effect": {
                "ratio": _json(self.ratio), "difference": _json(self.difference), "p": round(self.p, 4),
                "redraws": self.redraws, "seed": self.seed, "told_apart": self.told, "least_fall": self.least,
            },
            "words": [plain(message) for message in self.words()],
        }  # fmt: skip


def of_trial(counts: TrialCounts, *, seed: int = 0, redraws: int = REDRAWS) -> OfTrial:
    """Compare the arms of a trial.

    Parameters
    ----------
    seed
        Of the randomisation test, which draws the trial again ``redraws`` times.
    """
    patrol, block, seen = counts.patrol, counts.block, counts.counts
    dispersion = dispersion_of_blocks(seen, patrol, block)
    ratio = rate_ratio(
        float(seen[patrol].sum()),
        float(seen[~patrol].sum()),
        float(patrol.sum()),
        float((~patrol).sum()),
        dispersion,
    )
    seeds: Sequence[int] = np.random.default_rng(seed).integers(2**32, size=redraws).tolist()
    p = randomisation_p(seen, patrol, block, counts.redraw, seeds)
    return OfTrial(counts, dispersion, ratio, mean_difference(seen, patrol, block), p, redraws, seed)
