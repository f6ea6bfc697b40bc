"""The script in examples/ for several processes: two of them on this machine, over loopback only."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from specimens import EXAMPLES, example

import nnbook as nn

pytest.importorskip("torch", reason="PyTorch is not installed; run `make doors`")

SECONDS = 180


def torchrun(*arguments):
    """Run a script in two processes; if it takes too long, end them all, and only them."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    process = subprocess.Popen(
        [*command, "--local-addr=127.0.0.1", *map(str, arguments)],
        env=os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    assert process.returncode == 0, output


@pytest.mark.skipif(sys.platform != "linux", reason="the name of loopback is that of Linux")
def test_two_processes_end_where_one_ends(tmp_path):
    module = example("ddp")
    torchrun(EXAMPLES / "ddp.py", tmp_path / "network.npz")
    together = nn.load(tmp_path / "network.npz")
    network, X, y = module.make()
    start = [p.copy() for p in network.parameters()]
    loss, optimizer, rng = nn.SoftmaxCrossEntropy(), nn.Adam(0.01), np.random.default_rng(1)
    for _ in range(3):
        for batch in module.batches(len(X), 64, rng):
            loss.forward(network.forward(X[batch]), y[batch])
            network.backward(loss.backward())
            optimizer.step(network.parameters(), network.gradients())
    assert nn.metrics.accuracy(network.predict(X), y) > 0.8
    for p, its, first in zip(network.parameters(), together.parameters(), start, strict=True):
        assert np.abs(p - its).max() <= 1e-12
        assert np.abs(p - first).max() > 1e-2
