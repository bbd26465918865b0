"""The package as others import it."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from pkgutil import walk_packages

import networkx as nx
import pytest

import routeopt
from routeopt.errors import InputError, Message

CLASSES = [
    "Budget", "Change", "Plan", "Problem", "Result", "Route", "RouteoptError", "Scenario", "Situation", "Task",
    "TeamState", "Visit",
]  # fmt: skip
FUNCTIONS = [
    "bound", "build", "check", "differences", "draw_areas", "evaluate", "read_plan", "read_scenario", "replan",
    "solve", "warm", "with_tasks", "write_plan",
]  # fmt: skip


def modules() -> list[str]:
    """Every module of the package but the one that runs it."""
    found = walk_packages(routeopt.__path__, "routeopt.")
    return [module.name for module in found if not module.name.endswith(".__main__")]


def python(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_public_names_are_these_and_no_others():
    assert routeopt.__all__ == sorted(CLASSES + FUNCTIONS)
    assert dir(routeopt) == routeopt.__all__


@pytest.mark.parametrize("name", CLASSES + FUNCTIONS)
def test_public_name_has_its_kind_and_a_docstring(name):
    thing = getattr(routeopt, name)
    assert inspect.isclass(thing) if name in CLASSES else inspect.isfunction(thing)
    assert thing.__name__ == name
    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}("), "dataclass writes such a line where there is no docstring"


def test_no_module_has_the_name_of_a_public_name():
    """A loaded submodule becomes an attribute of its package and would hide the function."""
    assert {name for name in routeopt.__all__ if f"routeopt.{name}" in modules()} == set()


@pytest.mark.parametrize(
    "imports",
    [
        "import routeopt.evaluation, routeopt.solving, routeopt.lagrangian",
        "import routeopt.problem.build, routeopt.rules, routeopt.dispatch.replan",
        "from routeopt import solving, problem, rules, evaluation, lagrangian, budget, plan, errors",
    ],
)
def test_public_functions_stay_functions_once_modules_are_loaded(imports):
    functions = ", ".join(FUNCTIONS)
    loaded = f"{imports}; from routeopt import {functions}; import routeopt; "
    said = "print(all(callable(f) and f is getattr(routeopt, f.__name__) for f in"
    assert python(f"{loaded}{said} ({functions})))") == "True\n"


def loads(module: str) -> set[str]:
    """What a module of the package imports while it is loaded, as its text says, and the packages around these."""
    package = Path(routeopt.__path__[0], *module.split(".")[1:])
    path = package / "__init__.py" if package.is_dir() else package.with_suffix(".py")
    todo, named = [*ast.parse(path.read_text(encoding="utf-8")).body], {module}
    while todo:
        line = todo.pop()
        if isinstance(line, ast.Import):
            named |= {one.name for one in line.names}
        elif isinstance(line, ast.ImportFrom):
            named |= {f"{line.module}.{one.name}" for one in line.names}
        elif not isinstance(line, ast.FunctionDef) and not (
            isinstance(line, ast.If) and ast.unparse(line.test) == "TYPE_CHECKING"
        ):
            todo += [one for one in ast.iter_child_nodes(line) if isinstance(one, ast.stmt | ast.excepthandler)]
    parts = (name.split(".") for name in named)
    return {".".join(one[:n]) for one in parts for n in range(1, len(one) + 1)} - {module}


@pytest.mark.slow
def test_every_module_can_be_imported_first():
    """Circles hide where something else was imported before.

    There are those of packages alone that import what is in them: whoever imports a part of one begins with the
    package. So it is enough that each of these can be imported first, and every module at all.
    """
    names = ["routeopt", *modules()]
    graph = nx.DiGraph((name, other) for name in names for other in loads(name) if other in names)
    circles = [sorted(one) for one in nx.strongly_connected_components(graph) if len(one) > 1]
    first = [circle[0] for circle in circles]
    assert [name for package, *parts in circles for name in parts if not name.startswith(f"{package}.")] == []
    assert (
        python(f"""
import importlib, sys
for name in {[*first, *names]!r}:
    for loaded in [m for m in sys.modules if m.split(".")[0] == "routeopt" and name in {first!r}]:
        del sys.modules[loaded]
    importlib.import_module(name)
print("all")
""")
        == "all\n"
    )


def test_ten_lines(night):
    from routeopt import Budget, build, check, evaluate, read_scenario, solve

    problem = build(read_scenario(night()))
    result = solve(problem, Budget(iterations=5), seed=1)
    assert check(problem, result.plan) == []
    assert evaluate(problem, result.plan).visibility == pytest.approx(result.value)


def test_typed():
    assert (files("routeopt") / "py.typed").is_file()


def test_import_loads_nothing_heavy():
    """The time itself is the benchmark's; what would cost it is known by name."""
    code = "import sys, routeopt; print(*[m for m in ('numpy', 'numba', 'osmnx', 'pydantic') if m in sys.modules])"
    assert python(code) == "\n"


def test_what_is_no_path_or_scenario_is_refused():
    with pytest.raises(routeopt.RouteoptError, match=r"path: must be of type str \(got int\)"):
        routeopt.read_scenario(5)
    with pytest.raises(routeopt.RouteoptError, match=r"scenario: must be of type Scenario \(got str\)"):
        routeopt.build("night.yaml")


ODD = (
    object(), 1.5, -7, "?", b"?", [object()], {"?": object()}, (1, 2, 3), lambda *_: None, 1j, float("nan"),
    10**400,
)  # fmt: skip
"""What no argument takes, or only some do."""


def sound_calls(problem, folder):
    """Every public function, and every method in people's terms, with arguments that it takes."""
    budget, task = routeopt.Budget(iterations=1), routeopt.Task("a", 1, ((0, 3),), 1)
    result = routeopt.solve(problem, budget)
    plan, now, stop = result.plan, routeopt.Situation(2), routeopt.Visit(1, 0, 0)
    change = routeopt.Change(0, "added", stop, Message("task-added"))
    night, file = folder / "night.yaml", folder / "plan.json"
    routeopt.write_plan(file, problem, plan)
    spoken = {"name": "b", "place": "site 1", "service_min": 5}
    return {
        "bound": (routeopt.bound, {"problem": problem, "budget": budget, "plan": plan, "progress": None}),
        "build": (routeopt.build, {"scenario": routeopt.read_scenario(night), "memory_limit": "off"}),
        "check": (routeopt.check, {"problem": problem, "plan": plan}),
        "differences": (routeopt.differences, {"problem": problem, "before": plan, "after": plan}),
        "draw_areas": (routeopt.draw_areas, {
            "scenario": routeopt.read_scenario(night), "teams": 2, "tolerance": 0.5, "travel": 0.0,
            "budget": budget, "goal": 0.5, "seed": 1, "progress": None, "say": None,
        }),
        "evaluate": (routeopt.evaluate, {"problem": problem, "plan": plan, "covered": None}),
        "read_plan": (routeopt.read_plan, {"path": file, "problem": problem}),
        "read_scenario": (routeopt.read_scenario, {"path": night}),
        "replan": (routeopt.replan, {
            "problem": problem, "plan": plan, "situation": now, "budget": budget, "seed": 1, "price": 0.1,
            "lead_min": 10.0,
        }),
        "solve": (routeopt.solve, {
            "problem": problem, "budget": budget, "strategy": "greedy", "seed": 1, "initial": plan,
            "progress": None, "threads": 1, "memory_limit": "off", "keep": None, "resume": None,
        }),
        "warm": (routeopt.warm, {}),
        "with_tasks": (routeopt.with_tasks, {"problem": problem, "tasks": [task]}),
        "write_plan": (routeopt.write_plan, {"path": folder / "new.json", "problem": problem, "plan": result}),
        "Problem.team": (problem.team, {"name": "team 0"}),
        "Problem.site": (problem.site, {"place": "site 0", "within_m": 10.0}),
        "Problem.step": (problem.step, {"time": "19:10"}),
        "Problem.time": (problem.time, {"step": 10}),
        "Problem.closed": (problem.closed, {"closures": []}),
        "Plan.table": (plan.table, {"problem": problem}),
        "Plan.to_json": (plan.to_json, {"problem": problem}),
        "Plan.from_json": (routeopt.Plan.from_json, {"problem": problem, "document": plan.to_json(problem)}),
        "Result.to_json": (result.to_json, {"problem": problem}),
        "Change.to_json": (change.to_json, {"problem": problem}),
        "Change.from_json": (routeopt.Change.from_json, {"problem": problem, "document": change.to_json(problem)}),
        "Situation.of": (routeopt.Situation.of, {
            "problem": problem, "now": "19:10", "teams": {"team 0": {"on_duty": False}}, "closed": ["site 1"],
            "tasks": [spoken],
        }),
        "Situation.to_json": (now.to_json, {"problem": problem}),
        "Situation.from_json": (
            routeopt.Situation.from_json, {"problem": problem, "document": now.to_json(problem)},
        ),
        "Task.of": (routeopt.Task.of, {
            "problem": problem, **spoken, "windows": [("19:10", "19:20")], "reward": 0.1, "mandatory": True,
            "teams": ["team 0"],
        }),
        "Task.to_json": (task.to_json, {"problem": problem}),
        "Task.from_json": (routeopt.Task.from_json, {"problem": problem, "document": spoken}),
    }  # fmt: skip


def refused(call, arguments):
    """The InputError of a call, if it raises one."""
    try:
        call(**arguments)
    except InputError as error:
        return error
    return None


def test_a_wrong_type_is_an_input_error_of_the_argument(make_problem, night, tmp_path, monkeypatch):
    """Of every argument of every public function: it (or a file) is named, unless the argument takes the value."""
    monkeypatch.chdir(tmp_path)
    night()
    calls = sound_calls(make_problem(1, n_sites=4, n_points=5, n_steps=40), tmp_path)
    assert set(FUNCTIONS) <= set(calls)
    for name, (call, sound) in calls.items():
        taken = {key for key in inspect.signature(call).parameters if key != "up"}
        assert taken == set(sound), name
        call(**sound)
        for key in sound:
            said = [str(error) for odd in ODD if (error := refused(call, sound | {key: odd})) is not None]
            assert said, (name, key)
            others = [text for text in said if key not in text and not text.startswith(("?", "task."))]
            assert others == [], name


FIELDS = {
    "Visit": ("site", "start", "activity", "fixed"), "Route": ("team", "visits"), "Plan": ("routes",),
    "Task": ("name", "site", "windows", "service_steps", "reward", "mandatory", "teams"),
    "TeamState": ("site", "free_step", "on_duty"), "Situation": ("step", "teams", "closed", "tasks_added"),
    "Change": ("team", "what", "visit", "why"),
    "Result": (
        "plan", "value", "strategy", "seed", "runtime_s", "iterations", "bound", "history", "changes", "prices",
    ),
}  # fmt: skip
"""Class → its fields, which are checked when a function is given it."""


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in FIELDS.items() for field in fields])
def test_a_wrong_type_inside_of_what_is_given_is_an_input_error(make_problem, kind, field):
    problem, visit = make_problem(1), routeopt.Visit(1, 20, 0)
    things = {
        "Visit": visit, "Route": routeopt.Route(0, (visit,)), "Task": routeopt.Task("a", 1, ((0, 3),), 1),
        "Plan": routeopt.Plan((routeopt.Route(0, (visit,)), routeopt.Route(1), routeopt.Route(2))),
        "TeamState": routeopt.TeamState(1, 5), "Situation": routeopt.Situation(2),
        "Change": routeopt.Change(0, "added", visit, Message("task-added")),
    }  # fmt: skip
    things["Result"] = routeopt.Result(things["Plan"], 0.5, "mine", 1, 0.1, 5)
    whole = {
        "Visit": lambda it: routeopt.Plan((routeopt.Route(0, (it,)), routeopt.Route(1), routeopt.Route(2))),
        "Route": lambda it: routeopt.Plan((it, routeopt.Route(1), routeopt.Route(2))),
        "Task": lambda it: routeopt.Situation(2, tasks_added=(it,)),
        "TeamState": lambda it: routeopt.Situation(2, {0: it}),
    }
    changed = things[kind]._replace if hasattr(things[kind], "_replace") else partial(replace, things[kind])
    plan, budget, first = things["Plan"], routeopt.Budget(iterations=0), []
    for odd in ODD:
        it = whole.get(kind, lambda it: it)(changed(**{field: odd}))
        uses = [(it.to_json, {"problem": problem})]
        if isinstance(it, routeopt.Plan):
            uses += [(it.table, {"problem": problem}), (routeopt.evaluate, {"problem": problem, "plan": it})]
        if isinstance(it, routeopt.Situation):
            arguments = {"problem": problem, "plan": plan, "situation": it, "budget": budget}
            uses.append((routeopt.replan, arguments))
        first += [refused(call, arguments) for call, arguments in uses]
    assert field in str(first[0])
