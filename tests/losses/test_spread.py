import torch

from labelassemble.losses.spread import spread_over_space


def test_values_repeat_over_space_without_a_copy() -> None:
    cell, probability = torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2, 2, 3, 4)
    spread = spread_over_space(cell, probability)
    assert spread.shape == probability.shape
    assert (spread[0, 0] == 1.0).all()
    assert (spread[0, 1] == 2.0).all()
    assert spread.untyped_storage().data_ptr() == cell.untyped_storage().data_ptr()


def test_what_has_space_already_stays() -> None:
    cell = torch.rand(2, 3, 4, 4) < 0.5
    assert torch.equal(spread_over_space(cell, torch.zeros(2, 3, 4, 4)), cell)
