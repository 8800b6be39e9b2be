"""What a reader goes through: cells of a table, from a list, in conflict, or uncertain."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, SourceError
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.problems import Problems

CONFLICTS, UNCERTAIN_CELLS = "conflicts", "uncertain"
"""What may be asked for in place of a list."""

_COLUMNS = ("source", "image", "class")


class SaidBefore(NamedTuple):
    """What was said of a cell.

    Attributes:
        who: a source, two of them, or the table.
        state: positive, negative, uncertain or unknown.
        why: the reason, the evidence and the rule, in words.
    """

    who: str
    state: str
    why: str


class CellToRead(NamedTuple):
    """One cell that a reader answers.

    Attributes:
        source, image: a member of the record, as ``assembly.corrections`` names it.
        of_class: the class.
        record: of the table.
        path: of the image's file; None: it has none.
        person: number of the group of records that may be one person's.
        split: of the record.
        said: what was said of it, the table's own word last.
    """

    source: str
    image: str
    of_class: str
    record: str
    path: Path | None
    person: int
    split: str
    said: tuple[SaidBefore, ...]


def list_cells_to_read(table: AssembledTable, asked: str) -> tuple[CellToRead, ...]:
    """List the cells that a reader goes through, each once, without those of test images.

    Labels of test images that are corrected with a network's help would favour that network.

    Args:
        table: the table.
        asked: ``conflicts``, ``uncertain``, or the path of a list with columns source, image and
            class, such as `review` writes.

    Raises:
        SettingsError: a list that cannot be read, rows that the table does not have, or no cell.
    """
    if asked == CONFLICTS:
        wanted = table.conflicts.select("record", "class")
    elif asked == UNCERTAIN_CELLS:
        uncertain = pl.col("state").cast(pl.String) == "uncertain"
        wanted = table.cells.filter(uncertain).select("record", "class")
    else:
        wanted = _read_list(Path(asked), table)
    facts = table.records.select("record", "path", "group", "split")
    rows = (
        wanted.unique(maintain_order=True)
        .join(facts, on="record", how="inner", maintain_order="left")
        .filter(pl.col("split") != "test", pl.col("class").is_in(table.classes))
    )
    members = table.members.select("record", "source", "image").unique(
        "record", keep="first", maintain_order=True
    )
    rows = rows.join(members, on="record", how="inner", maintain_order="left")
    if rows.is_empty():
        raise SettingsError(
            "cells to read, of images that are no test images",
            f"none ({asked})",
            "Name another list, or conflicts, or uncertain: --review",
        )
    said = _gather_said(table, rows)
    return tuple(
        CellToRead(
            source=row["source"],
            image=row["image"],
            of_class=row["class"],
            record=row["record"],
            path=None if row["path"] is None else Path(row["path"]),
            person=row["group"],
            split=row["split"],
            said=tuple(said[row["record"], row["class"]]),
        )
        for row in rows.iter_rows(named=True)
    )


def _read_list(path: Path, table: AssembledTable) -> pl.DataFrame:
    problems = Problems()
    try:
        tables = open_tables(path.parent, [path.name], list(_COLUMNS), problems=problems)
        if not tables:
            raise problems.noted[0].as_error()
        missing = [name for name in _COLUMNS if name not in tables[0].names]
        if missing:
            raise SourceError("", f"a list without {', '.join(missing)}", "Take `review`'s columns")
        given = parse_tables(tables, list(_COLUMNS)).table
    except SourceError as error:
        raise SettingsError(f"a list of labels at {path}", error.got, error.do) from error
    names = table.members.select("record", "source", "image")
    found = given.join(names, on=["source", "image"], how="left", maintain_order="left")
    if strange := found.filter(pl.col("record").is_null()).head(1).to_dicts():
        raise SettingsError(
            f"images of the table in {path}",
            f"{strange[0]['source']}/{strange[0]['image']}, which it does not have",
            "Take a list of this table, or assemble again what it is of",
        )
    return found.select("record", "class")


def _gather_said(
    table: AssembledTable, rows: pl.DataFrame
) -> Mapping[tuple[str, str], Sequence[SaidBefore]]:
    """What stands in the table of each cell."""
    key = rows.select("record", "class")
    said: dict[tuple[str, str], list[SaidBefore]] = {row: [] for row in key.iter_rows()}
    for row in table.conflicts.join(key, on=["record", "class"]).iter_rows(named=True):
        between = f"differs between {row['between']}"
        for side in ("left", "right"):
            one = SaidBefore(row[f"{side}_source"], row[f"{side}_assessment"], between)
            known = said[row["record"], row["class"]]
            if one not in known:
                known.append(one)
    for row in table.cells.join(key, on=["record", "class"]).iter_rows(named=True):
        parts = (row["reason"], f"evidence: {row['evidence']}", _tell_policy(row["policy"]))
        why = "; ".join(str(one) for one in parts if one)
        said[row["record"], row["class"]].append(SaidBefore(row["source"], row["state"], why))
    return said


def _tell_policy(policy: object) -> str:
    return "" if policy is None else f"settled by {policy}"
