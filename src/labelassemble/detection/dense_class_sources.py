"""Which source has taught where a class lies, for networks that predict source by source."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from labelassemble.detection.dense_case import DenseCase


def find_dense_class_sources(
    cases: Sequence[DenseCase], sources: int, classes: int
) -> Bool[np.ndarray, "sources classes"]:
    """Find the sources whose dense predictions for a class are worth asking.

    A source teaches a class where a lesion of it is drawn on one of its training images: that image
    shows what the class is, and around it what it is not. Where no source drew any, every source
    that knows the class teaches it.
    """
    drawn = np.zeros((sources, classes), dtype=bool)
    known = np.zeros((sources, classes), dtype=bool)
    for case in cases:
        drawn[case.source] |= [len(own) > 0 for own in case.places.lesions]
        known[case.source] |= case.known
    teaches: Bool[np.ndarray, "sources classes"] = np.where(drawn.any(axis=0), drawn, known)
    return teaches
