"""What the page of ``review`` shows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import UInt8


@dataclass(frozen=True, kw_only=True)
class ReviewedLabel:
    """One label that is likely to be wrong.

    Attributes:
        image: as the network sees it.
        name: ``source/image``.
        title: the class in words.
        given: present or absent.
        probability: of presence, out of fold.
        calibrated: the same, calibrated.
        likely: whether confident learning takes the label for wrong.
    """

    image: UInt8[np.ndarray, "size size"]
    name: str
    title: str
    given: str
    probability: float
    calibrated: float
    likely: bool


@dataclass(frozen=True, kw_only=True)
class ReviewContent:
    """All that the page shows.

    Attributes:
        title: of the page.
        run: name of the run.
        folds: networks that were trained, or parts of the patients for quick heads.
        quick: whether heads on the run's own network judged, which has seen the labels.
        labels: how many were ranked.
        lines: how many stand on the list.
        counts: ``rank_labels.COUNT_COLUMNS``.
        titles: class to its name in words.
        shown: the likeliest faults, the likeliest first.
    """

    title: str
    run: str
    folds: int
    quick: bool = False
    labels: int
    lines: int
    counts: pl.DataFrame
    titles: Mapping[str, str]
    shown: tuple[ReviewedLabel, ...]
