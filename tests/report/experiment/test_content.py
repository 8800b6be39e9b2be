import copy
import dataclasses

import numpy as np
import pytest

from labelassemble.errors import RunError
from labelassemble.report.experiment.content import check_experiment


def test_good_content_passes(content):
    check_experiment(content)
    assert content.title_of("edema") == "Edema"
    assert content.title_of("never met") == "never met"


@pytest.mark.parametrize("name", ["scores", "differences"])
def test_a_missing_column_is_named(content, name):
    less = dataclasses.replace(content, **{name: getattr(content, name).drop("note")})
    with pytest.raises(RunError, match=f"note in the {name}"):
        check_experiment(less)


def spoil(figure, **changes):
    """A figure with other arrays, whatever its annotations say."""
    spoiled = copy.copy(figure)
    for name, value in changes.items():
        object.__setattr__(spoiled, name, value)
    return spoiled


def test_figures_whose_arrays_differ_in_length_are_refused(content):
    scatter, curves, grid = content.figures
    short = np.zeros(2)
    wrong = [
        spoil(scatter, names=scatter.names[1:]),
        spoil(scatter, low=short),
        spoil(curves, x_names=("a",)),
        spoil(curves, series={"a": np.zeros((2, 3))}),
        spoil(grid, columns=grid.columns[1:]),
        spoil(grid, rows=grid.rows[1:]),
    ]
    for one in wrong:
        with pytest.raises(RunError, match="in figure 2"):
            check_experiment(dataclasses.replace(content, figures=(curves, one)))
