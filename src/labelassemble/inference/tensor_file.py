"""Tensors of a run in a safetensors file, bound to its weights by a hash; no byte may change."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from labelassemble.errors import RunError
from labelassemble.storage.write_aside import write_aside

_KEY = "labelassemble"


def write_tensors(
    tensors: Mapping[str, np.ndarray], told: Mapping[str, Any], form: int, path: Path
) -> None:
    """Write tensors and what is told of them aside, then rename; the same ones, the same bytes.

    Args:
        tensors: by name.
        told: what JSON can hold; under ``weights`` the SHA-256 of the checkpoint that they are of.
        form: number of the file's format, which changes when older code could not read it.
        path: of the file.
    """
    # Only here: predictions of tables need it not.
    from safetensors.numpy import save_file

    whole = {name: np.ascontiguousarray(one) for name, one in tensors.items()}
    text = json.dumps(told, sort_keys=True)
    head = {"format": form, "sha256": _digest(whole, text), "told": text}
    with write_aside(path) as aside:
        # One entry: several would come in any order.
        save_file(whole, aside, {_KEY: json.dumps(head, sort_keys=True)})


def read_beside(path: Path, checkpoint: Path) -> tuple[bytes, str] | None:
    """Read a file of tensors, and hash the checkpoint beside it; None where there is no such file.

    Raises:
        RunError: it cannot be read.
    """
    if not path.is_file():
        return None
    with checkpoint.open("rb") as file:
        weights = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        return path.read_bytes(), weights
    except OSError as error:
        raise wrong_tensors(path, error.strerror or str(error)) from error


def parse_tensors(
    data: bytes, weights: str, form: int, path: Path
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read from bytes what ``write_tensors`` wrote.

    Args:
        data: of the file.
        weights: SHA-256 of the checkpoint that they have to be of.
        form: number of the format that can be read.
        path: where they lie, for errors.

    Returns:
        Tensors by name, and what is told of them.

    Raises:
        RunError: damaged, of another format, or of another checkpoint.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(data)
        # Eight bytes say how long the header is, which is JSON.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        whole = json.loads(header["__metadata__"][_KEY])
        if whole["format"] != form:
            raise wrong_tensors(
                path, f"format {whole['format']}, of another version of labelassemble"
            )
        if whole["sha256"] != _digest(tensors, whole["told"]):
            raise wrong_tensors(path, "bytes that were changed since")
        told: dict[str, Any] = json.loads(whole["told"])
        own = told["weights"]
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise wrong_tensors(path, str(error) or type(error).__name__) from error
    if own != weights:
        raise wrong_tensors(path, "statistics of another checkpoint than the one beside it")
    return tensors, told


def wrong_tensors(path: Path, got: str) -> RunError:
    """Say what is wrong with such a file."""
    return RunError(
        f"what training images look like to a run, at {path}",
        got,
        "Train the run again; or delete the file, and do without what it tells",
    )


def _digest(tensors: Mapping[str, np.ndarray], told: str) -> str:
    digest = hashlib.sha256(told.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        digest.update(tensors[name].tobytes())
    return digest.hexdigest()
