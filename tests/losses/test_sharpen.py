import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.losses.sharpen import sharpen


@given(
    probability=st.floats(0, 1, width=32),
    temperature=st.floats(1, 1e4),
    threshold=st.floats(0.01, 0.99),
)
def test_the_formula(probability: float, temperature: float, threshold: float) -> None:
    ours = sharpen(
        torch.tensor([[probability]], dtype=torch.float64), temperature, threshold
    ).item()
    if probability >= threshold:
        assert ours == pytest.approx(probability + (1 - probability) / temperature)
        assert probability - 1e-12 <= ours <= 1 + 1e-12
    else:
        assert ours == pytest.approx(probability - probability / temperature)
        assert -1e-12 <= ours <= probability


def test_temperature_one_gives_hard_labels_and_infinity_changes_nothing() -> None:
    probability = torch.tensor([[0.0, 0.3, 0.5, 0.7, 1.0]])
    assert sharpen(probability, 1.0, 0.5).tolist() == [[0.0, 0.0, 1.0, 1.0, 1.0]]
    assert torch.equal(sharpen(probability, math.inf, 0.5), probability)


def test_an_prediction_at_the_threshold_counts_as_positive() -> None:
    assert sharpen(torch.tensor([[0.5]]), 2.0, 0.5).item() == 0.75


def test_one_threshold_a_class() -> None:
    probability = torch.full((2, 3), 0.5)
    tau = torch.tensor([0.4, 0.5, 0.6])
    assert sharpen(probability, 1.0, tau).tolist() == [[1.0, 1.0, 0.0]] * 2
