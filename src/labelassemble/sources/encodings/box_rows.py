"""Labels as rows of boxes: several rows an image, blank where nothing was found."""

import re
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, Reason, Statements
from labelassemble.sources.box_columns import BoxColumns, BoxFormat, read_boxes
from labelassemble.sources.box_frame import BoxFrame
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

_NUMBERS = ("box 1", "box 2", "box 3", "box 4")
_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class BoxRows(BoxFrame):
    """A boxed finding is positive; the rest of the scope is negative.

    Either all boxes show one `term`, or `column` says what each shows. An image whose only row has
    no box, or a word of `scope.no_finding`, is negative for all of the scope. With `table.reader`,
    this holds for each reader apart.
    """

    encoding: Literal["box_rows"]
    term: str | None = None
    """What the boxes show, in the source's own words; it is the scope."""
    column: str | None = None
    """Column that says what each box shows."""
    box: Annotated[tuple[str, ...], Field(min_length=1, max_length=4)]
    """The four columns of a box; all filled or all blank. Or the one whose cells hold its four
    numbers, whatever stands between them: ``{'xmin': 1, 'ymin': 2, 'width': 3, 'height': 4}``."""
    format: BoxFormat = "corner_size"
    """corner_size: left, top, width, height. corners: left, top, right, bottom. centre_size: centre
    x and y, width, height."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "BoxRows":
        if (self.term is None) == (self.column is None):
            raise ValueError("give term (all boxes show it) or column (which says), one of both")
        if len(self.box) not in (1, 4):
            raise ValueError(f"box has four columns, or one that holds all, not {len(self.box)}")
        return self

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (*self.box, *((self.column,) if self.column else ()), *(self.frame_columns or ()))


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
