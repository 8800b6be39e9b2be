import pytest
import torch

from labelassemble.losses.distance import masked_distance


def test_both_distances_by_hand() -> None:
    first, second = torch.tensor([[1.0, 0.5, 0.2]]), torch.tensor([[0.0, 0.5, 0.6]])
    cell = torch.tensor([[True, False, True]])
    assert masked_distance(first, second, cell, "mean_square").item() == pytest.approx(1.16 / 2)
    assert masked_distance(first, second, cell, "norm").item() == pytest.approx(1.16**0.5)


def test_equal_predictions_have_a_finite_gradient() -> None:
    first = torch.full((2, 2), 0.4, requires_grad=True)
    masked_distance(first, first.detach(), torch.ones(2, 2, dtype=torch.bool), "norm").backward()
    assert first.grad is not None
    assert first.grad.abs().max().item() == 0.0
