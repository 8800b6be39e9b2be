import itertools

import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.metrics.lesions.grid import boxes_mm, grid_affine, place_size, points_mm


def oblique(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A turned and shifted grid, and its spacing."""
    generator = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    spacing = generator.random(3) + 0.5
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = turn * spacing, generator.normal(size=3)
    return affine, spacing


@pytest.mark.parametrize("seed", range(5))
def test_boxes_hold_all_their_corners_and_no_more(seed: int) -> None:
    affine, spacing = oblique(seed)
    matrix = grid_affine(spacing, affine)
    box = np.array([[[1.0, 2, 3], [4, 4, 9]]])
    corners = [
        points_mm(np.array([[box[0, side, axis] for axis, side in enumerate(sides)]]) - 0.5, matrix)
        for sides in itertools.product((0, 1), repeat=3)
    ]
    edges = boxes_mm(box, matrix)[0]
    np.testing.assert_allclose(edges[0], np.min(corners, axis=0)[0], atol=1e-12)
    np.testing.assert_allclose(edges[1], np.max(corners, axis=0)[0], atol=1e-12)
    assert place_size(matrix) == pytest.approx(spacing.prod())


def test_points_go_through_the_affine() -> None:
    affine, spacing = oblique(7)
    point = np.array([[3.0, 1.0, 2.0]])
    expected = affine @ np.array([3.0, 1.0, 2.0, 1.0])
    np.testing.assert_allclose(points_mm(point, grid_affine(spacing, affine))[0], expected[:3])


@pytest.mark.parametrize("spacing", [[1.0, 0.0], [1.0, -2.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_spacings_are_positive(spacing: list[float]) -> None:
    with pytest.raises(MetricError, match="above 0 mm"):
        grid_affine(np.array(spacing))


def test_affine_and_spacing_agree() -> None:
    affine, spacing = oblique(1)
    with pytest.raises(MetricError, match="affine of the given spacing"):
        grid_affine(spacing[::-1].copy(), affine)
    with pytest.raises(MetricError, match="3 x 3 for 2 axes"):
        grid_affine(spacing[:2], affine)
