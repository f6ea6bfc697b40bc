"""``python -m benchmarks.launches``: what chapter 04b says of the 23 launches and had no time for.

The coverage of its interval: 10,000 times, distress is drawn for the 23 temperatures from the fit
of the chapter, and the line is fitted again. Data sets that a line separates, exactly or but for
samples on it, have no minimum; the coverage leaves them out. What the rule for the threshold costs
with each of these lines, as if the curve were true; without a minimum the line is trained for 300
steps. Then columns of random numbers as features, a permutation test of the held-out loss,
thresholds tuned inside the cross-validation, a training on the temperatures as they are, and a long
one of the AND gate. An argument is added to all seeds. Some minutes.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys

import numpy as np

import nnbook as nn

TEMPERATURE = np.array([53, 57, 58, 63, 70, 70, 75, 66, 67, 67, 67, 68,
                        69, 70, 70, 72, 73, 75, 76, 76, 78, 79, 81.0])  # fmt: skip
DISTRESS = np.array([1.0] * 7 + [0.0] * 16)
INPUTS = np.column_stack([np.ones(23), (TEMPERATURE - TEMPERATURE.mean()) / TEMPERATURE.std()])
DEGREES = (31, 50, 60, 70)
COSTS = (1, 4, 19)
RISE = 1.92  # half of the square of 1.96
REST = np.array([np.delete(np.arange(23), s) for s in range(23)])


def total_loss(theta, rows, y):
    """Return the total loss at parameters ``theta``."""
    z = rows @ theta
    return (np.logaddexp(0, z) - y * z).sum()


def newton(rows, y, theta):
    """Return the parameters of least total loss, by Newton's method with halved steps."""
    for _ in range(100):
        y_hat = nn.sigmoid(rows @ theta)
        hessian = rows.T @ (rows * (y_hat * (1 - y_hat))[:, None])
        step = np.linalg.lstsq(hessian, rows.T @ (y_hat - y), rcond=None)[0]
        before = total_loss(theta, rows, y)
        while total_loss(theta - step, rows, y) > before and np.abs(step).max() > 1e-9:
            step = step / 2
        theta = theta - step
        if np.abs(step).max() < 1e-9:
            break
    return theta


def has_no_minimum(y):
    """Return whether a line separates ``y``, exactly or but for samples on it."""
    ones, zeros = TEMPERATURE[y == 1], TEMPERATURE[y == 0]
    if not (ones.size and zeros.size):
        return True
    return ones.max() <= zeros.min() or zeros.max() <= ones.min()


def held_at(degrees, y, true):
    """Return the least total loss among the lines with the true logit at some temperature."""
    T = (degrees - TEMPERATURE.mean()) / TEMPERATURE.std()
    offset = true[0] + true[1] * T  # the logit there; the line turns around this point
    rows, slope = (INPUTS[:, 1] - T)[:, None], true[1:]
    for _ in range(100):
        z = offset + rows @ slope
        y_hat = nn.sigmoid(z)
        gradient = rows[:, 0] @ (y_hat - y)
        step = gradient / max((rows[:, 0] ** 2) @ (y_hat * (1 - y_hat)), 1e-12)
        before = (np.logaddexp(0, z) - y * z).sum()
        while abs(step) > 1e-9:
            z = offset + rows @ (slope - step)
            if (np.logaddexp(0, z) - y * z).sum() <= before:
                break
            step = step / 2
        slope = slope - step
        if abs(step) < 1e-9:
            break
    z = offset + rows @ slope
    return (np.logaddexp(0, z) - y * z).sum()


def coverage(first):
    """Print how often the truth lies in the interval, at one temperature and for the whole line."""
    true = newton(INPUTS, DISTRESS, np.zeros(2))
    chances = nn.sigmoid(INPUTS @ true)
    inside, drawn, line = np.zeros(len(DEGREES)), 0, 0
    by_rule, without_minimum = np.zeros(len(COSTS)), np.zeros(len(COSTS))
    for seed in range(first, first + 10_000):
        y = (np.random.default_rng(seed).random(23) < chances).astype(float)
        if has_no_minimum(y):
            predicted = nn.sigmoid(trained(INPUTS[:, 1:], y, INPUTS[:, 1:]))
            without_minimum += [cost_of(predicted, chances, 1 / (1 + c), c) for c in COSTS]
            continue
        drawn += 1
        fit = newton(INPUTS, y, np.zeros(2))
        lowest = total_loss(fit, INPUTS, y)
        predicted = nn.sigmoid(INPUTS @ fit)
        by_rule += [cost_of(predicted, chances, 1 / (1 + c), c) for c in COSTS]
        line += total_loss(true, INPUTS, y) - lowest < RISE
        inside += [held_at(degrees, y, true) - lowest < RISE for degrees in DEGREES]
    print(f"{drawn} data sets with a minimum, of 10,000: the whole true line in {line / drawn:.1%}")
    for degrees, count in zip(DEGREES, inside, strict=True):
        print(f"  at {degrees} °F the true probability in {count / drawn:.1%}")
    for i, c in enumerate(COSTS):
        true_rule, left = cost_of(chances, chances, 1 / (1 + c), c), 10_000 - drawn
        mean, alone = (by_rule + without_minimum)[i] / 10_000, without_minimum[i] / max(left, 1)
        print(
            f"  c = {c}: the rule costs {mean:.1f} on average, with the curve {true_rule:.1f};",
            end=" ",
        )
        print(f"{by_rule[i] / drawn:.1f} with a minimum, {alone:.1f} without")


def held_out_logits(features, y, steps=300):
    """Return the logit of each sample from a neuron trained on the others, 23 at once.

    ``features`` has one column, or one for each of the samples held out.
    """
    columns = np.broadcast_to(features, (23, 23))
    seen = np.take_along_axis(columns, REST.T, axis=0)
    mean, deviation = seen.mean(axis=0), seen.std(axis=0)
    X, targets = (seen - mean) / deviation, y[REST].T
    w, b = np.zeros(23), np.zeros(23)
    for _ in range(steps):
        difference = nn.sigmoid(X * w + b) - targets
        w, b = w - (difference * X).mean(axis=0), b - difference.mean(axis=0)
    return (np.diag(columns) - mean) / deviation * w + b


def held_out_loss(features, y=DISTRESS):
    """Return the mean of the held-out losses."""
    z = held_out_logits(features, y)
    return (np.logaddexp(0, z) - y * z).mean()


def second_feature(first, count=30):
    """Print training and held-out loss with a column of random numbers beside the temperature."""
    losses = []
    for seed in range(first, first + count):
        noise = np.random.default_rng(seed).normal(size=(23, 1))
        both = np.hstack([TEMPERATURE[:, None], noise])
        logits = [trained(both[rest], DISTRESS[rest], both[s]) for s, rest in enumerate(REST)]
        losses.append([mean_loss(trained(both, DISTRESS, both)), mean_loss(np.array(logits))])
    (alone, held_out), (inside, outside) = with_temperature(), np.array(losses).T
    print(f"a random column beside the temperature, seeds {first} to {first + count - 1}")
    print(f"  training: mean {inside.mean():.3f}, lower in {(inside < alone).sum()}")
    print(f"  held out: mean {outside.mean():.3f}, higher in {(outside > held_out).sum()}")


def with_temperature():
    """Return training and held-out loss with the temperature alone."""
    T = TEMPERATURE[:, None]
    return mean_loss(trained(T, DISTRESS, T)), held_out_loss(T)


def trained(X, y, new, steps=300):
    """Return the logits of ``new`` from a neuron trained on X and y, standardised by X."""
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    rows, w, b = (X - mean) / deviation, np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        difference = nn.sigmoid(rows @ w + b) - y
        w, b = w - difference @ rows / len(y), b - difference.mean()
    return (new - mean) / deviation @ w + b


def mean_loss(logits):
    """Return the mean loss of the flights."""
    return (np.logaddexp(0, logits) - DISTRESS * logits).mean()


def raw_temperatures(rate=0.0016, steps=100_000):
    """Print the loss after a long training on the temperatures as they are."""
    w = b = 0.0
    for _ in range(steps):
        difference = nn.sigmoid(w * TEMPERATURE + b) - DISTRESS
        w, b = w - rate * (difference * TEMPERATURE).mean(), b - rate * difference.mean()
    loss = mean_loss(w * TEMPERATURE + b)
    print(f"temperatures as they are, rate {rate}, {steps} steps: loss {loss:.3f}")


def and_gate(steps=200_000):
    """Print where the boundary of a long trained AND gate crosses the axes."""
    corners, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([0, 0, 0, 1.0])
    w, b = np.zeros(2), 0.0
    for _ in range(steps):
        difference = (nn.sigmoid(corners @ w + b) - y) / 4
        w, b = w - difference @ corners, b - difference.sum()
    print(f"AND gate after {steps} steps: the boundary is x1 + x2 = {-b / w[0]:.3f}")


def permutations(first, count=10_000):
    """Print how many permutations of the temperatures have a held-out loss as low."""
    reached = held_out_loss(TEMPERATURE[:, None])
    rng, as_low = np.random.default_rng(first), 0
    for _ in range(count):
        as_low += held_out_loss(rng.permutation(TEMPERATURE)[:, None]) <= reached
    print(f"permutations with a held-out loss of {reached:.4f} or lower: {as_low} of {count}")


def tuned_thresholds(counts=(19, 39, 99), c=4):
    """Print the held-out cost of a threshold tuned, for each flight, among the other 22."""
    T, cost = TEMPERATURE[:, None], dict.fromkeys(counts, 0)
    held_out = nn.sigmoid(held_out_logits(T, DISTRESS))
    for s, rest in enumerate(REST):
        inner = [np.delete(rest, i) for i in range(22)]  # without flight s and one of the others
        logits = [trained(T[i], DISTRESS[i], T[r]) for r, i in zip(rest, inner, strict=True)]
        for count in counts:
            grid = np.linspace(0, 1, count + 2)[1:-1, None]
            tuned = grid[cost_of(nn.sigmoid(np.array(logits)), DISTRESS[rest], grid, c).argmin()]
            cost[count] += cost_of(held_out[[s]], DISTRESS[[s]], tuned, c)
    for count, each in cost.items():
        print(f"threshold tuned among {count}: cost {each:g} on held-out flights, c = {c}")


def cost_of(probabilities, y, threshold, c):
    """Return the cost, in false positives, of one threshold or of a column of them.

    With probabilities for ``y`` it is the mean cost.
    """
    return np.where(probabilities >= threshold, 1 - y, c * y).sum(axis=-1)


def best(columns, rows):
    """Return the column that correlates most with distress on some rows."""
    r = [abs(np.corrcoef(column[rows], DISTRESS[rows])[0, 1]) for column in columns.T]
    return columns[:, int(np.argmax(r))]


def random_columns(first, count):
    """Print the held-out losses of random columns: one, and the best of 20 chosen in two ways."""
    share = (7 - DISTRESS) / 22
    baseline = -np.log(np.where(DISTRESS == 1, share, 1 - share)).mean()
    losses = []
    for seed in range(first, first + count):
        columns = np.random.default_rng(seed).normal(size=(23, 20))
        honest = np.column_stack([best(columns, rows) for rows in REST])
        features = columns[:, :1], honest, best(columns, np.arange(23))[:, None]
        losses.append([held_out_loss(each) for each in features])
    losses = np.array(losses)
    print(f"random columns, seeds {first} to {first + count - 1}, baseline {baseline:.4f}")
    names = "the first column", "the best of 20 on the 22", "the best of 20 on all 23"
    for name, each in zip(names, losses.T, strict=True):
        print(f"  {name}: mean {each.mean():.2f}, below it in {(each < baseline).sum()}")


if __name__ == "__main__":
    start = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    coverage(start)
    random_columns(start, 30)
    random_columns(start + 30, 30)
    random_columns(start, 210)
    second_feature(start)
    second_feature(start + 30)
    tuned_thresholds()
    raw_temperatures()
    and_gate()
    permutations(start)
