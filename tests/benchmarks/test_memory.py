import sys

import numpy as np
import pytest
from benchmarks.memory import forget_peak, peak_bytes

BIG = 64_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can forget a peak")
def test_a_peak_is_told_above_what_was_held_before() -> None:
    held = np.ones(2 * BIG, dtype=np.uint8)
    del held
    before = forget_peak()
    held = np.ones(BIG, dtype=np.uint8)
    assert 0.9 * BIG < peak_bytes() - before < 1.5 * BIG
    del held
