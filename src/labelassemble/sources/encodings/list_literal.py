"""Labels as a list written out in one column: ``['cardiomegaly', 'pleural effusion']``."""

from typing import Literal

from labelassemble.setting_types import Settings


class ListLiteral(Settings):
    """Every listed term is positive; the rest of the scope is negative. An empty list is blank."""

    encoding: Literal["list_literal"]
    column: str
    """Column that holds the list as Python or JSON writes it; spaces around terms do not count."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return (self.column,)
