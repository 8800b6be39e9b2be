"""The folder of a pre-training: what it was made with, how far it came, and what came out."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

from labelassemble import __version__
from labelassemble.errors import RunError, raise_machine_fault, some
from labelassemble.images.store import ImageStore
from labelassemble.model.open_weights import INPUT_KEY
from labelassemble.settings import Recipe
from labelassemble.storage.sums import SUMS, begin_sums, hash_file, verify
from labelassemble.storage.write_aside import write_aside, write_text
from labelassemble.training.run_folder import read_json, write_json
from labelassemble.weights_settings import InputSettings

ENCODER, DESCRIPTION, LOG, LAST = "encoder.safetensors", "encoder.json", "log.csv", "last.ckpt"
"""The weights that `model.pretrained` takes, what they are, one row an epoch, and the state that
an interrupted pre-training resumes from, which goes when it is finished."""


class PretrainRow(NamedTuple):
    """One epoch as ``log.csv`` tells it; the loss is the mean over the epoch's images."""

    epoch: int
    step: int
    learning_rate: float
    masked_patch_loss: float
    images_per_second: float


def describe_pretraining(
    recipe: Recipe, records: Sequence[str], store: ImageStore
) -> dict[str, Any]:
    """Say what decides the outcome: settings, images and their content.

    Args:
        recipe: all settings.
        images: those that are learned from, in order.
        store: their decoded files.
    """
    content = [[name, store.content.get(name)] for name in records]
    own = recipe.pretrain.flip
    return {
        "settings": {
            "pretrain": recipe.pretrain.model_dump(mode="json", exclude={"resume"}),
            "images": recipe.images.model_dump(mode="json", exclude={"workers"}),
            "augment": {"flip": recipe.augment.flip if own is None else own},
        },
        "records": len(records),
        "records_sha256": hashlib.sha256(repr(content).encode()).hexdigest(),
    }


def is_finished(folder: Path, description: Mapping[str, Any]) -> bool:
    """Tell whether the folder holds the encoder that this pre-training would make.

    Raises:
        RunError: it holds another one, or one whose files do not fit together.
    """
    if not (folder / DESCRIPTION).is_file():
        return False
    told = read_json(folder / DESCRIPTION)
    refuse_other(folder, told, description)
    path = folder / ENCODER
    if not path.is_file() or hash_file(path) != told.get("sha256"):
        raise RunError(
            f"the weights that {DESCRIPTION} describes in {path}",
            "others, or none",
            "Start again: --pretrain.no-resume",
        )
    return True


def read_state(folder: Path, description: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read how far the pre-training came; None where it has not begun.

    Raises:
        RunError: it was begun with other settings or images, or the file is damaged.
    """
    path = folder / LAST
    if not path.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(verify(path), map_location="cpu", weights_only=True)
        before = state["description"]
    except Exception as error:  # bytes that are no checkpoint make torch raise nearly everything
        raise_machine_fault(error)
        raise RunError(
            f"the state of a pre-training in {path}",
            (str(error) or type(error).__name__).splitlines()[0],
            "Start again: --pretrain.no-resume",
        ) from error
    refuse_other(folder, before, description)
    return state


def write_state(folder: Path, state: Mapping[str, Any], log: Sequence[PretrainRow]) -> None:
    """Save state and log after an epoch, each written aside and renamed; the log first.

    Were the machine to stop between the two, the epoch would be made, and logged, again.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PretrainRow._fields)
    writer.writerows(log)
    begin_sums(folder)
    write_text(text.getvalue(), folder / LOG)
    with write_aside(folder / LAST, locked=True) as aside, aside.open("wb") as file:
        torch.save({**state, "log": [list(row) for row in log]}, file)


def write_encoder(
    folder: Path,
    weights: Mapping[str, Tensor],
    scale: InputSettings,
    description: Mapping[str, Any],
    log: Sequence[PretrainRow],
    images_seen: int,
) -> Path:
    """Save the encoder's weights and, last, what they are; the state of the training goes.

    Returns:
        The path of the weights.
    """
    path = folder / ENCODER
    with write_aside(path, locked=True) as aside:
        plain = {name: tensor.cpu().contiguous() for name, tensor in weights.items()}
        save_file(plain, aside, {INPUT_KEY: json.dumps({"input": scale.model_dump()})})
    told = {
        "version": __version__,
        "sha256": hash_file(path),
        **description,
        "images_seen": images_seen,
        "masked_patch_loss": log[-1].masked_patch_loss,
    }
    write_json(told, folder / DESCRIPTION)
    (folder / LAST).unlink(missing_ok=True)
    return path


def empty_folder(folder: Path) -> None:
    """Delete what a pre-training made, and nothing else; the sign that it is finished first."""
    for name in (DESCRIPTION, LAST, LOG, ENCODER, SUMS):
        (folder / name).unlink(missing_ok=True)


def refuse_other(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to resume what was begun with other settings or images.

    Raises:
        RunError: names the settings that differ.
    """
    old, new = (_flat(told.get("settings", {})) for told in (before, now))
    differing = [
        f"{key} = {new.get(key)!r} (there: {old.get(key)!r})"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    if not differing and before.get("records_sha256") != now["records_sha256"]:
        differing = ["other training images"]
    if differing:
        raise RunError(
            f"the settings and images that the pre-training in {folder} was made with",
            some(differing, 5),
            "Give the same settings, or start again with --pretrain.no-resume",
        )


def _flat(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{table}.{key}": value for table in settings for key, value in settings[table].items()}
