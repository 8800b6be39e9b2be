"""Further tables with columns of the same rows: labels by study, views by image."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from labelassemble.errors import some
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.opened_table import OpenTable
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.patient_ids import PatientIds, compare_ids, settle_ids
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.table_layout import JoinedTable


class Joined(NamedTuple):
    """A table with the columns of others beside it.

    Attributes:
        table: the same rows, in the same order, with further columns.
        missing: why a row is to be left out, null where it stays.
        inputs: the files joined.
    """

    table: pl.DataFrame
    missing: pl.Series
    inputs: tuple[InputFile, ...]


def join_tables(
    table: pl.DataFrame,
    joins: Sequence[tuple[JoinedTable, list[OpenTable]]],
    wanted: Sequence[str],
    problems: Problems = AT_ONCE,
    patient: str | None = None,
    rule: PatientIds | None = None,
) -> Joined:
    """Put the columns of further tables beside a table's.

    Args:
        table: columns as text; all that the joins are ``on`` are among them.
        joins: the further tables, with their files.
        wanted: columns that some of them may bring; one that several have is taken from the first.
        problems: takes rows of one key that differ; the first of them counts; and ids of patients
            that do not meet because they are written in several ways.
        patient: the column of these ids.
        rule: when two of them are one patient's.
    """
    missing = pl.Series("reason", [None] * table.height, dtype=pl.String)
    inputs: list[InputFile] = []
    lacking = [name for name in wanted if name not in table.columns]
    for join, files in joins:
        read = parse_tables(files, [*join.on, *lacking], problems)
        brought = [name for name in lacking if name not in read.lacking]
        other = read.table.select(*join.on, *brought).unique(maintain_order=True)
        # A blank key says nothing of which rows belong together.
        other = other.filter(pl.all_horizontal(pl.col(name) != "" for name in join.on))
        if patient in join.on:
            assert patient is not None
            table = table.with_columns(settle_ids(patient, rule))
            other = other.with_columns(settle_ids(patient, rule)).unique(maintain_order=True)
            if rule is None:
                files_of = f"{some(join.file)} and the table it joins"
                told = compare_ids(table[patient], other[patient], files_of)
                problems.add(*filter(None, [told]))
        other = _keep_first(other, join, problems)
        # Longer than every name, so that no column has it.
        mark = "_" * (1 + max(map(len, [*table.columns, *other.columns])))
        found = table.join(
            other.with_columns(pl.lit(True).alias(mark)),
            on=list(join.on),
            how="left",
            maintain_order="left",
        )
        used = other.join(table, on=list(join.on), how="semi").height
        inputs += [replace(one, unused=0) for one in read.inputs[:-1]]
        inputs.append(replace(read.inputs[-1], unused=other.height - used))
        if join.needed:
            why = f"{some(join.file)} has no row of it"
            missing = pl.select(
                pl.coalesce(missing, pl.when(found[mark].is_null()).then(pl.lit(why)))
            ).to_series()
        table = found.drop(mark).with_columns(pl.col(brought).fill_null(""))
        lacking = [name for name in lacking if name not in brought]
    return Joined(table, missing.alias("reason"), tuple(inputs))


def _keep_first(other: pl.DataFrame, join: JoinedTable, problems: Problems) -> pl.DataFrame:
    """Keep one row a key; several that differ are reported."""
    twice = other.filter(pl.struct(join.on).is_duplicated()).sort(join.on, maintain_order=True)
    if twice.is_empty():
        return other
    first, second = twice.row(0, named=True), twice.row(1, named=True)
    key = ", ".join(f"{name} {first[name]}" for name in join.on)
    name = next(name for name in first if first[name] != second[name])
    count = twice.select(pl.struct(join.on).n_unique()).item()
    problems.note(
        f"one row for each {' and '.join(join.on)} in {some(join.file)}",
        f"{count:,} with several that differ in {some(join.file)}, such as "
        f"{key}: {name} is {first[name]!r} and {second[name]!r}",
        "Fix that table, or name further columns in `on`",
        count=count,
    )
    return other.unique(join.on, keep="first", maintain_order=True)
