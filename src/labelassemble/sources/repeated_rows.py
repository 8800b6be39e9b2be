"""Several rows on one image: the same are merged and reported, different ones are an error."""

import polars as pl

from labelassemble.errors import SourceError, some
from labelassemble.sources.rows import Rows

SAME_AGAIN = "another row says the same of this image"


def merge_repeated(rows: Rows) -> Rows:
    """Keep one row an image, sorted by image.

    Returns:
        The rows; those that said the same again are in `left_out`.

    Raises:
        SourceError: two rows on one image that differ in something that the manifest reads.

    >>> from labelassemble.sources.rows import NONE_LEFT_OUT
    >>> facts = pl.DataFrame({"image": ["b", "a", "b"]})
    >>> cells = pl.DataFrame({"class": ["Mass", "Edema", "Mass"]})
    >>> merged = merge_repeated(Rows(facts, cells, NONE_LEFT_OUT))
    >>> merged.cells["class"].to_list(), merged.left_out["image"].to_list()
    (['Edema', 'Mass'], ['b'])
    """
    if not rows.facts["image"].is_duplicated().any():
        order = pl.all().gather(rows.facts["image"].arg_sort())
        return Rows(rows.facts.select(order), rows.cells.select(order), rows.left_out)
    facts, labels = rows.facts.columns, rows.cells.columns
    names = [f"cell {place}" for place in range(len(labels))]
    whole = pl.concat(
        [rows.facts, rows.cells.rename(dict(zip(labels, names, strict=True)))], how="horizontal"
    )
    counted = (
        whole.group_by(whole.columns).agg(pl.len().alias("count")).sort("image", *whole.columns)
    )
    different = counted.filter(pl.col("image").is_duplicated())
    if different.height:
        image = different["image"][0]
        first, second = different.drop("count").row(0), different.drop("count").row(1)
        place = next(i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b)
        raise SourceError(
            "rows on one image that say the same",
            f"{different['image'].n_unique()} images whose rows differ, such as {image}: "
            f"{[*facts, *labels][place]} is {first[place]!r} and {second[place]!r}"
            f" ({some(different['image'].unique().sort(), 3)})",
            "Mend those rows: give different images different names, or one row each",
        )
    again = counted.filter(pl.col("count") > 1)
    left_out = again.select(
        pl.col("image").repeat_by(pl.col("count") - 1), reason=pl.lit(SAME_AGAIN)
    ).explode("image")
    return Rows(
        facts=counted.select(facts),
        cells=counted.select(
            pl.col(name).alias(label) for name, label in zip(names, labels, strict=True)
        ),
        left_out=pl.concat([rows.left_out, left_out]),
    )
