"""What a check understands of a source, and what is wrong with the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problem

_Counts = tuple[int, int, int, int]
"""Images on which a class is positive, negative, uncertain, unknown."""


@dataclass(frozen=True)
class TermCount:
    """What a table that is assembled of a source alone holds of one class: numbers of images.

    Of terms that mean no class of the table, what the source says; where several readers speak, the
    strongest assessment on an image counts.
    """

    term: str
    """In the source's own words."""
    name: str | None
    """The class it means; ``""`` where the manifest sets it aside, none where the vocabulary does
    not know it."""
    positive: int
    """Images on which it is there."""
    negative: int
    """Images on which it was looked for and is not there."""
    uncertain: int
    """Images on which it may be there."""
    unknown: int
    """Images on which nobody looked."""


@dataclass(frozen=True)
class SourceCheck:
    """What was understood of a source, and what is wrong with the rest."""

    folder: Path
    """Where the source lies."""
    vocabulary: str
    """Name of the vocabulary that its terms were looked up in."""
    manifest: Manifest | None
    """As far as it could be read."""
    table: LabelTable | None
    """The source without what is wrong; none: no row could be read."""
    image_files: int
    """Image files there are, whether or not an image of the source is in them."""
    terms: tuple[TermCount, ...]
    """The source's terms in their order."""
    cells: Mapping[str, _Counts]
    """Every class of a table that is assembled of this source alone to its cells."""
    implied: tuple[str, ...]
    """Classes of which the source itself does not speak, but whose positives follow."""
    notes: tuple[Problem, ...]
    """Problems and remarks, in the order in which they were found."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What must be fixed before the source can be read."""
        return tuple(note for note in self.notes if note.kind == "problem")

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What should be looked at."""
        return tuple(note for note in self.notes if note.kind == "remark")

    @property
    def status(self) -> int:
        """Exit status of the command: 0 without problems, 2 with."""
        return 2 if self.problems else 0
