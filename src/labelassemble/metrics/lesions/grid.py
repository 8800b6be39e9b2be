"""Where the places of an array lie in the patient, in mm."""

import numpy as np
from jaxtyping import Float, Real

from labelassemble.errors import MetricError


def grid_affine(
    spacing_mm: Real[np.ndarray, " axes"],
    affine: Real[np.ndarray, "axes_and_1 axes_and_1"] | None = None,
) -> Float[np.ndarray, "axes_and_1 axes_and_1"]:
    """The matrix from places of an array to mm.

    Args:
        spacing_mm: distance of neighbours along each axis of the array, in its order.
        affine: the image's own matrix, as NIfTI stores it; none: the spacing alone, the middle of
            the first place being the origin.

    Raises:
        MetricError: a spacing is not positive, or the affine says another one.

    >>> grid_affine(np.array([2.0, 0.5]))
    array([[2. , 0. , 0. ],
           [0. , 0.5, 0. ],
           [0. , 0. , 1. ]])
    """
    axes = spacing_mm.size
    if not (np.isfinite(spacing_mm) & (spacing_mm > 0)).all():
        raise MetricError(
            "spacings above 0 mm", f"{spacing_mm.tolist()}", "Read them from the image's header"
        )
    if affine is None:
        return np.diag(np.append(spacing_mm, 1.0).astype(np.float64))
    if affine.shape != (axes + 1, axes + 1):
        raise MetricError(
            f"an affine of {axes + 1} x {axes + 1} for {axes} axes",
            f"shape {affine.shape}",
            "Drop the axes that the image does not have",
        )
    steps = np.linalg.norm(affine[:axes, :axes], axis=0)
    if not np.allclose(steps, spacing_mm, rtol=1e-3, atol=0):
        raise MetricError(
            "an affine of the given spacing",
            f"steps of {steps.tolist()} mm beside a spacing of {spacing_mm.tolist()} mm",
            "Give both in the order of the array's axes, after the same resampling",
        )
    return affine.astype(np.float64)


def place_size(affine: Float[np.ndarray, "axes_and_1 axes_and_1"]) -> float:
    """Area (mm2) or volume (mm3) of one place.

    >>> place_size(np.diag([2.0, 0.5, 1.0]))
    1.0
    """
    return float(abs(np.linalg.det(affine[:-1, :-1])))


def points_mm(
    point: Real[np.ndarray, "points axes"],
    affine: Float[np.ndarray, "axes_and_1 axes_and_1"],
) -> Float[np.ndarray, "points axes"]:
    """Points of the array, whole numbers being the middles of places, in mm.

    >>> points_mm(np.array([[1.0, 2.0]]), np.array([[2.0, 0, 5], [0, 1, 0], [0, 0, 1]]))
    array([[7., 2.]])
    """
    return np.asarray(point @ affine[:-1, :-1].T + affine[:-1, -1])


def boxes_mm(
    box: Real[np.ndarray, "boxes 2 axes"],
    affine: Float[np.ndarray, "axes_and_1 axes_and_1"],
) -> Float[np.ndarray, "boxes 2 axes"]:
    """The smallest boxes along the patient's axes that hold these boxes of the array, in mm.

    Where the image is oblique they are larger than what they hold.

    Args:
        box: first place and the one after the last, along each axis; see ``Lesions.box``.
        affine: see ``grid_affine``.

    >>> boxes_mm(np.array([[[0, 0], [2, 1]]]), np.diag([2.0, 3.0, 1.0]))
    array([[[-1. , -1.5],
            [ 3. ,  1.5]]])
    """
    middle = points_mm(box.mean(axis=1) - 0.5, affine)
    half = (box[:, 1] - box[:, 0]) / 2 @ np.abs(affine[:-1, :-1]).T
    return np.stack([middle - half, middle + half], axis=1)
