"""Weights averaged over the steps of a training, beside those that learn."""

import torch
from torch import Tensor, nn


class AveragedWeights:
    """The exponential moving average of a network's weights and running statistics.

    After step n = 1, 2, ... the average moves by 1 - d towards the weights, where
    d = min(decay, (1 + n) / (10 + n)): a fresh average would hold the random start for long.

    Args:
        network: whose weights learn.
        decay: share that stays at a step, in (0, 1).
        average: state of a run that resumes; None: the weights as they are.

    Source: Polyak and Juditsky 1992; the rise of the decay as in TensorFlow's moving averages.
    """

    def __init__(
        self, network: nn.Module, decay: float, average: dict[str, Tensor] | None = None
    ) -> None:
        self.network, self.decay = network, decay
        own = network.state_dict()
        start = own if average is None else average
        self.average = {
            name: start[name].to(tensor.device, copy=True) for name, tensor in own.items()
        }

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move the average after a step; ``step`` is 1 after the first."""
        share = 1.0 - min(self.decay, (1 + step) / (10 + step))
        for name, tensor in self.network.state_dict().items():
            if tensor.is_floating_point():
                self.average[name].lerp_(tensor, share)
            else:
                self.average[name].copy_(tensor)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the network's weights and the average, in place; twice is as if never."""
        for name, tensor in self.network.state_dict().items():
            held = tensor.clone()
            tensor.copy_(self.average[name])
            self.average[name].copy_(held)
