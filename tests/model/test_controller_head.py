"""The controller and the head whose weights it makes, against a loop over single images."""

import pytest
import torch
from torch import Tensor

from labelassemble.errors import ModelError
from labelassemble.model.controller_head import ControllerHead, dynamic_head

CLASSES, SOURCES = ("mass", "edema", "hernia"), ("north", "east")


def make_head(features: int = 6, channels: int = 4) -> ControllerHead:
    torch.manual_seed(0)
    return ControllerHead(CLASSES, SOURCES, features, channels)


def apply_slowly(narrow: Tensor, made: Tensor, classes: int) -> Tensor:
    """The three layers on one image's places, number by number."""
    channels, numbers, place = narrow.shape[0], made.tolist(), 0
    maps = [narrow[channel] for channel in range(channels)]
    for layer, after in enumerate((channels, channels, classes)):
        weights = [
            numbers[place + row * len(maps) : place + (row + 1) * len(maps)] for row in range(after)
        ]
        place += after * len(maps)
        biases = numbers[place : place + after]
        place += after
        made_maps = [
            sum((w * m for w, m in zip(row, maps, strict=True)), torch.zeros_like(maps[0])) + bias
            for row, bias in zip(weights, biases, strict=True)
        ]
        maps = made_maps if layer == 2 else [one.clamp(min=0.0) for one in made_maps]
    assert place == len(numbers)
    return torch.stack(maps)


def test_the_dynamic_head_is_the_loop_over_images() -> None:
    narrow, made = torch.randn(5, 4, 6), torch.randn(5, 2 * (16 + 4) + 12 + 3)
    fast = dynamic_head(narrow, made, 3)
    assert fast.shape == (5, 3, 6)
    for image in range(5):
        torch.testing.assert_close(
            fast[image], apply_slowly(narrow[image], made[image], 3), atol=1e-4, rtol=1e-4
        )


def test_the_whole_head_is_the_loop_over_images() -> None:
    head, feature = make_head(), torch.randn(4, 6, 3, 2)
    source = torch.tensor([1, 0, 0, 1])
    logit = head(feature, source)
    assert logit.shape == (4, 3, 3, 2)
    for image, one in enumerate(source.tolist()):
        code = torch.tensor([1.0 - one, float(one)])
        pooled = feature[image].mean(dim=(1, 2))
        made = head.controller(torch.cat([pooled, code]))
        narrow = head.narrow(feature[[image]].flatten(2))[0]
        expected = apply_slowly(narrow, made, 3).reshape(3, 3, 2)
        torch.testing.assert_close(logit[image], expected, atol=1e-5, rtol=1e-4)


def test_it_has_the_papers_162_numbers_for_two_channels_out() -> None:
    head = ControllerHead(("organ", "tumour"), SOURCES, 32, 8)
    assert head.controller.out_features == 162
    assert head.controller.in_features == 32 + 2


def test_an_image_teaches_the_code_of_its_source_alone() -> None:
    head, feature = make_head(), torch.randn(4, 6, 3, 2)
    head(feature, torch.tensor([1, 1, 1, 1])).square().sum().backward()
    assert head.controller.weight.grad is not None
    north, east = head.controller.weight.grad[:, -2:].abs().sum(dim=0)
    assert north == 0
    assert east > 0


def test_without_a_source_those_that_teach_the_class_prediction_with_their_mean() -> None:
    head, feature = make_head(), torch.randn(4, 6, 3, 2)
    every = torch.stack([head(feature, torch.full((4,), number)) for number in range(2)])
    assert not torch.allclose(every[0], every[1], atol=1e-3)
    torch.testing.assert_close(head(feature), every.mean(dim=0))
    head.teaches.copy_(torch.tensor([[True, False, False], [False, True, False]]))
    logit = head(feature)
    torch.testing.assert_close(logit[:, 0], every[0, :, 0])
    torch.testing.assert_close(logit[:, 1], every[1, :, 1])
    # Nobody teaches the third class: both are asked.
    torch.testing.assert_close(logit[:, 2], every[:, :, 2].mean(dim=0))


def test_features_without_places_and_with_depth() -> None:
    head, flat, deep = make_head(), torch.randn(2, 6), torch.randn(2, 6, 2, 3, 4)
    source = torch.tensor([1, 0])
    assert head(flat).shape == head(flat, source).shape == (2, 3)
    assert head(deep).shape == head(deep, source).shape == (2, 3, 2, 3, 4)


def test_who_teaches_comes_back_with_the_weights() -> None:
    head, other = make_head(), ControllerHead(CLASSES, SOURCES, 6, 4)
    head.teaches[1] = False
    other.load_state_dict(head.state_dict())
    assert torch.equal(other.teaches, head.teaches)
    feature = torch.randn(2, 6, 3, 3)
    assert torch.equal(other(feature), head(feature))


def test_names_are_checked() -> None:
    with pytest.raises(ModelError, match="mass twice"):
        ControllerHead(("mass", "mass"), SOURCES, 6, 4)
    with pytest.raises(ModelError, match="no source"):
        ControllerHead(CLASSES, (), 6, 4)
