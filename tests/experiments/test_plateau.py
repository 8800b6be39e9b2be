import numpy as np
import pytest

from labelassemble.experiments.plateau import find_plateau

RISING = np.linspace(0.5, 0.9, 16)


@pytest.mark.parametrize(
    ("score", "epochs"),
    [
        (np.concatenate([RISING, np.full(16, 0.9)]), 16),
        (np.full(8, 0.7), 1),
        # A dip that is made good is no plateau.
        (np.array([0.5, 0.6, 0.4, 0.7, 0.7, 0.7, 0.7, 0.7]), 4),
        (RISING, None),
        (np.array([0.5, 0.5, 0.5, 0.6]), 1),
        # What cannot be scored is no score.
        (np.array([np.nan, np.nan, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]), 3),
        (np.full(8, np.nan), None),
        (np.array([0.5]), None),
        (np.array([]), None),
    ],
)
def test_plateau(score, epochs):
    assert find_plateau(score, 0.001) == epochs


def test_a_rise_smaller_than_asked_for_is_none():
    creeping = np.linspace(0.8, 0.803, 40)
    assert find_plateau(creeping, 0.001) == 1
    assert find_plateau(creeping, 0.0) is None
