"""The split that a source published, and the images that a recipe holds out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import Field

from labelassemble.errors import SourceError, some
from labelassemble.settings import Settings
from labelassemble.sources.image_files import match_glob, strip_suffix
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.table_file import has_table, read_names

SplitName = Literal["train", "validate", "test"]


class OfficialSplit(Settings):
    """The split that the source published, if any: lists, a column, files, or a named group."""

    lists: dict[SplitName, str] = Field(default={})
    """train, validate or test to a file of image names, one a line (also ``.gz``)."""
    column: str | None = None
    """Column that says it."""
    values: dict[str, SplitName | Literal[""]] = Field(
        default={"train": "train", "validate": "validate", "test": "test"}
    )
    """Value of the column, or of the group ``split`` in file names, to train, validate, test or
    nothing."""
    files: dict[str, SplitName] = Field(default={})
    """Where each part has a file of its own: name of the file, or a pattern, to train, validate or
    test."""


def read_official_split(
    images: pl.Series,
    words: pl.Series,
    files: pl.Series,
    split: OfficialSplit,
    folder: Path,
    required: bool,
) -> tuple[pl.Series, tuple[InputFile, ...]]:
    """Say for every image whether its source put it into train, validate or test.

    Args:
        images: names of the images, each once.
        words: what the split's column, or the file name, says beside them; ``""`` if nothing.
        files: the file that each stands in; ``""`` if none.
        split: how the source writes it.
        folder: where its lists lie.
        required: whether lists that are not there are an error; else nothing is known then.

    Returns:
        ``train``, ``validate``, ``test`` or null; and the lists that were read.

    Raises:
        SourceError: a word without a meaning, a list that is not there or that names none of the
            images, an image in two lists.
    """
    strange = words.filter(~words.is_in(["", *split.values]))
    if len(strange):
        raise SourceError(
            f"words for the split that split.values knows: {some(split.values)}",
            f"{strange[0]!r} on {(words == strange[0]).sum()} images",
            "Say in split.values what the word means: train, validate, test or nothing",
        )
    if split.files:
        return _from_files(files, split.files), ()
    found = words.replace_strict(
        ["", *split.values], ["", *split.values.values()], return_dtype=pl.String
    ).replace("", None)
    inputs: list[InputFile] = []
    if not split.lists:
        return found, ()
    if not required and not all(has_table(folder, name) for name in split.lists.values()):
        return found, ()
    lists: dict[str, pl.Series] = {}
    for part, name in split.lists.items():
        lists[part], file = read_names(folder, name)
        inputs.append(file)
        if not lists[part].is_in(images.implode()).any():
            raise SourceError(
                f"names of images such as {some(images.head(2))} in {name}",
                f"none among {some(lists[part].to_list(), 2)}",
                "Check split.lists in the manifest",
            )
    return _from_lists(images, lists), tuple(inputs)


def read_test_list(
    images: pl.Series, left_out: pl.Series, path: Path
) -> tuple[pl.Series, InputFile]:
    """Say for every image whether the recipe's own list holds it out.

    A name counts as written, or else without its extension.

    Args:
        images: names of the images, each once.
        left_out: names of images that were left out; they may be listed.
        path: one name a line.

    Returns:
        True where listed; and the list that was read.

    Raises:
        SourceError: no such list, a name that the source does not hold, or one that fits several
            of its images.
    """
    names, file = read_names(path.parent, path.name)
    asked = names.to_frame("name").unique()
    asked = asked.with_columns(stem=strip_suffix("name"))
    held = pl.DataFrame({"image": pl.concat([images, left_out]).unique()})
    held = held.with_columns(stem=strip_suffix("image"))
    exact = asked.join(held.rename({"stem": "own"}), left_on="name", right_on="image", how="semi")
    rest = asked.join(exact, on="name", how="anti").join(held, on="stem", how="left")
    lost = rest.filter(pl.col("image").is_null())["name"].sort()
    if len(lost):
        raise SourceError(
            f"images of the source in {path}",
            f"{len(lost)} names that it does not hold, such as {some(lost, 3)}",
            "Mend the list: an image missed here would be trained on",
        )
    several = rest.filter(pl.col("name").is_duplicated())
    if several.height:
        raise SourceError(
            f"names of one image each in {path}",
            f"{several['name'][0]} fits {some(several['image'].sort(), 3)}",
            "Write the names with their extensions",
        )
    listed = pl.concat([exact["name"], rest["image"]])
    return images.is_in(listed.implode()), file


def _from_files(files: pl.Series, parts: Mapping[str, SplitName]) -> pl.Series:
    different = files.unique().sort()
    found = [
        next((part for name, part in parts.items() if match_glob(file, name)), None)
        for file in different
    ]
    lost = [file for file, part in zip(different, found, strict=True) if part is None]
    if lost:
        raise SourceError(
            f"files that split.files names: {some(parts)}", some(lost), "Add them to split.files"
        )
    return files.replace_strict(different, found, return_dtype=pl.String)


def _from_lists(images: pl.Series, lists: Mapping[str, pl.Series]) -> pl.Series:
    named = pl.concat(
        [names.to_frame("image").with_columns(part=pl.lit(part)) for part, names in lists.items()]
    ).unique()
    twice = named.filter(pl.col("image").is_duplicated())["image"].unique().sort()
    if len(twice):
        raise SourceError(
            "each image in one of the lists of split.lists",
            f"{len(twice)} in two, such as {some(twice, 3)}",
            "Mend the lists: these images would be both trained on and tested on",
        )
    rows = pl.DataFrame({"image": images}).join(
        named, on="image", how="left", maintain_order="left"
    )
    return rows["part"]
