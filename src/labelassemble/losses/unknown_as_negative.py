"""A careless merge's mistake, as a method to compare with: nobody looked, so it is not there."""

from torch import ones_like, where

from labelassemble.types import Known, Label


def unknown_as_negative(label: Label, known: Known) -> tuple[Label, Known]:
    """Count every unknown cell as known to be absent.

    For the method of that name alone, and there for L_bce alone: scores never see what this makes.

    Args:
        label: 1 present, 0 absent; anything, also nan, where not known.
        known: which cells somebody labelled.

    Returns:
        The label with 0 where nobody looked, and every cell as known.

    >>> from torch import tensor
    >>> unknown_as_negative(tensor([[1.0, float("nan")]]), tensor([[True, False]]))
    (tensor([[1., 0.]]), tensor([[True, True]]))
    """
    return where(known, label, 0.0), ones_like(known)
