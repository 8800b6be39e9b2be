"""What rows of boxes mean."""

import re
from dataclasses import replace

import numpy as np
import polars as pl

from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, Reason, Statements
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.encodings.box_rows import BoxRows
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

_NUMBERS = ("box 1", "box 2", "box 3", "box 4")


_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def _split_boxes(cells: pl.Series) -> list[pl.Series]:
    """The four numbers of each cell as columns; others, and more or less of them, stay as text."""
    read = {cell: _NUMBER.findall(cell) for cell in cells.unique()}
    # What holds digits and no four numbers is no box, which reading the first number will tell.
    four = {
        cell: found if len(found) == 4 else [cell if found else ""] * 4
        for cell, found in read.items()
    }
    return [
        cells.replace_strict(list(four), [of[at] for of in four.values()], return_dtype=pl.String)
        .alias(name)
        for at, name in enumerate(_NUMBERS)
    ]  # fmt: skip


def gather_box_rows(rows: Rows, labels: BoxRows, problems: Problems = AT_ONCE) -> Rows:
    """Bring the boxes of one image and reader together, and keep where they lie.

    Args:
        rows: a row a box.
        labels: where boxes stand.
        problems: takes boxes that cannot be read; their rows are left out.
    """
    cells = rows.cells
    if len(labels.box) == 1:
        cells = cells.with_columns(_split_boxes(cells[labels.box[0]]))
    left, top, right, bottom = labels.box if len(labels.box) == 4 else _NUMBERS
    box = (left, top, right, bottom)
    where = BoxColumns(box, labels.format, labels.frame, labels.frame_columns)
    filled, boxes, aside = read_boxes(rows.facts, cells, where, problems)
    rows, filled = rows.exclude(aside), filled.filter(aside.is_null())
    if labels.column is None:
        words = filled.replace_strict([True, False], ["box", ""], return_dtype=pl.String)
        terms = pl.Series([labels.term], dtype=pl.String).new_from_index(0, len(filled))
    else:
        words = terms = rows.cells[labels.column]
    boxes = boxes.with_columns(term=terms.filter(filled)).unique(maintain_order=True)
    gathered = gather_words(rows, words, rows.cells.select(labels.box))
    return replace(gathered, boxes=pl.concat([rows.boxes, boxes]))


def state_box_rows(
    rows: Rows, labels: BoxRows, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of gathered boxes.

    >>> labels = BoxRows(encoding="box_rows", term="Lung Opacity", box=("x", "y", "w", "h"))
    >>> from labelassemble.sources.rows import make_rows
    >>> numbers = {name: ["3", "9", ""] for name in "xywh"}
    >>> rows = gather_box_rows(make_rows(image=["a", "a", "b"], **numbers), labels)
    >>> state_box_rows(rows, labels, Scope()).state.tolist(), rows.boxes.height
    ([[3], [1]], 2)
    """
    words = rows.cells["words"]
    if labels.term is None:
        place = f"column {labels.column!r}"
        return state_words_and_doubts(
            rows.facts["image"], words, split_words, scope, place, problems
        )
    boxed = words.str.contains("box", literal=True).to_numpy()[:, None]
    return Statements(
        columns=(labels.term,),
        state=np.where(boxed, POSITIVE, NEGATIVE).astype(np.uint8),
        reason=np.where(boxed, 1, 2).astype(np.uint16),
        reasons=(NO_REASON, Reason("box"), Reason("no box, in scope", silence=True)),
    )
