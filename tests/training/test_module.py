import torch

from labelassemble.settings import LossSettings
from labelassemble.training.module import class_thresholds, scale_grey


def test_thresholds_by_class() -> None:
    losses = LossSettings(threshold=0.4, threshold_by_class={"b": 0.1})
    expected = torch.tensor([0.4, 0.1, 0.4])
    assert torch.equal(class_thresholds(losses, ("a", "b", "c")), expected)


def test_grey_values_reach_from_0_to_1() -> None:
    image = torch.tensor([[[0, 51, 255]]], dtype=torch.uint8)
    assert torch.equal(scale_grey(image), torch.tensor([[[[0.0, 0.2, 1.0]]]]))
