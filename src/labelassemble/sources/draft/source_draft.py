"""What a first manifest holds before it is written down."""

from collections.abc import Mapping
from typing import NamedTuple

from labelassemble.sources.draft.labels_found import LabelsFound
from labelassemble.sources.write_toml import Line


class SourceDraft(NamedTuple):
    """A first manifest, all but its scope and its terms, which `labels` proposes.

    Attributes:
        what: what it was made from, in words.
        score: how well it fits, above 0; the largest is taken.
        tables: the manifest's tables ``table``, ``split``, ``boxes``, ``images``, ...
        labels: how labels are written, and which words they hold; none: nobody labelled anything.
        asides: remarks for the reader of the draft.
        instead: lines of TOML that would say another thing of the same files, if it is true.
    """

    what: str
    score: float
    tables: Mapping[str, Mapping[str, Line]]
    labels: LabelsFound | None
    asides: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
