import dataclasses

import numpy as np
import pytest

from labelassemble.report.experiment.grid_plot import count_clear, draw_grid, list_cells
from labelassemble.report.number_format import format_difference


@pytest.fixture
def grid(content):
    return content.figures[2]


def test_cells_say_what_the_arrays_say(grid):
    clear = intervals = 0
    for row, (name, cells) in enumerate(list_cells(grid)):
        assert name == grid.rows[row]
        for column, cell in enumerate(cells):
            value, low, high = (one[row, column] for one in (grid.value, grid.low, grid.high))
            assert cell.value == format_difference(value)
            if np.isnan(value):
                assert (cell.interval, cell.shade, cell.clear) == ("", None, False)
                continue
            assert cell.clear == (low > 0 or high < 0)
            clear += cell.clear
            intervals += bool(cell.interval)
            if cell.interval:
                assert cell.interval == f"[{format_difference(low)}, {format_difference(high)}]"
    assert count_clear(grid) == (clear, intervals)
    assert clear > 0
    assert intervals == grid.value.size - 2


def test_the_image_writes_every_cell(grid):
    written = [text.get_text() for text in draw_grid(grid).axes[0].texts]
    for name, cells in list_cells(grid):
        assert name in written
        for cell in cells:
            assert cell.value in written
            assert cell.interval in written
    assert set(grid.columns) <= set(written)


def test_an_empty_grid_still_draws(grid):
    none = np.zeros((0, 0))
    empty = dataclasses.replace(grid, rows=(), columns=(), value=none, low=none, high=none)
    assert len(draw_grid(empty).axes[0].texts) == 0
    assert count_clear(empty) == (0, 0)
