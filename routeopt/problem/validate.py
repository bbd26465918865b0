"""Check the parts of a problem: types, shapes, ranges and pointers, which the kernels trust.

Arrays become C-contiguous and of the exact type; one that already is so is not copied, but seen through a
read-only view: whoever goes on writing into their own array changes the problem behind its back. An array that was
found sound is known again as long as it lives, so that `dataclasses.replace` looks only at what is new.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.errors import Fault
from routeopt.guard import between, kind, number, refuse, shown

if TYPE_CHECKING:
    from routeopt.problem.model import Problem, Profile, Tasks

Array = NDArray[Any]
Shape = Sequence[int | None]
"""Expected lengths; None for any length."""

FAR = 2**30
"""`routeopt.problem.UNREACHABLE`, as an int."""
MOST_STEPS = 2**30
"""Greatest index and number of steps: sums of a few fit into 32 bits."""
TAKEN = {"i": "iu", "f": "fiu", "b": "b"}
"""Expected kind of type → kinds that convert to it without loss (ranges are checked apart)."""
DTYPES = {"i": "int32", "l": "int64", "d": "float64", "?": "bool"}

_SOUND: dict[int, tuple[weakref.ref[Array], set[Hashable]]] = {}
"""Id of a read-only array → the array and the checks that it passed."""


def _known(table: Array, what: Hashable) -> bool:
    found = _SOUND.get(id(table))
    return found is not None and found[0]() is table and what in found[1] and not table.flags.writeable


def _remember(table: Array, what: Hashable) -> None:
    found = _SOUND.get(id(table))
    if found is None or found[0]() is not table:
        key = id(table)

        def forget(gone: weakref.ref[Array]) -> None:
            if key in _SOUND and _SOUND[key][0] is gone:
                del _SOUND[key]

        found = _SOUND[key] = weakref.ref(table, forget), set()
    found[1].add(what)


class Checked:
    """Check one array after the other and collect the faults."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []

    def fault(self, code: str, name: str, **values: Any) -> None:
        """Add a fault of a field."""
        self.faults.append(Fault(code, f"{self.path}.{name}" if name else self.path, **values))

    def array(self, name: str, value: object, letter: str, shape: Shape) -> Array | None:
        """Convert an array to the kernels' form, read-only; None if that is impossible."""
        dtype, n = np.dtype(DTYPES[letter]), len(self.faults)
        try:
            given = np.asarray(value)
        except (TypeError, ValueError, OverflowError):
            given = np.empty(0, dtype=object)
        if not isinstance(value, np.ndarray) and given.shape == (0,):
            given = given.astype(dtype)
        if given.dtype.kind not in TAKEN[dtype.kind] or isinstance(value, np.ma.MaskedArray):
            got = given.dtype.name if type(value) is np.ndarray else type(value).__name__
            self.fault("RO-410", name, dtype=dtype.name, got=got)
            return None
        if given.ndim != len(shape) or any(m not in (None, k) for k, m in zip(given.shape, shape, strict=True)):
            self.fault("RO-411", name, shape=_shape(shape), got=_shape(given.shape))
            return None
        made = given
        if given.dtype != dtype or not given.flags.aligned:
            with np.errstate(all="ignore"):
                made = given.astype(dtype)
                same = made.astype(given.dtype) == given if given.dtype.kind != "f" else (
                    (made == given) | (made != made) & (given != given)
                )  # fmt: skip
            if not same.all():
                self.fault("RO-410", name, dtype=dtype.name, got=shown(given[~same].flat[0]))
                return None
        kept = made if made.flags.c_contiguous else np.ascontiguousarray(made)
        if kept.flags.writeable:
            kept = kept.view()
            kept.flags.writeable = False
        return kept if len(self.faults) == n else None

    def values(self, name: str, table: Array | None, rule: Callable[[Array], tuple[str, Any] | None]) -> bool:
        """Return whether a check passes; otherwise its (code, values) become a fault."""
        found = None if table is None else rule(table)
        if found is None:
            return table is not None
        code, values = found
        at = values.pop("at", None)
        self.fault(code, name if at is None else f"{name}[{', '.join(map(str, at))}]", **values)
        return False

    def within(
        self, name: str, table: Array | None, least: float | None, most: float | None, *, above: bool = False
    ) -> bool:
        """Return whether all values are finite and within the limits (``above`` the least)."""
        if table is not None and _known(table, (least, most, above)):
            return True
        sound = self.values(name, table, lambda t: _outside(t, least, most, above))
        if sound and table is not None:
            _remember(table, (least, most, above))
        return sound

    def pointer(self, name: str, table: Array | None, end: int | None) -> bool:
        """Return whether it is a valid CSR pointer into an array of length ``end``."""
        if table is not None and _known(table, ("pointer", end)):
            return True
        if table is None:
            return False
        sound = True
        if len(table) == 0 or table[0] != 0:
            sound = False
            self.fault("RO-418", name, got=shown(table[0]) if len(table) else "-")
        sound = self.values(name, table, lambda t: _falls(t, "RO-417")) and sound
        if len(table) and end is not None and table[-1] != end:
            sound = False
            self.fault("RO-419", name, end=end, got=int(table[-1]))
        if sound and end is not None:
            _remember(table, ("pointer", end))
        return sound

    def texts(self, name: str, value: object, n: int | None, default: Callable[[int], str]) -> tuple[str, ...]:
        """Check names, one for each index; ``default`` fills in where there are none."""
        if not isinstance(value, (tuple, list)):
            self.faults += kind(f"{self.path}.{name}", value, tuple)
            return ()
        for k, text in enumerate(value):
            if not isinstance(text, str):
                self.faults += kind(f"{self.path}.{name}[{k}]", text, str)
                break
        if not value:
            return tuple(default(k) for k in range(n or 0))
        if n is not None and len(value) != n:
            self.fault("RO-425", name, expected=n, got=len(value))
        return tuple(value)


def _shape(shape: Shape) -> str:
    inner = ", ".join("n" if k is None else str(k) for k in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def _first(wrong: Array) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(int(wrong.argmax()), wrong.shape))


def _outside(t: Array, least: float | None, most: float | None, above: bool) -> tuple[str, Any] | None:
    """Find the first value that is not finite or outside its limits."""
    if t.size == 0 or t.dtype.kind == "b":
        return None
    low, high = t.min(), t.max()  # NaN if any is
    if t.dtype.kind == "f" and not (np.isfinite(low) and (np.isfinite(high) or most == np.inf)):
        wrong = np.isnan(t) if most == np.inf and not np.isneginf(low) else ~np.isfinite(t)
        return "RO-412", {"at": _first(wrong), "got": shown(t[wrong].flat[0])}
    if least is not None and (low <= least if above else low < least):
        at = _first(t == low)
        return "RO-415" if above else "RO-413", {"at": at, "least": least, "got": shown(low)}
    if most is not None and high > most:
        return "RO-414", {"at": _first(t == high), "most": most, "got": shown(high)}
    return None


def _falls(t: Array, code: str) -> tuple[str, Any] | None:
    """Find the first value less than its predecessor; with RO-416 also an equal one."""
    wrong = t[1:] <= t[:-1] if code == "RO-416" else t[1:] < t[:-1]
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return code, {"at": (k + 1,), "got": shown(t[k + 1]), "before": shown(t[k])}


def _set(thing: object, name: str, value: object) -> None:
    object.__setattr__(thing, name, value)


# profiles ---------------------------------------------------------------------------------------------------


def check_profile(profile: Profile) -> None:
    """Check a profile, and bring its arrays into the kernels' form.

    Raises
    ------
    InputError
        With every fault.
    """
    on = Checked("profile")
    on.faults += kind("profile.mode", profile.mode, str)

    def put(name: str, letter: str, shape: Shape) -> Array | None:
        table = on.array(name, getattr(profile, name), letter, shape)
        if table is not None:
            _set(profile, name, table)
        return table

    steps = put("travel_steps", "i", (None, None))
    n = None if steps is None else len(steps)
    if n == 0:
        on.fault("RO-424", "travel_steps")
    if steps is not None and n and steps.shape != (n, n):
        on.fault("RO-411", "travel_steps", shape=_shape((n, n)), got=_shape(steps.shape))
        steps = None
    if steps is not None and n and on.within("travel_steps", steps, 0, FAR):
        on.values("travel_steps", steps, _not_apart)
    metres = put("travel_m", "d", (n, n))
    on.within("travel_m", metres, 0, np.inf)
    rows = None if n is None else n + 1
    ptr, point = put("sight_ptr", "l", (rows,)), put("sight_point", "i", (None,))
    n_seen = None if point is None else len(point)
    rho = put("sight_rho", "d", (n_seen,))
    sound = on.pointer("sight_ptr", ptr, n_seen)
    if on.within("sight_point", point, 0, MOST_STEPS) and sound:
        rows_of = np.asarray(ptr)
        on.values("sight_point", point, lambda t: _unsorted(t, rows_of))
    on.within("sight_rho", rho, 0, 1, above=True)
    rows = None if n is None else n * n + 1
    ptr, point = put("pass_ptr", "l", (rows,)), put("pass_point", "i", (None,))
    n_passed = None if point is None else len(point)
    step = put("pass_step", "i", (n_passed,))
    sound = on.pointer("pass_ptr", ptr, n_passed)
    on.within("pass_point", point, 0, MOST_STEPS)
    if on.within("pass_step", step, 0, MOST_STEPS) and sound and step is not None and steps is not None:
        assert ptr is not None
        leg = np.repeat(steps.ravel(), np.diff(ptr))
        on.values("pass_step", step, lambda t: _late(t, leg))
    for name in ("pass_present", "pass_leaves"):
        on.within(name, put(name, "d", (n_passed,)), 0, 1)
    refuse(on.faults)
    _set(
        profile,
        "n_points",
        1 + max(int(profile.sight_point.max(initial=-1)), int(profile.pass_point.max(initial=-1))),
    )


def _not_apart(steps: Array) -> tuple[str, Any] | None:
    """Find a site with travel time to itself, or two sites less than a step apart."""
    own = np.diagonal(steps) % FAR  # a site may be out of reach altogether
    if own.any():
        k = int((own != 0).argmax())
        return "RO-414", {"at": (k, k), "most": 0, "got": int(own[k])}
    wrong = (steps == 0) & ~np.eye(len(steps), dtype=np.bool_)
    if not wrong.any():
        return None
    return "RO-413", {"at": _first(wrong), "least": 1, "got": 0}


def _unsorted(point: Array, ptr: Array) -> tuple[str, Any] | None:
    """Find a point listed twice for a site, or out of order."""
    wrong = point[1:] <= point[:-1]
    begins = ptr[1:-1][(ptr[1:-1] > 0) & (ptr[1:-1] < len(point))]
    wrong[begins - 1] = False
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return "RO-416", {"at": (k + 1,), "got": int(point[k + 1]), "before": int(point[k])}


def _late(step: Array, leg: Array) -> tuple[str, Any] | None:
    """Find a passage after the end of its leg."""
    wrong = step >= leg
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return "RO-420", {"at": (k,), "steps": int(leg[k]), "got": int(step[k])}


# tasks ------------------------------------------------------------------------------------------------------


def check_tasks(tasks: Tasks) -> None:
    """Check tasks by themselves; their sites, teams and steps are checked with the problem.

    Raises
    ------
    InputError
        With every fault.
    """
    on = Checked("tasks")
    names = on.texts("names", tasks.names, None, str)
    _set(tasks, "names", names)
    n = len(names)

    def put(name: str, letter: str, shape: Shape) -> Array | None:
        table = on.array(name, getattr(tasks, name), letter, shape)
        if table is not None:
            _set(tasks, name, table)
        return table

    on.within("site", put("site", "i", (n,)), 0, MOST_STEPS)
    opens, ptr = put("opens", "i", (None,)), put("window_ptr", "l", (n + 1,))
    closes = put("closes", "i", (None if opens is None else len(opens),))
    if on.pointer("window_ptr", ptr, None if opens is None else len(opens)):
        on.values("window_ptr", ptr, lambda t: _falls(t, "RO-416"))  # no task without a window
    on.within("opens", opens, 0, MOST_STEPS)
    on.within("closes", closes, 0, MOST_STEPS)
    if opens is not None and closes is not None and (opens > closes).any():
        k = int((opens > closes).argmax())
        on.fault("RO-427", f"opens[{k}]", first=int(opens[k]), last=int(closes[k]))
    on.within("service_steps", put("service_steps", "i", (n,)), 1, MOST_STEPS)
    on.within("reward", put("reward", "d", (n,)), 0, None)
    put("mandatory", "?", (n,))
    put("allowed", "?", (n, None))
    refuse(on.faults)


# problems ---------------------------------------------------------------------------------------------------


def check_problem(problem: Problem) -> None:
    """Check a problem's parts against each other, and bring its arrays into the kernels' form.

    Raises
    ------
    InputError
        With every fault.
    """
    from routeopt.problem.model import Profile, Tasks

    on = Checked("problem")

    def put(name: str, letter: str, shape: Shape) -> Array | None:
        table = on.array(name, getattr(problem, name), letter, shape)
        if table is not None:
            _set(problem, name, table)
        return table

    def scalar(name: str, least: float | None, most: float | None, above: float | None = None) -> None:
        value = getattr(problem, name)
        faults = number(f"problem.{name}", value, least, most, above=above)
        on.faults += faults
        if not faults:
            _set(problem, name, float(value))

    demand = put("demand", "d", (None, None))
    n_points, n_steps = (None, None) if demand is None else demand.shape
    if demand is not None and demand.size == 0:
        on.fault("RO-424", "demand")
    elif on.within("demand", demand, 0, None) and demand is not None and not _known(demand, "sum"):
        with np.errstate(over="ignore"):
            total = demand.sum()
        if 0 < total < np.inf:
            _remember(demand, "sum")
        else:
            on.fault("RO-426", "demand", got=shown(total))
    wrong = kind("problem.clock", problem.clock, Clock)
    on.faults += wrong
    if not wrong and n_steps is not None and problem.clock.n_steps != n_steps:
        on.fault(
            "RO-411", "demand", shape=_shape((n_points, problem.clock.n_steps)), got=_shape((n_points, n_steps))
        )
    on.within("level0", put("level0", "d", (n_points,)), 0, 1)
    dwell = put("dwell_steps", "i", (None,))
    if dwell is not None and len(dwell) == 0:
        on.fault("RO-424", "dwell_steps")
    if on.within("dwell_steps", dwell, 1, MOST_STEPS):
        on.values("dwell_steps", dwell, lambda t: _falls(t, "RO-416"))
    effect = put("dwell_effect", "d", (None if dwell is None else len(dwell),))
    if on.within("dwell_effect", effect, 0, 1):
        on.values("dwell_effect", effect, lambda t: _falls(t, "RO-417"))
    scalar("passage_effect", 0, 1)
    scalar("tau_s", None, None, above=0)
    n_sites, n_profiles = _check_profiles(problem, on, Profile, n_points)
    factor = put("team_factor", "d", (None,))
    n_teams = None if factor is None else len(factor)
    if n_teams == 0:
        on.fault("RO-424", "team_factor")
    on.within("team_factor", factor, 0, 1)
    on.within("team_profile", put("team_profile", "i", (n_teams,)), 0, _last(n_profiles))
    for name in ("team_start_site", "team_end_site"):
        on.within(name, put(name, "i", (n_teams,)), 0, _last(n_sites))
    for name in ("team_start_step", "team_end_step"):
        on.within(name, put(name, "i", (n_teams,)), 0, n_steps)
    put("team_powers", "?", (n_teams,))
    _check_response(problem, on, n_profiles, n_sites, n_points)
    _check_names(problem, on, put, n_sites, n_points, n_teams)
    wrong = kind("problem.tasks", problem.tasks, Tasks)
    on.faults += wrong
    if not wrong:
        tasks = problem.tasks
        on.within("tasks.site", tasks.site, 0, _last(n_sites))
        on.within("tasks.closes", tasks.closes, 0, _last(n_steps))
        if len(tasks) and n_teams is not None and tasks.allowed.shape[1] != n_teams:
            expected = _shape((len(tasks), n_teams))
            on.fault("RO-411", "tasks.allowed", shape=expected, got=_shape(tasks.allowed.shape))
    refuse(on.faults)


def _last(n: int | None) -> int | None:
    return None if n is None else n - 1


def _check_profiles(
    problem: Problem, on: Checked, expected: type, n_points: int | None
) -> tuple[int | None, int | None]:
    """Return the numbers of sites and of profiles, as far as they are known."""
    profiles = problem.profiles
    if not isinstance(profiles, (tuple, list)):
        on.faults += kind("problem.profiles", profiles, tuple)
        return None, None
    _set(problem, "profiles", tuple(profiles))
    if not profiles:
        on.fault("RO-424", "profiles")
        return None, None
    n_sites = None
    for p, profile in enumerate(profiles):
        wrong = kind(f"problem.profiles[{p}]", profile, expected)
        on.faults += wrong
        if wrong:
            continue
        n = len(profile.travel_steps)
        n_sites = n if n_sites is None else n_sites
        if n != n_sites:
            where = f"profiles[{p}].travel_steps"
            on.fault("RO-411", where, shape=_shape((n_sites, n_sites)), got=_shape((n, n)))
        if n_points is not None and profile.n_points > n_points:
            for name in ("sight_point", "pass_point"):
                most = int(getattr(profile, name).max(initial=-1))
                on.faults += between(f"problem.profiles[{p}].{name}", most, None, n_points - 1)
    return n_sites, len(profiles)


def _check_response(
    problem: Problem, on: Checked, n_profiles: int | None, n_sites: int | None, n_points: int | None
) -> None:
    """Check the response radii, and the points reached within each."""
    fields = ("handling_min", "response_ptr", "response_point")
    wrong = [f for name in fields if not isinstance(getattr(problem, name), (tuple, list))
             for f in kind(f"problem.{name}", getattr(problem, name), tuple)]  # fmt: skip
    on.faults += wrong
    if wrong:
        return
    minutes, n = [], len(problem.handling_min)
    for m, radius in enumerate(problem.handling_min):
        faults = number(f"problem.handling_min[{m}]", radius, 0)
        on.faults += faults
        minutes.append(radius if faults else float(radius))
    _set(problem, "handling_min", tuple(minutes))
    for name in fields[1:]:
        if len(getattr(problem, name)) != n:
            on.fault("RO-425", name, expected=n, got=len(getattr(problem, name)))
            return
    ptrs, points = [], []
    rows = None if n_profiles is None or n_sites is None else n_profiles * n_sites + 1
    for m in range(n):
        ptr = on.array(f"response_ptr[{m}]", problem.response_ptr[m], "l", (rows,))
        point = on.array(f"response_point[{m}]", problem.response_point[m], "i", (None,))
        on.pointer(f"response_ptr[{m}]", ptr, None if point is None else len(point))
        on.within(f"response_point[{m}]", point, 0, _last(n_points))
        ptrs.append(ptr)
        points.append(point)
    _set(problem, "response_ptr", tuple(ptrs))
    _set(problem, "response_point", tuple(points))


def _check_names(
    problem: Problem,
    on: Checked,
    put: Callable[[str, str, Shape], Array | None],
    n_sites: int | None,
    n_points: int | None,
    n_teams: int | None,
) -> None:
    """Check names and places, and where teams may stop; fill in defaults for those not given."""
    on.faults += kind("problem.name", problem.name, str)
    for name, n, default in (
        ("site_names", n_sites, "site {}"), ("site_zone", n_sites, ""), ("point_names", n_points, ""),
        ("point_zone", n_points, ""), ("team_names", n_teams, "team {}"),
    ):  # fmt: skip
        _set(problem, name, on.texts(name, getattr(problem, name), n, default.format))
    if n_sites is not None and np.size(problem.site_stoppable) == 0:
        _set(problem, "site_stoppable", np.ones(n_sites, dtype=np.bool_))
    put("site_stoppable", "?", (n_sites,))
    for name, most in (("site_lat", 90), ("site_lon", 180)):
        n = 0 if np.size(getattr(problem, name)) == 0 else n_sites
        on.within(name, put(name, "d", (n,)), -most, most)
    n = 0 if np.size(problem.point_segment) == 0 else n_points
    on.within("point_segment", put("point_segment", "i", (n,)), 0, MOST_STEPS)
