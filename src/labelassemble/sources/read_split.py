"""Which image is in which part: by the published split, and by the list that a recipe gives."""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.find_files import has_table
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.listed_names import NamesMatched, match_names
from labelassemble.sources.official_split import OfficialSplit, SplitName
from labelassemble.sources.problems import AT_ONCE, Problems, name_nearest
from labelassemble.sources.read_names import read_names

_SHAPES = 1000


def read_official_split(
    images: pl.Series,
    words: pl.Series,
    files: pl.Series,
    *,
    split: OfficialSplit,
    folder: Path,
    required: bool = False,
    problems: Problems = AT_ONCE,
) -> tuple[pl.Series, tuple[InputFile, ...]]:
    """Say for every image whether its source put it into train, validate or test.

    Args:
        images: names of the images, each once.
        words: what the split's column, or the file name, says beside them; ``""`` if nothing.
        files: the file that each stands in; ``""`` if none.
        split: how the source writes it.
        folder: where its lists lie.
        required: whether a list that is not there is a problem.
        problems: takes words and files without a meaning, lists that are not there or name none
            of the images, images in two lists.

    Returns:
        ``train``, ``validate``, ``test`` or null; and the lists that were read.
    """
    strange = words.filter(~words.is_in(["", *split.values])).value_counts(sort=True, name="count")
    for word, count in strange.sort("count", words.name, descending=[True, False]).iter_rows():
        problems.note(
            f"words for the split that split.values knows: {some(split.values)}",
            f"the word {word!r} for the split has no meaning: {plural(count, 'image')}"
            + name_nearest(word, list(split.values)),
            "Say in split.values what it means: train, validate, test or nothing",
            count=count,
            example=images.filter(words == word)[0],
        )
    if split.lists:
        return _from_lists(images, split.lists, folder, required, problems)
    if split.files:
        return _from_files(files, split.files, problems), ()
    known = {"": None, **split.values, **dict.fromkeys(strange.to_series(0))}
    parts = words.replace_strict(list(known), list(known.values()), return_dtype=pl.String)
    return parts.replace("", None), ()


def _from_files(files: pl.Series, parts: Mapping[str, SplitName], problems: Problems) -> pl.Series:
    different = files.unique().sort()
    found = [
        next((part for name, part in parts.items() if match_glob(file, name)), None)
        for file in different
    ]
    lost = [file for file, part in zip(different, found, strict=True) if part is None]
    if lost:
        problems.note(
            f"files that split.files names: {some(parts)}",
            f"split.files says nothing of {some(lost, 5)}",
            "Add a name or a pattern for each file",
            count=len(lost),
        )
    return files.replace_strict(different, found, return_dtype=pl.String)


def _from_lists(
    images: pl.Series,
    lists: Mapping[SplitName, str],
    folder: Path,
    required: bool,
    problems: Problems,
) -> tuple[pl.Series, tuple[InputFile, ...]]:
    inputs, listed = list[InputFile](), []
    lost: dict[str, tuple[pl.Series, int]] = {}
    strange = dict[str, pl.Series]()
    for part, name in lists.items():
        if not required and not has_table(folder, name):
            problems.remark(
                f"the list {name} of the published split is not there",
                "Put it there if the recipe is to split as published; else nothing is known",
            )
            continue
        with problems.catch():
            names, file = read_names(folder, name)
            inputs.append(file)
            found = match_names(names, images)
            if found.images.is_empty() and not found.several:
                strange[name] = names
                continue
            _note_several(found, name, problems)
            lost[name] = found.lost, len(names)
            listed.append(found.images.to_frame("image").with_columns(part=pl.lit(part)))
    _tell_strange(strange, images, bool(listed), problems)
    if not listed:
        return pl.Series("part", [None] * len(images), dtype=pl.String), tuple(inputs)
    named = pl.concat(listed)
    twice = named.filter(pl.col("image").is_duplicated())["image"].unique().sort()
    if len(twice):
        problems.note(
            "each image in one of the lists of split.lists",
            f"{plural(len(twice), 'image stands', 'images stand')} in two lists of the split",
            "Fix the lists: these would be both trained on and tested on",
            count=len(twice),
            example=some(twice, 3),
        )
        named = named.unique("image", keep="first", maintain_order=True)
    parts = images.to_frame("image").join(named, on="image", how="left", maintain_order="left")
    unlisted = images.filter(parts["part"].is_null())
    for name, (names, count) in lost.items():
        _tell_lost(name, names, count, unlisted, problems)
    if len(unlisted):
        problems.remark(
            f"{plural(len(unlisted), 'image')} in no list of the published split",
            "They are split with the rest; check that the lists are whole",
            count=len(unlisted),
            example=unlisted[0],
        )
    return parts["part"], tuple(inputs)


def _note_several(found: NamesMatched, place: str, problems: Problems) -> None:
    if found.several:
        name, fitting = next(iter(found.several.items()))
        problems.note(
            f"names of one image each in {place}",
            f"{plural(len(found.several), 'name fits', 'names fit')} several images in {place}: "
            f"{name} fits {some(fitting, 3)}",
            "Write the names as in the table, with their extensions",
            count=len(found.several),
        )


def _tell_strange(
    lists: Mapping[str, pl.Series], images: pl.Series, others: bool, problems: Problems
) -> None:
    """Tell lists that name no image: written otherwise, or of a part that is not read.

    Of such a part they are where another list names images, and names are of the same shape.
    """
    shapes = {_shape(one) for one in images.head(_SHAPES)}
    for name, names in lists.items():
        if others and _shape(names[0]) in shapes:
            problems.remark(
                f"{name} names no image of the source, of {plural(len(names), 'name')}",
                "Nothing, if a part of the source is read",
                count=len(names),
            )
            continue
        near = name_nearest(names[0], images.head(5000).to_list())
        problems.note(
            f"names of images such as {some(images.head(2))} in {name}",
            f"{name} names no image of the source: {names[0]!r} and such, where images are "
            f"called {some(map(repr, images.head(1)))}{near}",
            "Check split.lists; names must be written as in the table",
            count=len(names),
        )


def _shape(name: str) -> str:
    return re.sub(r"[0-9]+", "0", re.sub(r"[A-Za-z]+", "a", name))


def _tell_lost(
    place: str, lost: pl.Series, count: int, unlisted: pl.Series, problems: Problems
) -> None:
    """Tell names that are no image: a problem where they may well be images written otherwise."""
    if lost.is_empty():
        return
    what = f"{plural(len(lost), 'name')} of {count:,} in {place} that the table does not hold"
    if 2 * len(lost) > count and len(unlisted) >= len(lost):
        problems.note(
            f"names of images such as {some(unlisted.head(2))} in {place}",
            f"{what}, and {plural(len(unlisted), 'image')} that no list holds",
            "Write the names as in the table: images missed here would be split with the rest",
            count=len(lost),
            example=f"{lost[0]} and {unlisted[0]}",
        )
    else:
        problems.remark(what, "Is the table whole?", count=len(lost), example=lost[0])


def read_test_list(
    images: pl.Series, excluded: pl.Series, path: Path
) -> tuple[pl.Series, InputFile]:
    """Say for every image whether the recipe's own list holds it out.

    Args:
        images: names of the images, each once.
        excluded: names of images that were left out; they may be listed.
        path: one name a line, as `match_names` takes them.

    Returns:
        True where listed; and the list that was read.

    Raises:
        SourceError: no such list, a name that the source does not hold, or one that fits several
            of its images.
    """
    names, file = read_names(path.parent, path.name)
    found = match_names(names, pl.concat([images, excluded]).unique())
    if len(found.lost):
        raise SourceError(
            f"images of the source in {path}",
            f"{plural(len(found.lost), 'name')} that it does not hold, such as "
            f"{some(found.lost.sort(), 3)}",
            "Fix the list: an image missed here would be trained on",
        )
    _note_several(found, str(path), AT_ONCE)
    return images.is_in(found.images.implode()), file
