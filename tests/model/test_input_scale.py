"""How grey values are scaled for weights: said, asked for, and contradicted."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from labelassemble.errors import ModelError
from labelassemble.model.backbone import Backbone
from labelassemble.model.input_scale import (
    EFFICIENTNET_LITE,
    IMAGENET,
    TORCHXRAYVISION,
    InputScale,
    scale_from_processor,
    scale_from_settings,
    scale_from_timm,
    settle_scale,
)
from labelassemble.weights_settings import InputSettings

GREY = torch.rand(2, 1, 5, 7)


@pytest.mark.parametrize(
    "scale",
    [
        IMAGENET,
        TORCHXRAYVISION,
        EFFICIENTNET_LITE,
        InputScale(0.0, 255.0, (123.7, 116.3, 103.5), (58.4, 57.1, 57.4), 3),
        InputScale(-1.0, 1.0, (0.1,), (0.3,), 3),
    ],
)
def test_a_scale_is_a_loop_over_channels_and_comes_back_from_its_settings(
    scale: InputScale,
) -> None:
    expected = torch.empty(2, scale.channels, 5, 7)
    for channel in range(scale.channels):
        mean = scale.mean[channel % len(scale.mean)]
        deviation = scale.deviation[channel % len(scale.deviation)]
        in_range = scale.low + (scale.high - scale.low) * GREY[:, 0]
        expected[:, channel] = (in_range - mean) / deviation
    found = Backbone(nn.Identity(), 1, scale).scale_input(GREY)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)
    assert scale_from_settings(scale.to_settings()) == scale
    # Whatever other weights would say: a run's description is whole.
    assert settle_scale(scale.to_settings(), None) == scale


def test_three_colours_of_one_scale_are_the_sum_of_their_weights_exactly() -> None:
    kernel = torch.randn(4, 3, 3, 3, dtype=torch.float64)
    grey = torch.rand(1, 1, 6, 6, dtype=torch.float64)
    scaled = (grey - 127 / 255) / (128 / 255)
    colours = nn.functional.conv2d(scaled.expand(-1, 3, -1, -1), kernel, padding=1)
    summed = nn.functional.conv2d(scaled, kernel.sum(1, keepdim=True), padding=1)
    torch.testing.assert_close(colours, summed)


def test_from_scratch_the_range_is_centred() -> None:
    assert settle_scale(InputSettings(), None) == (0.0, 1.0, (0.5,), (0.25,), 1)
    wide = settle_scale(InputSettings(range=(0.0, 255.0)), None)
    assert (wide.mean, wide.deviation) == ((127.5,), (63.75,))


def test_settings_go_before_what_weights_say() -> None:
    assert settle_scale(InputSettings(), IMAGENET, "a.pt") == IMAGENET
    own = settle_scale(InputSettings(mean=(0.5056,), deviation=(0.252,)), IMAGENET, "a.pt")
    assert own == (0.0, 1.0, (0.5056,), (0.252,), 1)
    assert settle_scale(InputSettings(channels=3), EFFICIENTNET_LITE, "a.pt").channels == 3


@pytest.mark.parametrize(
    ("asked", "said", "got"),
    [
        ({}, None, "neither the file nor"),
        ({"mean": (0.5,)}, None, "neither the file nor"),
        ({"range": (0.0, 1.0)}, TORCHXRAYVISION, "model.input.range = 0 1"),
        ({"range": (-1024.0, 1024.0)}, IMAGENET, "model.input.range = -1024 1024"),
        ({"mean": IMAGENET.mean}, TORCHXRAYVISION._replace(deviation=(5.0,)), "another range"),
        ({"mean": (123.7,), "deviation": (58.4,)}, None, "mean 123.7 and deviation 58.4"),
        ({"range": (0.0, 255.0), "mean": (0.5,), "deviation": (0.25,)}, None, "another range"),
        ({"mean": (-3.0,)}, IMAGENET, "another range"),
        ({"channels": 1}, IMAGENET, "model.input.channels = 1"),
    ],
)
def test_what_does_not_fit_is_told(
    asked: dict[str, Any], said: InputScale | None, got: str
) -> None:
    with pytest.raises(ModelError) as caught:
        settle_scale(InputSettings.model_validate(asked), said, "a.pt")
    assert got in caught.value.got
    assert "model.input" in caught.value.do


@pytest.mark.parametrize(
    "asked",
    [
        {"range": (1.0, 0.0)},
        {"mean": (0.5, 0.5)},
        {"deviation": (0.5, 0.0, 0.5)},
        {"channels": 1, "mean": (0.1, 0.2, 0.3)},
        {"channels": 2},
    ],
)
def test_settings_that_mean_nothing(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InputSettings.model_validate(asked)


def test_what_publishers_say() -> None:
    timm = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "tag": "in1k"}
    assert scale_from_timm(timm) == IMAGENET
    assert scale_from_timm({"mean": (0.5,) * 3, "std": (0.5,) * 3}).channels == 1
    assert scale_from_processor({}) == (0.0, 1.0, (0.5,), (0.5,), 1)
    raw = scale_from_processor({"do_rescale": False, "do_normalize": False})
    assert raw == (0.0, 255.0, (0.0,), (1.0,), 1)
    assert "0 to 1, mean 0.485 0.456 0.406" in str(IMAGENET)
