"""Which source has taught which class, for networks that predict differently for every
source."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool

from labelassemble.images.batch import LabelArrays
from labelassemble.model.controller_head import ControllerHead
from labelassemble.model.network import Network
from labelassemble.model.source_heads import SourceHeads


def find_class_sources(labels: LabelArrays) -> Bool[np.ndarray, "sources classes"]:
    """Find the sources whose predictions for a class are worth asking.

    A source teaches a class where its training images hold known positives (label above 0.5) and
    known negatives of it. Where no source has both, every source with known cells of the class
    teaches it. An image of several sources belongs to the one that names it, with all its cells.

    Returns:
        One row a source in the order of ``labels.sources``; a source without known training cells
        teaches nothing, and a class without any has no source.
    """
    rows = labels.rows("train")
    known, positive = labels.known[rows], labels.label[rows] > 0.5

    def find(cells: np.ndarray) -> Bool[np.ndarray, "sources classes"]:
        held = np.zeros((len(labels.sources), len(labels.classes)), dtype=bool)
        np.logical_or.at(held, labels.source[rows], cells)
        return held

    present, absent = find(known & positive), find(known & ~positive)
    both = present & absent
    teaches: Bool[np.ndarray, "sources classes"]
    teaches = np.where(both.any(axis=0), both, present | absent)
    return teaches


def set_class_sources(
    network: Network, find: Callable[[], Bool[np.ndarray, "sources classes"]]
) -> None:
    """Tell a head that learns source by source which to ask; for others nothing is looked for."""
    head = network.head
    if isinstance(head, SourceHeads | ControllerHead):
        head.teaches.copy_(torch.from_numpy(find()))
