"""Focal loss in which a class's positives weigh as much as its negatives."""

from jaxtyping import Float
from torch import Tensor, float32, promote_types, where
from torch.nn.functional import softplus

from labelassemble.types import Known, Label, Logit

PerClass = Float[Tensor, " classes"]


def balanced_focal_loss(
    logit: Logit,
    label: Label,
    known: Known,
    expected: tuple[PerClass, PerClass] | None = None,
    focus: float = 2.0,
) -> PerClass:
    """Give each class's mean over its positives plus its mean over its negatives.

    L_c = (1 / |P_c|) sum_{i in P_c} (1 - p)^g (-log p) + (1 / |N_c|) sum_{i in N_c} p^g
    (-log(1 - p)).

    Args:
        logit: predictions before the sigmoid.
        label: 1 present, 0 absent, between for soft labels; anything, also nan, where not known.
        known: which cells count.
        expected: of a batch, how many positives and negatives of each class it has in the mean, in
            place of |P_c| and |N_c|: else the one positive of a rare class would have the weight
            of all. None: those of the batch.
        focus: g.

    Returns:
        A number a class, in nats; what there is none of adds 0 with zero gradient.

    Paper: Kim 2021, balanced loss. Ma 2019 has one of this kind.
    """
    logit = logit.to(promote_types(logit.dtype, float32))
    present = where(known, label.to(logit.dtype), 0.0)
    absent = known.to(logit.dtype) - present
    p = logit.sigmoid()
    found = (1.0 - p) ** focus * softplus(-logit) * present
    missed = p**focus * softplus(logit) * absent
    counts = expected or (present.sum(dim=0), absent.sum(dim=0))
    return _mean(found.sum(dim=0), counts[0]) + _mean(missed.sum(dim=0), counts[1])


def _mean(total: PerClass, count: PerClass) -> PerClass:
    return where(count > 0.0, total / where(count > 0.0, count, 1.0), 0.0)
