import numpy as np
import pytest

from labelassemble_phantoms.abdominal_ct.canvas import ORGAN_NUMBER


def test_paint_mixes_by_how_much_is_filled(canvas):
    box = (slice(3, 6), slice(2, 3), slice(1, 2))
    share = np.array([0.0, 0.5, 1.0], dtype=np.float32)[:, None, None]
    canvas.paint(box, share, 100.0, "liver")
    assert canvas.hu[box].ravel().tolist() == [-1000, -450, 100]
    assert canvas.organs[box].ravel().tolist() == [0, ORGAN_NUMBER["liver"], ORGAN_NUMBER["liver"]]
    canvas.paint(box, share, np.full((3, 1, 1), 40, dtype=np.float32))
    assert canvas.hu[box].ravel().tolist() == [-1000, -205, 40]
    assert canvas.organs[box].ravel()[2] == ORGAN_NUMBER["liver"]
    assert np.count_nonzero(canvas.hu != -1000) == 2


def test_an_organ_that_is_not_known_is_an_error(canvas):
    with pytest.raises(KeyError):
        canvas.paint(canvas.grid.everything, np.ones_like(canvas.hu), 0.0, "livre")
