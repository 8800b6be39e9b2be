"""Two training steps in turn, so that both meet the same machine: ours and the bare one."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from lightning.pytorch import Callback

from benchmarks.row import Row

AIM = 0.85
FIRST = 2


def tell_race(
    race: Callable[[], "Rivals"], what: str, unit: str, batch: int, note: str
) -> Iterator[Row]:
    """Race on one thread; every step of ours is a pair with the bare one after it.

    Without a GPU the clock is one thread's processor time, which other programs on the machine
    hardly change. The first steps load modules and choose kernels; they do not count.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rivals = race()
    finally:
        torch.set_num_threads(threads)
    yield Row(
        what,
        f"plain: bare forward and backward; {note}, batch {batch}; aim: >= {AIM}",
        unit,
        [batch / seconds for seconds in rivals.ours[FIRST:]],
        [batch / seconds for seconds in rivals.plain[FIRST:]],
    )


class Rivals(Callback):
    """After every step of ours, a bare step; notes the seconds of both.

    Args:
        network: that steps bare: a copy of ours.
        shape: of its images, which lie in memory: as many as ours sees views in a step.
        arguments: of the network, beside the images.
    """

    def __init__(self, network: torch.nn.Module, shape: Sequence[int], **arguments: Any) -> None:
        self.network, self.shape, self.arguments = network, tuple(shape), arguments
        self.ours: list[float] = []
        self.plain: list[float] = []
        self.begin = 0.0

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Start the clock."""
        self.network = self.network.to(pl_module.device).train()
        self.image = torch.rand(self.shape, device=pl_module.device)
        self.begin = _now(pl_module)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *arguments: Any) -> None:
        """Stop ours, step bare, start ours again."""
        self.ours.append(_now(pl_module) - self.begin)
        begin = _now(pl_module)
        self.network.zero_grad()
        self.network(self.image, **self.arguments).square().mean().backward()
        self.plain.append(_now(pl_module) - begin)
        self.begin = _now(pl_module)


def _now(module: Any) -> float:
    if module.device.type == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()
