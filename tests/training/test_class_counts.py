import numpy as np
import torch

from labelassemble.images.batch import LabelArrays
from labelassemble.training.class_counts import count_classes


def test_counts_are_of_known_training_cells() -> None:
    labels = LabelArrays(
        label=np.array([[1, 1], [1, 0], [0, 0], [0, 1], [0, 0], [1, 1]], dtype=np.float32),
        known=np.array([[1, 1], [1, 1], [1, 0], [1, 0], [0, 0], [1, 1]], dtype=bool),
        source=np.zeros(6, dtype=np.int64),
        record=tuple("abcdef"),
        split=(*["train"] * 5, "test"),
        classes=("x", "y"),
        sources=("s",),
    )
    counts = count_classes(labels, np.array([0.4, 0.2, 0.2, 0.1, 0.1]))
    # Three positives; c and d are images on which all that was looked for is absent.
    torch.testing.assert_close(counts.share, torch.tensor([2 / 5, 1 / 5]))
    torch.testing.assert_close(counts.positive, torch.tensor([0.6, 0.4]))
    torch.testing.assert_close(counts.negative, torch.tensor([0.3, 0.2]))
