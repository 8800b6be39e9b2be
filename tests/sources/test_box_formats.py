import numpy as np
import pytest

from labelassemble.sources.box_formats import FORMATS, to_corners, to_numbers


@pytest.mark.parametrize("form", FORMATS)
def test_there_and_back(form):
    corners = np.array([[10.0, 20.0, 30.5, 60.25], [0.0, 0.0, 1.0, 2.0]])
    assert to_corners(to_numbers(corners, form), form) == pytest.approx(corners)
