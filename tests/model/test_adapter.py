"""The adapter against a loop over classes and places, and its blocks."""

import pytest
import torch
from torch.nn import functional

from labelassemble.model.adapter import BLOCK, Adapter, in_blocks, logit_map


@pytest.mark.parametrize("space", [(4, 3), (2, 3, 2)])
@pytest.mark.parametrize("classes", [1, BLOCK, BLOCK + 3])
def test_prediction_map_is_a_generated_convolution(classes: int, space: tuple[int, ...]) -> None:
    feature, weight = torch.randn(2, 6, *space), torch.randn(classes, 6)
    bias = torch.randn(classes)
    logit = logit_map(feature, weight, bias)
    assert logit.shape == (2, classes, *space)
    for image in range(2):
        for name in range(classes):
            places = feature[image].flatten(1).T
            expected = torch.stack([weight[name] @ place + bias[name] for place in places])
            torch.testing.assert_close(logit[image, name].flatten(), expected)


def test_each_class_depends_on_its_own_query_alone() -> None:
    adapter, query = Adapter(8, 16, 5), torch.randn(3, 8, requires_grad=True)
    weight, bias = adapter(query)
    assert weight.shape == (3, 5)
    assert bias.shape == (3,)
    (gradient,) = torch.autograd.grad(weight[1].sum() + bias[1], query)
    assert gradient[1].abs().sum() > 0
    assert gradient[[0, 2]].abs().sum() == 0


@pytest.mark.parametrize("features", [64, 1024])
def test_generated_weights_start_as_a_linear_heads_would(features: int) -> None:
    torch.manual_seed(0)
    weight, bias = Adapter(128, 256, features)(torch.randn(16, 128))
    assert 0.5 < weight.var().item() * features < 2.0
    assert bias.abs().max() < 1.0


@pytest.mark.parametrize("classes", range(1, 2 * BLOCK + 2))
def test_a_block_more_changes_no_bit(classes: int) -> None:
    torch.manual_seed(classes)
    adapter = Adapter(32, 48, 40)
    query, feature = torch.randn(classes + 1, 32), torch.randn(3, 40, 5, 5)
    with torch.no_grad():
        fewer, more = adapter(query[:classes]), adapter(query)
        assert torch.equal(fewer[0], more[0][:classes])
        assert torch.equal(fewer[1], more[1][:classes])
        assert torch.equal(logit_map(feature, *fewer), logit_map(feature, *more)[:, :classes])


def test_blocks_are_of_one_size() -> None:
    seen = []

    def remember(block: torch.Tensor) -> torch.Tensor:
        seen.append(tuple(block.shape))
        return 2 * block

    values = torch.randn(BLOCK + 1, 3)
    assert torch.equal(in_blocks(remember, values), 2 * values)
    assert seen == [(BLOCK, 3), (BLOCK, 3)]


def test_pooled_features_are_predicted_as_by_a_linear_layer() -> None:
    feature, weight, bias = torch.randn(5, 6), torch.randn(11, 6), torch.randn(11)
    expected = functional.linear(feature, weight, bias)
    torch.testing.assert_close(logit_map(feature, weight, bias), expected)
    assert logit_map(feature[:0], weight, bias).shape == (0, 11)


def test_derivatives_of_the_prediction_hold_against_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = ((2, 3, 2, 2), (9, 3), (9,))
    inputs = tuple(
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in shapes
    )
    assert torch.autograd.gradcheck(logit_map, inputs)


def test_a_feature_map_laid_out_with_channels_last_predictions_the_same() -> None:
    feature = torch.randn(3, 4, 5, 6)
    weight, bias = torch.randn(2, 4), torch.randn(2)
    last = feature.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(logit_map(last, weight, bias), logit_map(feature, weight, bias))


@pytest.mark.parametrize("classes", [1, 8, 11])
def test_weights_and_bias_are_the_perceptrons(classes: int) -> None:
    adapter = Adapter(query_features=6, hidden=10, features=4)
    query = torch.randn(classes, 6)
    weight, bias = adapter(query)
    state = adapter.state_dict()
    hidden = functional.layer_norm(query, (6,), state["layers.0.weight"], state["layers.0.bias"])
    hidden = functional.gelu(hidden @ state["layers.1.weight"].T + state["layers.1.bias"])
    expected = hidden @ state["layers.3.weight"].T + state["layers.3.bias"]
    torch.testing.assert_close(weight, expected[:, :4])
    torch.testing.assert_close(bias, expected[:, 4])


def test_the_start_does_not_prediction_the_same_for_every_class() -> None:
    torch.manual_seed(0)
    weight, _ = Adapter(128, 256, 512)(torch.randn(16, 128))
    alike = torch.corrcoef(weight) - torch.eye(16)
    assert alike.abs().max().item() < 0.6


@pytest.mark.parametrize("classes", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_blocks_have_one_size_and_one_layout(classes: int) -> None:
    seen = []

    def compute(block: torch.Tensor) -> torch.Tensor:
        seen.append((tuple(block.shape), block.stride()))
        return block * 2.0

    by_class = torch.randn(3, classes).T
    assert torch.equal(in_blocks(compute, by_class), by_class * 2.0)
    assert set(seen) == {((BLOCK, 3), (3, 1))}
    assert len(seen) == -(-classes // BLOCK)
