"""Which image of a table each image file is."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.files.frame_path import FRAME
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.strip_suffix import strip_suffix


class MatchedFiles(NamedTuple):
    """Which file each image is in; row by row beside the images."""

    path: pl.Series
    """Absolute path, null where no file or not exactly one fits."""
    doubt: pl.Series
    """Why several files, or several images, fit; null where there is no doubt."""


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
