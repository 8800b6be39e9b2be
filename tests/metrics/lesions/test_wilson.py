import math

import numpy as np
import pytest
from scipy.stats import binomtest

from labelassemble.metrics.lesions.wilson import wilson_interval


@pytest.mark.parametrize("trials", [1, 7, 400])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_equals_scipy(trials: int, confidence: float) -> None:
    for successes in {0, 1, trials // 2, trials}:
        expected = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
        np.testing.assert_allclose(
            wilson_interval(successes, trials, confidence), expected, atol=1e-12
        )


def test_nothing_counted() -> None:
    assert all(math.isnan(end) for end in wilson_interval(0, 0, 0.95))


def test_all_found_is_still_an_interval() -> None:
    low, high = wilson_interval(20, 20, 0.95)
    assert 0.8 < low < 0.9
    assert high == 1.0
