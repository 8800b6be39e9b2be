"""What the report shows of lesions, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

FrocCurve = tuple[np.ndarray, np.ndarray]
"""False positives a scan, rising from 0, and sensitivity, rising in [0, 1], Float ``points``."""


@dataclass(frozen=True)
class LesionContent:
    """How lesions were found.

    Attributes:
        scores: one row a method, seed, source and class
            (``evaluation.detection_scores.DETECTION_COLUMNS``).
        differences: one row a source, class and measure
            (``evaluation.compare_detections.DETECTION_COMPARISON_COLUMNS``); None: nothing was
            compared.
        curves: method to class to curve, of the method's first seed.
    """

    scores: pl.DataFrame
    differences: pl.DataFrame | None = None
    curves: Mapping[str, Mapping[str, FrocCurve]] = field(default_factory=dict)
