"""Links by which image files are opened whose own names must not be reported."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from labelassemble.errors import SourceError, plural, some
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.files.frame_path import split_frame
from labelassemble.files.inside_path import find_inside
from labelassemble.files.is_dicom import is_dicom
from labelassemble.files.series_path import find_series
from labelassemble.files.volume_file import APART
from labelassemble.sources.id_key import IdKey


def link_files(paths: Iterable[str], key: IdKey) -> dict[str, str]:
    """Make a link to each image file, beside the key, called by a hash of its path.

    Args:
        paths: absolute; frames of files too.
        key: hashes the paths.

    Returns:
        Path to the path by which the same image is opened.

    Raises:
        SourceError: images that lie in other files, slices of volumes, headers with their voxels
            beside them; links that cannot be made.
    """
    wanted = list(paths)
    refused = [path for path in wanted if _needs_names(path)]
    if refused:
        raise SourceError(
            "image files, each with an image or a volume of its own, for hashed ids "
            "(assembly.ids_key)",
            f"{plural(len(refused), 'image')} in archives, tables, DICOM series or headers with "
            f"voxels beside them, such as {some(refused, 2)}",
            "Unpack them (labelassemble unpack), convert series and headers to NIfTI, or take "
            "assembly.ids_key out",
        )
    found: dict[str, str] = {}
    made: dict[str, str] = {}
    try:
        key.files.mkdir(exist_ok=True, mode=0o700)
        for path in wanted:
            file, frame = split_frame(path)
            if file not in made:
                made[file] = _link(file, key)
            found[path] = made[file] + ("" if frame is None else f"#frame/{frame}")
    except OSError as error:
        raise SourceError(
            f"a folder in which links to image files can be made: {key.files}",
            error.strerror or str(error),
            "Put the key (assembly.ids_key) on a disk of this machine that knows symbolic links",
        ) from error
    return found


def _needs_names(path: str) -> bool:
    """Whether an image is found by the names of what lies around it."""
    return bool(find_inside(path) or find_series(path)) or path.lower().endswith(APART)


def _link(file: str, key: IdKey) -> str:
    link = key.files / (key.hide("path", file) + _suffix(file))
    with suppress(OSError):
        if os.readlink(link) == file:  # noqa: PTH115 (a hundred thousand times)
            return str(link)
    link.unlink(missing_ok=True)
    link.symlink_to(file)
    return str(link)


def _suffix(file: str) -> str:
    """The extension that says how to read a file; what stands behind a dot of a UID is none."""
    lower = file.lower()
    known = [one for one in (*VOLUME_SUFFIXES, *IMAGE_SUFFIXES) if lower.endswith(one)]
    if known:
        return max(known, key=len)
    return ".dcm" if is_dicom(Path(file)) else ""
