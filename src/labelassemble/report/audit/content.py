"""What an audit is made of, as plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.audit import Leak

Thumbnail = Callable[[str], np.ndarray | None]
"""The path of an image file to a small grey image, UInt8 ``height width``; None where the file
carries none."""


@dataclass(frozen=True)
class ForeignSplit:
    """A split that somebody else made, held against the table.

    Attributes:
        name: of its file.
        rows: columns image and split, and source where it has one, as the file writes them.
        leaks: images, patients and groups that stand in two parts of it.
    """

    name: str
    rows: pl.DataFrame
    leaks: Sequence[Leak]


@dataclass(frozen=True)
class AuditContent:
    """Everything that the page is made of.

    Attributes:
        title: of the page.
        table: the assembled table.
        titles: class to its name in words; classes without one are shown as they are.
        foreign: a split to be held against the table; None: the table's own split alone.
        thumbnail: gives images with conflicting assessments; None: they are named only.
        examples: how many of those to show at once; and how many weak joins and close look-alikes.
        max_examples: how many of those to show in all; the rest is named only.
        versions: package to version.
        seed: of the splits that are drawn source by source, to see what they would leak.
    """

    title: str
    table: AssembledTable
    titles: Mapping[str, str] = field(default_factory=dict)
    foreign: ForeignSplit | None = None
    thumbnail: Thumbnail | None = None
    examples: int = 12
    max_examples: int = 120
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    def title_of(self, name: str) -> str:
        """A class in words."""
        return self.titles.get(name, name)
