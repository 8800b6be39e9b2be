"""Labels as one column a finding, with a map of values: 1 / 0 / -1 / blank, YES / NO, ..."""

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from labelassemble.setting_types import Settings

Reading = Literal["positive", "negative", "uncertain", "unknown"]


class FindingColumns(Settings):
    """Every cell is an assessment of its own, as `values` says."""

    encoding: Literal["finding_columns"]
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    """Columns that hold findings; their names are the terms."""
    values: Annotated[dict[str, Reading], Field(min_length=1)]
    """Value to positive, negative, uncertain or unknown. Upper and lower case are the same, and so
    are ``1`` and ``1.0``. A blank cell (``""``) is unknown unless it stands here."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels."""
        return self.columns

    @model_validator(mode="after")
    def _each_value_once(self) -> "FindingColumns":
        seen: dict[str, Reading] = {}
        for value, reading in self.values.items():
            if seen.setdefault(same_value(value), reading) != reading:
                raise ValueError(f"{value!r} means two things")
        return self


def same_value(value: str) -> str:
    """Give one form to values that mean the same: ``1``, ``1.0`` and `` 1``; ``YES`` and ``yes``.

    >>> same_value("1.0"), same_value("-1"), same_value(" Yes ")
    ('1', '-1', 'yes')
    """
    text = value.strip().casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{number:g}" if math.isfinite(number) else text
