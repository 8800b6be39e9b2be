import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.metrics.benjamini_hochberg import benjamini_hochberg
from labelassemble.metrics.holm import holm

P_VALUES = st.lists(st.floats(0, 1), max_size=12)


@given(P_VALUES, st.sampled_from([0.01, 0.05, 0.2]))
def test_rejects_as_the_step_up_rule(p: list[float], level: float) -> None:
    """Reject the k smallest, k the largest rank whose p is at most k / m of the level."""
    ranked = sorted(p)
    ranks = [k for k in range(1, len(p) + 1) if ranked[k - 1] * len(p) / k <= level]
    corrected = benjamini_hochberg(np.array(p, dtype=float))
    assert int((corrected <= level).sum()) == max(ranks, default=0)


@given(P_VALUES)
def test_lies_between_the_given_p_and_holm(p: list[float]) -> None:
    given_p = np.array(p, dtype=float)
    corrected = benjamini_hochberg(given_p)
    assert (corrected >= given_p * (1 - 1e-12)).all()
    assert (corrected <= holm(given_p) * (1 + 1e-12)).all()


def test_missing_tests_do_not_count() -> None:
    corrected = benjamini_hochberg(np.array([np.nan, 0.02, np.nan, 0.03]))
    np.testing.assert_allclose(corrected, [np.nan, 0.03, np.nan, 0.03])
    assert np.isnan(benjamini_hochberg(np.full(3, np.nan))).all()
