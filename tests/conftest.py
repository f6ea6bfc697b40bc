"""What all tests share."""

import os

# before NumPy; kernels inherit it. On a busy machine, threads that wait for each other cost most
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib
import pytest
from hypothesis import settings

pytest.register_assert_rewrite("grader_tests")
matplotlib.use("Agg")
# the same examples in every run, so that a red test stays red
for name, examples in {"quick": 25, "complete": 500}.items():
    settings.register_profile(
        name, max_examples=examples, derandomize=True, deadline=None, database=None
    )
settings.load_profile("quick")


def pytest_generate_tests(metafunc):
    """Deal the rows of a chapter's table of answers out to the tests of `grader_tests`."""
    if "row" in metafunc.fixturenames:
        from grader_tests import rows

        table = rows(metafunc.module)
        metafunc.parametrize("row", list(table.values()), ids=list(table))


@pytest.fixture
def verdict(capsys):
    """Return a function giving the one line that `check` prints."""
    from nnbook.exercises import check

    def line_of(exercise, answer):
        check(exercise, answer)
        printed = capsys.readouterr()
        assert printed.err == ""
        assert printed.out.count("\n") == 1
        return printed.out.strip()

    return line_of
