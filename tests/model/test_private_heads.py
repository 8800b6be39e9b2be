"""A perceptron a class: against a loop, two numbers for one, and the published sizes."""

import pytest
import torch
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.losses.smoothed_bce import smoothed_bce_loss
from labelassemble.model.backbone import BACKBONES
from labelassemble.model.build import build_network
from labelassemble.model.private_heads import PrivateHeads
from labelassemble.settings import ModelSettings

CLASSES = tuple("abcdefghijklmn")


def two_numbers_slowly(head: PrivateHeads, vector: torch.Tensor, name: int) -> torch.Tensor:
    """What one class's perceptron says of one image: absent and present."""
    inner = list(vector)
    for place, layer in enumerate(head.layers):
        if place:
            inner = [one.clamp(min=0.0) for one in inner]
        inner = [
            sum((w * one for w, one in zip(row, inner, strict=True)), start=bias)
            for row, bias in zip(layer.weight[name], layer.bias[name], strict=True)
        ]
    return torch.stack(inner)


@pytest.mark.parametrize("hidden", [0, 1])
def test_each_class_has_a_perceptron_of_its_own(hidden: int) -> None:
    torch.manual_seed(0)
    head = PrivateHeads(("a", "b"), 5, hidden)
    for parameter in head.parameters():
        nn.init.normal_(parameter)
    feature = torch.randn(3, 5, 2, 2)
    logit = head.pool(feature)
    for image, vector in enumerate(feature.flatten(2).mean(dim=2)):
        for name in range(2):
            absent, present = two_numbers_slowly(head, vector, name)
            torch.testing.assert_close(logit[image, name], present - absent)
    dense = head(feature)
    torch.testing.assert_close(dense[:, :, 1, 0], head.pool(feature[:, :, 1, 0]))
    assert head(feature[:, :, 0, 0]).shape == (3, 2)


def test_only_a_classs_own_perceptron_learns_from_it() -> None:
    torch.manual_seed(0)
    head = PrivateHeads(("a", "b", "c"), 6)
    head.pool(torch.randn(4, 6, 2, 2))[:, 1].square().sum().backward()
    for layer in head.layers:
        moved = layer.weight.grad.abs().flatten(1).sum(dim=1) > 0
        assert moved.tolist() == [False, True, False]


def test_gradients_of_the_heads() -> None:
    torch.manual_seed(0)
    head = PrivateHeads(("a", "b"), 4, 1).double()
    feature = torch.randn(2, 4, 2, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(head.pool, feature)


def test_the_loss_is_the_papers_two_way_cross_entropy() -> None:
    torch.manual_seed(0)
    two, label = torch.randn(8, 3, 2), torch.randint(2, (8, 3))
    expected = sum(
        nn.functional.cross_entropy(two[:, name], label[:, name], label_smoothing=0.1)
        for name in range(3)
    )
    logit = two[..., 1] - two[..., 0]
    every = torch.ones(8, 3, dtype=torch.bool)
    torch.testing.assert_close(smoothed_bce_loss(logit, label.float(), every), expected)


@pytest.mark.parametrize(
    ("features", "hidden", "numbers"),
    [(1536, 3, 8_555_932), (768, 3, 4_427_164), (768, 0, 14 * (2 * 768 + 2))],
)
def test_they_have_the_published_number_of_parameters(
    features: int, hidden: int, numbers: int
) -> None:
    with torch.device("meta"):
        head = PrivateHeads(CLASSES, features, hidden)
    assert sum(one.numel() for one in head.parameters()) == numbers


@pytest.mark.parametrize(("name", "millions"), [("swin_t", 27.5), ("swin_l", 195.0)])
def test_swins_have_the_published_number_of_parameters(name: str, millions: float) -> None:
    with torch.device("meta"):
        layers, _ = BACKBONES[name](3)
    assert round(sum(one.numel() for one in layers.parameters()) / 1e6, 1) == millions


def test_names_are_checked_and_any_backbone_will_do() -> None:
    with pytest.raises(ModelError, match="twice"):
        PrivateHeads(("a", "a"), 5)
    settings = ModelSettings(backbone="small", head_layers=2)
    network = build_network(settings, "swinchex", ("a", "b"), seed=0)
    image = torch.rand(2, 1, 32, 32)
    assert network(image).shape == (2, 2)
    assert network(image, dense=True).shape == (2, 2, 2, 2)
