import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from labelassemble.metrics.lesions.dynamic_threshold import dynamic_threshold_regions

LINE = np.full(3, True)


def slow_dynamic_threshold(
    probability: np.ndarray, threshold: float, share: float, keep: bool
) -> list[set[int]]:
    """Flood fill from the hottest place left, over the whole array, again and again."""
    left = np.where(probability >= threshold, probability, -1.0)
    found: set[int] = set()
    lesions = []
    while left.max() >= max(threshold, 0):
        peak = int(np.argmax(left))
        floor = max(threshold, share * left.flat[peak])
        lesion, front = {peak}, [peak]
        while front:
            for other in around(front.pop(), probability.shape):
                if other not in lesion and left.flat[other] >= floor:
                    lesion.add(other)
                    front.append(other)
        fringe = any(other in found for one in lesion for other in around(one, probability.shape))
        if keep or not fringe:
            lesions.append(lesion)
        found |= lesion
        left.flat[list(lesion)] = -1.0
    return lesions


def around(place: int, shape: tuple[int, ...]) -> list[int]:
    middle = np.unravel_index(place, shape)
    found = []
    for step in np.ndindex((3,) * len(shape)):
        other = np.array(middle) + np.array(step) - 1
        if ((other >= 0) & (other < shape)).all() and tuple(other) != middle:
            found.append(int(np.ravel_multi_index(tuple(other), shape)))
    return found


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("shape", [(40,), (9, 11), (5, 6, 4)])
def test_equals_a_slow_flood(shape: tuple[int, ...], keep: bool) -> None:
    neighbours = np.full((3,) * len(shape), True)
    for seed in range(6):
        noise = np.random.default_rng(seed).random(shape)
        # Distinct predictions: a tied peak could be taken either way.
        probability = ndimage.gaussian_filter(noise, 1.0)
        probability = np.argsort(np.argsort(probability.ravel())).reshape(shape) / probability.size
        region = dynamic_threshold_regions(probability, 0.2, 0.6, neighbours, keep)
        found = {
            frozenset(np.flatnonzero(region == number)) for number in range(1, region.max() + 1)
        }
        assert found == {
            frozenset(each) for each in slow_dynamic_threshold(probability, 0.2, 0.6, keep)
        }


def test_each_lesion_brings_its_own_threshold() -> None:
    probability = np.array([0.9, 0.5, 0.2, 0.9, 0.0, 0.30, 0.2, 0.1])
    region = dynamic_threshold_regions(probability, 0.1, 0.4, LINE)
    assert region.tolist() == [1, 1, 0, 2, 0, 3, 3, 0] or region.tolist() == [
        2,
        2,
        0,
        3,
        0,
        1,
        1,
        0,
    ]
    # One threshold cannot do that: at 0.2 the two hot ones melt together, at 0.4 the faint is lost.
    assert ndimage.label(probability >= 0.2)[1] == 2
    assert ndimage.label(probability >= 0.4)[1] == 2


def test_the_fringe_of_a_hotter_lesion_is_none() -> None:
    probability = np.array([0.9, 0.3, 0.2, 0.0, 0.25])
    assert np.count_nonzero(np.unique(dynamic_threshold_regions(probability, 0.1, 0.5, LINE))) == 2
    assert (
        np.count_nonzero(np.unique(dynamic_threshold_regions(probability, 0.1, 0.5, LINE, True)))
        == 3
    )


@given(st.integers(0, 2**31), st.floats(0.05, 1))
def test_lesions_hang_together_and_reach_their_share(seed: int, share: float) -> None:
    probability = np.random.default_rng(seed).random((7, 8))
    neighbours = np.full((3, 3), True)
    region = dynamic_threshold_regions(probability, 0.3, share, neighbours)
    assert not region[probability < 0.3].any()
    for number in range(1, region.max() + 1):
        inside = probability[region == number]
        assert inside.min() >= share * inside.max()
        assert ndimage.label(region == number, neighbours)[1] == 1


def test_nothing_to_peel() -> None:
    assert not dynamic_threshold_regions(np.zeros((3, 4)), 0.5, 0.4, np.full((3, 3), True)).any()
    assert dynamic_threshold_regions(np.zeros((0, 4)), 0.5, 0.4, np.full((3, 3), True)).shape == (
        0,
        4,
    )
