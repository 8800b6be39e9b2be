"""Backbones from transformers: published sizes with random weights, or any folder (``hf:``)."""

import inspect
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from labelassemble.errors import ModelError, some
from labelassemble.model.feature_map import freeze_unused, tokens_to_map
from labelassemble.model.input_scale import InputScale, scale_from_processor
from labelassemble.model.patch_grid import stretch_to_multiple
from labelassemble.model.quiet_transformers import quiet_transformers
from labelassemble.types import Feature, ScaledImage


class TransformersLayers(nn.Module):
    """A vision model of transformers that takes scaled grey images and gives a feature map.

    The image is stretched to a multiple of the model's stride and, for attention in windows, to one
    window at the last stage (Swin: 224 pixels). Positions are interpolated where the model can. A
    last norm that the model applies after pooling (ConvNeXt) is applied to every place.

    Args:
        model: takes ``pixel_values`` and gives ``last_hidden_state``, a map or tokens.
        name: of the network, for errors.
    """

    def __init__(self, model: Any, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name
        self.channels = int(getattr(model.config, "num_channels", 3))
        self.stride = _stride(model.config)
        self.smallest = self.stride * _longest(getattr(model.config, "window_size", 0))
        known = inspect.signature(model.forward).parameters
        self.interpolates = "interpolate_pos_encoding" in known

    def forward(self, image: ScaledImage) -> Feature:
        """Compute the feature map; ``height`` and ``width`` are those of the image over stride."""
        image = stretch_to_multiple(image, self.stride, self.smallest)
        more = {"interpolate_pos_encoding": True} if self.interpolates else {}
        found: Tensor = self.model(pixel_values=image, **more).last_hidden_state
        if found.ndim == 3:
            rows, columns = (side // self.stride for side in image.shape[2:])
            return tokens_to_map(found, rows, columns, self.name)
        norm = getattr(self.model, "layernorm", None)
        if isinstance(norm, nn.LayerNorm):
            found = norm(found.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return found


def swin_t(channels: int) -> tuple[nn.Module, int]:
    """Swin-T (Liu 2021): windows of 7 x 7, stride 32."""
    return _swin("swin_t", channels, 96, [2, 2, 6, 2], [3, 6, 12, 24])


def swin_l(channels: int) -> tuple[nn.Module, int]:
    """Swin-L (Liu 2021): windows of 7 x 7, stride 32; Taslimi 2022 fine-tunes it."""
    return _swin("swin_l", channels, 192, [2, 2, 18, 2], [6, 12, 24, 48])


def _swin(
    name: str, channels: int, width: int, depths: list[int], heads: list[int]
) -> tuple[nn.Module, int]:
    _need_transformers(name)
    from transformers import SwinConfig, SwinModel

    config = SwinConfig(
        num_channels=channels,
        embed_dim=width,
        depths=depths,
        num_heads=heads,
        window_size=7,
        drop_path_rate=0.0,
    )
    return TransformersLayers(SwinModel(config, add_pooling_layer=False), name), 8 * width


def convnext_t(channels: int) -> tuple[nn.Module, int]:
    """ConvNeXt-T (Liu 2022): stride 32."""
    _need_transformers("convnext_t")
    from transformers import ConvNextConfig, ConvNextModel

    config = ConvNextConfig(
        num_channels=channels,
        hidden_sizes=[96, 192, 384, 768],
        depths=[3, 3, 9, 3],
        drop_path_rate=0.0,
    )
    return TransformersLayers(ConvNextModel(config), "convnext_t"), 768


def load_transformers(source: str) -> tuple[TransformersLayers, int, InputScale | None]:
    """Load a vision model and its weights from a folder, or by its name on the hub.

    Args:
        source: a folder that ``save_pretrained`` wrote, which is never looked for elsewhere; or a
            name such as ``microsoft/rad-dino``, or ``NAME@REVISION``, from the hub or its cache.

    Returns:
        The layers, the length of a feature vector, and how images are scaled by the folder's
        ``preprocessor_config.json``, where there is one. Code that comes with a model is not run.

    Raises:
        ModelError: transformers is not installed; no such folder or model; one that takes no
            images or gives no map; weights that are missing or of another shape.
    """
    name = f"hf:{source}"
    _need_transformers(name)
    folder = Path(source).expanduser()
    if not folder.is_dir() and (source.startswith((".", "~", "/")) or source.count("/") != 1):
        raise ModelError(
            f"a folder with config.json and weights at {folder}",
            "no such folder",
            "Name the folder, or a model of the hub: hf:OWNER/MODEL",
        )
    local = folder.is_dir()
    place, _, revision = (str(folder), "", "") if local else source.partition("@")
    model, missing = _load_model(name, place, revision or "main", local)
    scale = _read_scale(place, revision or "main", local)
    layers = TransformersLayers(model, name).train()
    try:
        blank = torch.zeros(1, layers.channels, 2 * layers.stride, 4 * layers.stride)
        feature = freeze_unused(layers, blank)
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        raise ModelError(
            f"a vision model that makes features of images of any size in {name}",
            f"a {type(model).__name__}: {_in_one_line(error)}",
            "Choose another model, such as ViT, DINOv2, Swin, ConvNeXt or ResNet",
        ) from error
    used = {key for key, parameter in model.named_parameters() if parameter.requires_grad}
    if lacking := sorted(missing & used):
        raise ModelError(
            f"all weights of a {type(model).__name__} in {name}",
            f"{len(lacking)} missing or of another shape ({some(lacking, 3)})",
            "Fetch the folder again, or name the model that its weights are of",
        )
    return layers, feature.shape[1], scale


def _load_model(name: str, place: str, revision: str, local: bool) -> tuple[Any, set[str]]:
    """The model, and the names of weights that its files lack."""
    from transformers import AutoModel

    try:
        with quiet_transformers():
            model, told = AutoModel.from_pretrained(
                place,
                revision=revision,
                local_files_only=local,
                trust_remote_code=False,
                dtype=torch.float32,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
    except Exception as error:  # transformers raises nearly everything for a file it cannot use
        raise ModelError(
            f"a model that transformers can load from {name}",
            _in_one_line(error),
            "Check the name or the folder; without a network, fetch it elsewhere (hf download "
            "OWNER/MODEL --local-dir FOLDER) and name the folder: hf:FOLDER",
        ) from error
    if getattr(model, "main_input_name", "") != "pixel_values":
        raise ModelError(
            f"a model that takes images alone in {name}",
            f"a {type(model).__name__}, which takes {getattr(model, 'main_input_name', 'others')}",
            "Save its image part by itself (such as model.vision_model) and name that folder",
        )
    mismatched = {str(key[0]) for key in told.get("mismatched_keys", ())}
    return model, set(told["missing_keys"]) | mismatched


def _read_scale(place: str, revision: str, local: bool) -> InputScale | None:
    from transformers.utils import cached_file

    with quiet_transformers():
        path = cached_file(
            place,
            "preprocessor_config.json",
            revision=revision,
            local_files_only=local,
            _raise_exceptions_for_missing_entries=False,
            _raise_exceptions_for_connection_errors=False,
        )
    if path is None:
        return None
    try:
        return scale_from_processor(json.loads(Path(path).read_text(encoding="utf-8")))
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(
            f"how images are scaled, in {path}",
            f"it cannot be read: {_in_one_line(error)}",
            "Fetch the file again",
        ) from error


def _stride(config: Any) -> int:
    """Pixels a place of the feature map: a patch, doubled by every further stage."""
    patch = getattr(config, "patch_size", None)
    if patch is None:
        return 32
    return _longest(patch) << (len(getattr(config, "depths", (1,))) - 1)


def _longest(sides: Any) -> int:
    return int(sides) if isinstance(sides, int) else int(max(sides))


def _need_transformers(name: str) -> None:
    try:
        import transformers  # noqa: F401
    except ImportError as error:
        raise ModelError(
            f"the package transformers, for the backbone {name!r}",
            "it is not installed",
            "pip install 'labelassemble[hf]', or choose another model.backbone",
        ) from error


def _in_one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
