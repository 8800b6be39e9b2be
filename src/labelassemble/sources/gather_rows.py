"""Several rows an image, a word each: the words of one image and reader come together."""

from dataclasses import replace

import polars as pl

from labelassemble.setting_types import Settings
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.repeated_rows import count_repeated, find_varying
from labelassemble.sources.rows import Rows
from labelassemble.sources.term_cells import BETWEEN


def gather_words(rows: Rows, words: pl.Series, identity: pl.DataFrame | None = None) -> Rows:
    """Make one row of all rows on one image by one reader; its one label cell is ``words``.

    Rows on one image that differ in a fact (patient, age, ...) stay apart: ``merge_repeated``
    refuses them.

    Args:
        rows: one row a finding.
        words: the finding in each; ``""`` where there is none.
        identity: what tells a row that says something new, such as a further box, from one that
            says the same again; none: the word does.

    Returns:
        Rows sorted by image; rows that say the same again are left out.

    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "b", "a", "a"])
    >>> gathered = gather_words(rows, pl.Series(["Mass", "", "Edema", "Edema"]))
    >>> gathered.cells["words"].to_list(), gathered.count.to_list(), gathered.excluded.rows()
    (['Edema\\nMass', ''], [2, 1], [('a', 'another row says the same of this image', 1)])
    """
    facts, marks = rows.facts.columns, [f"mark {name}" for name in rows.marks.columns]
    told = pl.DataFrame() if identity is None else identity
    whole = pl.concat(
        [
            rows.facts,
            rows.marks.rename(dict(zip(rows.marks.columns, marks, strict=True))),
            told.rename({name: f"told {name}" for name in told.columns}),
            words.alias("word").to_frame(),
            rows.count.alias("count").to_frame(),
        ],
        how="horizontal",
    )
    different, again = count_repeated(whole)
    keys = find_varying(different, [*facts, *marks])
    gathered = (
        different.group_by(keys)
        .agg(
            *(pl.col(name).first() for name in (*facts, *marks) if name not in keys),
            pl.col("word").unique().sort().str.join(BETWEEN),
            pl.len().cast(pl.Int64).alias("count"),
        )
        .sort(keys)
    )
    return replace(
        rows,
        facts=gathered.select(facts),
        cells=gathered.select(words="word"),
        marks=gathered.select(
            pl.col(mark).alias(name) for mark, name in zip(marks, rows.marks.columns, strict=True)
        ),
        count=gathered["count"],
        excluded=pl.concat([rows.excluded, again]),
    )


def gather_listed(rows: Rows, labels: Settings, problems: Problems = AT_ONCE) -> Rows:
    """Bring together what a label file lists of one image: a row for each object or finding.

    Rows that are the same in all their cells say the same again.
    """
    del labels, problems
    return gather_words(rows, rows.cells["words"], rows.cells)
