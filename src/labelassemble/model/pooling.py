"""From a prediction map to one prediction a class, with what each class learns of it."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from labelassemble.model.adapter import in_blocks
from labelassemble.settings import Pooling
from labelassemble.types import Logit, LogitMap


class ClassPooling(nn.Module):
    """Pool a prediction map over space, each class by itself.

    Args:
        name: average: the mean. max: the largest. logsumexp: ``log_sum_exp`` with a sharpness that
            each class learns. residual_attention: ``residual_attention`` with a share and a
            sharpness that each class learns. The last two start as the plain logarithm of the mean
            exponential and as the mean.
        classes: how many.
    """

    def __init__(self, name: Pooling, classes: int) -> None:
        super().__init__()
        self.name: Pooling = name
        for learned in LEARNED_POOLINGS[name]:
            self.register_parameter(learned, nn.Parameter(torch.zeros(classes)))

    def forward(self, logit: LogitMap) -> Logit:
        """Make one logit of each logit map, both before the sigmoid."""
        learned = [getattr(self, name) for name in LEARNED_POOLINGS[self.name]]
        places = logit.transpose(0, 1).flatten(2)
        beside = [one[:, None, None].expand(*places.shape[:2], 1) for one in learned]
        count = len(learned)

        def pool(block: Tensor) -> Tensor:
            values = [block[..., place] for place in range(count)]
            return POOL[self.name](block[..., count:], *values)

        # In blocks of classes for the reason that `in_blocks` gives.
        return in_blocks(pool, torch.cat([*beside, places], dim=2)).transpose(0, 1)

    def add_class(self) -> None:
        """Append a class, which starts as the first ones did; the others keep what they learned."""
        for name in LEARNED_POOLINGS[self.name]:
            old = getattr(self, name).detach()
            setattr(self, name, nn.Parameter(torch.cat([old, old.new_zeros(1)])))


def average(logit: Tensor) -> Tensor:
    """Give the mean over the last axis."""
    return logit.mean(dim=-1)


def largest(logit: Tensor) -> Tensor:
    """Give the largest of the last axis."""
    return logit.amax(dim=-1)


def log_sum_exp(logit: Tensor, log_sharpness: Tensor) -> Tensor:
    """Pool between the mean (sharpness 0) and the maximum (sharpness without end).

    z = (1 / r) (log sum_u exp(r S[u]) - log n), r = exp(beta).

    Args:
        prediction: S, ``classes batch places``, before the sigmoid.
        log_sharpness: beta, ``classes batch``.

    Source: Pinheiro and Collobert 2015, with a sharpness that is learned.

    Paper: Hermoza 2020, pooling: r above a bound of 0.

    >>> log_sum_exp(torch.tensor([[[0.0, 2.0]]]), torch.tensor([[5.0]])).round(decimals=2)
    tensor([[2.]])
    """
    sharpness = log_sharpness.exp()
    summed = (logit * sharpness[..., None]).logsumexp(dim=-1)
    return (summed - math.log(logit.shape[-1])) / sharpness


def residual_attention(logit: Tensor, share: Tensor, log_sharpness: Tensor) -> Tensor:
    """Add to the mean a mean that is weighted towards the places that predict most.

    z = mean_u S[u] + lambda sum_u softmax_u(T S)[u] S[u], T = exp(tau).

    Args:
        prediction: S, ``classes batch places``, before the sigmoid.
        share: lambda, ``classes batch``.
        log_sharpness: tau, ``classes batch``.

    Source: Zhu and Wu 2021, class-specific residual attention; here both numbers are learned.

    >>> values = torch.tensor([[[0.0, 2.0]]])
    >>> residual_attention(values, torch.tensor([[0.5]]), torch.tensor([[5.0]]))
    tensor([[2.]])
    """
    weight = (logit * log_sharpness.exp()[..., None]).softmax(dim=-1)
    return logit.mean(dim=-1) + share * (weight * logit).sum(dim=-1)


def attend(logit: LogitMap, attention: LogitMap) -> Logit:
    """Weight a prediction map by an attention of its own: z = sum_u softmax_u(A)[u] S[u].

    Args:
        prediction: S, before the sigmoid.
        attention: A, before the softmax over space; of the same shape.
    """
    both = torch.stack([logit, attention], dim=-1).transpose(0, 1).flatten(2, -2)
    return in_blocks(
        lambda block: (block[..., 0] * block[..., 1].softmax(dim=-1)).sum(dim=-1), both
    ).transpose(0, 1)


LEARNED_POOLINGS: dict[Pooling, tuple[str, ...]] = {
    "average": (),
    "max": (),
    "logsumexp": ("log_sharpness",),
    "residual_attention": ("share", "log_sharpness"),
}
"""What each class learns, a number each, in the order of the arguments; all start at 0."""

POOL: dict[Pooling, Callable[..., Tensor]] = {
    "average": average,
    "max": largest,
    "logsumexp": log_sum_exp,
    "residual_attention": residual_attention,
}
"""A further pooling is a function, and a line here and in ``LEARNED_POOLINGS``."""
