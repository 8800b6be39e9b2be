"""Labels as a list of terms in one column: ``Mass|Effusion`` or ``No Finding``."""

from typing import Annotated, Literal

from pydantic import Field

from labelassemble.setting_types import Settings


class DelimitedList(Settings):
    """Every listed term is positive; the rest of the scope is negative."""

    encoding: Literal["delimited_list"]
    column: str
    """Column that holds the list."""
    separator: Annotated[str, Field(min_length=1)] = "|"
    """What stands between two terms."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (self.column,)
