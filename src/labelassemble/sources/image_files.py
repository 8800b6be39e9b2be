"""Image files below a folder, and which image of a table each of them is."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path, PurePath, PureWindowsPath
from typing import NamedTuple

import polars as pl

from labelassemble.errors import ImageError, SourceError
from labelassemble.files.dicom_index import INDEX_BYTES, is_dicom_index
from labelassemble.files.frame_path import FRAME
from labelassemble.files.inside_path import TABLE_SUFFIXES, find_inside, is_archive
from labelassemble.files.is_dicom import starts_as_dicom
from labelassemble.files.open_file import open_file
from labelassemble.files.volume_file import VOLUME_SUFFIXES as VOLUME_SUFFIXES
from labelassemble.sources.doubled_folders import is_within
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.walk_folder import (
    FoundFile,
    PassedOver,
    explain_unreadable,
    measure_file,
    walk_folder,
)

IMAGE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".tif", ".tiff", ".gif",
    ".pgm", ".ppm", ".pnm", ".jp2",
    ".dcm", ".dicom", ".ima",
)  # fmt: skip
"""Extensions by which a file counts as an image, in any case of letters. Files of no extension that
is known here count if they begin as DICOM files do."""

VOXEL_SUFFIXES = (".raw", ".zraw")
"""Extensions of files of voxels, beside a header (.mhd, .nhdr) that says what they mean."""

INDEX = "an index of DICOM files, no image"
_COPY = "a copy of a file that lies elsewhere in the folder"
_OTHERS = "in a folder that the manifest leaves to other data"
PACKED = "masks are read from folders: unpack it, labelassemble unpack"
NOT_ASKED = "not what images.glob asks for"
VOXELS = "voxels of a volume, whose header says what they mean"

_NO_IMAGE_SUFFIXES = frozenset(
    {
        ".csv", ".tsv", ".txt", ".tab", ".dat", ".json", ".jsonl", ".ndjson", ".xml",
        ".html", ".htm",
        ".md", ".rst", ".pdf", ".doc", ".docx", ".rtf", ".xls", ".xlsx", ".xlsb", ".ods",
        ".parquet", ".arrow", ".feather", ".npy", ".npz", ".mat", ".h5", ".hdf5", ".pkl",
        ".pt", ".pth", ".ckpt", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".log", ".lock",
        ".py", ".ipynb", ".sh", ".r", ".m", ".c", ".h", ".cpp", ".js", ".css",
        ".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".sha256", ".md5",
        ".mp4", ".avi", ".mov", ".mpg", ".mkv", ".svg", ".eps", ".heic",
        ".bak", ".tmp", ".part",
    }
)  # fmt: skip

PASSED_OVER = {"reason": pl.String, "file": pl.String}
"""Files and folders that were not taken: why, and their path below the folder; a folder's ends in
``/``."""


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


class MatchedFiles(NamedTuple):
    """Which file each image is in; row by row beside the images."""

    path: pl.Series
    """Absolute path, null where no file or not exactly one fits."""
    doubt: pl.Series
    """Why several files, or several images, fit; null where there is no doubt."""


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
    pattern = _expression(check_glob(glob)) if glob else None
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


def lies_in(folders: Sequence[str]) -> Callable[[str], bool]:
    """Give the question whether a path lies in one of these folders, or is one of these files.

    Args:
        folders: as ``images.copies``; ``**/masks``: at any depth.

    >>> [lies_in(["**/masks", "b"])(one) for one in ("a/masks/1.png", "b/1.png", "a/b/1.png")]
    [True, True, False]
    """
    anywhere = [f"/{one[3:].strip('/')}/" for one in folders if one.startswith("**/")]
    here = {one.strip("/") for one in folders if not one.startswith("**/")}
    return lambda name: is_within(name, here) or any(one in f"/{name}" for one in anywhere)


def check_glob(glob: str) -> str:
    """Give a pattern back if it is one over paths below a folder.

    Raises:
        SourceError: an absolute path, or ``**`` that is no whole part of the path.
    """
    if glob.startswith("/") or PureWindowsPath(glob).drive:
        raise SourceError(
            "a pattern over paths below the folder",
            f"the absolute path {glob!r}",
            'Write it as it goes on from the folder, such as "**/*.png"',
        )
    if any("**" in part and part != "**" for part in glob.split("/")):
        raise SourceError(
            "a pattern in which ** stands alone between two /",
            repr(glob),
            'Write "**/*.png" for any depth, "*.png" for the folder itself',
        )
    return glob


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
    if suffix in _NO_IMAGE_SUFFIXES:
        return f"no image by its extension {suffix}"
    with open_file(Path(file.path)) as opened:
        start = opened.read(INDEX_BYTES)
    if is_dicom_index(name, start):
        return INDEX
    return None if starts_as_dicom(start) else "no image by its name, nor DICOM by its content"


def match_image_files(images: pl.Series, files: ImageFolder) -> MatchedFiles:
    """Find each image's file: by its name if there is one, else by its stem.

    ``00000032_037.png`` of a table may be ``00000032_037.jpg`` on disk. Names with folders are
    compared folder by folder, without those of their first folders that no file has. Letters with
    accents are the same however they are composed (macOS writes them otherwise), but a name that is
    the same byte for byte comes first. Where some name has no file, letters of either case are the
    same. A file that two images would be in is given to neither,
    unless each names a frame of its own: ``cine.dcm#frame/3``.

    Args:
        images: names of the images, each once.
        files: the files there are.
    """
    if files.names.is_empty() or images.is_empty():
        nothing = pl.Series([None] * len(images), dtype=pl.String)
        return MatchedFiles(path=nothing.alias("path"), doubt=nothing.alias("doubt"))
    name = pl.col("image").str.replace_all("\\", "/", literal=True).str.replace(r"^(\./|/)+", "")
    asked = pl.DataFrame({"image": images}, schema={"image": pl.String}).with_columns(
        name=name.str.replace(FRAME.pattern, ""),
        frame=pl.col("image").str.extract(f"({FRAME.pattern})").fill_null(""),
    )
    asked = asked.with_columns(stem=strip_suffix("name"))
    plain = all((one.str.len_bytes() == one.str.len_chars()).all() for one in (images, files.names))
    keys = ("name", "stem") if plain else ("name", "composed name", "stem", "composed stem")
    best = _match_best(asked, files, keys)
    if (best["file"].is_null() & best["doubt"].is_null()).any():
        folded = _match_best(asked, files, (*keys, "folded stem"))
        best = max(best, folded, key=lambda one: one["file"].count())
    path = files.locate(best["file"]) + best["frame"]
    return MatchedFiles(path=path.alias("path"), doubt=best["doubt"])


def _match_best(asked: pl.DataFrame, files: ImageFolder, keys: Sequence[str]) -> pl.DataFrame:
    """Columns file and doubt: without as many first folders of the images as most files lack.

    The folders that a table knows and the disk does not are the same for all images.
    """
    deepest = int(asked["name"].str.count_matches("/", literal=True).max() or 0)  # type: ignore[arg-type]
    found = [
        _match_below(asked, files.names, files.called, dropped, keys)
        for dropped in range(deepest + 1)
    ]
    return max(found, key=lambda one: one["file"].count())


def find_paths(images: pl.Series, files: ImageFolder) -> MatchedFiles:
    """Find the files of images that are called by their whole paths below the folder.

    Args:
        images: names of the images, each once.
        files: the files there are.
    """
    here = images.is_in(files.names.implode())
    return MatchedFiles(
        path=pl.select(pl.when(here).then(files.locate(images))).to_series().alias("path"),
        doubt=pl.Series("doubt", [None] * len(images), dtype=pl.String),
    )


def strip_suffix(column: str) -> pl.Expr:
    """Take the extension of an image off a name; dots within names stay.

    >>> pl.DataFrame({"name": ["a/b.PNG", "1.2.840.1"]}).select(strip_suffix("name")).rows()
    [('a/b',), ('1.2.840.1',)]
    """
    endings = "|".join(suffix[1:] for suffix in (*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))
    return pl.col(column).str.replace(rf"(?i)\.({endings})$", "")


def _match_below(
    asked: pl.DataFrame, names: pl.Series, called: pl.Series, dropped: int, keys: Sequence[str]
) -> pl.DataFrame:
    """Columns file and doubt beside the images, when `dropped` first folders are not compared."""
    schema = {"file": pl.String, "name": pl.String}
    files = pl.DataFrame({"file": names, "name": called}, schema=schema)
    files = files.with_columns(stem=strip_suffix("name"))
    parts = pl.col("name").str.split("/").list.len().cast(pl.Int64) - dropped
    rows = asked.with_row_index("row").with_columns(parts=parts)
    rows = rows.with_columns(_last(key, pl.col("parts")) for key in keys)
    matched = []
    for (count,), some_rows in rows.group_by("parts"):
        tails = files.with_columns(_last(key, count) for key in keys)
        if count < 1:
            tails = tails.clear()
        for key in keys:
            fitting = tails.group_by(key).agg(
                pl.col("file").first().alias(f"{key}_file"),
                pl.len().alias(f"{key}_count"),
                pl.col("file").sort().head(2).str.join(" and ").alias(f"{key}_files"),
            )
            some_rows = some_rows.join(fitting, on=key, how="left")
        matched.append(some_rows)
    # The first key that fits decides.
    pick = {one: pl.coalesce(f"{key}_{one}" for key in keys) for one in ("file", "count", "files")}
    found = pl.concat(matched).sort("row") if matched else rows
    if not matched:
        return pl.DataFrame(schema=dict.fromkeys(("file", "frame", "doubt"), pl.String))
    found = found.with_columns(**pick)
    several = pl.col("count") > 1
    found = found.with_columns(file=pl.when(~several).then("file"))
    claimed = pl.col("file").is_not_null() & (pl.len().over("file", "frame") > 1)
    claimants = pl.col("image").sort().head(2).str.join(" and ").over("file", "frame")
    return found.select(
        "frame",
        file=pl.when(~claimed).then("file"),
        doubt=pl.when(several)
        .then(pl.format("several files fit it: {}", "files"))
        .when(claimed)
        .then(pl.format("the one file {} fits several images: {}", "file", claimants)),
    )


def _last(key: str, count: pl.Expr | int) -> pl.Expr:
    """The last parts of a path, as the key asks for it."""
    how, _, which = key.rpartition(" ")
    path = pl.col(which)
    path = path.str.normalize("NFC") if how else path
    path = path.str.to_lowercase() if how == "folded" else path
    return path.str.split("/").list.tail(count).list.join("/").alias(key)


def match_glob(name: str, glob: str) -> bool:
    """Whether a path, plain or packed (``.gz``, ``.zip``), is what a pattern asks for.

    >>> match_glob("labels/a.csv.gz", "labels/*.csv")
    True
    """
    return _packed_expression(glob).fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _packed_expression(glob: str) -> re.Pattern[str]:
    return re.compile(f"{_expression(glob).pattern}(\\.gz|\\.zip)?")


def _expression(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression: `*` stays within a folder, `**/` is any depth."""
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    before, _, ending = glob.rpartition(".")
    ends = bool(before) and ending.isalnum()
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", before if ends else glob)
    written = "".join(signs.get(part, re.escape(part)) for part in parts)
    # Extensions are the same in any case of letters.
    return re.compile(written + (rf"(?i:\.{ending})" if ends else ""))
