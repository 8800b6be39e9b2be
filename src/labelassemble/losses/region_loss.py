"""What both stages of region proposals lower together."""

from jaxtyping import Float
from torch import Tensor

from labelassemble.losses.weighted_bce import weighted_bce_loss
from labelassemble.types import Known, Label, Logit, Scalar


def region_loss(
    crop_logit: Logit,
    logit: Logit,
    label: Label,
    known: Known,
    share: Float[Tensor, " classes"],
) -> Scalar:
    """Give the weighted cross entropy of z' = crop logit + z, without the first stage's factor.

    L_RPN = mean of -(1 - h_c) y log p' - h_c (1 - y) log(1 - p'), over the known cells.

    Args:
        crop_logit: what each class's own crop adds.
        logit: z, predictions of whole images, before the sigmoid.
        label: 1 present, 0 absent, between for soft labels; anything where not known.
        known: which cells count.
        share: h_c, the share of the class among all positive training labels.

    >>> from torch import tensor, zeros
    >>> one = zeros(1, 1)
    >>> region_loss(one, one, tensor([[1.0]]), tensor([[True]]), tensor([0.1]))
    tensor(0.6238)

    Paper: Hermoza 2020, loss of the regions.
    """
    return weighted_bce_loss(crop_logit + logit, label, known, share, factor=1.0)
