"""How often the classes are seen in training, as losses of published systems ask."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from labelassemble.images.batch import LabelArrays


class ClassCounts(NamedTuple):
    """Of the known training cells of every class.

    Attributes:
        share: positives of the class among all positive labels, where an image on which all that
            was looked for is absent counts as one more label ("No Finding").
        positive: chance that the next image drawn is a known positive.
        negative: chance that it is a known negative.
    """

    share: Float[Tensor, " classes"]
    positive: Float[Tensor, " classes"]
    negative: Float[Tensor, " classes"]

    def to(self, device: torch.device) -> "ClassCounts":
        """Copy to a device."""
        return ClassCounts(*(one.to(device) for one in self))


def count_classes(labels: LabelArrays, weight: Float[np.ndarray, " images"]) -> ClassCounts:
    """Count known cells; a soft label counts as the part of a positive that it says.

    Args:
        labels: what the table knows.
        weight: how often each training image is drawn, in the order of ``labels.rows("train")``.
    """
    rows = labels.rows("train")
    known = labels.known[rows]
    positive = np.where(known, labels.label[rows], 0.0).astype(np.float64)
    negative = known - positive
    healthy = known.any(axis=1) & ~(positive > 0.0).any(axis=1)
    every = positive.sum() + healthy.sum()
    drawn = (weight / max(weight.sum(), 1e-12))[:, None]
    numbers = (
        positive.sum(axis=0) / max(1.0, every),
        (drawn * positive).sum(axis=0),
        (drawn * negative).sum(axis=0),
    )
    return ClassCounts(*(torch.from_numpy(one).float() for one in numbers))
