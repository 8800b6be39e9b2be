"""Labels as run-length masks: several rows an image, a region each."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Settings


class RunLengthRows(Settings):
    """An image with a mask is positive for `term`; one with the word `none` is negative."""

    encoding: Literal["run_length_rows"]
    term: str
    """What the masks show, in the source's own words; it is the scope."""
    column: str
    """Column with the runs: start and length, start and length, ..., counted from `first`."""
    none: str = "-1"
    """What stands there where nothing was found. Blank says nothing."""
    shape: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    """Width and height of the masks in pixels."""
    relative: bool = False
    """Starts are counted from the end of the run before, not from the first pixel."""
    first: Literal[0, 1] = 0
    """Number of the first pixel."""
    by: Literal["row", "column"] = "column"
    """Pixels are counted along rows (left to right, then down) or down columns (then right)."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (self.column,)
