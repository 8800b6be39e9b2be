"""One contract for every backbone."""

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.backbone import BACKBONES, build_backbone


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


def test_unknown_names_are_told() -> None:
    with pytest.raises(ModelError, match="no backbone 'densenet212'; nearest: densenet121"):
        build_backbone("densenet212")
