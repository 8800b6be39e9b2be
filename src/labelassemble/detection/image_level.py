"""What is known of an image and of no place in it: a loss on its pooled prediction."""

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from labelassemble.losses.bce import bce_loss
from labelassemble.types import LogitMap, Scalar


def image_level_loss(
    logit: LogitMap,
    inside: Bool[Tensor, "batch 1 *space"],
    label: Float[Tensor, "batch classes"],
    known: Bool[Tensor, "batch classes"],
    pooling: Literal["max", "logsumexp"],
) -> Scalar:
    """L_bce on the pooled predictions of images that are there as a whole.

    Args:
        logit: dense logits.
        inside: places of the image; others have no part in its prediction.
        label: of the image; anything where not known.
        known: which cells count.
        pooling: max: the largest prediction; logsumexp: the logarithm of the mean exponential.

    Returns:
        The mean in nats, 0 with zero gradient where no cell is known; never nan.

    Source: multiple-instance learning; logsumexp: Pinheiro and Collobert 2015.
    """
    return bce_loss(pool_inside(logit, inside, pooling), label, known)


def pool_inside(
    logit: LogitMap,
    inside: Bool[Tensor, "batch 1 *space"],
    pooling: Literal["max", "logsumexp"],
) -> Float[Tensor, "batch classes"]:
    """Make one prediction a class and image, of the places inside the image alone.

    >>> logit = torch.tensor([[[1.0, 1.0, 5.0]]])
    >>> pool_inside(logit, torch.tensor([[[True, True, False]]]), "logsumexp")
    tensor([[1.]])
    """
    # Half precision has no number this low, and sums over many places are not for it.
    logit = logit.to(torch.promote_types(logit.dtype, torch.float32)).flatten(2)
    there = inside.flatten(2)
    held = logit.masked_fill(~there, -1e9)
    if pooling == "max":
        return held.amax(dim=2)
    return held.logsumexp(dim=2) - there.sum(dim=2).clamp(min=1).log()
