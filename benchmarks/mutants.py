"""One-line mutations of modules, each against its room's tests: what survives is a line that no test notices.

    python -m benchmarks.mutants evaluation rules coordinates     # or no name: all of ROOMS; hours
    python -m benchmarks.mutants evaluation --sample 40 --seed 1  # some of each

The tests run once as they are, so that kernels are loaded; then each mutant runs in a fork, where the functions'
code is exchanged. A mutant of a line outside functions is tried on modules that are imported anew. Survivors are
printed; those in `mutants_equivalent.txt` change nothing that anybody could see, and are left out.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import inspect
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
"""Lines ``module: function: before => after: reason``."""
SECONDS = 90
"""A mutant that runs for longer than this is noticed."""
CHECKER = "tests/checker"
ROOMS: dict[str, tuple[str, ...]] = {
    "evaluation": ("tests/test_evaluation.py", CHECKER),
    "coordinates": ("tests/test_coordinates.py",),
    "timeline": ("tests/test_timeline.py", "tests/test_evaluation.py", CHECKER),
    "diff": ("tests/test_diff.py",),
    "plan": ("tests/test_document.py",),
    "exchange.datum": ("tests/reports/test_files.py",),
    "exchange.plan_json": ("tests/test_document.py", "tests/exchange"),
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


def mutants(module: str) -> Iterator[Mutant]:
    """Yield all mutants of a module, in order of lines; annotations, texts and decorators stay."""
    source = ROOT.joinpath("routeopt", *module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    tree = ast.parse(source)

    def walk(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, str]]:
        """Yield (parent, field, index in it, node, function)."""
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "type_params", "bases"):
                continue
            is_list = isinstance(value, list)
            for n, child in enumerate(value if is_list else [value]):
                if not isinstance(child, ast.AST) or "TYPE_CHECKING" in ast.dump(child)[:60]:
                    continue
                name = function
                if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                    name = f"{function}.{child.name}".strip(".")
                yield node, field, n if is_list else None, child, function
                yield from walk(child, name)

    for parent, field, index, child, function in list(walk(tree, "")):
        for changed in variants(child):
            changed = ast.copy_location(changed, child)
            siblings = getattr(parent, field)
            if index is None:
                setattr(parent, field, changed)
            else:
                siblings[index] = changed
            mutated = ast.fix_missing_locations(copy.deepcopy(tree))
            if index is None:
                setattr(parent, field, child)
            else:
                siblings[index] = child
            line = getattr(child, "lineno", 0)
            yield Mutant(module, line, function, ast.unparse(child), ast.unparse(changed), mutated)


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


def put_in(mutant: Mutant) -> bool:
    """Exchange the code of the mutant's function; return whether that was possible."""
    module = importlib.import_module(f"routeopt.{mutant.module}")
    known = dict(codes(compile(mutant.tree, str(module.__file__), "exec")))
    parts = mutant.function.split(".")
    for n in range(1, len(parts) + 1):  # a function within a function is part of the outer one
        name = ".".join(parts[:n])
        function = function_of(module, name)
        if function is not None and name in known and function.__code__.co_freevars == known[name].co_freevars:
            same_head = function.__code__.co_varnames[: function.__code__.co_argcount]
            if same_head != known[name].co_varnames[: known[name].co_argcount]:
                return False
            function.__code__ = known[name]
            return True
    return False


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


def run_tests(paths: tuple[str, ...]) -> int:
    import pytest

    plain = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "-p", "no:benchmark", "-m", "not slow and not browser"]
    return int(pytest.main([*plain, "-k", "not agrees_on_every", *paths]))


def noticed(mutant: Mutant, paths: tuple[str, ...]) -> bool:
    """Whether the tests fail, or do not end, with the mutant."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)  # ends the child
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        try:
            if not put_in(mutant):
                for name in list(sys.modules):
                    if name.split(".")[0] in ("routeopt", "tests", "check_plan"):
                        del sys.modules[name]
                sys.meta_path.insert(0, Changed(mutant))
            code = run_tests(paths)
        except BaseException:
            code = 1
        os._exit(1 if code else 0)
    return os.waitpid(child, 0)[1] != 0


def equivalents() -> set[str]:
    """Read the mutants that change nothing."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    return {line.rsplit(" # ", 1)[0].strip() for line in lines if " # " in line}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="such as evaluation, rules, dispatch.replan; default: all")
    parser.add_argument("--sample", type=int, help="mutants per module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--least", type=float, default=0.0, help="least score; below it the exit code is 1")
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    known, total, alive = equivalents(), 0, 0
    for module, paths in ROOMS.items():
        if asked.modules and not any(module == one or module.startswith(f"{one}.") for one in asked.modules):
            continue
        if run_tests(paths):
            print(f"{module}: its tests fail without any mutant")
            return 1
        found = [mutant for mutant in mutants(module) if mutant.key not in known]
        if asked.sample is not None and len(found) > asked.sample:
            found = sorted(random.Random(asked.seed).sample(found, asked.sample), key=lambda one: one.line)
        began, survivors = time.perf_counter(), [m for m in found if not noticed(m, paths)]
        total, alive = total + len(found), alive + len(survivors)
        share = 1 - len(survivors) / len(found) if found else 1.0
        print(f"== {module}: {len(found)} mutants, {share:.1%} noticed, {time.perf_counter() - began:.0f} s")
        for mutant in survivors:
            print(f"{mutant.line}: {mutant.key}", flush=True)
    print(f"== all: {total} mutants, {1 - alive / max(total, 1):.1%} noticed")
    return int(1 - alive / max(total, 1) < asked.least)


if __name__ == "__main__":
    sys.exit(main())
