"""Two maps multiplied, against a loop over places; the size with two DenseNets."""

import torch

from labelassemble.losses.attention_overlap import attention_overlap_loss
from labelassemble.model.adapt_backbone import add_twin
from labelassemble.model.backbone import BACKBONES, Backbone
from labelassemble.model.build import build_network
from labelassemble.model.product_head import ProductHead
from labelassemble.model.small_backbone import SmallBackbone
from labelassemble.model.twin_backbone import TwinLayers
from labelassemble.settings import ModelSettings


def project_slowly(branch: torch.nn.Sequential, vector: torch.Tensor) -> torch.Tensor:
    made = branch[0].weight[:, :, 0] @ vector
    norm = branch[1]
    normal = (made - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
    return (normal * norm.weight + norm.bias).clamp(min=0.0)


def test_maps_are_multiplied_place_by_place() -> None:
    torch.manual_seed(0)
    head, feature = ProductHead(("a", "b"), 6, 4), torch.randn(3, 6, 2, 2)
    for _ in range(3):
        head(feature + 0.3)
    head.eval()
    dense, shares = head(feature), head.attend(feature)
    image = feature[1].flatten(1).T
    first = [project_slowly(head.first, place[:3]) for place in image]
    second = [project_slowly(head.second, place[3:]) for place in image]
    for place in range(4):
        expected = head.linear.weight @ (first[place] * second[place]) + head.linear.bias
        torch.testing.assert_close(dense[1].flatten(1)[:, place], expected)
    for share, vectors in zip(shares, (first, second), strict=True):
        means = torch.stack([one.mean() for one in vectors])
        torch.testing.assert_close(share[1], means / means.sum())
    assert head(feature[:, :, 0, 0]).shape == (3, 2)


def test_gradients_of_the_head() -> None:
    torch.manual_seed(0)
    head = ProductHead(("a", "b"), 4, 3).double().eval()
    feature = torch.randn(2, 4, 2, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(head, feature)


def test_the_overlap_is_that_of_a_loop() -> None:
    first, second = (torch.rand(3, 5).softmax(dim=1) for _ in range(2))
    cells = []
    for a, b in zip(first, second, strict=True):
        both = sum(float(x) * float(y) for x, y in zip(a, b, strict=True))
        cells.append(1 - 2 * both / float((a**2).sum() + (b**2).sum()))
    torch.testing.assert_close(
        attention_overlap_loss(first, second), torch.tensor(sum(cells) / 3), rtol=1e-4, atol=1e-6
    )
    assert attention_overlap_loss(first, first) < 1e-6
    assert attention_overlap_loss(torch.eye(3), torch.eye(3).roll(1, 0)) == 1.0


def test_a_network_that_sees_nothing_looks_everywhere_alike() -> None:
    head = ProductHead(("a",), 4, 3).eval()
    torch.nn.init.constant_(head.first[1].bias, -1e3)
    share, _ = head.attend(torch.randn(2, 4, 3, 1))
    torch.testing.assert_close(share, torch.full((2, 3), 1 / 3))


def test_two_networks_have_weights_of_their_own() -> None:
    settings = ModelSettings(backbone="small", product_features=8)
    network = build_network(settings, "ma-reconstructed", ("a", "b"), seed=0).eval()
    assert isinstance(network.backbone.layers, TwinLayers)
    assert network.backbone.features == 2 * SmallBackbone.features
    image = torch.rand(2, 1, 32, 32)
    feature = network.backbone(image)
    assert not torch.equal(*feature.chunk(2, dim=1))
    dense = network(image, dense=True)
    torch.testing.assert_close(network(image), dense.mean(dim=(2, 3)))


def test_it_has_the_number_of_parameters_of_two_densenets() -> None:
    with torch.device("meta"):
        twins = [Backbone(*BACKBONES["densenet121"](3)) for _ in range(2)]
        add_twin(*twins)
        head = ProductHead(tuple("abcdefghijklmn"), twins[0].features)
    total = sum(one.numel() for part in (twins[0], head) for one in part.parameters())
    assert round(total / 1e6, 1) == 16.0
