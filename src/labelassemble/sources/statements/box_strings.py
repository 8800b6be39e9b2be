"""What words and boxes in one cell mean."""

import re
from dataclasses import replace
from typing import Final, NamedTuple

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.assessments import Statements
from labelassemble.sources.box_columns import BoxColumns, read_boxes
from labelassemble.sources.encodings.box_strings import BoxStrings
from labelassemble.sources.gather_rows import gather_words
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Scope
from labelassemble.sources.term_cells import BETWEEN, split_words
from labelassemble.sources.uncertain_terms import state_words_and_doubts

_BOX: Final = ("box 1", "box 2", "box 3", "box 4")


_GROUP: Final = 6
"""Parts of one object: its word, a confidence, four numbers of its box."""


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class StringRead(NamedTuple):
    """The objects of one cell.

    Attributes:
        words: of each.
        boxes: four numbers of each, as text.
        confidence: of the least confident; 1 where there is none.
        wrong: why the cell cannot be read; blank: it can.
    """

    words: tuple[str, ...] = ()
    boxes: tuple[tuple[str, ...], ...] = ()
    confidence: float = 1.0
    wrong: str = ""


def read_string(cell: str, names: tuple[str, ...] = ()) -> StringRead:
    """Read the objects of one cell.

    Args:
        cell: as written; blank: no object.
        names: as `BoxStrings.names`.

    >>> read_string("0 1 10 20 30 40 1 1.0 5 6 7 8", ("Mass", "Edema")).words
    ('Mass', 'Edema')
    """
    parts = cell.split()
    if len(parts) % _GROUP:
        return StringRead(wrong="another number of parts than six for each object")
    groups = [parts[at : at + _GROUP] for at in range(0, len(parts), _GROUP)]
    if not all(_NUMBER.fullmatch(one) for group in groups for one in group[1:]):
        return StringRead(wrong="text where numbers should stand")
    words = [group[0] for group in groups]
    if names:
        places = [int(one) if one.isdecimal() else len(names) for one in words]
        if any(place >= len(names) for place in places):
            return StringRead(wrong="a class number that labels.names does not name")
        words = [names[place] for place in places]
    sure = [float(group[1]) for group in groups]
    if any(not 0.0 <= one <= 1.0 for one in sure):
        return StringRead(wrong="a confidence that is not between 0 and 1")
    boxes = tuple(tuple(group[2:]) for group in groups)
    return StringRead(tuple(words), boxes, min(sure, default=1.0))


def gather_box_strings(rows: Rows, labels: BoxStrings, problems: Problems = AT_ONCE) -> Rows:
    """Bring the objects of one image and reader together, and keep their boxes.

    Args:
        rows: a row a cell.
        labels: where they stand.
        problems: takes cells that cannot be read; their rows are left out.
    """
    cells = rows.cells[labels.cell]
    read = {cell: read_string(cell, labels.names) for cell in cells.unique().sort()}
    wrong = pl.Series([read[cell].wrong or None for cell in cells], dtype=pl.String)
    for kind in sorted(set(wrong.drop_nulls())):
        images = rows.facts["image"].filter((wrong == kind).fill_null(False))
        problems.note(
            f"a word, a confidence and four numbers for each object in {labels.cell}",
            f"{plural(len(images), 'row')} with {kind}",
            "Fix those cells, or name another column in labels.cell",
            count=len(images),
            example=some(images.head(3)),
        )
    rows = rows.exclude(SET_ASIDE + wrong)
    found = [read[cell] for cell in rows.cells[labels.cell]]
    doubtful = sum(one.confidence < 1.0 for one in found)
    if doubtful:
        problems.remark(
            f"{plural(doubtful, 'row')} with a confidence below 1 in {labels.cell}: taken as "
            "labels",
            'If a model predicted these, take another table, or write evidence = "model"',
            doubtful,
        )
    rows, boxes = _read_places(rows, found, labels, problems)
    words = pl.Series(
        [BETWEEN.join(dict.fromkeys(read[cell].words)) for cell in rows.cells[labels.cell]],
        dtype=pl.String,
    )
    gathered = gather_words(rows, words, rows.cells.select(labels.cell))
    return replace(gathered, boxes=pl.concat([rows.boxes, boxes]))


def _read_places(
    rows: Rows, found: list[StringRead], labels: BoxStrings, problems: Problems
) -> tuple[Rows, pl.DataFrame]:
    """Rows without those whose boxes cannot be read, and the boxes of the others."""
    at = pl.Series([row for row, one in enumerate(found) for _ in one.words], dtype=pl.Int64)
    boxes = [box for one in found for box in one.boxes]
    cells = pl.DataFrame(
        {name: [box[axis] for box in boxes] for axis, name in enumerate(_BOX)},
        schema=dict.fromkeys(_BOX, pl.String),
    )
    if labels.frame_columns:
        sides = rows.cells.select(labels.frame_columns)[at]
        cells = pl.concat([cells, sides], how="horizontal")
    where = BoxColumns(_BOX, labels.format, labels.frame, labels.frame_columns)
    filled, placed, aside = read_boxes(rows.facts[at], cells, where, problems)
    words = pl.Series([word for one in found for word in one.words], dtype=pl.String)
    placed = placed.with_columns(term=words.filter(filled)).unique(maintain_order=True)
    lost = {row: why for row, why in zip(at, aside, strict=True) if why is not None}
    reasons = pl.Series([lost.get(row) for row in range(len(found))], dtype=pl.String)
    return rows.exclude(reasons), placed


def state_box_strings(
    rows: Rows, labels: BoxStrings, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Make statements of gathered cells.

    >>> labels = BoxStrings(encoding="box_strings", cell="found")
    >>> from labelassemble.sources.rows import make_rows
    >>> rows = make_rows(image=["a", "b"], found=["Mass 1 5 6 7 8", "none 1 0 0 1 1"])
    >>> rows = gather_box_strings(rows, labels)
    >>> scope = Scope(terms=("Mass", "Edema"), no_finding=("none",))
    >>> state_box_strings(rows, labels, scope).state.tolist()
    [[3, 1], [1, 1]]
    """
    return state_words_and_doubts(
        rows.facts["image"],
        rows.cells["words"],
        split_words,
        scope,
        f"column {labels.cell!r}",
        problems,
    )
