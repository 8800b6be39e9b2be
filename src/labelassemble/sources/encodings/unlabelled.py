"""No labels at all: a folder, or a table, of images that nobody annotated."""

from typing import Literal

from labelassemble.setting_types import Settings


class Unlabelled(Settings):
    """Nothing was looked for: every cell is unknown."""

    encoding: Literal["unlabelled"] = "unlabelled"

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels: none."""
        return ()
