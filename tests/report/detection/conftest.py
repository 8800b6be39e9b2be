"""Lesion scores of two methods and two seeds, made by hand."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from labelassemble.evaluation.compare_detections import DETECTION_COMPARISON_COLUMNS
from labelassemble.evaluation.detection_measures import MEASURES
from labelassemble.evaluation.detection_scores import DETECTION_COLUMNS
from labelassemble.report.detection.content import LesionContent

METHODS = ("single", "label-assemble")
NAMES = ("nodule", "mass", "mean")


@pytest.fixture
def make_lesions() -> Callable[..., LesionContent]:
    """Make a content; of masses nobody knows anything."""

    def make(compared: bool = True) -> LesionContent:
        scores = [
            {
                "method": method,
                "seed": seed,
                "source": source,
                "class": name,
                "n_scans": 20,
                "n_lesions": 0 if name == "mass" else 12,
                "n_patients": 18,
                "n_positive": 0 if name == "mass" else 9,
                "n_negative": 9,
                "specificity": 0.98,
                "note": "no known positive" if name == "mass" else "",
            }
            | {
                f"{measure}_{end}": np.nan
                if name == "mass"
                else 0.5 + 0.2 * place + 0.1 * seed + shift + (0.5 if source == "x" else 0)
                for measure in MEASURES
                for end, shift in (("score", 0.0), ("low", -0.05), ("high", 0.05))
            }
            for place, method in enumerate(METHODS)
            for seed in (0, 1)
            for source in ("all", "x")
            for name in NAMES
        ]
        differences = [
            {"source": "all", "class": name, "measure": measure, "p": 0.01, "p_corrected": 0.02}
            | dict.fromkeys(("difference", "low", "high"), np.nan if name == "mass" else 0.2)
            for name in NAMES
            for measure in MEASURES
        ]
        curve = (np.array([0.0, 0.5, 4.0]), np.array([0.25, 0.5, 1.0]))
        return LesionContent(
            pl.DataFrame(scores, schema=DETECTION_COLUMNS),
            pl.DataFrame(differences, schema=DETECTION_COMPARISON_COLUMNS) if compared else None,
            {"single": {"nodule": curve}, "label-assemble": {"nodule": curve}},
        )

    return make
