"""One-line mutations of modules, each against its room's tests: what survives is a line that no test notices.

    python -m benchmarks.mutants evaluation rules coordinates     # or no name: all of ROOMS; hours
    python -m benchmarks.mutants evaluation --sample 40 --seed 1  # some of each

The tests run once as they are, so that kernels are loaded and it is known which tests come to which line; then
each mutant runs in a fork, where the functions' code is exchanged, against the tests that come to its line, quick
ones first. A mutant of a line outside functions is tried on modules that are imported anew. Survivors are printed
as they are found; those in `mutants_equivalent.txt` change nothing that anybody could see, and are left out.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import functools
import gc
import importlib.abc
import importlib.util
import inspect
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
"""Lines ``module: function: before => after: reason``."""
SECONDS = 90
"""A mutant that takes more time of a processor than this is noticed."""
CHECKER = "tests/checker"
LONG = ("agrees_on_every", "every_strategy", "a_new_rule", "leave_it_at_its_post")
"""Parts of the names of tests that search for long, and are left out."""
OWN = ("routeopt", "tests", "check_plan")
"""Packages that are imported anew for a mutant of a line outside functions."""
ROOMS: dict[str, tuple[str, ...]] = {
    "evaluation": ("tests/test_evaluation.py", CHECKER),
    "coordinates": ("tests/test_coordinates.py",),
    "timeline": ("tests/test_timeline.py", "tests/test_evaluation.py", CHECKER),
    "diff": ("tests/test_diff.py",),
    "plan": ("tests/test_plan.py", "tests/test_document.py"),
    "exchange.datum": ("tests/reports/test_files.py",),
    "exchange.plan_json": ("tests/exchange/test_plan_json.py", "tests/test_document.py"),
    **{
        f"rules.{path.stem}": ("tests/rules", CHECKER)
        for path in sorted((ROOT / "routeopt" / "rules").glob("*.py"))
        if path.stem != "__init__"
    },
    **{f"dispatch.{name}": ("tests/dispatch",) for name in ("state", "log", "replan", "journal", "recommend")},
}
"""Module of the package → its tests."""

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Add, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"}


@dataclass(frozen=True)
class Mutant:
    """A changed module."""

    module: str
    line: int
    function: str
    """Qualified name, "" outside functions."""
    span: tuple[int, int]
    """First line of the function, and the one after its last; of the file outside functions."""
    before: str
    after: str
    tree: ast.Module

    @property
    def key(self) -> str:
        return f"{self.module}: {self.function}: {self.before} => {self.after}"


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a node may be changed to."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield ast.Compare(node.left, [SWAPS[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(SWAPS[type(node.op)](), node.values)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in SWAPS:
        changed = copy.copy(node)
        changed.op = SWAPS[type(node.op)]()
        yield changed
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield ast.Constant(node.value * 1.5 or 1.0)
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield ast.Name(NAMES[node.id], node.ctx)
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], node.ctx)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Continue):
        yield ast.Break()
    elif isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()


def source_of(module: str) -> Path:
    return ROOT.joinpath("routeopt", *module.split(".")).with_suffix(".py")


def mutants(module: str) -> Iterator[Mutant]:
    """Yield all mutants of a module, in order of lines; annotations, texts and decorators stay."""
    source = source_of(module).read_text(encoding="utf-8")
    tree = ast.parse(source)

    whole = (1, len(source.splitlines()) + 1)

    def walk(
        node: ast.AST, function: str, span: tuple[int, int]
    ) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, str, tuple[int, int]]]:
        """Yield (parent, field, index in it, node, function, its lines)."""
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
                continue
            is_list = isinstance(value, list)
            for n, child in enumerate(value if is_list else [value]):
                if not isinstance(child, ast.AST) or "TYPE_CHECKING" in ast.dump(child)[:60]:
                    continue
                name, lines = function, span
                if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                    name = f"{function}.{child.name}".strip(".")
                if isinstance(child, ast.FunctionDef):
                    lines = child.lineno, (child.end_lineno or child.lineno) + 1
                yield node, field, n if is_list else None, child, function, span
                yield from walk(child, name, lines)

    for parent, field, index, child, function, span in list(walk(tree, "", whole)):
        in_parent = isinstance(child, (ast.Constant, ast.Name)) and isinstance(parent, ast.expr)
        before = ast.unparse(parent if in_parent else child)
        for changed in variants(child):
            changed = ast.copy_location(changed, child)
            siblings = getattr(parent, field)
            if index is None:
                setattr(parent, field, changed)
            else:
                siblings[index] = changed
            mutated = ast.fix_missing_locations(copy.deepcopy(tree))
            after = ast.unparse(parent if in_parent else changed)
            if index is None:
                setattr(parent, field, child)
            else:
                siblings[index] = child
            line = getattr(child, "lineno", 0)
            yield Mutant(module, line, function, span, before, after, mutated)


def codes(code: CodeType, name: str = "") -> Iterator[tuple[str, CodeType]]:
    """Yield the code of functions and methods by qualified name."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_name.startswith("<"):
            own = f"{name}.{constant.co_name}".strip(".")
            yield own, constant
            yield from codes(constant, own)


def function_of(module: ModuleType, qualified: str) -> FunctionType | None:
    """Return the function behind a name, without its decorators; None if no such function exists."""
    found: Any = module
    for part in qualified.split("."):
        found = inspect.getattr_static(found, part, None)
    for attribute in ("fget", "func", "__func__", "__wrapped__"):
        found = getattr(found, attribute, found)
    return found if isinstance(found, FunctionType) else None


def place(mutant: Mutant) -> tuple[FunctionType, CodeType] | None:
    """Return the function whose code the mutant changes, and its code; None if it can only be imported anew."""
    module = importlib.import_module(f"routeopt.{mutant.module}")
    known = dict(codes(compile(mutant.tree, str(module.__file__), "exec")))
    parts = mutant.function.split(".")
    for n in range(1, len(parts) + 1):  # a function within a function is part of the outer one
        name = ".".join(parts[:n])
        function = function_of(module, name)
        if function is not None and name in known and function.__code__.co_freevars == known[name].co_freevars:
            same_head = function.__code__.co_varnames[: function.__code__.co_argcount]
            if same_head != known[name].co_varnames[: known[name].co_argcount]:
                return None
            return function, known[name]
    return None


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, *_: object) -> Any:
        if name == f"routeopt.{self.mutant.module}":
            return importlib.util.spec_from_loader(name, self, origin=name)
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.tree, module.__name__, "exec"), module.__dict__)


class Chosen:
    """A plugin of pytest that runs some tests alone, in this order."""

    def __init__(self, tests: list[str]) -> None:
        self.rank = {test: n for n, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.rank), key=lambda item: self.rank[item.nodeid])


class Watched:
    """A plugin of pytest that runs tests as they are, then some of them with each mutant.

    It notes which tests come to which lines of the mutated modules, and how long they take.
    """

    def __init__(self, found: list[Mutant], told: Callable[[Mutant], None]) -> None:
        self.paths = {str(source_of(mutant.module)) for mutant in found}
        self.found = found
        self.survives = told
        """Called with each survivor."""
        self.tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        """Path and line → tests."""
        self.seconds: dict[str, float] = {}
        self.failed = False
        self.elsewhere: list[Mutant] = []
        """Mutants that are to be imported."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item, after in zip(session.items, [*session.items[1:], None], strict=True):
            self.watch(item, after)
            if self.failed:
                return True
        of_id = {item.nodeid: item for item in session.items}
        for mutant in self.found:
            placed, tests = place(mutant), [of_id[test] for test in self.of(mutant)]
            if placed is None and tests:
                self.elsewhere.append(mutant)
            elif placed is None or not noticed(functools.partial(self.fails, *placed, tests)):
                self.survives(mutant)
        return True

    def watch(self, item: pytest.Item, after: pytest.Item | None) -> None:
        """Run a test and note the lines that it comes to."""
        lines: set[tuple[str, int]] = set()

        def within(frame: FrameType, _event: str, _value: object) -> Any:
            lines.add((frame.f_code.co_filename, frame.f_lineno))
            return within

        def enters(frame: FrameType, event: str, value: object) -> Any:
            return within(frame, event, value) if frame.f_code.co_filename in self.paths else None

        began = time.perf_counter()
        sys.settrace(enters)
        threading.settrace(enters)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        sys.settrace(None)
        threading.settrace(None)
        self.seconds[item.nodeid] = time.perf_counter() - began
        for line in lines:
            self.tests[line].add(item.nodeid)

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that come to a mutant's line, or into its function, quick ones first."""
        path = str(source_of(mutant.module))
        found = self.tests.get((path, mutant.line), set())
        if not found:
            found = set().union(*(self.tests.get((path, line), ()) for line in range(*mutant.span)))
        return sorted(found, key=lambda test: self.seconds[test])

    def fails(self, function: FunctionType, code: CodeType, tests: list[pytest.Item]) -> bool:
        """Whether one of the tests fails with another code of a function."""
        for found in gc.get_objects():  # caches hold what the code as it is returned
            if isinstance(found, functools._lru_cache_wrapper) and found.__module__.split(".")[0] in OWN:
                found.cache_clear()
        function.__code__ = code
        for test, after in zip(tests, [*tests[1:], None], strict=True):
            test.config.hook.pytest_runtest_protocol(item=test, nextitem=after)
            if self.failed:
                return True
        return False


def run_tests(paths: Iterable[str], plugin: object) -> int:
    """Run tests until one fails; return pytest's exit code."""
    plain = ["-x", "-q", "-s", "-n0", "-p", "no:cacheprovider", "-p", "no:benchmark"]
    chosen = ["-m", "not slow and not browser", "-k", " and ".join(f"not {name}" for name in LONG)]
    return int(pytest.main([*plain, *chosen, *paths], plugins=[plugin]))


def noticed(fails: Callable[[], bool]) -> bool:
    """Whether something fails, or does not end, in a process of its own."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))  # ends the child
        signal.alarm(SECONDS * 10)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        code = 1
        with contextlib.suppress(BaseException):
            code = int(fails())
        os._exit(code)
    return os.waitpid(child, 0)[1] != 0


def fails_anew(mutant: Mutant, tests: list[str]) -> bool:
    """Whether tests fail when the mutant is imported in place of its module."""
    for name in list(sys.modules):
        if name.split(".")[0] in OWN:
            del sys.modules[name]
    sys.meta_path.insert(0, Changed(mutant))
    return run_tests(dict.fromkeys(test.split("::")[0] for test in tests), Chosen(tests)) != 0


def equivalents() -> set[str]:
    """Read the mutants that change nothing."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    return {line.rsplit(" # ", 1)[0].strip() for line in lines if " # " in line}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="such as evaluation, rules, dispatch.replan; default: all")
    parser.add_argument("--sample", type=int, help="mutants per module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--again", type=Path, help="what an earlier run printed: only its survivors are tried")
    parser.add_argument("--tests", nargs="+", help="these in place of the rooms', such as those just written")
    parser.add_argument("--least", type=float, default=0.0, help="least score; below it the exit code is 1")
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    known, total, alive = equivalents(), 0, 0
    again = None if asked.again is None else asked.again.read_text(encoding="utf-8")
    rooms: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for module, paths in ROOMS.items():
        if not asked.modules or any(module == one or module.startswith(f"{one}.") for one in asked.modules):
            rooms[tuple(asked.tests or paths)].append(module)
    for paths, modules in rooms.items():
        found, survivors = [], Counter[str]()
        for module in modules:
            own = [mutant for mutant in mutants(module) if mutant.key not in known]
            if again is not None:
                own = [mutant for mutant in own if f": {mutant.key}\n" in again]
            if asked.sample is not None and len(own) > asked.sample:
                own = sorted(random.Random(asked.seed).sample(own, asked.sample), key=lambda one: one.line)
            found += own

        def survives(mutant: Mutant, survivors: Counter[str] = survivors) -> None:
            survivors[mutant.module] += 1
            print(f"{mutant.line}: {mutant.key}", flush=True)

        began, watched = time.perf_counter(), Watched(found, survives)
        if run_tests(paths, watched):
            print(f"{', '.join(modules)}: the tests fail without any mutant")
            return 1
        for mutant in watched.elsewhere:
            if not noticed(functools.partial(fails_anew, mutant, watched.of(mutant))):
                survives(mutant)
        of_module = Counter(mutant.module for mutant in found)
        for module in modules:
            share = 1 - survivors[module] / max(of_module[module], 1)
            print(f"== {module}: {of_module[module]} mutants, {share:.1%} noticed")
        print(f"== {time.perf_counter() - began:.0f} s", flush=True)
        total, alive = total + len(found), alive + survivors.total()
    print(f"== all: {total} mutants, {1 - alive / max(total, 1):.1%} noticed")
    return int(1 - alive / max(total, 1) < asked.least)


if __name__ == "__main__":
    sys.exit(main())
