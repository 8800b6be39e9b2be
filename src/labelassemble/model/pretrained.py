"""Pre-trained weights from a file, or from a URL into a cache, checked and fitted to a backbone."""

import hashlib
import re
import urllib.request
from http.client import HTTPException
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from labelassemble.errors import ModelError, some
from labelassemble.model.backbone import Backbone
from labelassemble.model.patch_grid import resize_positions
from labelassemble.model.weights_file import read_weight_sets
from labelassemble.write_aside import write_aside

HEADS = ("fc.", "_fc.", "classifier.", "class_layers.", "head.", "decoder_", "mask_token")
"""Beginnings of names that belong to a head or a decoder, which is not the backbone's."""
_BESIDE = (*HEADS, "op_threshs", "pos_weight", "class_weight", "criterion.", "loss", "n_averaged")
"""Beginnings of names of all that may stand beside a backbone: thresholds, weights of a loss."""
OUTER = ("module", "model", "backbone", "encoder", "network", "layers")
"""Names that our backbones give to what they wrap."""
AVERAGED = re.compile(r"(^|[._])(ema|teacher|averaged)([._]|$)", re.I)
"""Names of weights that are means over the steps of their training."""
FROM_SCRATCH = "train from scratch with --model.pretrained None"


def fetch_weights(source: str, sha256: str | None, cache: Path) -> Path:
    """Find the weights file, fetching it once where it is a URL.

    Args:
        source: path of a file, or an http(s) URL.
        sha256: checksum in hexadecimal; required with a URL, checked with a file when given.
        cache: folder that keeps what was fetched.

    Returns:
        The path of a file with that checksum.

    Raises:
        ModelError: no such file, no network, a URL without a checksum, or another checksum.
    """
    if "://" not in source:
        path = Path(source).expanduser()
        if not path.is_file():
            raise ModelError(
                f"a weights file at {path}", "no such file", f"Check the path, or {FROM_SCRATCH}"
            )
    else:
        if sha256 is None:
            raise ModelError(
                f"the checksum of {source}",
                "model.sha256 is not set",
                "Set it to the checksum that the publisher names (sha256sum FILE shows it)",
            )
        path = cache / f"{sha256[:12]}-{re.split('[?#]', source)[0].rsplit('/', 1)[-1]}"
        if not path.is_file():
            _download(source, path, sha256)
    if sha256 is not None:
        _check(path, sha256, f"Delete {path} if it is damaged")
    return path


def load_pretrained(backbone: Backbone, path: Path) -> None:
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
        for name, tensor in _choose_weights(path, set(wanted)).items()
        if not name.endswith("num_batches_tracked")
    }
    unused = {name for name, one in backbone.layers.named_parameters() if not one.requires_grad}
    missing = [name for name in wanted if name not in given and name not in unused]
    extra = [name for name in given if name not in wanted]
    shapes = []
    for name in wanted.keys() & given.keys():
        if given[name].ndim == 4 and (given[name].shape[1], wanted[name].shape[1]) == (3, 1):
            given[name] = given[name].sum(dim=1, keepdim=True)
        if name.endswith("pos_embed") and given[name].shape[2:] == wanted[name].shape[2:]:
            given[name] = _fit_positions(given[name], wanted[name].shape[1])
        if given[name].shape != wanted[name].shape:
            shapes.append(f"{name} {tuple(given[name].shape)}, not {tuple(wanted[name].shape)}")
    if missing or extra or shapes:
        got = [
            f"{len(missing)} missing ({some(missing, 3)})" if missing else "",
            f"{len(extra)} unknown ({some(extra, 3)})" if extra else "",
            f"other shapes: {some(sorted(shapes), 3)}" if shapes else "",
        ]
        raise ModelError(
            f"weights of this backbone in {path}",
            "; ".join(part for part in got if part),
            f"Give the weights of model.backbone, or {FROM_SCRATCH}",
        )
    if broken := [name for name, tensor in given.items() if not tensor.isfinite().all()]:
        raise ModelError(
            f"finite weights in {path}",
            f"nan or infinity in {len(broken)} of {len(given)} ({some(broken, 3)})",
            f"Take a checkpoint of before that training diverged, or {FROM_SCRATCH}",
        )
    backbone.layers.load_state_dict(given, strict=False)


def _download(source: str, path: Path, sha256: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with write_aside(path) as aside:
            with urllib.request.urlopen(source, timeout=30) as sent, aside.open("wb") as file:
                while chunk := sent.read(1 << 20):
                    file.write(chunk)
            _check(aside, sha256, f"See whether {source} is the file that you mean")
    except (HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ModelError(
            f"weights from {source}",
            f"they cannot be fetched: {reason or type(error).__name__}",
            f"Fetch the file on a machine with a network and put it at {path}, or {FROM_SCRATCH}",
        ) from error


def _check(path: Path, sha256: str, do: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ModelError(
            f"weights with the sha256 {sha256}",
            f"{found} in {path.name}",
            f"{do}, or set model.sha256 to the checksum that its publisher names",
        )


def _choose_weights(path: Path, wanted: set[str]) -> dict[str, Tensor]:
    """Find the tensors of the file that are the backbone's, by the names that it uses.

    Of all sets of tensors in the file, and of all names of what a backbone may be a part of in
    them, those are taken that bring the most of what is wanted; of several that bring as much the
    averaged ones (``ema``), which are the ones that published scores are of.
    """
    choices = []
    for place, weights in read_weight_sets(path).items():
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
        own = next((one for one in candidates if one in wanted), by_short.get(name, name))
        fitted[own] = tensor
    return fitted


def _fit_positions(
    given: Float[Tensor, "1 given_places features"], places: int
) -> Float[Tensor, "1 places features"]:
    """Read positions, of a class token and of a square grid, at the places of another grid."""
    side = round((places - 1) ** 0.5)
    grid = resize_positions(given[:, 1:], side, side)
    return torch.cat([given[:, :1], grid], dim=1)
