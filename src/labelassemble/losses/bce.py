"""Binary cross entropy on the cells that somebody labelled."""

from torch import float32, promote_types, where
from torch.nn.functional import softplus

from labelassemble.losses.spread import spread_over_space
from labelassemble.types import Known, Label, LogitMap, Scalar


def bce_loss(logit: LogitMap, label: Label, known: Known) -> Scalar:
    """Average the binary cross entropy over the known cells.

    -y log a - (1 - y) log(1 - a), which for the prediction before the sigmoid z is log(1 + e^z) - y
    z.

    Args:
        logit: logits, pooled or dense.
        label: 1 present, 0 absent, between for soft labels; anything, also nan, where not known.
            A label an image and class is spread over space.
        known: which cells count.

    Returns:
        The mean in nats, 0 with zero gradient where no cell is known; never nan.

    >>> from torch import tensor, zeros
    >>> bce_loss(zeros(1, 2), tensor([[1.0, float("nan")]]), tensor([[True, False]]))
    tensor(0.6931)

    Paper: Kang 2023, L_bce.
    """
    logit = logit.to(promote_types(logit.dtype, float32))
    cell = spread_over_space(known, logit)
    # Whatever stands in an unknown cell is replaced before it is computed with: nan times 0 is nan.
    target = where(cell, spread_over_space(label.to(logit.dtype), logit), 0.0)
    weight = cell.to(logit.dtype)
    # Not PyTorch's own function: its logsigmoid wakes all threads even for a few hundred cells,
    # which takes milliseconds where other programs keep the processor busy.
    entropy = softplus(logit) - target * logit
    return (entropy * weight).sum() / weight.sum().clamp(min=1.0)
