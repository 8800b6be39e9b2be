"""From a dense prediction to candidate lesions, and from a mask to true ones."""

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy import ndimage

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.dynamic_threshold import dynamic_threshold_regions
from labelassemble.metrics.lesions.grid import grid_affine
from labelassemble.metrics.lesions.lesions import Lesions, join_lesions, take_lesions
from labelassemble.metrics.lesions.measure_regions import measure_regions
from labelassemble.metrics.lesions.non_maximum_suppression import (
    falling_order,
    non_maximum_suppression,
)
from labelassemble.settings import CandidateSettings


def find_lesions(
    probability: Real[np.ndarray, "classes *space"],
    spacing_mm: Real[np.ndarray, " axes"],
    settings: CandidateSettings | None = None,
    affine: Real[np.ndarray, "axes_and_1 axes_and_1"] | None = None,
    threshold: Real[np.ndarray, " classes"] | None = None,
) -> Lesions:
    """Cut every class's prediction into lesions.

    Args:
        prediction: probabilities of one image or volume, in [0, 1].
        spacing_mm: distance of neighbours along each axis of space, in the array's order.
        settings: how lesions are cut, scored and chosen; none: the defaults.
        affine: from places of the array to mm in the patient; none: the spacing alone.
        threshold: one a class, instead of the settings' one.

    Returns:
        Lesions by class, the best of each first.

    Raises:
        MetricError: a prediction lies outside [0, 1] or is nan; see also ``grid_affine``.

    Source: connected components; peeling after Bosma 2023.

    >>> probability = np.zeros((1, 6, 6))
    >>> probability[0, 1, 1:3], probability[0, 4, 4] = [0.6, 0.8], 0.7
    >>> lesions = find_lesions(probability, np.array([1.0, 1.0]))
    >>> lesions.score, lesions.area_mm2
    (array([0.8, 0.7]), array([2., 1.]))
    """
    settings = settings or CandidateSettings()
    matrix = grid_affine(spacing_mm, affine)
    _check_prediction(probability, spacing_mm.size)
    if threshold is None:
        threshold = np.full(len(probability), settings.threshold)
    found = []
    for place, one in enumerate(probability):
        region = _regions(one, float(threshold[place]), settings)
        lesions = measure_regions(one, region, place, matrix, settings.score, settings.quantile)
        found.append(_choose(lesions, settings))
    return join_lesions(found)


def true_lesions(
    mask: Bool[np.ndarray, "classes *space"] | Int[np.ndarray, "classes *space"],
    spacing_mm: Real[np.ndarray, " axes"],
    affine: Real[np.ndarray, "axes_and_1 axes_and_1"] | None = None,
) -> Lesions:
    """The lesions that a mask holds, of score 1.

    Args:
        mask: booleans: what hangs together, corners included, is one lesion. Whole numbers: 0
            outside, and a number a lesion, so that lesions that touch stay apart.
        spacing_mm: distance of neighbours along each axis of space, in the array's order.
        affine: from places of the array to mm in the patient; none: the spacing alone.

    Raises:
        MetricError: see ``grid_affine``.

    >>> mask = np.array([[[1, 1, 2], [0, 0, 2]]])
    >>> true_lesions(mask, np.ones(2)).area_mm2, true_lesions(mask > 0, np.ones(2)).area_mm2
    (array([2., 2.]), array([4.]))
    """
    if mask.dtype == np.bool_:
        return find_lesions(mask.astype(np.float32), spacing_mm, affine=affine)
    matrix = grid_affine(spacing_mm, affine)
    _check_axes(mask, spacing_mm.size)
    return join_lesions(
        [
            measure_regions((one != 0).astype(np.float64), one, place, matrix)
            for place, one in enumerate(mask)
        ]
    )


def _regions(
    probability: Real[np.ndarray, "*space"], threshold: float, settings: CandidateSettings
) -> Int[np.ndarray, "*space"]:
    """Number the lesions of one class; only the part of the scan that holds any is looked at."""
    region = np.zeros(probability.shape, dtype=np.int32)
    inside = _bounds(probability >= threshold)
    reach = 1 if settings.connectivity == "faces" else probability.ndim
    neighbours = ndimage.generate_binary_structure(probability.ndim, reach)
    if settings.rule == "dynamic_threshold":
        region[inside] = dynamic_threshold_regions(
            probability[inside].astype(np.float64),
            threshold,
            settings.peak_fraction,
            neighbours,
            settings.keep_adjacent,
        )
    else:
        region[inside], _ = ndimage.label(probability[inside] >= threshold, neighbours)
    return region


def _bounds(mask: Bool[np.ndarray, "*space"]) -> tuple[slice, ...]:
    found = ndimage.find_objects(mask.view(np.uint8), 1)[0]
    return found or tuple(slice(0, 0) for _ in mask.shape)


def _choose(lesions: Lesions, settings: CandidateSettings) -> Lesions:
    """Large enough, not suppressed, the best first and not too many."""
    # A sum of sizes may be a rounding error below the limit that it meets.
    lesions = take_lesions(lesions, lesions.size >= settings.min_size * (1 - 1e-9))
    if settings.suppress_iou is None:
        best = falling_order(lesions.box, lesions.score, lesions.class_place)
    else:
        best = non_maximum_suppression(
            lesions.box, lesions.score, lesions.class_place, settings.suppress_iou
        )
    return take_lesions(lesions, best[: settings.most])


def _check_axes(array: np.ndarray, axes: int) -> None:
    if array.ndim != axes + 1 or len(array) == 0:
        raise MetricError(
            f"an array of classes and {axes} axes of space, at least one class",
            f"shape {array.shape}",
            "Give one scan at a time, and one spacing an axis",
        )


def _check_prediction(probability: Float[np.ndarray, "classes *space"], axes: int) -> None:
    _check_axes(probability, axes)
    if probability.size and not (probability.min() >= 0 and probability.max() <= 1):
        raise MetricError(
            "predictions in [0, 1]",
            f"from {probability.min():g} to {probability.max():g}",
            "Give probabilities: logits go through a sigmoid first, and nan is no prediction",
        )
