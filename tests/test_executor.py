"""Runs on other cores: the same results, whatever dies."""

from __future__ import annotations

import os
import pickle
import signal
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from routeopt.demand.forecast.backtest import backtest
from routeopt.errors import Fault, InfeasibleError, InputError, Message, RouteoptError
from routeopt.executor import Workers, cluster, in_order, opened, shared, write_mapped
from routeopt.solving import compare
from tests.demand.forecast.test_backtest import drawn, write
from tests.demand.forecast.test_backtest import grid as grid


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as executor:
        yield executor


@pytest.fixture
def incidents(grid, tmp_path):
    return write(tmp_path, grid, drawn(grid, days=30))


def double(x):
    return 2 * x


def total(given):
    value = opened(given)
    return float(value["a"].sum()), value["a"].flags.writeable, id(value["a"]), os.getpid()


def refused():
    raise InfeasibleError([Fault("RO-456", Message("place-team", name="A")), Fault("RO-458", "B", 3)])


def killed_once(mark):
    """Die as if by the system when memory is short; but only the first time."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def killed():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


def test_results_come_in_the_order_of_the_tasks_with_progress(workers):
    said = []
    tasks = [workers.submit(double, n) for n in range(8)]
    assert list(in_order(tasks, lambda done, of: said.append((done, of)))) == list(range(0, 16, 2))
    assert said == [(n, 8) for n in range(1, 9)]
    assert list(workers.map(double, range(3))) == [0, 2, 4]


def test_an_error_keeps_its_faults(workers):
    with pytest.raises(InfeasibleError) as caught:
        workers.submit(refused).result()
    assert [fault.place for fault in caught.value.faults] == ['team "A"', "B:3"]
    error = InputError(Fault("RO-456", "x"))
    assert pickle.loads(pickle.dumps(error)).faults == error.faults


def test_a_shared_value_is_opened_once_in_each_process_and_may_be_written_there(workers):
    value = {"a": np.arange(10_000.0), "fixed": np.arange(3)}
    value["fixed"].flags.writeable = False
    given = shared(workers, value)
    assert len(pickle.dumps(given)) < 1000
    found = [task.result() for task in [workers.submit(total, given) for _ in range(8)]]
    assert {row[:2] for row in found} == {(value["a"].sum(), True)}
    assert len({row[2:] for row in found}) == len({row[3] for row in found}) <= 2
    own = opened(given)
    assert not own["fixed"].flags.writeable
    own["a"][:] = 0
    assert given.load()["a"].sum() == value["a"].sum()


def test_arrays_of_a_mapped_value_are_aligned_and_in_their_order(tmp_path):
    value = [np.ones(3, np.int8), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.empty(0), "text"]
    found = write_mapped(value, tmp_path / "x").load()
    for one, other in zip(value[:3], found[:3], strict=True):
        np.testing.assert_array_equal(one, other)
        assert other.flags.aligned
    assert found[1].flags.f_contiguous
    assert found[3] == "text"


def test_a_process_that_dies_costs_the_time_of_its_task(workers, tmp_path):
    tasks = [workers.submit(double, n) for n in range(3)]
    tasks.append(workers.submit(killed_once, tmp_path / "mark"))
    tasks += [workers.submit(double, n) for n in range(3, 6)]
    assert list(in_order(tasks)) == [0, 2, 4, "done", 6, 8, 10]


def test_a_task_that_always_kills_its_process_is_given_up_and_the_others_are_done(workers):
    bad, *good = [workers.submit(killed), *(workers.submit(double, n) for n in range(5))]
    assert list(in_order(good)) == [0, 2, 4, 6, 8]
    with pytest.raises(RouteoptError) as caught:
        list(in_order([bad]))
    assert caught.value.faults[0].code == "RO-676"
    assert workers.submit(double, 1).result() == 2


def test_after_an_error_nobody_waits_for_what_is_still_running():
    began, executor = time.monotonic(), Workers(1)
    running, waiting = executor.submit(time.sleep, 60), executor.submit(double, 1)
    executor.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert time.monotonic() - began < 30
    assert waiting.cancelled()
    with pytest.raises(BrokenProcessPool):
        running.result()
    with pytest.raises(RuntimeError, match="after shutdown"):
        executor.submit(double, 1)


def test_other_executors_are_given_the_value_itself():
    value = object()
    with ThreadPoolExecutor(1) as executor:
        assert shared(executor, value) is value is opened(value)


def test_a_cluster_that_does_not_answer_is_a_fault(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("routeopt.executor.TIMEOUT_S", 0.2)
    with pytest.raises(InputError) as caught, cluster("tcp://127.0.0.1:9"):
        pass
    assert caught.value.faults[0].code == "RO-674"


@pytest.mark.parametrize("address", ["hello", "10.0.0.1", "http://a:1", "tcp://:8786", ""])
def test_an_address_that_cannot_be_right_is_a_fault(address):
    pytest.importorskip("distributed")
    with pytest.raises(InputError) as caught, cluster(address):
        pass
    assert caught.value.faults[0].code == "RO-677"


def plans(found):
    return [(one.strategy, one.seed, one.plan, one.value, one.iterations) for one in found]


@pytest.mark.slow
def test_comparison_and_back_test_give_the_same_wherever_they_run(
    workers, make_problem, grid, incidents, tmp_path
):
    problem, said = make_problem(3, n_sites=8), []
    options = {"names": ["best_response", "greedy", "random"], "seeds": [1, 2], "seconds": None, "iterations": 20}
    here = list(compare(problem, **options, progress=lambda *done: said.append(done)))
    assert said == [(n, 6) for n in range(1, 7)]
    assert [(one.strategy, one.seed) for one in here[:4]] == [
        ("best_response", 1), ("greedy", 1), ("random", 1), ("best_response", 2),
    ]  # fmt: skip
    assert plans(compare(problem, **options, executor=workers)) == plans(here)
    test = {"source": incidents, "net": grid, "folder": tmp_path, "by": "day", "days": 9}
    shares = []
    elsewhere = backtest(**test, executor=workers, progress=lambda what, done: shares.append((what, done)))
    assert elsewhere == backtest(**test)
    assert [done for what, done in shares if what == "back-test"][-1] == 1.0


@pytest.mark.slow
def test_two_workers_of_dask_give_the_same_and_one_may_die(make_problem, tmp_path):
    distributed = pytest.importorskip("distributed")
    problem = make_problem(3, n_sites=8)
    options = {"names": ["greedy", "random"], "seeds": [1], "seconds": None, "iterations": 5}
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as machines,
    ):
        warnings.simplefilter("ignore")
        with cluster(machines.scheduler_address) as executor:
            assert plans(compare(problem, **options, executor=executor)) == plans(compare(problem, **options))
            assert executor.submit(killed_once, tmp_path / "mark").result(60) == "done"
            with pytest.raises(InfeasibleError) as caught:
                executor.submit(refused).result(60)
            assert len(caught.value.faults) == 2
