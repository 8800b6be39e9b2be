import pytest
import torch

from labelassemble.losses.consist import consist_loss
from labelassemble.losses.sharpen import sharpen


def test_consist_loss_of_one_unknown_cell() -> None:
    weak, strong = torch.tensor([[0.8, 0.3]]), torch.tensor([[0.5, 0.9]])
    unknown = torch.tensor([[True, False]])
    loss = consist_loss(strong, sharpen(weak, 2.0, 0.5), unknown)
    assert loss.item() == pytest.approx(0.4**2)


def test_views_that_agree_hardly_cost() -> None:
    probability = torch.tensor([[0.0, 1.0]])
    every = torch.ones(1, 2, dtype=torch.bool)
    assert consist_loss(probability, sharpen(probability, 2.0, 0.5), every).item() == 0.0
