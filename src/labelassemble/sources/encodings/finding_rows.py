"""Labels as one finding a row: several rows an image, and perhaps several readers."""

from typing import Literal

from labelassemble.setting_types import Settings


class FindingRows(Settings):
    """What an image's rows list is positive; the rest of the scope is negative.

    With `table.reader`, this holds for each reader apart.
    """

    encoding: Literal["finding_rows"]
    column: str
    """Column that holds the finding."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (self.column,)
