"""How many images each source called positive, negative or uncertain, and left unknown."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.report.cell_matrix import (
    SourceAssessments,
    lay_out_cells,
    read_assessments,
)
from labelassemble.sources.assessments import STATES as EVERY_STATE

COUNTED_STATES = ("positive", "negative", "uncertain")


def count_source_labels(table: AssembledTable) -> pl.DataFrame:
    """Count what each source itself said about its images, before conflicts were settled.

    An assessment that another source overruled still counts for the source that gave it.

    Returns:
        One row a source and class, sources in recipe order, classes in table order: source, class,
        looked_for (the class is in the source's scope), images, positive, negative, uncertain,
        unknown; the last four add up to images.
    """
    return count_state_rows(table, read_assessments(table, lay_out_cells(table)))


def count_state_rows(
    table: AssembledTable, assessments: dict[str, SourceAssessments]
) -> pl.DataFrame:
    """Count what ``cell_matrix.read_assessments`` found; returns what ``count_source_labels``
    returns."""
    columns = {
        "source": pl.String,
        "class": pl.String,
        "looked_for": pl.Boolean,
        "records": pl.Int64,
        **dict.fromkeys((*COUNTED_STATES, "unknown"), pl.Int64),
    }
    rows = []
    for source, said in assessments.items():
        counts = {
            state: (said.state == place).sum(axis=0).tolist()
            for place, state in enumerate(EVERY_STATE)
        }
        scope = table.scopes.get(source, ())
        for place, name in enumerate(table.classes):
            own = [counts[state][place] for state in (*COUNTED_STATES, "unknown")]
            rows.append((source, name, name in scope, len(said.record), *own))
    return pl.DataFrame(rows, schema=columns, orient="row")
