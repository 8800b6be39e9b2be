"""The split that a source published, and the images that a recipe holds out."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.image_files import strip_suffix
from labelassemble.sources.label_table import InputFile
from labelassemble.sources.manifest import OfficialSplit
from labelassemble.sources.table_file import has_table, read_names


def read_official_split(
    images: pl.Series, words: pl.Series, split: OfficialSplit, folder: Path, required: bool
) -> tuple[pl.Series, tuple[InputFile, ...]]:
    """Say for every image whether its source put it into train, validate or test.

    Args:
        images: names of the images, each once.
        words: what the split's column, or the file name, says beside them; ``""`` if nothing.
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
    found = words.replace_strict(
        ["", *split.values], ["", *split.values.values()], return_dtype=pl.String
    ).replace("", None)
    inputs: list[InputFile] = []
    if not split.lists:
        return found, ()
    if not required and not all(has_table(folder, name) for name in split.lists.values()):
        return found, ()
    lists: dict[str, list[str]] = {}
    for part, name in split.lists.items():
        lists[part], file = read_names(folder, name)
        inputs.append(file)
        if not pl.Series(lists[part]).is_in(images.implode()).any():
            raise SourceError(
                f"names of images such as {some(images.head(2))} in {name}",
                f"none among {some(lists[part], 2)}",
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
    asked = pl.DataFrame({"name": names}, schema={"name": pl.String}).unique()
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


def _from_lists(images: pl.Series, lists: Mapping[str, list[str]]) -> pl.Series:
    named = pl.concat(
        [
            pl.DataFrame({"image": names, "part": [part] * len(names)})
            for part, names in lists.items()
        ]
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
