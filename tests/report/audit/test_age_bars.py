import re

import numpy as np
import pytest

from labelassemble.report.audit.age_bars import HEIGHT, WIDTH, draw_ages


def test_bars_are_as_tall_as_their_shares():
    ages = np.array([1, 0, 3, 0])
    found = draw_ages("north", ages, ages, 0.75, "ages")
    assert len(found.bars) == 2
    for (left, top, width, height, words), (place, count) in zip(
        found.bars, [(0, 1), (2, 3)], strict=True
    ):
        assert place * WIDTH / 4 < left < left + width < (place + 1) * WIDTH / 4
        assert height == pytest.approx(HEIGHT * (count / 4) / 0.75, abs=0.02)
        assert top + height == pytest.approx(HEIGHT, abs=0.02)
        assert f"{count} images" in words
    assert "0 to 4 years" in found.bars[0][4]


def test_the_line_follows_everyone():
    everyone = np.array([1, 1, 2])
    line = draw_ages("north", np.array([4, 0, 0]), everyone, 1.0, "").line
    numbers = [float(one) for one in re.findall(r"[-\d.]+", line)]
    assert numbers[:2] == [0.0, pytest.approx(HEIGHT * 0.75)]
    steps = list(zip(numbers[2::2], numbers[3::2], strict=True))
    assert [at for at, _ in steps] == pytest.approx([WIDTH / 3, 2 * WIDTH / 3, WIDTH], abs=0.01)
    assert [level for _, level in steps] == pytest.approx([HEIGHT * 0.75, HEIGHT * 0.5, HEIGHT])


def test_nobody_draws_nothing():
    found = draw_ages("north", np.zeros(3, int), np.zeros(3, int), 0.5, "")
    assert found.bars == []


def test_the_oldest_stand_together():
    found = draw_ages("north", np.array([0, 2]), np.array([0, 2]), 1.0, "")
    assert found.bars[0][4].startswith("5 years and more: 2 images, 100.0 %")
