"""The figures in book/experiments.md are those that were measured, and the networks are the course's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import report
from benchmarks.networks import PLANS, Ours, data, products

ROOT = Path(__file__).parents[1]


def test_the_page_quotes_what_was_measured():
    assert report.quoted(report.load()) in (ROOT / "book/experiments.md").read_text(
        encoding="utf-8"
    )


def test_the_reason_given_for_jax_is_in_the_results():
    costs = report.load()["threads"]["1"]["784-512-256-10"]
    assert costs["training"]["JAX jit"] < costs["products"] < costs["training"]["nnbook"]


def test_the_report_says_what_was_measured():
    text = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    assert text == report.document(report.load())


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_every_plan_can_be_trained_and_its_products_are_counted(plan):
    plan = replace(plan, samples=2 * plan.batch, epochs=2)
    ours = Ours(plan, *data(plan), threads=1)
    losses = [ours.train(seed) for seed in range(3)]
    assert losses[-1] < losses[0]
    assert np.isfinite(ours.predict()).all()
    summary = ours.network.summary(plan.shape)
    first = summary.rows[0][3]
    # forward, gradient of the weights, gradient of the input but for the first layer
    expected = plan.batch * (3 * summary.multiply_adds - first)
    assert sum(n * k * m for n, k, m in products(plan)) == expected
