import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import experiments


def even(seed):
    return seed % 2 == 0


def square(seed, power=2):
    return float(seed**power)


def test_successes_are_counted_in_the_order_of_the_seeds_and_failures_named():
    result = experiments.over_seeds(square, [3, 1, 2], n_jobs=2)
    assert (result.seeds, result.values) == ((3, 1, 2), (9, 1, 4))
    result = experiments.over_seeds(even, range(9), n_jobs=1)
    assert (result.k, result.n) == (5, 9)
    assert result.failed == (1, 3, 5, 7)
    assert repr(result).startswith("5 of 9 seeds (")


def test_functions_of_the_notebook_run_in_parallel():
    limit = 4
    assert experiments.over_seeds(lambda seed: seed < limit, range(6), n_jobs=2).k == 4


def test_numpys_booleans_count_and_numbers_do_not():
    assert experiments.over_seeds(lambda s: np.bool_(s > 0), range(3), n_jobs=1).k == 2
    with pytest.raises(TypeError, match="returns True or False"):
        _ = experiments.over_seeds(square, range(3), n_jobs=1).k
    assert "median 1 over 3 seeds" in repr(experiments.over_seeds(square, range(3), n_jobs=1))


def test_a_grid_is_every_setting_over_every_seed():
    table = experiments.grid(square, [2, 3], n_jobs=1, power=[1, 2])
    assert {k: v.values for k, v in table.items()} == {(1,): (2, 3), (2,): (4, 9)}


def test_no_seeds_and_no_choices_are_refused():
    with pytest.raises(ValueError, match="at least one seed"):
        experiments.over_seeds(even, [])
    for seeds, choices in (([], {"power": [1]}), ([1], {}), ([1], {"power": []})):
        with pytest.raises(ValueError, match="grid expects"):
            experiments.grid(square, seeds, **choices)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_solves_wilsons_equation(trial):
    k, n = trial
    for end in experiments.wilson(k, n):
        assert 0 <= end <= 1
        if 0 < end < 1:
            assert np.isclose((k / n - end) ** 2, 1.959963984540054**2 * end * (1 - end) / n)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="wilson expects"):
        experiments.wilson(k, n)


def test_the_interval_of_a_difference_is_newcombes():
    """Against Newcombe (1998), table II, method 10: 56 of 70 and 48 of 80."""
    low, high = experiments.difference(48, 80, 56, 70)
    assert np.allclose((low, high), (0.0524, 0.3339), atol=5e-5)
    assert np.allclose(experiments.difference(56, 70, 48, 80), (-high, -low))
    assert experiments.difference(0, 10, 10, 10)[1] == 1


def blas_threads(seed):
    from threadpoolctl import threadpool_info

    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def test_processes_do_not_fight_over_the_cores(monkeypatch):
    pytest.importorskip("threadpoolctl", reason="asks how many threads there are")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert set(experiments.over_seeds(blas_threads, range(2), n_jobs=2).values) == {1}


def fails_at_three(seed):
    if seed in (3, 5):
        raise ValueError("no luck")
    return seed


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_seed_that_fails_is_named_and_the_others_are_kept(n_jobs):
    with pytest.raises(ValueError, match="no luck") as caught:
        experiments.over_seeds(fails_at_three, range(6), n_jobs=n_jobs)
    assert caught.value.results == {0: 0, 1: 1, 2: 2, 4: 4}
    assert "This came from seed 3. 4 of 6 went well" in caught.value.__notes__[-1]


def test_a_setting_that_fails_is_named_too():
    def divided(seed, width):
        return seed / width

    with pytest.raises(ZeroDivisionError) as caught:
        experiments.grid(divided, [1, 2], n_jobs=1, width=[1, 0])
    assert "(width, seed) = (0, 1)" in caught.value.__notes__[-1]
    assert caught.value.results == {(1, 1): 1, (1, 2): 2}


def test_joblib_says_who_works():
    joblib = pytest.importorskip("joblib", reason="asks for its configuration")
    with joblib.parallel_config("threading"):
        here = experiments.over_seeds(lambda seed: os.getpid(), range(4), n_jobs=2).values
    assert set(here) == {os.getpid()}
    elsewhere = experiments.over_seeds(lambda seed: os.getpid(), range(4), n_jobs=2).values
    assert os.getpid() not in elsewhere


def test_results_that_are_no_numbers_show_how_many_there_are():
    for result in ({"a": 1}, (1, 2), "text", None):
        seeds = experiments.over_seeds(lambda seed, result=result: result, range(3), n_jobs=1)
        assert repr(seeds) == "3 results, of seeds 0 to 2"


def test_a_grid_is_shown_as_a_table():
    table = experiments.grid(square, [2, 3], n_jobs=1, power=[1, 3])
    assert table.names == ("power",)
    assert repr(table).splitlines() == [
        "power  result",
        "1      median 2.5 over 2 seeds (10 % below 2.1, 10 % above 2.9)",
        "3      median 17.5 over 2 seeds (10 % below 9.9, 10 % above 25.1)",
    ]
    functions = experiments.grid(lambda seed, f: f(seed), [1], n_jobs=1, f=[even, square])
    assert [line.split()[0] for line in repr(functions).splitlines()] == ["f", "even", "square"]


def cannot_travel(seed):
    if seed == 1:
        raise ValueError(lambda: "stays here")
    return seed


def test_an_error_that_cannot_travel_costs_nobody_else_anything():
    pytest.importorskip("joblib", reason="goes through processes")
    with pytest.raises(RuntimeError, match="ValueError: <function") as caught:
        experiments.over_seeds(cannot_travel, range(3), n_jobs=2)
    assert caught.value.results == {0: 0, 2: 2}
