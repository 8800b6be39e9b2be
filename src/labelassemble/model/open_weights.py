"""Pre-trained weights with what is said of the images that they were trained on."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from torch import Tensor

from labelassemble.errors import ModelError
from labelassemble.model.fetch_weights import BESIDE, fetch_weights
from labelassemble.model.input_scale import (
    EFFICIENTNET_LITE,
    IMAGENET,
    TORCHXRAYVISION,
    InputScale,
    scale_from_processor,
    scale_from_settings,
    scale_from_timm,
)
from labelassemble.model.timm_backbone import load_timm
from labelassemble.model.weights_file import WeightsFile, read_weights_file
from labelassemble.weights_settings import InputSettings

INPUT_KEY = "labelassemble"
"""Where files of ours say it: in a checkpoint, and in the metadata of an encoder."""
TIMM = "timm:"


class OpenedWeights(NamedTuple):
    """Weights, and how images were scaled for them; None: nothing says it."""

    file: WeightsFile
    scale: InputScale | None


def open_weights(source: str, sha256: str | None, cache: Path) -> OpenedWeights:
    """Find weights and read them, and what is said of their images.

    Args:
        source: ``timm:NAME``, or as in ``fetch_weights``.
        sha256: likewise.
        cache: likewise.

    Raises:
        ModelError: as ``fetch_weights`` and ``read_weights_file``; timm that is not installed or
            cannot fetch; a file beside the weights that is damaged.
    """
    if source.startswith(TIMM):
        weights, said = load_timm(source.removeprefix(TIMM))
        return OpenedWeights(WeightsFile(Path(source), {"": weights}, {}), scale_from_timm(said))
    file = read_weights_file(fetch_weights(source, sha256, cache))
    return OpenedWeights(file, find_input_scale(file))


def find_input_scale(file: WeightsFile) -> InputScale | None:
    """Find how images were scaled for a file's weights.

    The first that says it counts: the file itself (ours; timm's ``pretrained_cfg``), the files of a
    hub beside it, and names that one publisher alone uses: torchxrayvision's thresholds,
    EfficientNet-Lite's blocks, TorchVision's DenseNet and ResNet with ImageNet's 1000 classes.

    Raises:
        ModelError: what says it is damaged.
    """
    try:
        return _said_inside(file.said) or _said_beside(file.path.parent) or _guess(file)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise ModelError(
            f"how images were scaled, in {file.path} or the JSON files beside it",
            f"it cannot be read: {' '.join(str(error).split())}",
            f"Fetch {file.path.name} and the files beside it again, or move those away",
        ) from error


def _said_inside(said: dict[str, Any]) -> InputScale | None:
    ours = said.get(INPUT_KEY)
    if isinstance(ours, dict):
        model = ours.get("model", {})
        asked = InputSettings.model_validate(ours.get("input") or model.get("input") or {})
        # Runs of before they said it took images so.
        return scale_from_settings(asked) or InputScale(0.0, 1.0, (0.5,), (0.25,), 1)
    return _of_timm(said)


def _said_beside(folder: Path) -> InputScale | None:
    told = []
    for name in BESIDE:
        path = folder / name
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        told.append(content if isinstance(content, dict) else {})
    config, processor = told
    return _of_timm(config) or (scale_from_processor(processor) if processor else None)


def _of_timm(said: dict[str, Any]) -> InputScale | None:
    told = said.get("pretrained_cfg", said)
    return (
        scale_from_timm(told) if isinstance(told, dict) and {"mean", "std"} <= set(told) else None
    )


def _guess(file: WeightsFile) -> InputScale | None:
    for weights in file.sets.values():
        shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
        if any(name.endswith("op_threshs") for name in shapes):
            return TORCHXRAYVISION
        mobile = any(name.endswith("._depthwise_conv.weight") for name in shapes)
        if mobile and not any("._se_reduce." in name for name in shapes):
            return EFFICIENTNET_LITE
        if _is_torchvision(weights):
            return IMAGENET
    return None


def _is_torchvision(weights: dict[str, Tensor]) -> bool:
    for first, head in (("features.conv0.", "classifier."), ("conv1.", "fc.")):
        conv, last = weights.get(first + "weight"), weights.get(head + "weight")
        if conv is not None and last is not None:
            return conv.shape[1:] == (3, 7, 7) and len(last) == 1000
    return False
