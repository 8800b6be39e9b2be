"""One contract for every backbone."""

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import BACKBONES, Backbone, build_backbone


@pytest.mark.parametrize("name", BACKBONES)
def test_contract(name: str) -> None:
    torch.manual_seed(0)
    backbone = build_backbone(name)
    image = torch.rand(2, 1, 64, 64)
    feature = backbone(image)
    assert feature.shape[:2] == (2, backbone.features)
    assert feature.shape[2] == feature.shape[3] <= 4
    feature.square().mean().backward()
    first = next(parameter for parameter in backbone.parameters() if parameter.ndim == 4)
    assert first.shape[1] == 1
    assert first.grad is not None
    assert first.grad.abs().sum() > 0
    backbone.eval()
    with torch.no_grad():
        assert torch.equal(backbone(image), backbone(image))
        assert backbone(torch.rand(1, 1, 70, 101)).shape[1] == backbone.features


@pytest.mark.parametrize("size", [64, 96, 130])
@pytest.mark.parametrize("name", ["small", "resnet18"])
def test_any_size(name: str, size: int) -> None:
    backbone = build_backbone(name)
    with torch.no_grad():
        feature = backbone(torch.rand(1, 1, size, size + 6))
    assert feature.ndim == 4
    assert feature.shape[1] == backbone.features
    assert torch.isfinite(feature).all()


def test_grey_values_are_centred_within() -> None:
    seen = []

    class Remember(nn.Module):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            seen.append(image)
            return image

    Backbone(Remember(), 1)(torch.tensor([[[[0.0, 0.5, 1.0]]]]))
    assert seen[0].flatten().tolist() == [-2.0, 0.0, 2.0]


def test_unknown_names_are_told() -> None:
    with pytest.raises(ModelError, match="no backbone 'densenet212'; nearest: densenet121"):
        build_backbone("densenet212")
