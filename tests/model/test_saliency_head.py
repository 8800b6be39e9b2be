"""Two convolutions a class against a loop over places; who learns from which class."""

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.build import build_network
from labelassemble.model.saliency_head import SaliencyHead
from labelassemble.settings import ModelSettings


def salience_slowly(head: SaliencyHead, vector: torch.Tensor, name: int) -> torch.Tensor:
    """One class at one place, with the running statistics of its norms."""
    for branch in (head.first[name], head.second[name]):
        norm, convolution = branch[0], branch[2]
        normal = (vector - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
        normal = normal * norm.weight + norm.bias
        leaked = torch.where(normal > 0, normal, 0.1 * normal)
        vector = torch.stack([(row * leaked).sum() for row in convolution.weight[:, :, 0, 0]])
    return vector[0]


def test_each_class_has_two_convolutions_of_its_own() -> None:
    torch.manual_seed(0)
    head = SaliencyHead(("a", "b"), 5, 3)
    feature = torch.randn(4, 5, 3, 2)
    for _ in range(3):
        head(feature + 0.5)
    head.eval()
    logit = head(feature)
    for name in range(2):
        expected = salience_slowly(head, feature[1, :, 2, 1], name)
        torch.testing.assert_close(logit[1, name, 2, 1], expected)
    assert head(feature[:, :, 0, 0]).shape == (4, 2)


def test_only_a_classs_own_convolutions_learn_from_it() -> None:
    head = SaliencyHead(("a", "b", "c"), 5, 3)
    head(torch.randn(4, 5, 3, 2))[:, 2].square().sum().backward()
    for branches in (head.first, head.second):
        moved = [any(one.grad.any() for one in branch.parameters()) for branch in branches]
        assert moved == [False, False, True]


def test_gradients_of_the_head() -> None:
    torch.manual_seed(0)
    head = SaliencyHead(("a", "b"), 3, 2).double().eval()
    feature = torch.randn(2, 3, 2, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(head, feature)


def test_the_network_pools_by_log_sum_exp_with_a_sharpness_that_is_learned() -> None:
    network = build_network(ModelSettings(), "rpsal", ("a", "b"), seed=0).eval()
    image = torch.rand(1, 1, 64, 64)
    dense = network(image, dense=True)
    assert dense.shape == (1, 2, 16, 16)
    with torch.no_grad():
        network.pooling.log_sharpness.copy_(torch.tensor([0.0, 1.0]))
    sharpness = torch.tensor([1.0, 1.0]).exp() ** torch.tensor([0.0, 1.0])
    expected = (dense[0].flatten(1) * sharpness[:, None]).exp().mean(dim=1).log() / sharpness
    torch.testing.assert_close(network(image)[0], expected)
    with pytest.raises(ModelError, match="no class"):
        SaliencyHead((), 5)
