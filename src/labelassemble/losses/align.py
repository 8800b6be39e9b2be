"""Pseudo labels whose mean is that of the known labels: no class drifts away on any source."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from labelassemble.types import Index, Logit

_MIN = 1e-3
"""Means nearer to 0 or 1 than this count as this far from it."""


def align_probabilities(
    weak_logit: Logit,
    source: Index,
    mean: Float[Tensor, "sources classes"],
    prevalence: Float[Tensor, " classes"],
) -> Logit:
    """Shift predictions so that a source whose mean prediction is ``mean`` has the mean
    ``prevalence``.

    On the images of a source that did not look for a class, sharpening draws most predictions to 0,
    and the next ones further. The shift logit(prevalence) - logit(mean) takes that drift out of the
    pseudo labels; their order within a source stays.

    Args:
        weak_logit: predictions on the weak view before the sigmoid.
        source: number of each image's source.
        mean: running mean prediction of every source and class.
        prevalence: share of positives among the known training cells of every class; nan where
            there are none: such a class is not shifted.

    Returns:
        Shifted logits.

    Source: distribution alignment, Berthelot 2020 (ReMixMatch), here a source at a time and for
    several classes at once; not in the papers.

    >>> from torch import tensor, zeros
    >>> mean, prior = tensor([[0.2]]), tensor([0.5])
    >>> align_probabilities(zeros(1, 1), tensor([0]), mean, prior).round(decimals=2)
    tensor([[1.3900]])
    """
    there = torch.logit(prevalence.clamp(_MIN, 1 - _MIN))
    here = torch.logit(mean.clamp(_MIN, 1 - _MIN))
    shift = (there - here).nan_to_num(nan=0.0)
    return weak_logit + shift[source].to(weak_logit.dtype)


def follow_means(
    mean: Float[Tensor, "sources classes"],
    probability: Float[Tensor, "batch classes"],
    source: Index,
    rate: float,
    add_up: Callable[[Tensor], object] = lambda sums: None,
) -> Float[Tensor, "sources classes"]:
    """Move every source's mean prediction towards that of its images in a batch.

    Args:
        mean: running means.
        prediction: probabilities.
        source: number of each image's source.
        rate: how far, in (0, 1]; sources without an image in the batch stay.
        add_up: adds to sums, in place, those of the other processes that share the batch.

    Returns:
        New running means.

    >>> from torch import tensor
    >>> follow_means(tensor([[0.5], [0.5]]), tensor([[1.0], [0.0]]), tensor([1, 1]), 0.5)
    tensor([[0.5000],
            [0.5000]])
    """
    images = torch.zeros(len(mean), device=mean.device).index_add(
        0, source, torch.ones_like(source, dtype=torch.float32)
    )
    sums = torch.zeros_like(mean).index_add(0, source, probability.to(mean.dtype))
    for one in (images, sums):
        add_up(one)
    seen = (images > 0)[:, None]
    there = sums / images.clamp(min=1)[:, None]
    return torch.where(seen, mean + rate * (there - mean), mean)
