"""Soft Dice on what is known: an overlap that small lesions count in as much as large ones."""

from torch import Tensor, float32, promote_types, where

from labelassemble.losses.spread import spread_over_space
from labelassemble.types import Known, Label, LogitMap, Scalar


def dice_loss(logit: LogitMap, label: Label, known: Known) -> Scalar:
    """Average one minus soft Dice over the classes that have a known positive.

    For each class, over the known cells of the whole batch: 1 - 2 sum(a y) / (sum(a) + sum(y)). A
    class without a known positive is left out: there the ratio is 0 whatever the prediction, which
    teaches nothing, and L_bce says what there is to say.

    Args:
        logit: logits.
        label: 1 present, 0 absent, between for soft labels; anything, also nan, where not known.
        known: which cells count; ``batch classes`` is spread over space.

    Returns:
        A mean in [0, 1], 0 with zero gradient where no class has a known positive; never nan.

    Source: Milletari 2016, without its squares; over the batch as in nnU-Net (Isensee 2021).

    >>> from torch import tensor
    >>> logit = tensor([[[20.0, 20.0, -20.0]]])
    >>> dice_loss(logit, tensor([[[1.0, 0.0, 0.0]]]), tensor([[[True, True, False]]]))
    tensor(0.3333)
    """
    logit = logit.to(promote_types(logit.dtype, float32))
    cell = spread_over_space(known, logit)
    target = where(cell, spread_over_space(label.to(logit.dtype), logit), 0.0)
    probability = where(cell, logit.sigmoid(), 0.0)
    overlap, size = _by_class(probability * target), _by_class(probability + target)
    positive = _by_class(target) > 0.0
    # The inner where keeps 0 / 0, and its gradient, from being computed.
    one_minus = where(positive, 1.0 - 2.0 * overlap / where(positive, size, 1.0), 0.0)
    return one_minus.sum() / positive.sum().clamp(min=1)


def _by_class(values: Tensor) -> Tensor:
    return values.transpose(0, 1).flatten(1).sum(dim=1)
