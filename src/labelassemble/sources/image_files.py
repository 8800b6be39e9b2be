"""Image files below a folder, and which image of a table each of them is."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.sources.input_file import InputFile

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".tif", ".tiff", ".bmp")
"""Extensions by which a file counts as an image, in any case of letters."""

VOLUME_SUFFIXES = (".nii.gz", ".nii", ".mha", ".nrrd")
"""Extensions of volumes: they count as images where `images.glob` asks for them."""


@dataclass(frozen=True)
class ImageFolder:
    """The image files below one folder."""

    folder: Path
    """Absolute."""
    names: pl.Series
    """Paths below the folder, with ``/``, sorted."""
    size: int
    """Bytes of all of them."""

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


def find_image_files(folder: Path, glob: str | None) -> ImageFolder:
    """List the image files at any depth below a folder; none where there is no such folder.

    Hidden files and folders are passed over.

    Args:
        folder: where to look.
        glob: pattern over paths below the folder, ``**/`` for any depth; none: by extension.
    """
    names, size = [], 0
    pattern = _expression(glob) if glob else None
    waiting = [(str(folder), "")] if folder.is_dir() else []
    while waiting:
        place, below = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    waiting.append((entry.path, f"{below}{entry.name}/"))
                    continue
                name = below + entry.name
                if pattern.fullmatch(name) if pattern else _has_suffix(name):
                    names.append(name)
                    size += entry.stat().st_size
    listed = pl.Series("image", sorted(names), dtype=pl.String)
    return ImageFolder(folder=Path(os.path.normpath(folder)), names=listed, size=size)


def match_image_files(images: pl.Series, files: ImageFolder) -> MatchedFiles:
    """Find each image's file: by its name if there is one, else by its stem.

    ``00000032_037.png`` of a table may be ``00000032_037.jpg`` on disk. Names with folders are
    compared folder by folder, without those of their first folders that no file has. A file that
    two images would be in is given to neither.

    Args:
        images: names of the images, each once.
        files: the files there are.
    """
    if files.names.is_empty() or images.is_empty():
        nothing = pl.Series([None] * len(images), dtype=pl.String)
        return MatchedFiles(path=nothing.alias("path"), doubt=nothing.alias("doubt"))
    name = pl.col("image").str.replace_all("\\", "/", literal=True).str.replace(r"^(\./|/)+", "")
    asked = pl.DataFrame({"image": images}, schema={"image": pl.String}).with_columns(name=name)
    asked = asked.with_columns(stem=strip_suffix("name"))
    deepest = int(asked["name"].str.count_matches("/", literal=True).max() or 0)  # type: ignore[arg-type]
    found = [_match_below(asked, files.names, dropped) for dropped in range(deepest + 1)]
    # The folders that the table knows and the disk does not are the same for all images.
    best = max(found, key=lambda one: one["file"].count())
    root = files.folder.as_posix().rstrip("/") + "/"
    return MatchedFiles(path=(root + best["file"]).alias("path"), doubt=best["doubt"])


def strip_suffix(column: str) -> pl.Expr:
    """Take the extension of an image off a name; dots within names stay.

    >>> pl.DataFrame({"name": ["a/b.PNG", "1.2.840.1"]}).select(strip_suffix("name")).rows()
    [('a/b',), ('1.2.840.1',)]
    """
    endings = "|".join(suffix[1:] for suffix in (*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))
    return pl.col(column).str.replace(rf"(?i)\.({endings})$", "")


def _match_below(asked: pl.DataFrame, names: pl.Series, dropped: int) -> pl.DataFrame:
    """Columns file and doubt beside the images, when `dropped` first folders are not compared."""
    files = pl.DataFrame({"file": names}, schema={"file": pl.String})
    files = files.with_columns(name="file", stem=strip_suffix("file"))
    parts = pl.col("name").str.split("/").list.len().cast(pl.Int64) - dropped
    rows = asked.with_row_index("row").with_columns(parts=parts)
    rows = rows.with_columns(_last("name", pl.col("parts")), _last("stem", pl.col("parts")))
    matched = []
    for (count,), some_rows in rows.group_by("parts"):
        tails = files.with_columns(_last("name", count), _last("stem", count))
        if count < 1:
            tails = tails.clear()
        for key in ("name", "stem"):
            fitting = tails.group_by(key).agg(
                pl.col("file").first().alias(f"{key}_file"),
                pl.len().alias(f"{key}_count"),
                pl.col("file").sort().head(2).str.join(" and ").alias(f"{key}_files"),
            )
            some_rows = some_rows.join(fitting, on=key, how="left")
        matched.append(some_rows)
    by_name = pl.col("name_count").is_not_null()
    pick = {
        one: pl.when(by_name).then(f"name_{one}").otherwise(f"stem_{one}")
        for one in ("file", "count", "files")
    }
    found = pl.concat(matched).sort("row") if matched else rows
    if not matched:
        return pl.DataFrame(schema={"file": pl.String, "doubt": pl.String})
    found = found.with_columns(**pick)
    several = pl.col("count") > 1
    found = found.with_columns(file=pl.when(~several).then("file"))
    claimed = pl.col("file").is_not_null() & (pl.len().over("file") > 1)
    claimants = pl.col("image").sort().head(2).str.join(" and ").over("file")
    return found.select(
        file=pl.when(~claimed).then("file"),
        doubt=pl.when(several)
        .then(pl.format("several files fit it: {}", "files"))
        .when(claimed)
        .then(pl.format("the one file {} fits several images: {}", "file", claimants)),
    )


def _last(column: str, count: pl.Expr | int) -> pl.Expr:
    """The last parts of a path."""
    return pl.col(column).str.split("/").list.tail(count).list.join("/")


def _has_suffix(name: str) -> bool:
    return name.lower().endswith(IMAGE_SUFFIXES)


def match_glob(name: str, glob: str) -> bool:
    """Whether a path, plain or packed (``.gz``, ``.zip``), is what a pattern asks for.

    >>> match_glob("labels/a.csv.gz", "labels/*.csv")
    True
    """
    return re.fullmatch(f"{_expression(glob).pattern}(\\.gz|\\.zip)?", name) is not None


def _expression(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression: `*` stays within a folder, `**/` is any depth."""
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(signs.get(part, re.escape(part)) for part in parts))
