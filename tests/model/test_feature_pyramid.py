"""The pyramid against one that is built step by step, and its published size."""

import pytest
import torch
from monai.networks.nets import DenseNet
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.adapt_backbone import add_pyramid
from labelassemble.model.backbone import BACKBONES, Backbone, build_backbone
from labelassemble.model.feature_pyramid import FeaturePyramid
from labelassemble.model.pooling import ClassPooling
from labelassemble.model.saliency_head import SaliencyHead


def make_body() -> nn.Sequential:
    torch.manual_seed(0)
    network = DenseNet(2, 1, 1, init_features=8, growth_rate=4, block_config=(1, 1, 1, 1))
    return nn.Sequential(network.features, nn.ReLU())


def pyramid_slowly(pyramid: FeaturePyramid, image: torch.Tensor) -> torch.Tensor:
    inner, taps = image, []
    stages = pyramid.body[0]
    for name in ("conv0", "norm0", "relu0", "pool0"):
        inner = getattr(stages, name)(inner)
    for place in (1, 2, 3):
        inner = getattr(stages, f"denseblock{place}")(inner)
        part = getattr(stages, f"transition{place}")
        normal = part.norm(inner)
        tap = torch.where(normal > 0, normal, 0.1 * normal)
        taps.append(tap)
        inner = part.pool(part.conv(tap))
    last = stages.norm5(stages.denseblock4(inner))
    taps.append(torch.where(last > 0, last, 0.1 * last))
    narrow = [
        torch.einsum("fc,bchw->bfhw", one.weight[:, :, 0, 0], tap) + one.bias[:, None, None]
        for one, tap in zip(pyramid.lateral, taps, strict=True)
    ]
    merged = narrow[3]
    for one in (narrow[2], narrow[1], narrow[0]):
        rows = torch.arange(one.shape[2]) * merged.shape[2] // one.shape[2]
        columns = torch.arange(one.shape[3]) * merged.shape[3] // one.shape[3]
        merged = one + merged[:, :, rows][:, :, :, columns]
    return merged


@pytest.mark.parametrize("sides", [(64, 64), (100, 72)])
def test_stages_are_joined_from_the_coarsest_to_the_finest(sides: tuple[int, int]) -> None:
    pyramid = FeaturePyramid(make_body(), 6).eval()
    image = torch.randn(2, 1, *sides)
    found = pyramid(image)
    assert found.shape[:2] == (2, 6)
    assert found.shape[2:] == pyramid.tap(image)[0].shape[2:] == tuple(side // 4 for side in sides)
    torch.testing.assert_close(found, pyramid_slowly(pyramid, image), rtol=1e-4, atol=1e-5)


def test_nothing_is_cut_off_at_zero_and_everything_learns() -> None:
    pyramid = FeaturePyramid(make_body(), 6)
    assert not any(isinstance(one, nn.ReLU) for one in pyramid.modules())
    pyramid(torch.randn(2, 1, 64, 64)).square().mean().backward()
    assert all(one.grad is not None for one in pyramid.parameters())


def test_it_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        layers, features = BACKBONES["densenet121"](3)
        pyramid = FeaturePyramid(layers)
        parts = (pyramid, SaliencyHead(tuple("abcdefghijklmn"), 256), ClassPooling("logsumexp", 14))
    assert features == 1024
    taps = [one.in_channels for one in pyramid.lateral]
    assert taps == [256, 512, 1024, 1024]
    # 6,953,856 of the body, 721,920 of the pyramid, 471,296 of the heads, 14 of the pooling.
    assert sum(one.numel() for part in parts for one in part.parameters()) == 8_147_086


def test_other_backbones_are_refused() -> None:
    with pytest.raises(ModelError, match="a DenseNet"):
        add_pyramid(build_backbone("small"))
    backbone = Backbone(make_body(), 18)
    add_pyramid(backbone)
    assert backbone.features == 256
