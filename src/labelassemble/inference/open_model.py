"""A run folder or a packed model in, all that predictions need out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch

from labelassemble.errors import RunError
from labelassemble.inference.checkpoint_file import (
    CHECKPOINT_KEY,
    PREFIX,
    NetworkDescription,
    read_checkpoint,
)
from labelassemble.inference.hub_folder import is_hub_folder, read_hub_folder
from labelassemble.inference.load_network import build_described
from labelassemble.inference.operating_file import (
    OPERATING,
    Operation,
    parse_operation,
    read_operation,
)
from labelassemble.inference.pack_file import FACTS_PART, NETWORK_PART, WEIGHTS_PART, read_pack
from labelassemble.inference.unlike import UNLIKE, UnlikeStatistics, parse_unlike, read_unlike
from labelassemble.model.network import Network


class OpenedModel(NamedTuple):
    """What predictions need.

    Attributes:
        network: in evaluation mode.
        description: of it.
        unlike: what training images look like to it; None: nobody tells.
        operation: calibration and thresholds; None: there are none, or they lie in a run folder.
    """

    network: Network
    description: NetworkDescription
    unlike: UnlikeStatistics | None
    operation: Operation | None


def open_model(place: Path, device: torch.device | None = None) -> OpenedModel:
    """Open a run folder's best network, or a packed model.

    Args:
        place: a folder that ``train`` made, a file that ``pack`` wrote, or a folder as
            ``card --hf`` writes it and the Hub gives it back.
        device: where to compute; none: a GPU where there is one.

    Raises:
        RunError: neither of them, or one that is damaged.
    """
    if place.is_file():
        return _open_parts(read_pack(place), place, device)
    if is_hub_folder(place):
        return _open_parts(read_hub_folder(place), place, device)
    checkpoint = place / "checkpoints" / "best.ckpt"
    if not checkpoint.is_file():
        raise RunError(
            f"a run folder with checkpoints/best.ckpt at {place}",
            "no such folder" if not place.is_dir() else "no such checkpoint in it",
            "Name a folder below OUTPUT/runs, such as OUTPUT/runs/masked-seed0, or a file "
            "that `labelassemble pack` wrote",
        )
    network, description = build_described(read_checkpoint(checkpoint), checkpoint, device)
    return OpenedModel(network, description, read_unlike(place / UNLIKE, checkpoint), None)


def find_operation(place: Path, opened: Operation | None) -> Operation | None:
    """Give calibration and thresholds of a model that was opened; None: it has none."""
    file = place / OPERATING
    return read_operation(file) if file.is_file() else opened


def _open_parts(parts: Mapping[str, bytes], path: Path, device: torch.device | None) -> OpenedModel:
    # Only here: the weights of run folders are read otherwise.
    from safetensors.torch import load

    missing = [name for name in (WEIGHTS_PART, NETWORK_PART, FACTS_PART) if name not in parts]
    if missing:
        raise RunError(
            f"a packed model at {path}", f"one without {missing[0]}", "Pack the run again"
        )
    weights = {f"{PREFIX}{name}": value for name, value in load(parts[WEIGHTS_PART]).items()}
    content = {CHECKPOINT_KEY: json.loads(parts[NETWORK_PART]), "state_dict": weights}
    network, description = build_described(content, path, device)
    facts = json.loads(parts[FACTS_PART])
    unlike = parts.get(UNLIKE)
    operation = parts.get(OPERATING)
    return OpenedModel(
        network,
        description,
        None if unlike is None else parse_unlike(unlike, facts["checkpoint"], path),
        None if operation is None else parse_operation(operation, path),
    )
