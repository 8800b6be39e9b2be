"""Predictions drawn towards certainty: what the unknown cells learn from."""

from torch import Tensor, where

from labelassemble.types import Probability


def sharpen(probability: Probability, temperature: float, threshold: float | Tensor) -> Probability:
    """Draw predictions at or above the threshold towards 1 and those below towards 0.

    a + (1 - a) / t where a >= tau, a - a / t where a < tau.

    Args:
        prediction: probabilities.
        temperature: t >= 1; 1 gives hard labels, infinity leaves the prediction as it is.
        threshold: tau in (0, 1); a number, or a tensor that broadcasts against ``probability`` (one
            value a class: shape ``classes``, or ``classes 1 1`` for dense predictions).

    Returns:
        The pseudo labels, in [0, 1].

    >>> from torch import tensor
    >>> sharpen(tensor([[0.8, 0.5, 0.4]]), temperature=2.0, threshold=0.5)
    tensor([[0.9000, 0.7500, 0.2000]])

    Paper: Kang 2023, sharpen; Zhu 2022, Eq. (1). The papers disagree at a = tau; we take >=.
    """
    return where(
        probability >= threshold,
        probability + (1.0 - probability) / temperature,
        probability - probability / temperature,
    )
