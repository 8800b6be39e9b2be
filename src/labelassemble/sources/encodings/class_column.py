"""Labels as one class a row: ``Normal``, or a path such as ``Pneumonia/Viral/COVID-19``."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Names, Settings


class ClassColumn(Settings):
    """The term is positive; the rest of the scope is negative.

    Of a path, every prefix is positive (``Pneumonia``, ``Pneumonia/Viral``, ...), terms that lie
    deeper on the same path are unknown, and all other terms of the scope are negative.
    """

    encoding: Literal["class_column"]
    column: Annotated[Names, Field(min_length=1)]
    """Column that holds the term; or columns of which each row fills one, as where the left and the
    right eye have a column each."""
    path_separator: Annotated[str, Field(min_length=1)] | None = None
    """What stands between two levels of a path; none: the column holds plain terms."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return self.column
