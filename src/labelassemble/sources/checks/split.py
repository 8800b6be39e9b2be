"""The published split: words, lists and files that do not fit, and patients on two sides."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.image_files import match_glob
from labelassemble.sources.official_split import OfficialSplit, read_official_split
from labelassemble.sources.problems import (
    Problem,
    name_nearest,
    note_error,
    plural,
    problem,
    remark,
)
from labelassemble.sources.table_file import has_table, read_names


class SplitChecked(NamedTuple):
    """The part of each image, as far as it can be told.

    Attributes:
        part: train, validate, test or null, row by row beside the images.
        notes: what does not fit.
    """

    part: pl.Series
    notes: tuple[Problem, ...]


def check_split(
    images: pl.Series, words: pl.Series, files: pl.Series, split: OfficialSplit, folder: Path
) -> SplitChecked:
    """Problem what does not fit in a published split, and give what is left of it.

    Args:
        images: names of the images, each once.
        words: what the split's column, or the file name, says beside them.
        files: the file that each stands in.
        split: how the source writes it.
        folder: where its lists lie.
    """
    notes: list[Problem] = []
    strange = words.filter(~words.is_in(["", *split.values])).value_counts(sort=True, name="count")
    for word, count in strange.iter_rows():
        notes.append(
            problem(
                f"the word {word!r} for the split has no meaning: {plural(count, 'image')}"
                + name_nearest(word, list(split.values)),
                "Say in split.values what it means: train, validate, test or nothing",
                count=count,
                example=images.filter(words == word)[0],
            )
        )
    words = words.replace(strange.to_series(0), pl.repeat("", strange.height, eager=True))
    if split.lists:
        part, told = _check_lists(images, split, folder)
        return SplitChecked(part, (*notes, *told))
    if split.files:
        different = files.unique().sort()
        lost = [file for file in different if not any(match_glob(file, g) for g in split.files)]
        if lost:
            notes.append(
                problem(
                    f"split.files says nothing of {some(lost, 5)}",
                    "Add a name or a pattern for each file",
                    count=len(lost),
                )
            )
            known = ~files.is_in(lost)
            parts, _ = read_official_split(
                images.filter(known), words.filter(known), files.filter(known), split, folder, False
            )
            rows = pl.DataFrame({"image": images.filter(known), "part": parts})
            whole = images.to_frame("image").join(
                rows, on="image", how="left", maintain_order="left"
            )
            return SplitChecked(whole["part"], tuple(notes))
    part, _ = read_official_split(images, words, files, split, folder, required=False)
    return SplitChecked(part, tuple(notes))


def check_sides(images: pl.DataFrame) -> list[Problem]:
    """Remark on patients of whom a published split has images on two sides.

    Args:
        images: ``IMAGE_COLUMNS``.
    """
    known = images.drop_nulls(["patient", "official_split"])
    sides = known.group_by("patient").agg(
        pl.col("official_split").unique().sort().str.join(" and ").alias("sides"),
        pl.col("official_split").n_unique().alias("count"),
        pl.len().alias("images"),
    )
    both = sides.filter(pl.col("count") > 1).sort("patient")
    if both.is_empty():
        return []
    what = (
        f"the published split has {plural(both.height, 'patient')} on two sides, with "
        f"{plural(int(both['images'].sum()), 'image')}"
    )
    do = (
        "Do not use it as published: split = 'joint' (the default) in the recipe, or mend the "
        "patients"
    )
    example = f"{both['patient'][0]} in {both['sides'][0]}"
    return [remark(what, do, count=both.height, example=example)]


def _check_lists(
    images: pl.Series, split: OfficialSplit, folder: Path
) -> tuple[pl.Series, list[Problem]]:
    notes: list[Problem] = []
    listed = []
    nothing = pl.Series("part", [None] * len(images), dtype=pl.String)
    for part, name in split.lists.items():
        if not has_table(folder, name):
            notes.append(
                remark(
                    f"the list {name} of the published split is not there",
                    "Put it there if the recipe is to split as published; else nothing is known",
                )
            )
            continue
        try:
            names, _ = read_names(folder, name)
        except SourceError as error:
            notes.append(note_error(error))
            continue
        there = pl.Series("image", names)
        strange = there.filter(~there.is_in(images.implode()))
        if len(strange) == len(names):
            notes.append(
                problem(
                    f"{name} names no image of the source: {names[0]!r} and such, where images are "
                    f"called {images[0]!r}" + name_nearest(names[0], images.head(5000).to_list()),
                    "Check split.lists; names must be written as in the table",
                    count=len(names),
                )
            )
            continue
        if len(strange):
            notes.append(
                remark(
                    f"{plural(len(strange), 'name')} of {len(names):,} in {name} that the table "
                    "does not hold",
                    "Is the table whole?",
                    count=len(strange),
                    example=strange[0],
                )
            )
        listed.append(pl.DataFrame({"image": there, "part": [part] * len(names)}).unique())
    if not listed:
        return nothing, notes
    found = pl.concat(listed)
    twice = found.filter(pl.col("image").is_duplicated())["image"].unique().sort()
    if len(twice):
        notes.append(
            problem(
                f"{plural(len(twice), 'image stands', 'images stand')} in two lists of the split",
                "Mend the lists: these would be both trained on and tested on",
                count=len(twice),
                example=twice[0],
            )
        )
    once = found.unique("image", keep="first", maintain_order=True)
    rows = pl.DataFrame({"image": images}).join(once, on="image", how="left", maintain_order="left")
    parts = rows["part"]
    if parts.null_count():
        lost = images.filter(parts.is_null())
        notes.append(
            remark(
                f"{plural(len(lost), 'image')} in no list of the published split",
                "They are split with the rest; check that the lists are whole",
                count=len(lost),
                example=lost[0],
            )
        )
    return parts, notes
