"""A network of nnbook in several processes of PyTorch, each with its share of every batch.

torchrun --nproc_per_node=2 examples/ddp.py network.npz
"""

import gc
import sys

import numpy as np
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import nnbook as nn
from nnbook.interop.torch import from_torch, to_torch


def make():
    """Return the network and its data: the same in every process, because the seeds are."""
    rng = np.random.default_rng(0)
    network = nn.Sequential(
        nn.Conv2D(1, 4, 3, rng=rng),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Flatten(),
        nn.Dense(13 * 13 * 4, 10, rng=rng),
    )
    (X, y), _ = nn.datasets.load_digits()
    return network, X[:512].astype(network.dtype), y[:512]


def batches(m, size, rng):
    """Yield the samples of each batch of an epoch, in an order that all processes draw alike."""
    order = rng.permutation(m)
    return [order[i : i + size] for i in range(0, m, size)]


def main(path, epochs=3, batch_size=64):
    """Train on this process's share; the first process brings the network back and saves it."""
    dist.init_process_group("gloo")
    rank, world = dist.get_rank(), dist.get_world_size()
    network, X, y = make()
    module = DistributedDataParallel(to_torch(network).train())
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    rng = np.random.default_rng(1)
    for _ in range(epochs):
        for batch in batches(len(X), batch_size, rng):
            share = batch[rank::world]  # equal shares, so that the mean of their means is the mean
            optimizer.zero_grad()
            logits = module(torch.from_numpy(X[share]))
            torch.nn.functional.cross_entropy(logits, torch.from_numpy(y[share])).backward()
            optimizer.step()  # backward has left the mean gradient in every process
    if rank == 0:
        from_torch(module.module).save(path)
    del module, optimizer
    gc.collect()  # gloo's threads end with the module; one that outlives Python aborts the process
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1])
