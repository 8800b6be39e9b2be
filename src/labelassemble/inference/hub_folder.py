"""A model as the Hugging Face Hub lays repositories out: card, weights, and one config.json."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelassemble.errors import RunError
from labelassemble.inference.pack_file import (
    CARD_PART,
    FACTS_PART,
    NETWORK_PART,
    WEIGHTS_PART,
)

CONFIG = "config.json"
_FORMAT = 1
_NAMES = {WEIGHTS_PART: "model.safetensors", CARD_PART: "README.md"}
"""Parts of a pack that the Hub calls otherwise."""
_WITHIN = {FACTS_PART: "pack", NETWORK_PART: "network"}
"""Parts that stand in ``config.json``."""


def hub_files(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the files of a repository: name to content; the same parts give the same bytes.

    Args:
        parts: of a pack (``pack_file.read_pack``, ``pack_run.collect_parts``).
    """
    files = {_NAMES.get(name, name): parts[name] for name in parts if name not in _WITHIN}
    config = {
        "library_name": "labelassemble",
        "format": _FORMAT,
        **{key: json.loads(parts[name]) for name, key in _WITHIN.items()},
        # The card may be edited on the Hub; everything else is as it was written.
        "sha256": {
            name: hashlib.sha256(files[name]).hexdigest()
            for name in sorted(files)
            if name != _NAMES[CARD_PART]
        },
    }
    text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    return {**dict(sorted(files.items())), CONFIG: text.encode()}


def is_hub_folder(folder: Path) -> bool:
    """Whether a folder is such a repository; run folders are not."""
    return (folder / CONFIG).is_file() and (folder / _NAMES[WEIGHTS_PART]).is_file()


def read_hub_folder(folder: Path) -> dict[str, bytes]:
    """Read the parts of a pack from a repository's folder.

    Raises:
        RunError: no such folder, another format, or a file that was changed or is missing.
    """
    try:
        config: Any = json.loads((folder / CONFIG).read_bytes())
        if config["format"] != _FORMAT:
            raise _wrong(folder, f"format {config['format']}, of another version of labelassemble")
        digests = {str(name): digest for name, digest in dict(config["sha256"]).items()}
        parts = {name: _json(config[key]) for name, key in _WITHIN.items()}
    except OSError as error:
        raise _wrong(folder, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _wrong(folder, f"{CONFIG} that is not of labelassemble: {error!r}") from error
    own: dict[str, str] = {told: name for name, told in _NAMES.items()}
    for name, digest in digests.items():
        # Names come from a file that anybody may write.
        place = folder / Path(name).name
        data = place.read_bytes() if place.is_file() else None
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise _wrong(folder, f"{name}, which {'is missing' if data is None else 'was changed'}")
        parts[own.get(name) or name] = data
    return parts


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


def _wrong(folder: Path, got: str) -> RunError:
    return RunError(
        f"a model that `labelassemble card --hf` or `push` wrote, at {folder}",
        got,
        "Fetch it again from where it lies",
    )
