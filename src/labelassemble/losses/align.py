"""Pseudo labels whose mean is that of the known labels: no class drifts away on any source."""

import torch
from jaxtyping import Float
from torch import Tensor

from labelassemble.types import AnswerLogit, Index

LEAST = 1e-3
"""Means nearer to 0 or 1 than this count as this far from it."""


def align_answers(
    weak_logit: AnswerLogit,
    source: Index,
    mean: Float[Tensor, "sources classes"],
    prevalence: Float[Tensor, " classes"],
) -> AnswerLogit:
    """Shift answers so that a source whose mean answer is ``mean`` has the mean ``prevalence``.

    On the pictures of a source that did not look for a class, sharpening draws most answers to 0,
    and the next ones further. The shift logit(prevalence) - logit(mean) takes that drift out of the
    pseudo labels; their order within a source stays.

    Args:
        weak_logit: answers on the weak view before the sigmoid.
        source: number of each picture's source.
        mean: running mean answer of every source and class.
        prevalence: share of positives among the known training cells of every class; nan where
            there are none: such a class is not shifted.

    Returns:
        Shifted answers before the sigmoid.

    Source: distribution alignment, Berthelot 2020 (ReMixMatch), here a source at a time and for
    several classes at once; not in the papers.

    >>> from torch import tensor, zeros
    >>> align_answers(zeros(1, 1), tensor([0]), tensor([[0.2]]), tensor([0.5])).round(decimals=2)
    tensor([[1.3900]])
    """
    there = torch.logit(prevalence.clamp(LEAST, 1 - LEAST))
    here = torch.logit(mean.clamp(LEAST, 1 - LEAST))
    shift = (there - here).nan_to_num(nan=0.0)
    return weak_logit + shift[source].to(weak_logit.dtype)


def follow_means(
    mean: Float[Tensor, "sources classes"],
    answer: Float[Tensor, "batch classes"],
    source: Index,
    rate: float,
) -> Float[Tensor, "sources classes"]:
    """Move every source's mean answer towards that of its pictures in a batch.

    Args:
        mean: running means.
        answer: probabilities.
        source: number of each picture's source.
        rate: how far, in (0, 1]; sources without a picture in the batch stay.

    Returns:
        New running means.

    >>> from torch import tensor
    >>> follow_means(tensor([[0.5], [0.5]]), tensor([[1.0], [0.0]]), tensor([1, 1]), 0.5)
    tensor([[0.5000],
            [0.5000]])
    """
    pictures = torch.zeros(len(mean), device=mean.device).index_add(
        0, source, torch.ones_like(source, dtype=torch.float32)
    )
    sums = torch.zeros_like(mean).index_add(0, source, answer.to(mean.dtype))
    seen = (pictures > 0)[:, None]
    there = sums / pictures.clamp(min=1)[:, None]
    return torch.where(seen, mean + rate * (there - mean), mean)
