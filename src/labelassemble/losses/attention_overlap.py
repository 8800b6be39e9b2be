"""Two networks that should look at the same places."""

from jaxtyping import Float
from torch import Tensor

from labelassemble.types import Scalar

_Attention = Float[Tensor, "batch places"]


def attention_overlap_loss(first: _Attention, second: _Attention) -> Scalar:
    """One minus the overlap: mean over images of 1 - 2 sum_u a_1 a_2 / (sum_u a_1^2 + sum_u a_2^2).

    It needs no label, and so covers all images.

    Args:
        first: a_1, 0 or more, sums to 1 over the places.
        second: a_2, likewise.

    Returns:
        A mean in [0, 1]; 0 where they are the same.

    >>> from torch import tensor
    >>> attention_overlap_loss(tensor([[1.0, 0.0]]), tensor([[0.5, 0.5]]))
    tensor(0.3333)

    Paper: Ma 2019, attention loss (reconstructed).
    """
    both = (first * second).sum(dim=1)
    return (1.0 - 2.0 * both / (first.square() + second.square()).sum(dim=1)).mean()
