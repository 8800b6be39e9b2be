"""The sliding window alone: the same volume and windows, a network that repeats them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.peers import windows
from benchmarks.peers.windows import CLASSES, ITEMS, ROUNDS, UNIT, agree, make

__all__ = ["ITEMS", "NOTE", "ROUNDS", "UNIT", "WAYS", "WHAT", "agree", "make"]

WHAT = f"{windows.WHAT}, without the network"
NOTE = "as with the network; each class is given the image itself"


def _repeat(patches: "torch.Tensor") -> "torch.Tensor":
    """A fresh tensor, which MONAI's window weighs in place."""
    return patches.repeat(1, CLASSES, 1, 1, 1)


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    return windows.ours(folder, _repeat)


def _monai(folder: Path) -> Callable[[], np.ndarray]:
    return windows.monai(folder, _repeat)


WAYS = {"ours": _ours, "MONAI": _monai}
