"""Stochastic depth: in training, branches beside a shortcut are left out at random."""

import torch
from torch import Tensor, nn

from labelassemble.errors import ModelError

BRANCH = "drop_path"
"""What modules at the end of a branch are called, here as in timm and transformers."""
MOBILE = "drop_connect_rate"
"""Where blocks of MONAI's EfficientNet keep their chance."""


class StochasticDepth(nn.Module):
    """Leave an image's branch out with a chance, and enlarge what is kept; in training alone.

    What is kept is divided by 1 - rate, so that its expectation stays.

    Args:
        rate: the chance, in [0, 1).

    Source: Huang 2016, stochastic depth; image by image as in timm.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """Give the branch, image by image as it is or 0."""
        if not self.training or self.rate == 0.0:
            return branch
        shape = (len(branch), *(1,) * (branch.ndim - 1))
        kept = torch.rand(shape, device=branch.device) >= self.rate
        return branch * kept.to(branch.dtype) / (1.0 - self.rate)


def set_stochastic_depth(layers: nn.Module, rate: float) -> None:
    """Give every block its chance: 0 the first, ``rate`` the last, between in a line.

    Args:
        layers: of a backbone.
        rate: of the last block, in [0, 1).

    Raises:
        ModelError: a network without branches that can be left out.
    """
    blocks = [
        module
        for module in layers.modules()
        if hasattr(module, MOBILE) or any(name.startswith(BRANCH) for name in _children(module))
    ]
    if not blocks:
        raise ModelError(
            "a backbone with branches that can be left out at random",
            f"a {type(layers).__name__} without",
            "Leave training.fine_tune.stochastic_depth out, or take "
            "small, vit_*, efficientnet_*, swin_t, convnext_t or one of timm",
        )
    for place, block in enumerate(blocks):
        own = rate * (place / max(1, len(blocks) - 1))
        if hasattr(block, MOBILE):
            setattr(block, MOBILE, own)
        for name in _children(block):
            if name.startswith(BRANCH):
                setattr(block, name, StochasticDepth(own))


def _children(module: nn.Module) -> list[str]:
    return [name for name, _ in module.named_children()]
