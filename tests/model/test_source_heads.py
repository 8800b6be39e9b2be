"""One head a source: who learns, who is asked."""

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.source_heads import SourceHeads

CLASSES, SOURCES = ("mass", "edema"), ("north", "east", "west")


def make_head() -> SourceHeads:
    torch.manual_seed(0)
    return SourceHeads(CLASSES, SOURCES, 5)


def probability_slowly(head: SourceHeads, feature: torch.Tensor, source: int) -> torch.Tensor:
    """One source's predictions, class by class."""
    first = source * len(CLASSES)
    weight, bias = head.linear.weight, head.linear.bias
    logits = [
        (feature * weight[first + number][None, :, None, None]).sum(dim=1) + bias[first + number]
        for number in range(len(CLASSES))
    ]
    return torch.stack(logits, dim=1)


def test_every_image_is_predicted_by_the_head_of_its_source() -> None:
    head, feature = make_head(), torch.randn(4, 5, 3, 2)
    source = torch.tensor([2, 0, 1, 2])
    logit = head(feature, source)
    assert logit.shape == (4, 2, 3, 2)
    for number, one in enumerate(source.tolist()):
        expected = probability_slowly(head, feature[[number]], one)
        torch.testing.assert_close(logit[[number]], expected)


def test_only_the_head_of_the_images_source_gets_a_gradient() -> None:
    head, feature = make_head(), torch.randn(4, 5, 3, 2)
    head(feature, torch.tensor([2, 0, 0, 2])).square().sum().backward()
    assert head.linear.weight.grad is not None
    by_source = head.linear.weight.grad.reshape(3, 2, 5).abs().sum(dim=(1, 2))
    assert (by_source > 0).tolist() == [True, False, True]


def test_without_a_source_those_that_teach_the_class_prediction_with_their_mean() -> None:
    head, feature = make_head(), torch.randn(4, 5, 3, 2)
    every = torch.stack([probability_slowly(head, feature, number) for number in range(3)])
    torch.testing.assert_close(head(feature), every.mean(dim=0))
    head.teaches.copy_(torch.tensor([[True, False], [True, False], [False, False]]))
    logit = head(feature)
    torch.testing.assert_close(logit[:, 0], every[:2, :, 0].mean(dim=0))
    # Nobody teaches the second class: all are asked.
    torch.testing.assert_close(logit[:, 1], every[:, :, 1].mean(dim=0))


def test_features_without_places_and_with_depth() -> None:
    head, flat, deep = make_head(), torch.randn(2, 5), torch.randn(2, 5, 2, 3, 4)
    source = torch.tensor([1, 0])
    assert head(flat).shape == head(flat, source).shape == (2, 2)
    assert head(deep).shape == head(deep, source).shape == (2, 2, 2, 3, 4)


def test_who_teaches_comes_back_with_the_weights() -> None:
    head, other = make_head(), SourceHeads(CLASSES, SOURCES, 5)
    head.teaches[1] = False
    other.load_state_dict(head.state_dict())
    assert torch.equal(other.teaches, head.teaches)
    feature = torch.randn(2, 5, 3, 3)
    assert torch.equal(other(feature), head(feature))


def test_names_are_checked() -> None:
    with pytest.raises(ModelError, match="no class"):
        SourceHeads((), SOURCES, 5)
    with pytest.raises(ModelError, match="no source"):
        SourceHeads(CLASSES, (), 5)
