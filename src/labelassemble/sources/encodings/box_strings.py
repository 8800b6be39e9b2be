"""Labels as rows with words and boxes in one cell: ``opacity 1 12 20 60 80 opacity 1 ...``."""

from typing import Literal

from labelassemble.sources.box_formats import BoxFormat
from labelassemble.sources.box_frame import BoxFrame


class BoxStrings(BoxFrame):
    """A finding that a cell names is positive; the rest of the scope is negative.

    Each object is its word, a confidence and four numbers, with blanks between them, as Kaggle
    writes a ``PredictionString``. A word of `scope.no_finding` has no place, whatever its numbers
    (``14 1 0 0 1 1``). A blank cell has the word ``""``, of which the scope has to say what it
    means. With `table.reader`, this holds for each reader apart.
    """

    encoding: Literal["box_strings"]
    cell: str
    """Column with the words and boxes."""
    names: tuple[str, ...] = ()
    """What the words mean where they are numbers of classes, from 0 on; none: words are as they
    stand."""
    format: BoxFormat = "corners"
    """As `boxes.format`."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (self.cell, *(self.frame_columns or ()))
