"""Binary cross entropy with smoothed labels, a mean a class, summed over the classes."""

from torch import float32, promote_types, where
from torch.nn.functional import softplus

from labelassemble.types import Known, Label, Logit, Scalar


def smoothed_bce_loss(logit: Logit, label: Label, known: Known, smoothing: float = 0.1) -> Scalar:
    """Sum over the classes the mean cross entropy of their known cells, labels being smoothed.

    y' = (1 - s) y + s / 2; L = sum_c mean over known i of -y'_ic log p_ic - (1 - y'_ic)
    log(1 - p_ic). With p the softmax of two numbers it is their cross entropy with smoothing s.

    Args:
        logit: predictions before the sigmoid.
        label: 1 present, 0 absent, between for soft labels; anything, also nan, where not known.
        known: which cells count.
        smoothing: s, in [0, 1].

    Returns:
        The sum in nats; a class without a known cell adds 0 with zero gradient.

    >>> from torch import tensor, zeros
    >>> smoothed_bce_loss(zeros(1, 2), tensor([[1.0, 0.0]]), tensor([[True, True]]))
    tensor(1.3863)

    Paper: Taslimi 2022, loss.
    """
    logit = logit.to(promote_types(logit.dtype, float32))
    target = where(known, label.to(logit.dtype), 0.0) * (1.0 - smoothing) + smoothing / 2.0
    weight = known.to(logit.dtype)
    entropy = (softplus(logit) - target * logit) * weight
    return (entropy.sum(dim=0) / weight.sum(dim=0).clamp(min=1.0)).sum()
