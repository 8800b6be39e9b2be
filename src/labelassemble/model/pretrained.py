"""Pre-trained weights, checked and fitted to a backbone."""

import re

import torch
from jaxtyping import Float
from torch import Tensor

from labelassemble.errors import ModelError, some
from labelassemble.model.backbone import Backbone
from labelassemble.model.fetch_weights import FROM_SCRATCH
from labelassemble.model.patch_grid import resize_positions
from labelassemble.model.weights_file import WeightsFile

HEADS = ("fc.", "_fc.", "classifier.", "class_layers.", "head.", "decoder_", "mask_token")
"""Beginnings of names that belong to a head or a decoder, which is not the backbone's."""
_BESIDE = (*HEADS, "op_threshs", "pos_weight", "class_weight", "criterion.", "loss", "n_averaged")
"""Beginnings of names of all that may stand beside a backbone: thresholds, weights of a loss."""
OUTER = ("module", "model", "backbone", "encoder", "network", "layers")
"""Names that our backbones give to what they wrap."""
AVERAGED = re.compile(r"(^|[._])(ema|teacher|averaged)([._]|$)", re.I)
"""Names of weights that are means over the steps of their training."""


def load_pretrained(backbone: Backbone, file: WeightsFile) -> None:
    """Load weights into a backbone; those of a head are passed over.

    Understood are the names of torchvision, torchxrayvision and MONAI, those of vision transformers
    that timm, DeiT and masked autoencoders publish, and our own, whatever stands before them
    (``module.``, ``_orig_mod.``, ``net.backbone.``) and wherever in a checkpoint they lie
    (``model``, ``model_state_dict``, ``state_dict_ema``); weights of transformers come with their
    folder (``hf:``).
    A first convolution for three colours is summed to one for grey, which is what it would predict
    to three equal channels; positions are read at the places of another grid.

    Raises:
        ModelError: not a weights file, or weights of another network; says what is missing.
    """
    wanted = {
        name: tensor
        for name, tensor in backbone.layers.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    given = {
        name: tensor
        for name, tensor in _choose_weights(file, set(wanted)).items()
        if not name.endswith("num_batches_tracked")
    }
    unused = {name for name, one in backbone.layers.named_parameters() if not one.requires_grad}
    missing = [name for name in wanted if name not in given and name not in unused]
    extra = [name for name in given if name not in wanted]
    shapes = {}
    for name in wanted.keys() & given.keys():
        if given[name].ndim == 4 and (given[name].shape[1], wanted[name].shape[1]) == (3, 1):
            given[name] = given[name].sum(dim=1, keepdim=True)
        if name.endswith("pos_embed") and given[name].shape[2:] == wanted[name].shape[2:]:
            given[name] = _fit_positions(given[name], wanted[name].shape[1])
        if given[name].shape != wanted[name].shape:
            shapes[name] = tuple(given[name].shape), tuple(wanted[name].shape)
    if missing or extra or shapes:
        raise ModelError(
            f"weights of this backbone in {file.path}",
            _say_difference(missing, extra, shapes, len(wanted)),
            "Give the weights of model.backbone (timm's of most networks go with the backbone "
            f"timm:NAME), or {FROM_SCRATCH}",
        )
    if broken := [name for name, tensor in given.items() if not tensor.isfinite().all()]:
        raise ModelError(
            f"finite weights in {file.path}",
            f"nan or infinity in {len(broken)} of {len(given)} ({some(broken, 3)})",
            f"Take a checkpoint of before that training diverged, or {FROM_SCRATCH}",
        )
    backbone.layers.load_state_dict(given, strict=False)


def _say_difference(
    missing: list[str],
    extra: list[str],
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]],
    wanted: int,
) -> str:
    """Say whether architecture, size or channels are others, and by which names that shows."""
    told = [f"{name} {there}, not {here}" for name, (there, here) in sorted(shapes.items())]
    parts = [
        f"{len(missing)} missing ({some(missing, 3)})" if missing else "",
        f"{len(extra)} unknown ({some(extra, 3)})" if extra else "",
        f"other shapes: {some(told, 3)}" if told else "",
    ]
    differing = [
        (there[1], here[1])
        for there, here in shapes.values()
        if len(there) == len(here) == 4 and there[:1] + there[2:] == here[:1] + here[2:]
    ]
    kind = ""
    if len(missing) > wanted / 2:
        kind = "weights of another architecture: "
    elif not missing and not extra and len(shapes) == len(differing) == 1:
        there, here = differing[0]
        kind = f"weights for {there} channels, where the backbone takes {here}: "
    elif len(shapes) > wanted / 2:
        kind = "weights of another size: "
    return kind + "; ".join(part for part in parts if part)


def _choose_weights(file: WeightsFile, wanted: set[str]) -> dict[str, Tensor]:
    """Find the tensors of the file that are the backbone's, by the names that it uses.

    Of all sets of tensors in the file, and of all names of what a backbone may be a part of in
    them, those are taken that bring the most of what is wanted; of several that bring as much the
    averaged ones (``ema``), which are the ones that published scores are of.
    """
    choices = []
    for place, weights in file.sets.items():
        plain = {_rename(name): tensor for name, tensor in weights.items()}
        outer = {""}
        for name in plain:
            parts = name.split(".")
            outer |= {".".join(parts[:depth]) + "." for depth in range(1, min(len(parts), 7))}
        for prefix in sorted(outer):
            inner = {
                name.removeprefix(prefix): tensor
                for name, tensor in plain.items()
                if name.startswith(prefix) and not name.removeprefix(prefix).startswith(_BESIDE)
            }
            fitted = _fit_names(inner, wanted)
            averaged = bool(AVERAGED.search(f"{place}.{prefix}"))
            found = len(wanted & fitted.keys())
            choices.append((found, averaged, len(prefix) if found else -len(prefix), fitted))
    return max(choices, key=lambda choice: choice[:3])[-1]


def _rename(name: str) -> str:
    """Bring older published names to those of today, such as norm.1 to norm1."""
    plain = re.sub(r"(^|\.)_orig_mod\.", r"\1", name)
    return re.sub(r"\b(norm|relu|conv)\.(\d)\b", r"\1\2", plain)


def _shorten(name: str) -> str:
    """Take away the names of what a backbone was a part of."""
    return re.sub(rf"^(({'|'.join(OUTER)})\.)+", "", name)


def _fit_names(given: dict[str, Tensor], wanted: set[str]) -> dict[str, Tensor]:
    """Find the wanted name of each given one: as it is, or in the backbone's own nesting."""
    fitted = {}
    by_short = {_shorten(name): name for name in wanted}
    for name, tensor in given.items():
        # densenet: ``features.x`` there is ``0.x`` here, and layers nest in ``layers``.
        inner = name.removeprefix("features.")
        nested = re.sub(r"(denselayer\d+)\.(norm|conv)", r"\1.layers.\2", inner)
        candidates = [name, inner, f"0.{inner}", f"0.{nested}", f"levels.{inner}"]
        short = by_short.get(name) or by_short.get(_shorten(name), name)
        fitted[next((one for one in candidates if one in wanted), short)] = tensor
    return fitted


def _fit_positions(
    given: Float[Tensor, "1 given_places features"], places: int
) -> Float[Tensor, "1 places features"]:
    """Read positions, of a class token and of a square grid, at the places of another grid."""
    side = round((places - 1) ** 0.5)
    grid = resize_positions(given[:, 1:], side, side)
    return torch.cat([given[:, :1], grid], dim=1)
