"""Image files below a folder, found."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePath

import polars as pl

from labelassemble.errors import ImageError
from labelassemble.files.dicom_index import INDEX_BYTES, is_dicom_index
from labelassemble.files.file_suffixes import (
    IMAGE_SUFFIXES,
    NO_IMAGE_SUFFIXES,
    VOLUME_SUFFIXES,
    VOXEL_SUFFIXES,
)
from labelassemble.files.inside_path import TABLE_SUFFIXES, find_inside, is_archive
from labelassemble.files.is_dicom import starts_as_dicom
from labelassemble.files.open_file import open_file
from labelassemble.sources.compile_pattern import Expression
from labelassemble.sources.glob_pattern import check_glob, lies_in, read_glob
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.passed_over import PACKED, PASSED_OVER, PassedOver
from labelassemble.sources.walk_folder import (
    FoundFile,
    explain_unreadable,
    measure_file,
    walk_folder,
)

INDEX = "an index of DICOM files, no image"
_COPY = "a copy of a file that lies elsewhere in the folder"
_OTHERS = "in a folder that the manifest leaves to other data"
NOT_ASKED = "not what images.glob asks for"
VOXELS = "voxels of a volume, whose header says what they mean"


def find_image_files(
    folder: Path,
    glob: str | None,
    copies: Sequence[str] = (),
    named: str | None = None,
    others: Sequence[str] = (),
    archives: bool = True,
) -> ImageFolder:
    """List the image files at any depth below a folder; none where there is no such folder.

    What is not taken is reported in `ImageFolder.passed`: hidden files, links to nothing, folders
    that cannot be read, names that are no UTF-8, files that are no images by their names.

    Args:
        folder: where to look.
        glob: pattern over paths below the folder, ``**/`` for any depth; none: by extension, or by
            content where a file has none.
        copies: as ``images.copies``.
        named: as ``images.named``.
        others: as ``images.others``.
        archives: whether to look into archives.

    Raises:
        SourceError: the folder cannot be read, or the pattern is no pattern below it.
    """
    names, inside, size = list[str](), dict[str, str](), 0
    pattern = read_glob(check_glob(glob)) if glob else None
    in_copies, in_others = lies_in(copies), lies_in(others)
    passed: list[PassedOver] = []
    for file in walk_folder(folder, passed, archives):
        try:
            if in_copies(file.name):
                reason: str | None = _COPY
            else:
                reason = _OTHERS if in_others(file.name) else _refuse(file, pattern)
            if reason is None:
                size += measure_file(file)
                names.append(file.name)
                if file.inside is not None:
                    inside[file.name] = file.path
        except OSError as error:
            reason = explain_unreadable(error)
        except ImageError as error:
            reason = error.got
        if reason is not None:
            passed.append(PassedOver(reason, file.name))
    return ImageFolder(
        folder=Path(os.path.normpath(folder)),
        names=pl.Series("image", sorted(names), dtype=pl.String),
        size=size,
        passed=pl.DataFrame(sorted(passed), schema=PASSED_OVER, orient="row"),
        named=named,
        inside=inside,
    )


def _refuse(file: FoundFile, pattern: Expression | None) -> str | None:
    """Why a file is no image; None: it is one."""
    name = file.name.rpartition("/")[2]
    lower = name.lower()
    if is_dicom_index(name):
        return INDEX
    if is_archive(name) and file.inside is None:
        return PACKED
    place = find_inside(file.path) if file.inside is not None else None
    if place is not None and place.file.suffix.lower() in TABLE_SUFFIXES and not pattern:
        return None  # Its column says what it is.
    if file.inside is not None and lower.endswith(VOLUME_SUFFIXES):
        return "a volume in an archive: unpack it"
    if pattern:
        if pattern.fullmatch(file.name):
            return None
        return VOXELS if lower.endswith(VOXEL_SUFFIXES) else NOT_ASKED
    if lower.endswith(IMAGE_SUFFIXES):
        return None
    if lower.endswith(VOLUME_SUFFIXES):
        return "a volume: images.glob can ask for it"
    if lower.endswith(VOXEL_SUFFIXES):
        return VOXELS
    suffix = PurePath(lower).suffix
    if suffix in NO_IMAGE_SUFFIXES:
        return f"no image by its extension {suffix}"
    with open_file(Path(file.path)) as opened:
        start = opened.read(INDEX_BYTES)
    if is_dicom_index(name, start):
        return INDEX
    return None if starts_as_dicom(start) else "no image by its name, nor DICOM by its content"
