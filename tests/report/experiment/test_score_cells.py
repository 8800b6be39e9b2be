import dataclasses

import numpy as np
import pytest

from labelassemble.errors import RunError
from labelassemble.report.experiment.content import ScoreTable, check_experiment
from labelassemble.report.experiment.markdown import experiment_markdown
from labelassemble.report.experiment.page import describe_experiment
from labelassemble.report.experiment.score_cells import list_score_cells
from labelassemble.report.experiment.summary import summarise_experiment
from labelassemble.report.experiment.write_experiment import write_experiment

NAN = np.nan


@pytest.fixture
def table():
    value = np.array([[0.759, NAN], [0.824, 0.5]])
    return ScoreTable(
        title="Lesions: pdac",
        rows=("alone", "full"),
        columns=("FROC score", "sensitivity"),
        value=value,
        low=value - 0.1,
        high=np.array([[0.859, NAN], [0.924, NAN]]),
        by_seed=np.stack([value - 0.01, value + 0.01], axis=2),
        note="At 1/8 to 8 false positives a scan.",
    )


def test_cells_have_interval_seeds_and_the_best(table):
    (alone, (first, nothing)), (full, (second, only)) = list_score_cells(table)
    assert (alone, full) == ("alone", "full")
    assert first.text == ".759 [.659, .859] (.749 .769)"
    assert nothing.text == "–"
    assert second.best
    # The only one is not the best of several.
    assert (first.best, only.best) == (False, False)
    assert only.text == ".500 (.490 .510)"


def test_without_an_interval_nothing_is_the_best(table):
    few = dataclasses.replace(table, low=table.low * NAN, high=table.high * NAN)
    assert not any(cell.best for _, cells in list_score_cells(few) for cell in cells)


def test_one_seed_is_not_said_twice(table):
    one = dataclasses.replace(table, by_seed=table.by_seed[:, :, :1])
    assert list_score_cells(one)[0][1][0].text == ".759 [.659, .859]"


def test_page_words_and_terminal_show_it(content, table, tmp_path):
    told = dataclasses.replace(content, score_tables=(table,))
    text = experiment_markdown(told)
    assert text.index("## Lesions: pdac") < text.index("## Mean AUROC")
    assert "| full | **.824 [.724, .924] (.814 .834)** | .500 (.490 .510) |" in text
    assert table.note in text
    assert describe_experiment(told)["score_tables"] == [(table, list_score_cells(table))]
    page = write_experiment(told, tmp_path / "report.html").read_text()
    assert "Lesions: pdac" in page
    assert "<b>.824</b> [.724, .924]" in page
    lines = summarise_experiment(told).splitlines()
    assert "full   .824 [.724, .924]  .500" in lines
    assert "Lesions: pdac" not in summarise_experiment(content)


def test_arrays_of_another_shape_are_refused(content, table):
    wrong = dataclasses.replace(table, rows=("alone",))
    with pytest.raises(RunError, match=r"\(1, 2\) in table 1, 'Lesions: pdac'"):
        check_experiment(dataclasses.replace(content, score_tables=(wrong,)))
