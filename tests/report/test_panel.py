import pytest

from labelassemble.report.panel import make_panel


def test_margins_are_in_inches_whatever_the_size():
    for width, height in ((2.0, 2.0), (6.0, 3.0)):
        figure, axes = make_panel(width, height, left=0.5, bottom=0.4, right=0.1, top=0.2)
        box = axes.get_position()
        assert box.x0 * width == pytest.approx(0.5)
        assert box.y0 * height == pytest.approx(0.4)
        assert (1 - box.x1) * width == pytest.approx(0.1)
        assert (1 - box.y1) * height == pytest.approx(0.2)
        assert figure.patch.get_alpha() == axes.patch.get_alpha() == 0
