"""A checkpoint as a file: what it says about its network, and the network's weights."""

import warnings
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import ValidationError
from torch import Tensor

from labelassemble.errors import RunError, raise_machine_fault
from labelassemble.setting_types import Settings
from labelassemble.settings import DetectionSettings, ImageSettings, Method, ModelSettings
from labelassemble.storage.sums import ChangedFileError, verify

CHECKPOINT_KEY = "labelassemble"
"""Where the description stands in the checkpoint."""

PREFIX = "network."
"""What the names of the network's weights begin with in the checkpoint."""

LABEL_POLICIES = (
    *("uncertain", "uncertain_by_class", "uncertain_soft", "readers", "readers_by_class"),
    *("conflicts", "conflicts_by_class"),
)
"""Settings of the assembly by which assessments became the labels that a network learned."""


class NetworkDescription(Settings):
    """All that is needed to build the network again and to prepare an image for it."""

    format: Literal[1] = 1
    """Changes when older code could not read it."""
    version: str
    """Version of labelassemble that wrote it."""
    method: Method
    source: str | None
    """The one source of a `single` run."""
    seed: int
    classes: tuple[str, ...]
    """In the order of the predictions."""
    sources: tuple[str, ...] = ()
    """Of the table, in the order of the heads (med3d) or codes (dodnet); none in old files."""
    vocabulary: str
    """Name of the vocabulary that the classes are from."""
    vocabulary_version: str
    implied: dict[str, tuple[str, ...]] | None = None
    """Class to the classes that are present wherever it is; none in old files."""
    policies: dict[str, Any] | None = None
    """How assessments became labels (``LABEL_POLICIES``); none in old files."""
    model: ModelSettings
    images: ImageSettings
    detection: DetectionSettings | None = None
    """Of a network that predicts densely."""


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint without running anything that stands in it.

    Returns:
        The whole checkpoint: weights, optimiser and progress as plain containers and tensors on
        the CPU, the description under ``CHECKPOINT_KEY``.

    Raises:
        RunError: no such file, not a checkpoint, or one that labelassemble did not write.
    """
    if not path.is_file():
        raise RunError(
            f"a checkpoint at {path}",
            "a folder" if path.is_dir() else "no such file",
            "Name a checkpoint such as RUN/checkpoints/best.ckpt; a run that has none is not "
            "trained yet: labelassemble train",
        )
    try:
        verify(path)
    except ChangedFileError as error:
        raise RunError(
            f"the checkpoint that was written to {path}",
            error.got,
            "Fetch the file again, or train the run again: labelassemble train RECIPE "
            "--training.no-resume",
        ) from error
    try:
        with warnings.catch_warnings():
            # What torch finds odd in a file that is none of ours is no news.
            warnings.simplefilter("ignore")
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # bytes that are no checkpoint make torch raise nearly everything
        raise_machine_fault(error)
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise _foreign(path, f"a file that cannot be read as one: {reason}") from error
    if not isinstance(checkpoint, dict) or not {CHECKPOINT_KEY, "state_dict"} <= set(checkpoint):
        raise _foreign(path, "a file that says nothing of classes and network")
    return checkpoint


def describe_network(checkpoint: dict[str, Any], path: Path) -> NetworkDescription:
    """Give what the checkpoint says about its network; ``path`` names it in errors.

    Raises:
        RunError: the description is damaged or of another version.
    """
    try:
        return NetworkDescription.model_validate(checkpoint[CHECKPOINT_KEY])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        version = (
            checkpoint[CHECKPOINT_KEY].get("version")
            if isinstance(checkpoint[CHECKPOINT_KEY], dict)
            else None
        )
        raise _foreign(
            path, f"{place}: {first['msg']} (written by version {version or 'unknown'})"
        ) from error


def network_weights(checkpoint: dict[str, Any]) -> dict[str, Tensor]:
    """Give the network's weights by the names that the network itself uses."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in checkpoint["state_dict"].items()
        if name.startswith(PREFIX)
    }


def _foreign(path: Path, got: str) -> RunError:
    return RunError(
        f"a checkpoint of labelassemble at {path}",
        got,
        "Name a checkpoint that `labelassemble train` wrote; weights from elsewhere go into "
        "model.pretrained",
    )
