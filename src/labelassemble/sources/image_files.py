"""The image files below a folder."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
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
from labelassemble.sources.glob_pattern import check_glob, lies_in, read_glob
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.passed_over import PASSED_OVER, PassedOver
from labelassemble.sources.walk_folder import (
    FoundFile,
    explain_unreadable,
    measure_file,
    walk_folder,
)

INDEX = "an index of DICOM files, no image"
_COPY = "a copy of a file that lies elsewhere in the folder"
_OTHERS = "in a folder that the manifest leaves to other data"
PACKED = "masks are read from folders: unpack it, labelassemble unpack"
NOT_ASKED = "not what images.glob asks for"
VOXELS = "voxels of a volume, whose header says what they mean"


@dataclass(frozen=True)
class ImageFolder:
    """The image files below one folder."""

    folder: Path
    """Absolute."""
    names: pl.Series
    """Paths below the folder, with ``/``, sorted."""
    size: int
    """Bytes of all of them."""
    passed: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=PASSED_OVER))
    """``PASSED_OVER``: what was not taken, sorted by reason and file."""
    named: str | None = None
    """As ``images.named``."""
    inside: Mapping[str, str] = field(default_factory=dict)
    """Those of the names that lie inside another file, and the path by which each is read."""

    @property
    def called(self) -> pl.Series:
        """By which names tables call them, in the order of `names`."""
        if self.named is None:
            return self.names
        pattern = re.compile(self.named)
        found = [pattern.fullmatch(name) for name in self.names]
        joined = ["_".join(match.groups("")) if match else None for match in found]
        known = {one for one in joined if one is not None}
        # Where a file of that form has a name, one that is called so elsewhere is another's copy.
        called = [
            one or (f"{name} again" if name.rpartition("/")[2] in known else name)
            for one, name in zip(joined, self.names, strict=True)
        ]
        return pl.Series("image", called, dtype=pl.String)

    def list_paths(self) -> pl.Series:
        """Give the absolute paths of the image files."""
        return self.locate(self.names).alias("path")

    def locate(self, names: pl.Series) -> pl.Series:
        """Give the absolute path of each file; null where a name is null."""
        root = self.folder.as_posix().rstrip("/") + "/"
        paths = root + names
        if self.inside:
            found = names.replace_strict(self.inside, default=None, return_dtype=pl.String)
            paths = found.fill_null(paths)
        return paths

    def name(self, paths: pl.Series) -> pl.Series:
        """Give the name of each file by its path."""
        root = self.folder.as_posix().rstrip("/") + "/"
        names = paths.str.strip_prefix(root)
        if self.inside:
            known = {path: name for name, path in self.inside.items()}
            found = paths.replace_strict(known, default=None, return_dtype=pl.String)
            names = found.fill_null(names)
        return names

    def describe(self) -> InputFile:
        """Give a trace of which files were there: the hash is of the list of names."""
        digest = hashlib.sha256("\n".join(self.names).encode("utf-8", "surrogateescape"))
        return InputFile(
            path=self.folder.name, sha256=digest.hexdigest(), size=self.size, rows=len(self.names)
        )


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


def _refuse(file: FoundFile, pattern: re.Pattern[str] | None) -> str | None:
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
