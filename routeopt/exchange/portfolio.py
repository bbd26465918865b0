"""A portfolio's files: plan-01.json, plan-02.json, …, portfolio.json, portfolio.csv; draws.log.

portfolio.json has what `portfolio_json` returns, the ``digest`` of the plans' files (SHA-256 of one after the
other: ``cat plan-*.json | sha256sum``), and ``inputs``, path from the scenario → SHA-256. portfolio.csv has a line
per place: the longest stretch in which nobody may come, and the greatest chance that nobody is in sight for half
an hour. draws.log has a JSON object per line and draw (`routeopt.portfolio.draw.Drawn`); lines are only ever
added.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from routeopt.border import bordered
from routeopt.cells import guarded
from routeopt.errors import Fault, InputError
from routeopt.exchange.digests import digest_of
from routeopt.exchange.plan_json import write_plan
from routeopt.exchange.whole import staged
from routeopt.plan import Result
from routeopt.portfolio.draw import Drawn
from routeopt.portfolio.guarantee import WINDOW_MIN
from routeopt.portfolio.make import Portfolio
from routeopt.portfolio.overlap import WITHIN_MIN, return_entropy, start_entropy

FORMAT, VERSION = "routeopt-portfolio", 1
ABOUT, TABLE, LOG = "portfolio.json", "portfolio.csv", "draws.log"
COLUMNS = ("place", "zone", "street", "gap_min", "gap_from", "gap_until", "unseen_share", "unseen_from")


def portfolio_json(found: Portfolio, asked: int) -> dict[str, Any]:
    """Return the figures of a portfolio, for `json.dumps`; shares are in [0, 1].

    Parameters
    ----------
    asked
        Number of plans asked for.
    """
    problem = found.problem
    entropy, most = start_entropy(problem, found.stops)
    rows = place_rows(found)
    return {
        "format": FORMAT, "version": VERSION, "scenario": problem.name, "asked": asked, "within": found.within,
        "seed": found.seed, "iterations": found.iterations, "runtime_s": round(found.runtime_s, 3),
        "interrupted": found.interrupted, "best": found.best, "plans": names(len(found.plans)),
        "values": list(found.values),
        "least": min(found.values) / found.best if found.best > 0 else 1.0, "repeat_within_min": WITHIN_MIN,
        "repeat_share": found.repeat_share, "repeat_share_drawn": found.repeat_share_drawn,
        "repeats": [[round(float(share), 4) for share in row] for row in found.shares],
        "worst_gap_min": found.worst_gap_min,
        "worst_gap": max(rows, key=lambda row: row["gap_min"], default=None),
        "unseen_window_min": WINDOW_MIN, "worst_unseen": found.worst_unseen,
        "worst_unseen_at": max(rows, key=lambda row: row["unseen_share"], default=None),
        "never": [row["place"] for row in rows if row["gap_min"] >= problem.n_steps * problem.clock.step_s / 60],
        "entropy_start_bits": entropy, "entropy_start_most_bits": most,
        "entropy_return_bits": return_entropy(problem, found.stops),
        "gap_floor_min": found.floors.gap_min, "unseen_floor": found.floors.unseen, "not_held": not_held(found),
    }  # fmt: skip


def names(n: int) -> list[str]:
    """Return the names of the files of plans."""
    digits = max(2, len(str(n)))
    return [f"plan-{k:0{digits}d}.json" for k in range(1, n + 1)]


def place_rows(found: Portfolio) -> list[dict[str, Any]]:
    """Return what is promised at each place, under `COLUMNS`."""
    problem, promised = found.problem, found.guarantee
    step_s, zones = problem.clock.step_s, problem.site_zone or ("",) * problem.n_sites
    rows = []
    for k, (site, point) in enumerate(zip(found.places.site.tolist(), found.places.point.tolist(), strict=True)):
        begin, steps = int(promised.gap_begin[k]), int(promised.gap_steps[k])
        rows.append(
            {
                "place": problem.site_names[site], "zone": zones[site],
                "street": problem.point_names[point] if problem.point_names else "",
                "gap_min": steps * step_s / 60, "gap_from": problem.clock.text(begin * step_s),
                "gap_until": problem.clock.text((begin + steps) * step_s),
                "unseen_share": float(promised.unseen[k]),
                "unseen_from": problem.clock.text(int(promised.unseen_begin[k]) * step_s),
            }
        )  # fmt: skip
    return rows


def not_held(found: Portfolio) -> list[dict[str, Any]]:
    """List the places at which a floor that was asked for does not hold, with what is reached there."""
    problem, step_min = found.problem, found.problem.clock.step_s / 60
    missed = []
    for k, site in enumerate(found.places.site.tolist()):
        gap, unseen = int(found.guarantee.gap_steps[k]) * step_min, float(found.guarantee.unseen[k])
        place = problem.site_names[site]
        if found.floors.gap_min is not None and gap > found.floors.gap_min + 1e-9:
            missed.append({"place": place, "floor": "gap", "reached": gap})
        if found.floors.unseen is not None and unseen > found.floors.unseen + 1e-9:
            missed.append({"place": place, "floor": "unseen", "reached": unseen})
    return missed


def write_portfolio(
    found: Portfolio, folder: Path, about: dict[str, Any], inputs: Mapping[str, str]
) -> dict[str, Any]:
    """Write the plans, portfolio.json and portfolio.csv, all or none; return what portfolio.json has.

    Plans of an earlier portfolio in the folder are removed.

    Parameters
    ----------
    about
        What portfolio.json has of it: `portfolio_json`, and with what options it was made.
    inputs
        `routeopt.exchange.digests.digests` of the files that it was made from.

    Raises
    ------
    OSError
        If the disk refuses to write.
    """
    files = names(len(found.plans))
    with staged(folder) as stage:
        for name, plan, value in zip(files, found.plans, found.values, strict=True):
            result = Result(plan, value, "portfolio", found.seed, found.runtime_s, found.iterations)
            write_plan(stage / name, found.problem, result)
        document = about | {
            "digest": digest_of([(stage / name).read_bytes() for name in files]), "inputs": dict(inputs),
        }  # fmt: skip
        (stage / ABOUT).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        with (stage / TABLE).open("w", encoding="utf-8-sig", newline="") as handle:
            out = csv.writer(handle)
            out.writerow(COLUMNS)
            for row in place_rows(found):
                out.writerow([guarded(cell) if isinstance(cell, str) else f"{cell:g}" for cell in row.values()])
    for old in folder.glob("plan-*.json"):
        if old.name not in files and old.stem.removeprefix("plan-").isdigit():
            old.unlink()
    return document


@bordered("document")
def read_portfolio(folder: Path) -> dict[str, Any] | None:
    """Return what portfolio.json has, or None without such a file; its plans are as they were written.

    Raises
    ------
    InputError
        If it cannot be read, or the files of its plans are not those that were written.
    """
    path = folder / ABOUT
    if not path.exists():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or (document.get("format"), document.get("version")) != (
            FORMAT,
            VERSION,
        ):
            raise ValueError("it is no portfolio")
        files = [folder / Path(str(name)).name for name in document["plans"]]
        digest = digest_of([file.read_bytes() for file in files])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(Fault("RO-643", path, error=error)) from None
    if digest != document.get("digest"):
        raise InputError(Fault("RO-644", folder))
    return document


@bordered("document")
def read_log(path: Path) -> list[Drawn]:
    """Return the draws of a log; none if there is no such file.

    Raises
    ------
    InputError
        If a line was not written by `add_to_log`, or tells a plan that its seed does not draw.
    """
    if not path.exists():
        return []
    found, faults = [], []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(Fault("RO-643", path, error=error)) from None
    for n, line in enumerate(lines, 1):
        drawn = _read_line(line) if line.strip() else None
        if drawn is not None:
            found.append(drawn)
        elif line.strip():
            faults.append(Fault("RO-645", path, n))
    if faults:
        raise InputError(faults)
    return found


def _read_line(line: str) -> Drawn | None:
    try:
        drawn = Drawn(**json.loads(line))
    except (ValueError, TypeError):
        return None
    texts = all(isinstance(value, str) for value in (drawn.date, drawn.seed, drawn.digest))
    numbers = type(drawn.plans) is int and type(drawn.plan) is int and drawn.plans > 0
    return drawn if texts and numbers and drawn.is_sound() else None


def add_to_log(path: Path, drawn: Drawn) -> None:
    """Add a draw to a log.

    Raises
    ------
    OSError
        If the disk refuses to write.
    """
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(drawn.to_json(), ensure_ascii=False) + "\n")


def matches(document: dict[str, Any], asked: dict[str, Any], inputs: Mapping[str, str]) -> bool:
    """Whether a portfolio was made from files with these digests, as asked, and to its end."""
    wanted = asked | {"interrupted": False, "inputs": dict(inputs)}
    return all(document.get(key) == value for key, value in wanted.items())
