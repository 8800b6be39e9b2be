"""How many pictures each source called positive, negative or uncertain, and left unknown."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.cell_matrix import (
    SourceVerdicts,
    lay_out_cells,
    read_verdicts,
)
from labelassemble.sources.verdicts import STATES as EVERY_STATE

STATES = ("positive", "negative", "uncertain")


def count_labels(table: AssembledTable) -> pl.DataFrame:
    """Count what each source itself said about its pictures, before conflicts were settled.

    A verdict that another source overruled still counts for the source that gave it.

    Returns:
        One row a source and class, sources in recipe order, classes in table order: source, class,
        looked_for (the class is in the source's scope), pictures, positive, negative, uncertain,
        unknown; the last four add up to pictures.
    """
    return count_verdicts(table, read_verdicts(table, lay_out_cells(table)))


def count_verdicts(table: AssembledTable, verdicts: dict[str, SourceVerdicts]) -> pl.DataFrame:
    """Count what ``cell_matrix.read_verdicts`` found; returns what ``count_labels`` returns."""
    columns = {
        "source": pl.String,
        "class": pl.String,
        "looked_for": pl.Boolean,
        "pictures": pl.Int64,
        **dict.fromkeys((*STATES, "unknown"), pl.Int64),
    }
    rows = []
    for source, said in verdicts.items():
        counts = {
            state: (said.state == place).sum(axis=0).tolist()
            for place, state in enumerate(EVERY_STATE)
        }
        scope = table.scopes.get(source, ())
        for place, name in enumerate(table.classes):
            own = [counts[state][place] for state in (*STATES, "unknown")]
            rows.append((source, name, name in scope, len(said.picture), *own))
    return pl.DataFrame(rows, schema=columns, orient="row")
