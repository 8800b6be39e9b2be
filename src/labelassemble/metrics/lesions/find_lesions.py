"""From a dense answer to candidate lesions, and from a mask to true ones."""

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy import ndimage

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.grid import grid_affine
from labelassemble.metrics.lesions.lesions import Lesions, join_lesions, take_lesions
from labelassemble.metrics.lesions.measure_regions import measure_regions
from labelassemble.metrics.lesions.non_maximum_suppression import (
    falling_order,
    non_maximum_suppression,
)
from labelassemble.metrics.lesions.peel import peel_regions
from labelassemble.settings import CandidateSettings


def find_lesions(
    answer: Real[np.ndarray, "classes *space"],
    spacing_mm: Real[np.ndarray, " axes"],
    settings: CandidateSettings | None = None,
    affine: Real[np.ndarray, "axes_and_1 axes_and_1"] | None = None,
    threshold: Real[np.ndarray, " classes"] | None = None,
) -> Lesions:
    """Cut every class's answer into lesions.

    Args:
        answer: probabilities of one image or volume, in [0, 1].
        spacing_mm: distance of neighbours along each axis of space, in the array's order.
        settings: how lesions are cut, scored and chosen; none: the defaults.
        affine: from places of the array to mm in the patient; none: the spacing alone.
        threshold: one a class, instead of the settings' one.

    Returns:
        Lesions by class, the best of each first.

    Raises:
        MetricError: an answer lies outside [0, 1] or is nan; see also ``grid_affine``.

    Source: connected components; peeling after Bosma 2023.

    >>> answer = np.zeros((1, 6, 6))
    >>> answer[0, 1, 1:3], answer[0, 4, 4] = [0.6, 0.8], 0.7
    >>> lesions = find_lesions(answer, np.array([1.0, 1.0]))
    >>> lesions.score, lesions.area_mm2
    (array([0.8, 0.7]), array([2., 1.]))
    """
    settings = settings or CandidateSettings()
    matrix = grid_affine(spacing_mm, affine)
    _check_answer(answer, spacing_mm.size)
    if threshold is None:
        threshold = np.full(len(answer), settings.threshold)
    found = []
    for place, one in enumerate(answer):
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
    answer: Real[np.ndarray, "*space"], threshold: float, settings: CandidateSettings
) -> Int[np.ndarray, "*space"]:
    """Number the lesions of one class; only the part of the scan that holds any is looked at."""
    region = np.zeros(answer.shape, dtype=np.int32)
    inside = _bounds(answer >= threshold)
    reach = 1 if settings.connectivity == "faces" else answer.ndim
    neighbours = ndimage.generate_binary_structure(answer.ndim, reach)
    if settings.rule == "peel":
        region[inside] = peel_regions(
            answer[inside].astype(np.float64),
            threshold,
            settings.peel_share,
            neighbours,
            settings.keep_touching,
        )
    else:
        region[inside], _ = ndimage.label(answer[inside] >= threshold, neighbours)
    return region


def _bounds(mask: Bool[np.ndarray, "*space"]) -> tuple[slice, ...]:
    found = ndimage.find_objects(mask.view(np.uint8), 1)[0]
    return found or tuple(slice(0, 0) for _ in mask.shape)


def _choose(lesions: Lesions, settings: CandidateSettings) -> Lesions:
    """Large enough, not suppressed, the best first and not too many."""
    # A sum of sizes may be a rounding error below the limit that it meets.
    lesions = take_lesions(lesions, lesions.size_mm >= settings.least_size_mm * (1 - 1e-9))
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


def _check_answer(answer: Float[np.ndarray, "classes *space"], axes: int) -> None:
    _check_axes(answer, axes)
    if answer.size and not (answer.min() >= 0 and answer.max() <= 1):
        raise MetricError(
            "answers in [0, 1]",
            f"from {answer.min():g} to {answer.max():g}",
            "Give probabilities: logits go through a sigmoid first, and nan is no answer",
        )
