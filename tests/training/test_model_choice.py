from typing import Any

import pytest

from labelassemble.settings import TrainingSettings
from labelassemble.training.model_choice import epochs_done, is_trained


@pytest.mark.parametrize(
    ("epoch", "best", "patience", "trained"),
    [
        (8, 8, 0, False),
        (9, 0, 0, True),
        (5, 3, 3, False),
        (6, 3, 3, True),
    ],
)
def test_trained_to_the_end_or_out_of_patience(
    epoch: int, best: int, patience: int, trained: bool
) -> None:
    checkpoint: dict[str, Any] = {"epoch": epoch, "model_choice": {"best_epoch": best}}
    settings = TrainingSettings(epochs=10, patience=patience)
    assert is_trained(checkpoint, settings) is trained
    assert epochs_done(checkpoint) == epoch + 1
