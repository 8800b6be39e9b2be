import numpy as np
import polars as pl
import pytest

from labelassemble.report.learning_curve_plot import draw_learning_curves, has_curve
from labelassemble.report.palette import style_runs

LOG = pl.DataFrame(
    {
        "epoch": [0, 1, 2],
        "bce_loss": [0.7, 0.5, 0.4],
        "pseudo_loss": [0.0, 0.0, 0.0],
        "consist_loss": pl.Series([None, None, None], dtype=pl.Float64),
        "validation_auroc_score": [0.6, 0.8, 0.7],
    }
)


@pytest.mark.parametrize(
    ("quantity", "there"),
    [
        ("bce_loss", True),
        ("pseudo_loss", False),
        ("consist_loss", False),
        ("missing", False),
        ("validation_auroc_score", True),
    ],
)
def test_terms_not_in_use_have_no_curve(quantity, there):
    assert has_curve(LOG, quantity) == there
    assert not has_curve(LOG.drop("epoch"), quantity)


def test_lines_go_through_the_logged_values_and_the_dot_is_the_best():
    logs = {"a": LOG, "b": LOG.with_columns(validation_auroc_score=None)}
    axes = draw_learning_curves(logs, "validation_auroc_score", style_runs(["a", "b"], {})).axes[0]
    line, dot = axes.lines
    np.testing.assert_array_equal(line.get_xydata(), [[0, 0.6], [1, 0.8], [2, 0.7]])
    np.testing.assert_array_equal(dot.get_xydata(), [[1, 0.8]])


def test_losses_start_at_zero_and_gaps_are_passed_over():
    log = LOG.with_columns(bce_loss=pl.Series([0.7, None, 0.4]))
    axes = draw_learning_curves({"a": log}, "bce_loss", style_runs(["a"], {})).axes[0]
    assert axes.get_ylim()[0] == 0
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0, 0.7], [2, 0.4]])


def test_a_single_epoch_is_a_dot():
    axes = draw_learning_curves({"a": LOG.head(1)}, "bce_loss", style_runs(["a"], {})).axes[0]
    assert axes.lines[0].get_marker() == "o"


def test_words_in_a_numeric_column_are_gaps():
    log = pl.DataFrame({"epoch": ["0", "1"], "bce_loss": ["0.5", "broken"]})
    axes = draw_learning_curves({"a": log}, "bce_loss", style_runs(["a"], {})).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_xydata(), [[0, 0.5]])
