"""Binary cross entropy whose positives weigh the more the rarer their class is."""

from jaxtyping import Float
from torch import Tensor, float32, promote_types, where
from torch.nn.functional import softplus

from labelassemble.types import Known, Label, Logit, Scalar


def weighted_bce_loss(
    logit: Logit,
    label: Label,
    known: Known,
    share: Float[Tensor, " classes"],
    factor: float = 10.0,
) -> Scalar:
    """Average the weighted cross entropy over the known cells.

    L = factor * mean of -(1 - h_c) y log p - h_c (1 - y) log(1 - p), with h_c = n_c / N.

    Args:
        logit: predictions before the sigmoid.
        label: 1 present, 0 absent, between for soft labels; anything, also nan, where not known.
        known: which cells count.
        share: h_c, the share of the class among all positive training labels, in [0, 1].
        factor: of the whole; 10 in the paper's first stage.

    Returns:
        The mean, 0 with zero gradient where no cell is known.

    >>> from torch import tensor, zeros
    >>> weighted_bce_loss(zeros(1, 1), tensor([[1.0]]), tensor([[True]]), tensor([0.1]))
    tensor(6.2383)

    Paper: Hermoza 2020, weighted loss.
    """
    logit = logit.to(promote_types(logit.dtype, float32))
    target, weight = where(known, label.to(logit.dtype), 0.0), known.to(logit.dtype)
    present, absent = softplus(-logit) * target, softplus(logit) * (1.0 - target)
    entropy = ((1.0 - share) * present + share * absent) * weight
    return factor * entropy.sum() / weight.sum().clamp(min=1.0)
