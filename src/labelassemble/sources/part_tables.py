"""Tables of parts that name the same files: each row means the file in the folder of its table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final, NamedTuple

import polars as pl

from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.match_image_files import match_image_files
from labelassemble.sources.split_parts import part_in_folders, part_in_stem, parts_of
from labelassemble.sources.strip_suffix import strip_suffix

_NO_GROUP: Final = ""


class _Groups(NamedTuple):
    """A way to tell which table speaks of which folder.

    Attributes:
        tables: file of a table to its group.
        group_of: gives the group of the image files in a folder, ``a/b/``; ``""``: none.
    """

    tables: Mapping[str, str]
    group_of: Callable[[str], str]


def name_by_part(images: pl.Series, tables: pl.Series, files: ImageFolder, above: str) -> pl.Series:
    """Name images by their paths, where several files have one name and the tables tell which.

    ``0.png`` of ``train.csv`` is ``train/0.png``, that of ``test.csv`` is ``test/0.png``. A table
    and a folder belong together where both are called after one part of the split; or, of several
    tables, where each lies in the folder above its images, or has the name of that folder.

    Args:
        images: name of the image in each row.
        tables: file of the table that each row stands in, below the source's folder, with ``/``.
        files: the image files there are.
        above: where these lie below the source's folder: ``images/``, or ``""``.

    Returns:
        The names; those that nothing tells apart stay as they are.

    >>> from pathlib import Path
    >>> files = ImageFolder(Path("/"), pl.Series(["test/0.png", "train/0.png"]), 0)
    >>> tables = pl.Series(["train.csv", "test.csv"])
    >>> name_by_part(pl.Series(["0.png", "0.png"]), tables, files, "").to_list()
    ['train/0.png', 'test/0.png']
    """
    if files.named is not None:
        return images
    rows = pl.DataFrame({"image": images, "table": tables}).with_columns(
        found=pl.lit(None, pl.String)
    )
    for groups in _list_groups(tables.unique().sort().to_list(), above):
        doubted = _find_doubted(rows.filter(pl.col("found").is_null())["image"].unique(), files)
        if doubted.is_empty():
            break
        rows = _look_up(rows, doubted, files, groups)
    return rows.select(pl.coalesce("found", "image").alias(images.name)).to_series()


def _list_groups(tables: Sequence[str], above: str) -> list[_Groups]:
    """The ways that there are for these tables, the surest first."""
    found = []
    parts = parts_of(tables)
    if len(tables) == 1 and (part := part_in_stem(tables[0]) or part_in_folders(tables[0])):
        parts = {tables[0]: part}
    if parts:
        found.append(_Groups(parts, lambda file: part_in_folders(file) or _NO_GROUP))
    folders = {table: str(PurePosixPath(table).parent) for table in tables}
    if _tell_apart(folders) and "." not in folders.values():
        # The nearest folder with a table.
        deepest = sorted(folders.values(), key=len, reverse=True)

        def find_folder(file: str) -> str:
            return next((one for one in deepest if f"{above}{file}".startswith(f"{one}/")), "")

        found.append(_Groups(folders, find_folder))
    stems = {table: PurePosixPath(table).name.split(".")[0].casefold() for table in tables}
    if _tell_apart(stems):
        called = set(stems.values())

        def find_called(file: str) -> str:
            steps = called & {step.casefold() for step in file.split("/")[:-1]}
            return steps.pop() if len(steps) == 1 else _NO_GROUP

        found.append(_Groups(stems, find_called))
    return found


def _tell_apart(groups: Mapping[str, str]) -> bool:
    return len(groups) > 1 and len(set(groups.values())) == len(groups)


def _find_doubted(images: pl.Series, files: ImageFolder) -> pl.Series:
    """Names that several files have; cheap where there are none."""
    clean = pl.col("name").str.replace_all("\\", "/", literal=True).str.replace(r"^(\./|/)+", "")
    asked = pl.DataFrame({"image": images, "name": images}).with_columns(clean)
    asked = asked.with_columns(strip_suffix("name"), parts=pl.col("name").str.count_matches("/"))
    there = pl.DataFrame({"name": files.names}, schema={"name": pl.String})
    there = there.select(strip_suffix("name"))
    found = []
    for (parts,), some in asked.group_by("parts"):
        tail = pl.col("name").str.split("/").list.tail(int(str(parts)) + 1).list.join("/")
        twice = there.select(tail).filter(pl.col("name").is_duplicated()).unique()
        found.append(some.join(twice, on="name", how="semi")["image"])
    several = pl.concat(found) if found else images.clear()
    if several.is_empty():
        return several
    return several.filter(match_image_files(several, files).path.is_null())


def _look_up(
    rows: pl.DataFrame, doubted: pl.Series, files: ImageFolder, groups: _Groups
) -> pl.DataFrame:
    """Rows with the file found in the folder of their table, where all files of a name have one."""
    place = files.names.str.replace("[^/]*$", "")
    folders = place.unique()
    known = [groups.group_of(one) for one in folders]
    of_file = place.replace_strict(folders, known, return_dtype=pl.String)

    def match(names: pl.Series, group: str) -> pl.DataFrame:
        own = replace(files, names=files.names.filter(of_file == group))
        matched = match_image_files(names, own)
        return pl.DataFrame({"image": names, "path": matched.path, "doubt": matched.doubt})

    elsewhere = match(doubted, _NO_GROUP)
    loose = elsewhere.filter(pl.col("path").is_not_null() | pl.col("doubt").is_not_null())
    sure = doubted.filter(~doubted.is_in(loose["image"].implode()))
    told = pl.concat(
        match(sure, group).select(
            "image", group=pl.lit(group), own=pl.col("path").map_batches(files.name, pl.String)
        )
        for group in dict.fromkeys(groups.tables.values())
    ).drop_nulls()
    grouped = rows.with_columns(
        group=pl.col("table").replace_strict(dict(groups.tables), return_dtype=pl.String)
    )
    joined = grouped.join(told, on=["image", "group"], how="left", maintain_order="left")
    return joined.select("image", "table", found=pl.coalesce("found", "own"))
