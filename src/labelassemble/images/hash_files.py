"""The SHA-256 of files that are not decoded, each file hashed once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.open_file import open_file
from labelassemble.files.series_path import find_series
from labelassemble.files.volume_file import list_parts
from labelassemble.images.known_files import (
    FileStamp,
    KnownFile,
    read_known_files,
    stamp_file,
    write_known_files,
)
from labelassemble.storage.read_ahead import bring_all

FILES, LOCK = "volumes.parquet", "lock"


def hash_files(
    files: Mapping[str, Path], folder: Path, progress: Callable[[int, int], None] | None = None
) -> dict[str, str]:
    """Hash the bytes of files; those that have not changed since are not read again.

    A volume's header is hashed with the voxels that lie beside it.

    Args:
        files: name to file.
        folder: where the hashes are kept between runs.
        progress: called with (files done, files in all).

    Returns:
        Name to SHA-256 (hexadecimal).

    Raises:
        ImageError: a file that cannot be read, a header whose voxels are missing.
    """
    if not files:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):
        known = read_known_files(folder / FILES)
        parts = {path: [str(one) for one in list_parts(path)] for path in set(files.values())}
        every = sorted({one for own in parts.values() for one in own})
        before = dict(known)
        stale = [one for one in every if one not in known or known[one].stamp != stamp_file(one)]
        bring_all(stale)
        for done, path in enumerate(every, start=1):
            stamp = stamp_file(path) or FileStamp(-1, -1)
            if path not in known or known[path].stamp != stamp:
                known[path] = KnownFile(stamp, _hash(Path(path)))
                if done % 100 == 0:
                    write_known_files(known, folder / FILES)
            if progress:
                progress(done, len(every))
        if known != before:
            write_known_files(known, folder / FILES)
    return {
        name: _join([known[one].sha256 for one in parts[path]], find_series(str(path)) is not None)
        for name, path in files.items()
    }


def _join(digests: Sequence[bytes], slices: bool) -> str:
    """One hash of all parts of a file; of a series' slices in any order."""
    if len(digests) == 1:
        return digests[0].hex()
    return hashlib.sha256(b"".join(sorted(digests) if slices else digests)).hexdigest()


def _hash(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise_machine_fault(error)
        raise ImageError(
            f"an image file at {path}", error.strerror or str(error), "Check the folder of images"
        ) from error
