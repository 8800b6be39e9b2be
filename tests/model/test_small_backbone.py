import torch

from labelassemble.model.small_backbone import WIDTHS, ResidualBlock, SmallBackbone


def test_one_feature_for_sixteen_pixels() -> None:
    feature = SmallBackbone()(torch.rand(2, 1, 96, 128))
    assert feature.shape == (2, WIDTHS[-1], 6, 8)


def test_it_is_small() -> None:
    weights = sum(parameter.numel() for parameter in SmallBackbone().parameters())
    assert 600_000 < weights < 700_000


def test_a_block_without_convolutions_passes_its_feature_on() -> None:
    block, feature = ResidualBlock(8, 8, stride=1), torch.rand(2, 8, 5, 5)
    torch.nn.init.zeros_(block.second_norm.weight)
    assert torch.equal(block(feature), feature)


def test_odd_sizes_halve_upwards_on_both_ways() -> None:
    assert ResidualBlock(4, 6, stride=2)(torch.rand(2, 4, 7, 9)).shape == (2, 6, 4, 5)
