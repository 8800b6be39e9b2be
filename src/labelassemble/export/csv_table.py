"""One wide CSV: a row an image, a column a class."""

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.export.decimal_text import decimal_text
from labelassemble.export.label_matrix import find_values, label_matrix
from labelassemble.export.wide_columns import select_facts

UNCERTAIN = "-1"


def render_csv_table(table: AssembledTable) -> str:
    """Write ``wide_columns.FACTS``, then a column a class, in the table's order.

    Cells: ``1`` present, ``0`` absent, a decimal number between them for a soft label, ``-1``
    uncertain where no policy gave a label, blank unknown. Facts that nobody knows are blank.

    Returns:
        RFC 4180 but for its line ends, which are ``\\n``; ages in years.

    Raises:
        AssemblyError: a class that has the name of a fact.

    Source: our own; 1, 0, -1 and blank as CheXpert's tables have them.

    >>> from labelassemble.assembly.assembled_table import AssembledTable, make_frame
    >>> frames = {name: make_frame(name) for name in ("records", "cells", "members")}
    >>> render_csv_table(AssembledTable(classes=("mass",), **frames, scopes={}, manifest={}))
    'record,source,path,patient,group,split,fold,view,age,sex,mass\\n'
    """
    facts = select_facts(table)
    matrix = label_matrix(table)
    values = find_values(matrix.label)
    texts = pl.concat([decimal_text(pl.Series(values.value)), pl.Series([UNCERTAIN])])
    code = np.where(matrix.uncertain, len(texts) - 1, values.code)
    labels = [
        texts.gather(pl.Series(code[:, place])).alias(name)
        for place, name in enumerate(table.classes)
    ]
    wide = facts.with_columns(age=decimal_text(facts["age"])).with_columns(labels)
    return wide.write_csv(line_terminator="\n", quote_style="necessary")
