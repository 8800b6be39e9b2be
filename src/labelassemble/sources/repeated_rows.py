"""Several rows on one image: the same are merged and reported, different ones are an error."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import EXCLUDED, NONE_EXCLUDED, Rows

SAME_AGAIN = "another row says the same of this image"


def merge_repeated(rows: Rows, problems: Problems = AT_ONCE) -> Rows:
    """Keep one row an image and reader, sorted by image, then by reader.

    Args:
        rows: as gathered.
        problems: takes rows on one image, by one reader, that differ in something that the
            manifest reads: the first counts; and readers who differ in what the image is (its
            patient, age, ...): what the first says holds.

    Returns:
        The rows; those that said the same again are in `excluded`.

    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["b", "a", "b"], found=["Mass", "Edema", "Mass"])
    >>> merged = merge_repeated(rows)
    >>> merged.cells["found"].to_list(), merged.excluded["image"].to_list()
    (['Edema', 'Mass'], ['b'])
    """
    if rows.facts.select("image", "reader").is_duplicated().any():
        facts, labels, marks = rows.facts.columns, rows.cells.columns, rows.marks.columns
        names = [f"cell {place}" for place in range(len(labels) + len(marks))]
        # A column may be asked for twice: as a finding, and by a subset.
        both = [*rows.cells.get_columns(), *rows.marks.get_columns()]
        beside = pl.DataFrame(
            [column.alias(name) for name, column in zip(names, both, strict=True)]
        )
        whole = pl.concat([rows.facts, beside, rows.count.to_frame("count")], how="horizontal")
        different, again = count_repeated(whole)
        key, titles = ["image", "reader"], [*facts, *labels, *marks]
        differ = _note_different(different.drop("count"), key, titles, problems)
        rows = replace(
            rows,
            facts=different.select(facts),
            cells=different.select(
                pl.col(name).alias(label) for name, label in zip(names, labels, strict=False)
            ),
            marks=different.select(
                pl.col(name).alias(mark)
                for name, mark in zip(names[len(labels) :], marks, strict=True)
            ),
            count=different["count"],
            excluded=pl.concat([rows.excluded, again]),
        )
        if differ:
            first = pl.when(~pl.struct(key).is_first_distinct())
            because = first.then(pl.lit(f"{SET_ASIDE}it contradicts another row"))
            rows = rows.exclude(rows.facts.select(because).to_series())
    order = rows.facts.select(place=pl.arg_sort_by("image", "reader"))["place"]
    rows = replace(
        rows,
        facts=rows.facts[order],
        cells=rows.cells[order] if rows.cells.width else rows.cells,
        marks=rows.marks[order] if rows.marks.width else rows.marks,
        count=rows.count[order],
    )
    if rows.facts["image"].is_duplicated().any():
        shared = rows.facts.drop("reader")
        if _note_different(shared.unique(), ["image"], shared.columns, problems):
            first_says = pl.all().exclude("image", "reader").first().over("image")
            rows = replace(rows, facts=rows.facts.with_columns(first_says))
    return rows


def count_repeated(whole: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first of rows that are the same in all but their count.

    Args:
        whole: columns image, count, and whatever tells rows apart.

    Returns:
        The different rows, in their order, with the count of the first; and the others, as rows
        left out.
    """
    keys = find_varying(whole, [name for name in whole.columns if name != "count"])
    repeated = pl.struct(keys).is_duplicated()
    if not whole.select(repeated.any()).item():
        return whole, NONE_EXCLUDED
    first = pl.struct(keys).is_first_distinct()
    again = (
        whole.filter(~first)
        .group_by("image")
        .agg(reason=pl.lit(SAME_AGAIN), rows=pl.col("count").sum().cast(pl.Int64))
        .sort("image")
    )
    return whole.filter(first), again.select(list(EXCLUDED))


def find_varying(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """Give the columns that tell rows apart; one at least. Most facts are the same on all rows.

    >>> find_varying(pl.DataFrame({"image": ["a", "b"], "view": ["", ""]}), ["image", "view"])
    ['image']
    """
    varies = frame.select((pl.col(name) != pl.col(name).first()).any() for name in names)
    found = [name for name in names if frame.height and varies[name].item()]
    return found or list(names[:1])


def _note_different(
    rows: pl.DataFrame, key: list[str], titles: list[str], problems: Problems
) -> bool:
    """Note rows of one key that differ; ``titles`` names their columns."""
    different = rows.filter(pl.struct(key).is_duplicated())
    if different.is_empty():
        return False
    different = different.sort(rows.columns)
    image = different["image"][0]
    those = different.filter(pl.col("image") == image)
    if "reader" in key:
        those = those.filter(pl.col("reader") == those["reader"][0])
    first, second = those.row(0), those.row(1)
    place = next(i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b)
    names = different["image"].unique().sort()
    problems.note(
        "rows on one image that say the same",
        f"{plural(len(names), 'image')} whose rows differ, such as {image}: "
        f"{titles[place]} is {first[place]!r} and {second[place]!r} ({some(names, 3)})",
        "Fix those rows: give different images different names, or one row each; where readers "
        "differ, name their column in table.reader",
        count=len(names),
    )
    return True
