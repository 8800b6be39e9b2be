"""The same said of every image: a folder of cases, a folder of controls."""

from typing import Literal

from pydantic import model_validator

from labelassemble.errors import some
from labelassemble.setting_types import Names, Settings


class EveryImage(Settings):
    """Every image has the terms of `positive`, and is free of those of `negative`.

    For a source that was collected because of one finding: it writes no label, and its images are
    cases, or controls. What else they show is unknown.
    """

    encoding: Literal["every_image"]
    positive: Names | None = None
    """Terms that every image has: ``["COVID-19"]``."""
    negative: Names | None = None
    """Terms that were looked for on every image, and that none has."""

    @property
    def columns_read(self) -> tuple[str, ...]:
        """Columns of the table that hold labels: none."""
        return ()

    @property
    def terms(self) -> tuple[str, ...]:
        """All that is said."""
        return (*(self.positive or ()), *(self.negative or ()))

    @model_validator(mode="after")
    def _says_something_once(self) -> "EveryImage":
        if not self.terms:
            raise ValueError("give positive (what every image has) or negative (what none has)")
        if blank := [term for term in self.terms if not term.strip()]:
            raise ValueError(f"{blank[0]!r} is no term")
        twice = sorted({term for term in self.terms if self.terms.count(term) > 1})
        if twice:
            raise ValueError(f"{some(map(repr, twice))} stands twice in positive and negative")
        return self
