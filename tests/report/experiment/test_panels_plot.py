import dataclasses

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import RunError
from labelassemble.report.experiment.content import Panels, TextTable, check_experiment
from labelassemble.report.experiment.markdown import experiment_markdown
from labelassemble.report.experiment.page import style_panels
from labelassemble.report.experiment.panels_plot import draw_panels
from labelassemble.report.experiment.write_experiment import write_experiment
from labelassemble.report.experiment.write_tables import write_tables


def make_panels(count=6):
    curves = {"rate × 1": np.array([0.5, 0.7, 0.75]), "rate × 3": np.array([])}
    return Panels(
        title="Validation of every arm",
        x_title="epoch",
        y_title="AUROC",
        panels={f"arm {place}": curves for place in range(count)},
        marks={"arm 1": 2.0},
        note="Dotted: the plateau.",
    )


TABLE = TextTable(
    "What it costs", ("arm", "passes"), (("masked", "1.2 million"), ("full", "–")), "x"
)


def test_a_panel_a_name_with_its_lines_and_its_mark():
    panels = make_panels()
    figure = draw_panels(panels, style_panels(panels))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == list(panels.panels)
    first = shown[0].lines[0]
    np.testing.assert_array_equal(first.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(first.get_ydata(), [0.5, 0.7, 0.75])
    assert [len(axes.lines) for axes in shown] == [2, 3, 2, 2, 2, 2]
    assert shown[1].lines[2].get_xdata() == [2.0, 2.0]
    assert len(set(style_panels(panels).values())) == 2
    # The lowest of every column says what its numbers are.
    labels = [axes.xaxis.get_tick_params()["labelbottom"] for axes in shown]
    assert labels == [False, False, True, True, True, True]


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_any_number_of_panels(count):
    panels = make_panels(count)
    figure = draw_panels(panels, style_panels(panels), legend=True)
    assert sum(axes.get_visible() for axes in figure.axes) == count


def test_panels_and_tables_on_the_page_and_among_the_files(content, tmp_path):
    shown = dataclasses.replace(content, figures=(make_panels(), TABLE))
    page = write_experiment(shown, tmp_path / "report.html").read_text(encoding="utf-8")
    for words in ("Validation of every arm", "Dotted: the plateau.", "1.2 million", "rate × 3"):
        assert words in page
    text = experiment_markdown(shown, ["figure_1.png"])
    assert "![Validation of every arm](figure_1.png)" in text
    assert "| masked | 1.2 million |" in text
    names = {one.name for one in write_tables(shown, tmp_path / "tables")}
    assert {"figure_1.png", "table_2.csv"} <= names
    assert not {"table_1.csv", "figure_2.png"} & names
    written = pl.read_csv(tmp_path / "tables" / "table_2.csv")
    assert written.rows() == [("masked", "1.2 million"), ("full", "–")]


def test_a_row_that_is_too_short_is_refused(content):
    short = dataclasses.replace(TABLE, rows=(("masked",),))
    with pytest.raises(RunError, match=r"shape \(2,\) in figure 1, 'What it costs'"):
        check_experiment(dataclasses.replace(content, figures=(short,)))
