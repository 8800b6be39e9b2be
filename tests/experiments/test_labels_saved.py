import math

import pytest

from labelassemble.experiments.labels_saved import labels_worth

COUNT, CURVE = [100, 300, 1000], [0.70, 0.80, 0.85]


@pytest.mark.parametrize(
    ("score", "own", "text"),
    [
        (0.80, 300, "1.0"),
        (0.80, 100, "3.0"),
        (0.75, 100, "1.7"),  # sqrt(3): halfway in the logarithm
        (0.70, 100, "1.0"),
        (0.70, 1000, "0.1"),
        (0.86, 300, "more than was measured (3.3)"),
        (0.65, 300, "less than was measured (0.33)"),
    ],
)
def test_read_off_the_learning_curve(score, own, text):
    assert labels_worth(score, own, COUNT, CURVE).text == text


def test_a_dip_of_the_control_counts_as_level():
    dipped = labels_worth(0.80, 100, [100, 200, 400, 800], [0.7, 0.8, 0.78, 0.9])
    assert dipped.times == pytest.approx(2)
    assert labels_worth(0.85, 100, [100, 200, 400, 800], [0.7, 0.8, 0.78, 0.9]).times == (
        pytest.approx(math.sqrt(400 * 800) / 100)
    )


def test_nothing_is_read_off_a_curve_that_does_not_rise():
    assert labels_worth(0.7, 100, [100, 200], [0.8, 0.7]) is None
    assert labels_worth(float("nan"), 100, COUNT, CURVE) is None
    assert labels_worth(0.7, 100, COUNT, [0.7, float("nan"), 0.8]) is None
