import json
import os
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnbook import experiments


def even(seed):
    return seed % 2 == 0


def square(seed, power=2):
    return float(seed**power)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_results_come_in_the_order_of_the_seeds(n_jobs):
    result = experiments.over_seeds(square, [3, 1, 2], n_jobs=n_jobs)
    assert result.seeds == (3, 1, 2)
    assert result.values == (9, 1, 4)


def test_successes_are_counted_and_failures_named():
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
    for call in (
        lambda: experiments.grid(square, [], power=[1]),
        lambda: experiments.grid(square, [1]),
        lambda: experiments.grid(square, [1], power=[]),
    ):
        with pytest.raises(ValueError, match="grid expects"):
            call()


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_solves_wilsons_equation(trial):
    k, n = trial
    for end in experiments.wilson(k, n):
        assert 0 <= end <= 1
        if 0 < end < 1:
            assert np.isclose((k / n - end) ** 2, 1.959963984540054**2 * end * (1 - end) / n)


def test_the_interval_covers_as_often_as_it_says():
    rng, rate = np.random.default_rng(0), 0.84
    ends = [experiments.wilson(int(k), 50) for k in rng.binomial(50, rate, 4000)]
    covered = np.mean([low <= rate <= high for low, high in ends])
    assert 0.93 < covered < 0.97


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


def test_the_interval_of_a_difference_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    pairs = rng.binomial(100, (0.46, 0.59), (2000, 2)).tolist()
    ends = [experiments.difference(k, 100, other, 100) for k, other in pairs]
    assert 0.93 < np.mean([low <= 0.13 <= high for low, high in ends]) < 0.97


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


def process_of(seed):
    return os.getpid()


def test_joblib_says_who_works():
    joblib = pytest.importorskip("joblib", reason="asks for its configuration")
    with joblib.parallel_config("threading"):
        here = experiments.over_seeds(process_of, range(4), n_jobs=2).values
    assert set(here) == {os.getpid()}
    elsewhere = experiments.over_seeds(process_of, range(4), n_jobs=2).values
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


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_errors_may_stand_beside_the_rest(n_jobs):
    result = experiments.over_seeds(fails_at_three, range(6), n_jobs=n_jobs, keep_errors=True)
    assert [value for value in result.values if not isinstance(value, ValueError)] == [0, 1, 2, 4]
    assert {seed: str(error) for seed, error in result.errors.items()} == {
        3: "no luck",
        5: "no luck",
    }
    assert repr(result) == "median 1.5 over 4 seeds (10 % below 0.3, 10 % above 3.4), 2 errors"


def test_an_error_is_no_success():
    def solved(seed):
        if seed == 1:
            raise ArithmeticError("diverged")
        return seed > 1

    result = experiments.over_seeds(solved, range(4), n_jobs=1, keep_errors=True)
    assert (result.k, result.n, result.failed) == (2, 4, (0, 1))
    assert repr(result) == "2 of 4 seeds (15% to 85%), 1 error"
    assert not experiments.over_seeds(solved, [2], n_jobs=1, keep_errors=True).errors
    none = experiments.over_seeds(solved, [1], n_jobs=1, keep_errors=True)
    assert repr(none) == "0 of 1 seeds (0% to 79%), 1 error"


def test_a_table_says_what_went_wrong_where():
    def divided(seed, width):
        return float(seed / width)

    table = experiments.grid(divided, [1, 2], n_jobs=1, keep_errors=True, width=[1, 0])
    assert repr(table).splitlines()[2:] == [
        "0      0 of 2 seeds (0% to 66%), 2 errors",
        "0, seed 1: ZeroDivisionError: division by zero",
        "0, seed 2: ZeroDivisionError: division by zero",
    ]


def cannot_travel(seed):
    if seed == 1:
        raise ValueError(lambda: "stays here")
    return seed


def test_an_error_that_cannot_travel_costs_nobody_else_anything():
    pytest.importorskip("joblib", reason="goes through processes")
    result = experiments.over_seeds(cannot_travel, range(3), n_jobs=2, keep_errors=True)
    assert (result.values[0], result.values[2]) == (0, 2)
    assert str(result.errors[1]).startswith("ValueError: <function")


class Counted:
    """A function that writes down each call, in whatever process it is made."""

    def __init__(self, log, stops_at=None):
        self.log, self._stops_at = str(log), stops_at  # what is private does not tell it apart

    def __call__(self, seed, factor=1):
        with open(self.log, "a") as file:
            file.write(f"{seed}\n")
        if seed == self._stops_at:
            raise KeyboardInterrupt
        return {"seed": seed, "value": np.float64(seed * factor / 3), "ok": np.bool_(True)}

    def calls(self):
        with open(self.log) as file:
            return sorted(int(line) for line in file)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_folder_remembers_what_was_run(tmp_path, n_jobs):
    function = Counted(tmp_path / "log")
    run = partial(experiments.over_seeds, function, n_jobs=n_jobs, folder=tmp_path / "a" / "b")
    first = run(range(4))
    assert first.values[2] == {"seed": 2, "value": 2 / 3, "ok": True}
    assert run([5, 3, 1]).values == tuple(
        {"seed": seed, "value": seed / 3, "ok": True} for seed in (5, 3, 1)
    )
    assert function.calls() == [0, 1, 2, 3, 5]
    assert len(list((tmp_path / "a" / "b").iterdir())) == 5


def test_who_is_stopped_goes_on(tmp_path):
    function = Counted(tmp_path / "log", stops_at=3)
    with pytest.raises(KeyboardInterrupt):
        experiments.over_seeds(function, range(6), n_jobs=1, folder=tmp_path / "runs")
    function._stops_at = None
    result = experiments.over_seeds(function, range(6), n_jobs=1, folder=tmp_path / "runs")
    assert function.calls() == [0, 1, 2, 3, 3, 4, 5]
    assert [value["seed"] for value in result.values] == list(range(6))


def test_a_grid_goes_on_too(tmp_path):
    function = Counted(tmp_path / "log")
    run = partial(experiments.grid, function, n_jobs=1, folder=tmp_path / "runs")
    run([1, 2], factor=[1, 3])
    table = run([1, 2], factor=[3, 6])
    assert [value["value"] for value in table[6,].values] == [2, 4]
    assert [value["value"] for value in table[3,].values] == [1, 2]
    assert function.calls() == [1, 1, 1, 2, 2, 2]


def test_what_failed_is_written_beside_the_rest_and_tried_again(tmp_path):
    luck = [False]

    def lucky(seed):
        if seed == 1 and not luck[0]:
            raise ValueError("no luck")
        return seed

    with pytest.raises(ValueError, match="no luck") as caught:
        experiments.over_seeds(lucky, range(3), n_jobs=1, folder=tmp_path)
    assert caught.value.results == {0: 0, 2: 2}
    files = {path.name.split("-")[1]: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert files["1"]["error"] == "ValueError: no luck"
    assert files["2"]["value"] == 2
    luck[0] = True
    assert experiments.over_seeds(lucky, range(3), n_jobs=1, folder=tmp_path).values == (0, 1, 2)


def test_other_functions_and_other_settings_are_not_taken_for_each_other(tmp_path):
    run = partial(experiments.over_seeds, seeds=[3], n_jobs=1, folder=tmp_path)

    def changed(seed):
        return seed

    assert run(changed).values == (3,)

    def changed(seed):
        return -seed

    assert run(changed).values == (-3,)
    assert run(square).values == (9,)
    assert run(partial(square, power=3)).values == (27,)
    assert run(partial(square, power=np.array(4))).values == (81,)

    class Times:
        def __init__(self, factor):
            self.factor = factor

        def call(self, seed):
            return self.factor * seed

        __call__ = call

    for factor in (5, 6):
        assert run(Times(factor)).values == (3 * factor,)
        assert run(Times(factor).call).values == (3 * factor,)
    for text in ("lambda seed: 7", "lambda seed: 8"):  # without a text to look at
        assert run(eval(text)).values == (int(text[-1]),)
    assert run(len and abs).values == (3,)
    halves = experiments.grid(
        lambda seed, f: f(seed), [4], n_jobs=1, folder=tmp_path, f=[even, square]
    )
    assert [seeds.values for seeds in halves.values()] == [(True,), (16,)]


def test_what_looks_the_same_is_refused(tmp_path):
    with pytest.raises(ValueError, match="told apart by its text"):
        experiments.grid(
            lambda seed, f: f(seed), [1], n_jobs=1, folder=tmp_path, f=[lambda s: s, lambda s: -s]
        )
    with pytest.raises(ValueError, match=r"every seed .* once"):
        experiments.over_seeds(even, [1, 1], n_jobs=1, folder=tmp_path)
    assert experiments.over_seeds(even, [1, 1], n_jobs=1).n == 2


def test_what_a_file_cannot_keep_is_an_error_of_that_run(tmp_path):
    def sometimes(seed):
        return {1, 2} if seed == 1 else [seed, np.arange(2), (3, None)]

    result = experiments.over_seeds(
        sometimes, range(2), n_jobs=1, folder=tmp_path, keep_errors=True
    )
    assert result.values[0] == [0, [0, 1], [3, None]]
    assert "got set; return its numbers" in str(result.errors[1])


@pytest.mark.parametrize("text", ["{", "[]", "{}", "3"])
def test_a_file_that_holds_something_else_is_refused(tmp_path, text):
    experiments.over_seeds(even, [1], n_jobs=1, folder=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    with pytest.raises(ValueError, match=r"seed-1-.*does not hold a result.*remove it"):
        experiments.over_seeds(even, [1], n_jobs=1, folder=tmp_path)
