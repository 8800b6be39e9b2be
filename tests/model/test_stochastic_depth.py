"""Branches left out: how often, of which blocks, and what stays as it was."""

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.stochastic_depth import StochasticDepth, set_stochastic_depth


def rates(layers: nn.Module) -> list[float]:
    return [one.rate for one in layers.modules() if isinstance(one, StochasticDepth)]


def test_images_keep_their_branch_whole_and_enlarged_or_lose_it() -> None:
    torch.manual_seed(0)
    drop = StochasticDepth(0.2)
    branch = torch.rand(5000, 2, 3) + 1.0
    found = drop(branch)
    kept = found[:, 0, 0] > 0
    assert kept.float().mean().item() == pytest.approx(0.8, abs=0.02)
    torch.testing.assert_close(found[kept], branch[kept] / 0.8)
    assert not found[~kept].any()
    assert drop.eval()(branch) is branch
    assert StochasticDepth(0.0).train()(branch) is branch


def test_chances_rise_in_a_line_over_the_blocks() -> None:
    vit = build_backbone("vit_ti16").layers
    before = vit.eval()(torch.ones(1, 1, 32, 32))
    set_stochastic_depth(vit, 0.2)
    # Two branches a block.
    expected = [0.2 * block / 11 for block in range(12) for _ in (1, 2)]
    assert rates(vit) == pytest.approx(expected)
    assert torch.equal(vit.eval()(torch.ones(1, 1, 32, 32)), before)
    torch.manual_seed(0)
    first = vit.train()(torch.ones(1, 1, 32, 32))
    assert not torch.equal(first, vit(torch.ones(1, 1, 32, 32)))
    small = build_backbone("small").layers
    set_stochastic_depth(small, 0.3)
    assert rates(small) == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_efficientnets_chances_are_its_own() -> None:
    layers = build_backbone("efficientnet_lite0").layers
    blocks = [one for one in layers.modules() if hasattr(one, "drop_connect_rate")]
    assert [one.drop_connect_rate for one in blocks][-1] == pytest.approx(0.2 * 15 / 16)
    set_stochastic_depth(layers, 0.0)
    assert {one.drop_connect_rate for one in blocks} == {0.0}


def test_networks_of_transformers_have_places_for_it() -> None:
    pytest.importorskip("transformers")
    layers = build_backbone("swin_t").layers
    set_stochastic_depth(layers, 0.1)
    assert rates(layers) == pytest.approx([0.1 * block / 11 for block in range(12)])


def test_networks_without_branches_are_told() -> None:
    with pytest.raises(ModelError, match="a Sequential without"):
        set_stochastic_depth(build_backbone("densenet121").layers, 0.1)
