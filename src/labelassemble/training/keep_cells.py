"""Cells of some classes alone."""

from collections.abc import Sequence

import numpy as np

from labelassemble.images.batch import LabelArrays


def keep_cells_of(labels: LabelArrays, classes: Sequence[str]) -> LabelArrays:
    """Leave known what is known of some classes; images of which nothing is left are unused."""
    wanted = np.isin(np.array(labels.classes), list(classes))
    known = labels.known & wanted
    kept = np.asarray(known.any(axis=1))
    split = tuple(one if has else "unused" for one, has in zip(labels.split, kept, strict=True))
    return labels._replace(known=known, split=split)
