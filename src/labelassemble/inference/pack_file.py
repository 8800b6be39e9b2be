"""A model in one file: its parts, and the checksum of all bytes in the first line."""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from labelassemble.errors import RunError
from labelassemble.storage.write_aside import forget_asides, write_aside

_FORMAT = 1
"""Changes when older code could not read it."""

WEIGHTS_PART, NETWORK_PART, FACTS_PART, CARD_PART = (
    "weights.safetensors",
    "description.json",
    "pack.json",
    "card.md",
)
"""Parts that every pack has: the network's weights, what is needed to build it again, where it
came from, and its model card."""

VOCABULARY_PART = "vocabulary.json"
"""The part that says what its classes are called, and their codes."""

PACK_SUFFIX = ".laz"
"""What a pack is called."""

_HEAD = re.compile(rb"labelassemble pack (\d{1,6}) ([0-9a-f]{64})\n")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_pack(parts: Mapping[str, bytes], path: Path) -> None:
    """Write a pack aside, then rename it; the same parts give the same bytes.

    Behind the first line the file is a zip archive, nothing of it compressed, which other programs
    open as well.

    Args:
        parts: name to content.
        path: of the file.
    """
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(parts.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    data = body.getvalue()
    head = f"labelassemble pack {_FORMAT} {hashlib.sha256(data).hexdigest()}\n".encode()
    forget_asides(path.parent, path.name)
    with write_aside(path) as aside:
        aside.write_bytes(head + data)


def read_pack(path: Path) -> dict[str, bytes]:
    """Read the parts of a pack.

    Raises:
        RunError: no pack, one of a newer format, or one of which a byte was changed or is missing.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _wrong(path, error.strerror or str(error)) from error
    head = _HEAD.match(data)
    if head is None:
        raise _wrong(path, "a file that does not begin as one")
    if int(head[1]) != _FORMAT:
        raise RunError(
            f"a pack of format {_FORMAT} at {path}",
            f"format {int(head[1])}, of another version of labelassemble",
            "Take the version that wrote it, or pack the run again with this one",
        )
    body = data[head.end() :]
    if hashlib.sha256(body).hexdigest() != head[2].decode():
        raise _wrong(path, "bytes that were changed, or are missing, since it was written")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _wrong(path: Path, got: str) -> RunError:
    return RunError(
        f"a run folder, or a file that `labelassemble pack` wrote, at {path}",
        got,
        "Fetch the file again, or name a folder below OUTPUT/runs",
    )
