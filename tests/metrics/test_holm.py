import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.metrics.holm import holm


def slow_holm(p: list[float]) -> list[float]:
    """Corrected p: the largest of rank-weighted p values up to one's own, at most 1."""
    ranked = sorted(range(len(p)), key=lambda place: p[place])
    corrected, largest = [0.0] * len(p), 0.0
    for rank, place in enumerate(ranked):
        largest = max(largest, (len(p) - rank) * p[place])
        corrected[place] = min(largest, 1.0)
    return corrected


@given(st.lists(st.floats(0, 1), max_size=12))
def test_equals_the_step_by_step_rule(p: list[float]) -> None:
    np.testing.assert_allclose(holm(np.array(p, dtype=float)), slow_holm(p), rtol=1e-12)


def test_missing_tests_do_not_count() -> None:
    corrected = holm(np.array([np.nan, 0.02, np.nan, 0.03]))
    np.testing.assert_allclose(corrected, [np.nan, 0.04, np.nan, 0.04])
