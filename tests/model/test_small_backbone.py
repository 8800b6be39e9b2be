import torch

from labelassemble.model.small_backbone import WIDTHS, SmallBackbone


def test_one_feature_for_sixteen_pixels() -> None:
    feature = SmallBackbone()(torch.rand(2, 1, 96, 128))
    assert feature.shape == (2, WIDTHS[-1], 6, 8)


def test_it_is_small() -> None:
    weights = sum(parameter.numel() for parameter in SmallBackbone().parameters())
    assert 250_000 < weights < 350_000
