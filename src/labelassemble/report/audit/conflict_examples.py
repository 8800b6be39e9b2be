"""Some images on which two assessments differ, to be looked at."""

from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable


class ConflictExample(NamedTuple):
    """One image with two assessments.

    Attributes:
        image: its name.
        path: its file; None where there is none.
        paths: files of the two images that the assessments are about, where they are two.
        name: the class.
        said: (source, assessment) of both.
        decision: what became of it.
    """

    record: str
    path: str | None
    paths: tuple[str, str] | None
    name: str
    said: tuple[tuple[str, str], tuple[str, str]]
    decision: str


def choose_conflicts(table: AssembledTable, most: int) -> list[ConflictExample]:
    """Take one image of each kind of conflict, then a second one, and so on.

    A kind is two sources, a class and who said what; kinds between sources come first, then the
    more frequent ones. Within a kind, images with a file come first, then by their name read
    backwards, so that they are not all of the first patients.

    Args:
        table: the table.
        most: examples.
    """
    kind = [
        "between",
        "class",
        "left_source",
        "left_assessment",
        "right_source",
        "right_assessment",
    ]
    files = table.records.select("record", "path")
    shown = (
        table.members.drop_nulls("path")
        .group_by("record", "source", maintain_order=True)
        .agg(pl.col("path").first())
    )
    rows = (
        table.conflicts.unique([*kind, "record"], keep="first", maintain_order=True)
        .with_columns(
            pl.col("decision").cast(pl.String),
            times=pl.len().over(kind),
            order=(pl.col("between") != "sources").cast(pl.Int8),
            scatter=_scatter(pl.col("record")),
        )
        .join(files, on="record", how="left", maintain_order="left")
        .sort(
            ["order", "times", *kind, pl.col("path").is_null(), "scatter", "record"],
            descending=[False, True, *[False] * (len(kind) + 3)],
        )
        .with_columns(turn=pl.int_range(pl.len()).over(kind))
        .sort("turn", maintain_order=True)
        .unique("record", keep="first", maintain_order=True)
        .head(most)
        .join(
            shown.select("record", left_source="source", left_path="path"),
            on=["record", "left_source"],
            how="left",
            maintain_order="left",
        )
        .join(
            shown.select("record", right_source="source", right_path="path"),
            on=["record", "right_source"],
            how="left",
            maintain_order="left",
        )
    )
    return [
        ConflictExample(
            row["record"],
            row["path"],
            _pair(row["left_path"], row["right_path"]),
            row["class"],
            (
                (row["left_source"], row["left_assessment"]),
                (row["right_source"], row["right_assessment"]),
            ),
            row["decision"],
        )
        for row in rows.iter_rows(named=True)
    ]


def _pair(left: str | None, right: str | None) -> tuple[str, str] | None:
    return (left, right) if left is not None and right is not None and left != right else None


def _scatter(name: pl.Expr) -> pl.Expr:
    """The end of a name read backwards: numbers of images mix the first and the last of them."""
    return name.str.replace(r"\.[^.]*$", "").str.reverse()


def list_first_conflicts(table: AssembledTable, most: int) -> tuple[int, list[dict[str, str]]]:
    """Count all conflicts, and list the first of them by image.

    Returns:
        How many there are; rows of image, class, left_source, left_assessment, right_source,
        right_assessment, decision.
    """
    rows = (
        table.conflicts.sort("record", "class", "left_source", "right_source")
        .head(most)
        .with_columns(pl.col("decision").cast(pl.String))
    )
    return table.conflicts.height, rows.to_dicts()
