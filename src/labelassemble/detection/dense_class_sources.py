"""Which source has taught where a class lies, for networks that predict source by source."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool

from labelassemble.detection.dense_case import DenseCase
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.network import Network
from labelassemble.model.source_heads import SourceHeads


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


def set_dense_class_sources(network: Network, cases: Sequence[DenseCase]) -> None:
    """Tell a head that learns source by source which to ask; other heads need not know."""
    head = network.head
    if isinstance(head, SourceHeads | ControllerHead):
        found = find_dense_class_sources(cases, len(head.sources), len(head.classes))
        head.teaches.copy_(torch.from_numpy(found))
