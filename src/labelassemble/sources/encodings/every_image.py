"""The same said of every image: a folder of cases, a folder of controls."""

from typing import Literal

import numpy as np
from pydantic import model_validator

from labelassemble.errors import some
from labelassemble.setting_types import Settings
from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, Reason, Statements
from labelassemble.sources.problems import AT_ONCE, Problems
from labelassemble.sources.rows import Rows
from labelassemble.sources.scope import Names, Scope


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


def state_every_image(
    rows: Rows, labels: EveryImage, scope: Scope, problems: Problems = AT_ONCE
) -> Statements:
    """Say the same of every row.

    Args:
        rows: the images.
        labels: what all of them have, and what none of them has.
        scope: not asked; the terms are their own scope.
        problems: there can be none.

    >>> from labelassemble.sources.rows import make_rows
    >>> labels = EveryImage(encoding="every_image", positive=("COVID-19",), negative=("Mass",))
    >>> state_every_image(make_rows(["a.png", "b.png"]), labels, Scope()).state.tolist()
    [[3, 1], [3, 1]]
    """
    del scope, problems
    there = [term in (labels.positive or ()) for term in labels.terms]
    state = [POSITIVE if one else NEGATIVE for one in there]
    reason = [1 if one else 2 for one in there]
    height = rows.facts.height
    return Statements(
        labels.terms,
        np.tile(np.array(state, dtype=np.uint8), (height, 1)),
        np.tile(np.array(reason, dtype=np.uint16), (height, 1)),
        (NO_REASON, Reason("labels.positive: every image"), Reason("labels.negative: no image")),
    )
