"""One part of ``python -m benchmarks``: LeNet-5 on 60,000 pictures, and the memory at its highest.

Prints JSON: megabytes of the whole process, and those of the pictures alone.
"""

import json
import resource
import sys

import numpy as np

import nnbook as nn

from .mnist import lenet5


def main():
    """Train one epoch on noise and print what it took."""
    rng = np.random.default_rng(0)
    X, y = rng.random((60_000, 28, 28, 1), dtype=np.float32), rng.integers(10, size=60_000)
    lenet5(rng).fit(
        X, y, loss=nn.SoftmaxCrossEntropy(), optimizer=nn.Adam(1e-3), epochs=1,
        batch_size=128, rng=rng, progress=False,
    )  # fmt: skip
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    result = {"peak": highest / 1e6, "pictures": X.nbytes / 1e6}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
