"""Images that look like masks of images."""

from pathlib import Path

import numpy as np

from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.peek_mask import FEW_VALUES, peek_mask
from labelassemble.sources.problems import Problem, remark

_OPENED = 5


def remark_on_like_masks(table: LabelTable) -> list[Problem]:
    """Remark on images of a handful of values, as masks are; the first other one ends the search.

    Args:
        table: the source.
    """
    paths = table.images["path"].drop_nulls()
    places = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), _OPENED)).astype(int))
    seen = 0
    for place in places.tolist():
        peek = peek_mask(Path(paths[place]))
        if peek is None or not peek.few or not peek.values:
            return []
        seen += 1
    if seen < _OPENED:
        return []
    return [
        remark(
            f"the images look like masks: each of the {seen} that were opened has at most "
            f"{FEW_VALUES} "
            f"values, such as {Path(paths[0]).name}",
            "Name the folder of the images, not that of their masks",
        )
    ]
