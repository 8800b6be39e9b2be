"""Stages of every kind of backbone, and what it means that they are frozen."""

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.feature_pyramid import FeaturePyramid
from labelassemble.model.stages import find_stages, freeze_stages
from labelassemble.model.twin_backbone import TwinLayers


@pytest.mark.parametrize(
    ("name", "count", "some"),
    [
        ("small", 4, {"stem.0.weight": 0, "levels.0.first.weight": 1, "levels.3.second.weight": 4}),
        (
            "densenet121",
            5,
            {
                "0.conv0.weight": 0,
                "0.denseblock1.denselayer1.layers.conv1.weight": 1,
                "0.transition1.conv.weight": 1,
                "0.denseblock4.denselayer16.layers.conv2.weight": 4,
                "0.norm5.weight": 5,
            },
        ),
        ("resnet18", 4, {"conv1.weight": 0, "bn1.bias": 0, "layer4.1.conv2.weight": 4}),
        (
            "efficientnet_lite0",
            17,
            {"_conv_stem.weight": 0, "_blocks.15._bn2.weight": 16, "_conv_head.weight": 17},
        ),
        (
            "vit_ti16",
            13,
            {"pos_embed": 0, "cls_token": 0, "blocks.0.attn.qkv.weight": 1, "norm.weight": 13},
        ),
        ("swin_t", 5, {"model.embeddings.norm.weight": 0, "model.layernorm.weight": 5}),
    ],
)
def test_stages_are_counted_from_the_image_on(name: str, count: int, some: dict[str, int]) -> None:
    if name == "swin_t":
        pytest.importorskip("transformers")
    layers = build_backbone(name).layers
    stages = find_stages(layers)
    assert list(stages) == [one for one, _ in layers.named_parameters()]
    assert {one: stages[one] for one in some} == some
    order = list(stages.values())
    assert order == sorted(order)
    assert sorted(set(order)) == list(range(count + 1))


def test_networks_without_stages_are_told() -> None:
    with pytest.raises(ModelError, match="a Linear without"):
        find_stages(nn.Linear(2, 2))


def test_frozen_stages_keep_weights_and_running_statistics() -> None:
    torch.manual_seed(0)
    backbone = build_backbone("small")
    backbone.freeze(3)
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in backbone.parameters() if p.requires_grad], lr=0.1)
    for _ in range(2):
        backbone.eval()
        backbone.train()
        backbone(torch.rand(4, 1, 32, 32)).square().mean().backward()
        optimiser.step()
    changed = {
        name
        for name, value in backbone.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert changed
    assert {name.split(".")[1] + name.split(".")[2] for name in changed} == {"levels2", "levels3"}
    assert "layers.levels.3.second_norm.running_mean" in changed
    with pytest.raises(ModelError, match="up to 5, the stages of this SmallBackbone"):
        backbone.freeze(6)


def test_a_frozen_backbone_predicts_in_training_as_in_evaluation() -> None:
    backbone = build_backbone("small").eval()
    image = torch.rand(3, 1, 32, 32)
    expected = backbone(image)
    backbone.freeze(None)
    feature = backbone.train()(image)
    assert torch.equal(feature, expected)
    assert not feature.requires_grad


def test_two_networks_are_numbered_alike() -> None:
    twins = TwinLayers(build_backbone("small").layers, build_backbone("small").layers)
    found, alone = find_stages(twins), find_stages(twins.first)
    assert found == {
        **{f"first.{name}": stage for name, stage in alone.items()},
        **{f"second.{name}": stage for name, stage in alone.items()},
    }
    freeze_stages(twins, 1)
    still = {name for name, one in twins.named_parameters() if not one.requires_grad}
    assert still == {name for name, stage in found.items() if stage == 0}


def test_a_pyramid_learns_on_a_frozen_body() -> None:
    pyramid = FeaturePyramid(build_backbone("densenet121").layers, 8)
    assert freeze_stages(pyramid, None) == [pyramid.body]
    learning = {name for name, one in pyramid.named_parameters() if one.requires_grad}
    assert learning == {
        f"lateral.{place}.{kind}" for place in range(4) for kind in ("weight", "bias")
    }
