"""The outsider's checker agrees with the program, and notices what is changed."""

from __future__ import annotations

import ast
import gzip
import json
import subprocess
import sys
from collections import Counter

import pytest

from routeopt import Budget, build, check, read_scenario, solve, write_plan
from routeopt.errors import InfeasibleError, InputError
from routeopt.exchange.proof import FORMAT, write_proof
from tests.checker.conftest import FILE
from tests.checker.hard import changed_plan, hard_problem
from tests.conftest import ROOT

SCENARIOS = sorted(path for path in ROOT.glob("scenarios/*/*.yaml") if "routeopt:" in path.read_text("utf-8"))


@pytest.fixture(scope="module")
def streets_kept(tmp_path_factory):
    """A folder for the streets of the model town, which all scenarios have."""
    return tmp_path_factory.mktemp("streets")


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[] if path.stem == "night" else pytest.mark.slow) for path in SCENARIOS],
    ids=lambda path: path.stem,
)
def test_it_agrees_on_every_scenario(checker, path, tmp_path, capsys, streets_kept, monkeypatch):
    """But for the one that no plan can satisfy."""
    monkeypatch.setenv("ROUTEOPT_CACHE", str(streets_kept))
    problem = build(read_scenario(path))
    if path.stem == "conflict":
        with pytest.raises(InfeasibleError):
            solve(problem, Budget(iterations=0))
        return
    result = solve(problem, Budget(iterations=1))
    write_plan(tmp_path / "plan.json", problem, result)
    write_proof(tmp_path / "proof.json.gz", problem, result.plan)
    code = checker.main([str(tmp_path / "plan.json"), str(tmp_path / "proof.json.gz")])
    said = capsys.readouterr().out
    assert (code, said.splitlines()[1:]) == (0, [f"{said.split()[-7]} comparisons, 0 differences or broken rules"])
    assert f"value {result.value:.12f}" in said


@pytest.mark.parametrize("seed", range(100))
def test_both_judge_any_plan_alike(outsider, seed, capsys):
    """Figures of a plan, and how often it breaks which rule: two implementations that share no line."""
    problem = hard_problem(seed)
    plan = changed_plan(problem, seed, seed % 4)
    report = outsider(problem, plan)
    assert [line for line in report.wrong if "recomputed" in line] == []
    theirs, ours = (line.split(":")[0] for line in report.wrong), (v.code for v in check(problem, plan))
    assert Counter(theirs) == Counter(ours)
    assert report.compared > 30


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A plan as the command line writes it, and its proof."""
    from routeopt.exchange import plan_json, proof
    from routeopt.problem.build import build_with_streets
    from routeopt.reports.build_model import build_model
    from tests.conftest import NIGHT, SQUARE

    folder = tmp_path_factory.mktemp("night")
    (folder / "square.osm").write_text(SQUARE, encoding="utf-8")
    (folder / "night.json").write_text(json.dumps(NIGHT), encoding="utf-8")
    built = build_with_streets(read_scenario(folder / "night.json"))
    report = build_model(built, solve(built.problem, Budget(iterations=5)), "en")
    plan_json.write(report, folder / "plan.json")
    proof.write(report, folder / "proof.json.gz")
    return folder / "plan.json", folder / "proof.json.gz"


def test_a_plan_of_the_command_line(files):
    """With its arrivals, by a Python that has nothing of the package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(FILE), *map(str, files)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 differences or broken rules" in done.stdout


def no_change(plan, proof):
    pass


def later(plan, proof):
    visit = plan["routes"][0]["visits"][0]
    hour, minute = map(int, visit["arrive"].split(":"))
    visit["arrive"] = f"{hour:02d}:{(minute + 1) % 60:02d}"


def late(plan, proof):
    plan["routes"][0]["visits"][1]["start_step"] = plan["routes"][0]["visits"][0]["start_step"] + 1


def better(plan, proof):
    plan["figures"]["within"]["60"] += 2e-9


def zone(plan, proof):
    plan["figures"]["zones"]["elsewhere"] = 0.5


def demand(plan, proof):
    row = max(proof["demand"], key=lambda runs: sum(value * steps for value, steps in runs))
    row[0][0] *= 1.001


def sight(plan, proof):
    proof["seen"][1]["sight"][0][1] *= 0.99


def faster(plan, proof):
    proof["legs"][0]["in_period"][0]["steps"] += 1


def decay(plan, proof):
    proof["tau_s"] += 1


def powers(plan, proof):
    proof["teams"][0]["powers"] = False


def shift(plan, proof):
    proof["teams"][0]["end_step"] -= 1


def menu(plan, proof):
    plan["dwell_steps"][0] += 1


def swapped(plan, proof):
    plan["routes"][0]["team"] = "somebody"


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (no_change, 0, "0 differences"), (later, 1, "stop 1, arrive"), (late, 1, "is due at"),
        (better, 1, "figures.within.60"), (zone, 1, "keys of figures.zones"), (demand, 1, "figures.visibility"),
        (sight, 1, "figures.visibility"), (faster, 1, "arrive"), (decay, 1, "figures.visibility"),
         (powers, 1, "figures.handling.1"), (shift, 1, "is due at"),
        (menu, 1, "dwell_steps"), (swapped, 2, "cannot be read: KeyError: 'somebody'"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)  # fmt: skip
def test_it_notices(checker, files, tmp_path, capsys, change, code, word):
    plan = json.loads(files[0].read_text(encoding="utf-8"))
    proof = json.loads(gzip.decompress(files[1].read_bytes()))
    change(plan, proof)
    paths = tmp_path / "plan.json", tmp_path / "proof.json"  # unpacked is read as well
    for path, document in zip(paths, (plan, proof), strict=True):
        path.write_text(json.dumps(document), encoding="utf-8")
    assert checker.main(list(map(str, paths))) == code
    assert word in capsys.readouterr().out


def test_files_that_are_none(checker, files, tmp_path, capsys):
    assert checker.main([str(files[0])]) == 2
    assert checker.main([str(files[0]), str(files[0])]) == 2
    assert checker.main([str(files[0]), str(tmp_path / "none.json")]) == 2
    assert "FileNotFoundError" in capsys.readouterr().out


def test_it_imports_the_standard_library_alone():
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_equal_plans_give_equal_files_and_a_refusing_disk_is_named(tmp_path):
    problem = hard_problem(1)
    plan = changed_plan(problem, 1, 0)
    for name in ("a", "b"):
        write_proof(tmp_path / name, problem, plan)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert json.loads(gzip.decompress((tmp_path / "a").read_bytes()))["format"] == FORMAT
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file"):
        write_proof(tmp_path / "file" / "proof", problem, plan)
