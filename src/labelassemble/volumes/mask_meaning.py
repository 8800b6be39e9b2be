"""What a mask's voxel values say about each class, by the legend of its source.

The same value means different things in different sources: 1 is a kidney with its cysts in KiTS19,
a kidney without them in KiTS23. What a source did not look for stays unknown in every voxel.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from labelassemble.errors import SourceError, some
from labelassemble.files.mask_rule import MaskRule
from labelassemble.sources.assessments import POSITIVE, UNKNOWN


class MaskMeaning(NamedTuple):
    """A row of states for each voxel value.

    Attributes:
        classes: what is asked about.
        states: voxel value to one state a class: unknown, negative or positive
            (``sources.assessments``). Other values are errors.
        smallest: voxels that a value needs; fewer are specks, which say nothing.
        own_masks: number of terms with masks of their own, of which each that is drawn adds
            2 ** its place to the value; 0: the masks share values.
        above: as ``labels.above``.
        value: what a number above it becomes.
        colours: of the values 1, 2, ...
    """

    classes: tuple[str, ...]
    states: Mapping[int, tuple[int, ...]]
    smallest: int = 1
    own_masks: int = 0
    above: float | None = None
    value: int = 1
    colours: tuple[str, ...] = ()

    @property
    def rule(self) -> MaskRule:
        """How the files' numbers are read."""
        named = None if self.own_masks else self.states
        return MaskRule(named, self.above, self.value, self.colours)

    def without_specks(self, counts: Mapping[int, int]) -> "MaskMeaning":
        """Make values unknown, where they are positive, that too few voxels have."""
        few = {value for value, count in counts.items() if count < self.smallest}
        states = {
            value: tuple(UNKNOWN if one == POSITIVE and value in few else one for one in row)
            for value, row in self.states.items()
        }
        return self._replace(states=states)

    def table(self) -> UInt8[np.ndarray, "classes values"]:
        """Give the states as an array that voxel values index; values not named: unknown."""
        table = np.full((len(self.classes), max(self.states) + 1), UNKNOWN, dtype=np.uint8)
        for value, row in self.states.items():
            table[:, value] = row
        return table


def refuse_unnamed(counts: Mapping[int, int], meaning: MaskMeaning, place: Path) -> None:
    """Refuse voxel values that the manifest does not name.

    Raises:
        SourceError: names the values and how many voxels have them.
    """
    strange = {value: count for value, count in counts.items() if value not in meaning.states}
    if strange:
        raise SourceError(
            f"voxel values that the manifest names in {place}: "
            f"{some(map(str, sorted(meaning.states)))}",
            some([f"{value} in {count:,} voxels" for value, count in strange.items()], 5),
            "Say in labels.values what the value means: a term, or nothing",
        )
