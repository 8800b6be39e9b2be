"""The tensors of a weights file by name, wherever in it they lie; nothing in it is run."""

import argparse
import codecs
import json
import pickle
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from labelassemble.errors import ModelError, plural, raise_machine_fault, some

_UNREADABLE = (SafetensorError, pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError)
_DEEPEST = 5

_HARMLESS: list[Any] = [
    # Masked autoencoders are published with the words of their command line beside them.
    argparse.Namespace,
    # The best score so far is often a number of NumPy.
    np.dtype,
    *(getattr(np.dtypes, name) for name in ("Float64DType", "Float32DType", "Int64DType")),
    (np._core.multiarray.scalar, "numpy.core.multiarray.scalar"),  # type: ignore[attr-defined]
    (np._core.multiarray.scalar, "numpy._core.multiarray.scalar"),  # type: ignore[attr-defined]
    (codecs.encode, "_codecs.encode"),
]
"""What may stand beside weights without anything being run."""


class WeightsFile(NamedTuple):
    """What a weights file holds.

    Attributes:
        path: of the file.
        sets: where each set of tensors lies (``"model"``, ``"ema.state_dict"``; ``""``: the file is
            one) to its tensors by name, on the CPU.
        said: what it says of its weights: the metadata of .safetensors, JSON of which is decoded,
            or the tables that stand in a checkpoint beside them.
    """

    path: Path
    sets: dict[str, dict[str, Tensor]]
    said: dict[str, Any]


def read_weights_file(path: Path) -> WeightsFile:
    """Read every set of named tensors of a file: a state dict, or several within a checkpoint.

    Args:
        path: .safetensors, or what ``torch.save`` wrote; the content counts, not the extension.

    Raises:
        ModelError: no weights file, one without named tensors, or a pickle that would have to run
            code; says what it is and how to make one of it.
    """
    try:
        start = _start(path)
        if start[8:9] == b"{" or path.suffix == ".safetensors":
            return WeightsFile(path, {"": load_file(path)}, _read_metadata(path))
        with warnings.catch_warnings(), torch.serialization.safe_globals(_HARMLESS):
            # What torch finds odd in a file that is none of ours is no news.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    sets = dict(_find_sets(content, ""))
    if not sets:
        raise ModelError(
            f"a state dict in {path}: names and tensors",
            f"a {type(content).__name__}",
            "Save network.state_dict(), not the network",
        )
    tables = content.items() if isinstance(content, dict) else ()
    return WeightsFile(path, sets, {key: one for key, one in tables if isinstance(one, dict)})


def _read_metadata(path: Path) -> dict[str, Any]:
    with safe_open(path, "pt") as file:
        said: dict[str, Any] = dict(file.metadata() or {})
    for key, text in said.items():
        with suppress(ValueError):
            said[key] = json.loads(text)
    return said


def _find_sets(content: Any, place: str, depth: int = 0) -> Iterator[tuple[str, dict[str, Tensor]]]:
    if depth > _DEEPEST or not isinstance(content, dict | list | tuple):
        return
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    inner = []
    own = {}
    for name, value in pairs:
        if isinstance(value, Tensor) and isinstance(name, str):
            own[name] = value
        else:
            inner.append((f"{place}.{name}".removeprefix("."), value))
    if own:
        yield place, own
    for where, value in inner:
        yield from _find_sets(value, where, depth + 1)


def _unreadable(path: Path, error: Exception) -> ModelError:
    expected = f"weights in {path}: .safetensors, or a state dict that torch saved"
    again = "Save them again: torch.save(network.state_dict(), file)"
    start = _start(path).lstrip()
    if start.startswith(b"version https://git-lfs"):
        return ModelError(
            expected, "a pointer of Git LFS to them", "Fetch the file itself: git lfs pull"
        )
    if _ends_early(path):
        return ModelError(
            expected,
            f"a file of {plural(path.stat().st_size, 'byte')} that ends too early",
            "Fetch or copy it again, whole",
        )
    if start.startswith(b"<"):
        return ModelError(expected, "a web page", "Fetch the file itself, not the page about it")
    if code := _code_in(path):
        return ModelError(
            expected,
            f"a pickle that would run code of {some(code, 3)}, which is not run",
            "Where you trust who made it, save its weights alone, with the libraries that it "
            "needs: torch.save(torch.load(OLD, map_location='cpu', weights_only=False)"
            ".state_dict(), NEW)",
        )
    reason = (str(error) or type(error).__name__).splitlines()[0]
    if "TorchScript" in str(error):
        return ModelError(
            expected,
            "a TorchScript program",
            "Save its weights alone: torch.save(torch.jit.load(OLD, 'cpu').state_dict(), NEW)",
        )
    return ModelError(expected, reason, again)


def _ends_early(path: Path) -> bool:
    """Tell whether a file is empty, or begins as weights do whose end is missing."""
    start, size = _start(path), path.stat().st_size
    if start[8:9] == b"{":
        # The header says how long it is and, of every tensor, where it ends.
        header = 8 + int.from_bytes(start[:8], "little")
        if header >= size:
            return size > len(start)
        with path.open("rb") as file, suppress(ValueError):
            told = json.loads(file.read(header)[8:])
            ends = [one["data_offsets"][1] for one in told.values() if "data_offsets" in one]
            return header + max(ends, default=0) > size
        return False
    return size == 0 or (start.startswith(b"PK\x03\x04") and not zipfile.is_zipfile(path))


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def _code_in(path: Path) -> list[str]:
    """Names of what a pickle would call, of those that are not known to be harmless."""
    try:
        with torch.serialization.safe_globals(_HARMLESS):
            return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except Exception as error:  # bytes that are no pickle make it raise nearly everything
        raise_machine_fault(error)
        return []
