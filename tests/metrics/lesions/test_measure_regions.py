import numpy as np
import pytest

from labelassemble.metrics.lesions.measure_regions import measure_regions


@pytest.mark.parametrize("shape", [(7, 9), (5, 6, 7)])
@pytest.mark.parametrize("kind", ["max", "mean", "quantile"])
def test_equals_a_loop_over_lesions(shape: tuple[int, ...], kind: str) -> None:
    generator = np.random.default_rng(len(shape))
    probability = generator.random(shape)
    region = generator.integers(0, 5, size=shape) * 3
    affine = np.eye(len(shape) + 1)
    affine[:-1] += generator.normal(size=affine[:-1].shape)
    lesions = measure_regions(probability, region, 4, affine, kind, 0.7)
    assert lesions.class_place.tolist() == [4] * 4
    for row, number in enumerate((3, 6, 9, 12)):
        mask = region == number
        place = np.argwhere(mask)
        value = probability[mask]
        score = {"max": value.max(), "mean": value.mean(), "quantile": np.quantile(value, 0.7)}
        assert lesions.score[row] == pytest.approx(score[kind])
        centre = (place * value[:, None]).sum(axis=0) / value.sum()
        np.testing.assert_allclose(lesions.centre[row], centre)
        np.testing.assert_allclose(lesions.centre_mm[row], (affine @ np.append(centre, 1))[:-1])
        np.testing.assert_array_equal(lesions.box[row, 0], place.min(axis=0))
        np.testing.assert_array_equal(lesions.box[row, 1], place.max(axis=0) + 1)
        size = mask.sum() * abs(np.linalg.det(affine[:-1, :-1]))
        assert lesions.size[row] == pytest.approx(size)
        low, high = lesions.voxel_start[row : row + 2]
        np.testing.assert_array_equal(lesions.voxel[low:high], np.flatnonzero(mask))


def test_without_predictions_the_centre_is_the_plain_one() -> None:
    lesions = measure_regions(np.zeros((3, 4)), np.full((3, 4), 1), 0, np.eye(3))
    np.testing.assert_array_equal(lesions.centre, [[1.0, 1.5]])


@pytest.mark.parametrize("kind", ["max", "mean", "quantile"])
def test_no_region(kind: str) -> None:
    lesions = measure_regions(np.zeros((3, 4)), np.zeros((3, 4), dtype=int), 0, np.eye(3), kind)
    assert lesions.score.shape == (0,)
    assert lesions.box.shape == (0, 2, 2)
    assert lesions.voxel_start.tolist() == [0]
