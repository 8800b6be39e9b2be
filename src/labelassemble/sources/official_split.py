"""The split that a source published, and the images that a recipe holds out."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Settings

SplitName = Literal["train", "validate", "test"]


class OfficialSplit(Settings):
    """The split that the source published, if any: lists, a column, files, or a named group."""

    lists: dict[SplitName, str] = Field(default={})
    """train, validate or test to a file of image names, one a line (also ``.gz``); as in the table,
    or with another extension or none, or with further folders before them."""
    column: str | None = None
    """Column that says it."""
    values: dict[str, SplitName | Literal[""]] = Field(
        default={"train": "train", "validate": "validate", "test": "test"}
    )
    """Value of the column, or of the group ``split`` in file names, to train, validate, test or
    nothing."""
    files: dict[str, SplitName] = Field(default={})
    """Where each part has a file of its own: name of the file, or a pattern, to train, validate or
    test."""
    test_from: date | None = None
    """Day from which on studies are test (``2024-01-01``), by `table.date` or the DICOM header;
    what is earlier trains. A patient with studies on both sides stands where the latest is, and the
    earlier ones are unused. A recipe follows it unless it says split = "train" or "test"."""
    validate_from: date | None = None
    """Day from which on studies are validation, up to `test_from`."""

    @property
    def by_date(self) -> bool:
        """Whether the split goes by the date of a study."""
        return self.test_from is not None or self.validate_from is not None

    @model_validator(mode="after")
    def _days_in_order(self) -> "OfficialSplit":
        first, last = self.validate_from, self.test_from
        if first is not None and last is not None and first >= last:
            raise ValueError(f"validate_from ({first}) has to be before test_from ({last})")
        return self
