import pytest
import torch

from labelassemble.losses.pseudo import pseudo_loss
from labelassemble.losses.sharpen import sharpen


def test_pseudo_loss_of_one_unknown_cell() -> None:
    weak = torch.tensor([[0.8, 0.3]])
    unknown = torch.tensor([[True, False]])
    loss = pseudo_loss(weak, sharpen(weak, 2.0, 0.5), unknown)
    assert loss.item() == pytest.approx(0.1**2)


def test_no_sharpening_no_loss() -> None:
    weak = torch.rand(3, 4)
    every = torch.ones(3, 4, dtype=torch.bool)
    assert pseudo_loss(weak, sharpen(weak, float("inf"), 0.5), every).item() == 0.0
