"""Some pictures on which two verdicts differ, to be looked at."""

from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable


class ConflictExample(NamedTuple):
    """One picture with two verdicts.

    Attributes:
        picture: its name.
        path: its file; None where there is none.
        name: the class.
        said: (source, verdict) of both.
        decision: what became of it.
    """

    picture: str
    path: str | None
    name: str
    said: tuple[tuple[str, str], tuple[str, str]]
    decision: str


def choose_conflicts(table: AssembledTable, most: int) -> list[ConflictExample]:
    """Take one picture of each kind of conflict, then a second one, and so on.

    A kind is two sources, a class and who said what; kinds between sources come first, then the
    more frequent ones. Within a kind, pictures with a file come first, then by their name read
    backwards, so that they are not all of the first patients.

    Args:
        table: the table.
        most: examples.
    """
    kind = ["between", "class", "left_source", "left_verdict", "right_source", "right_verdict"]
    files = table.pictures.select("picture", "path")
    rows = (
        table.conflicts.unique([*kind, "picture"], keep="first", maintain_order=True)
        .with_columns(
            pl.col("decision").cast(pl.String),
            times=pl.len().over(kind),
            order=(pl.col("between") != "sources").cast(pl.Int8),
            scatter=_scatter(pl.col("picture")),
        )
        .join(files, on="picture", how="left", maintain_order="left")
        .sort(
            ["order", "times", *kind, pl.col("path").is_null(), "scatter", "picture"],
            descending=[False, True, *[False] * (len(kind) + 3)],
        )
        .with_columns(turn=pl.int_range(pl.len()).over(kind))
        .sort("turn", maintain_order=True)
        .unique("picture", keep="first", maintain_order=True)
        .head(most)
    )
    return [
        ConflictExample(
            row["picture"],
            row["path"],
            row["class"],
            (
                (row["left_source"], row["left_verdict"]),
                (row["right_source"], row["right_verdict"]),
            ),
            row["decision"],
        )
        for row in rows.iter_rows(named=True)
    ]


def _scatter(name: pl.Expr) -> pl.Expr:
    """The end of a name read backwards: numbers of pictures mix the first and the last of them."""
    return name.str.replace(r"\.[^.]*$", "").str.reverse()
