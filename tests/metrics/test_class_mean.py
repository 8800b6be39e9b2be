import numpy as np
import pytest

from labelassemble.metrics.class_mean import class_mean


def test_says_how_many_classes_it_covers() -> None:
    mean = class_mean(np.array([0.6, np.nan, 0.9, np.nan]))
    assert mean.score == pytest.approx(0.75)
    assert (mean.covered, mean.classes) == (2, 4)


@pytest.mark.parametrize("size", [0, 3])
def test_of_nothing_is_nan_without_a_warning(size: int) -> None:
    mean = class_mean(np.full(size, np.nan))
    assert np.isnan(mean.score)
    assert (mean.covered, mean.classes) == (0, size)
