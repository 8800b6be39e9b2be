import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.losses.sharpen import sharpen


@given(
    answer=st.floats(0, 1, width=32),
    temperature=st.floats(1, 1e4),
    threshold=st.floats(0.01, 0.99),
)
def test_the_formula(answer: float, temperature: float, threshold: float) -> None:
    ours = sharpen(torch.tensor([[answer]], dtype=torch.float64), temperature, threshold).item()
    if answer >= threshold:
        assert ours == pytest.approx(answer + (1 - answer) / temperature)
        assert answer - 1e-12 <= ours <= 1 + 1e-12
    else:
        assert ours == pytest.approx(answer - answer / temperature)
        assert -1e-12 <= ours <= answer


def test_temperature_one_gives_hard_labels_and_infinity_changes_nothing() -> None:
    answer = torch.tensor([[0.0, 0.3, 0.5, 0.7, 1.0]])
    assert sharpen(answer, 1.0, 0.5).tolist() == [[0.0, 0.0, 1.0, 1.0, 1.0]]
    assert torch.equal(sharpen(answer, math.inf, 0.5), answer)


def test_an_answer_at_the_threshold_counts_as_positive() -> None:
    assert sharpen(torch.tensor([[0.5]]), 2.0, 0.5).item() == 0.75


def test_one_threshold_a_class() -> None:
    answer = torch.full((2, 3), 0.5)
    tau = torch.tensor([0.4, 0.5, 0.6])
    assert sharpen(answer, 1.0, tau).tolist() == [[1.0, 1.0, 0.0]] * 2
