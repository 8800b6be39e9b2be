"""An experiment's page, tables and words say nothing sure of a class of too few patients.

Of the table's 12 test patients, all have an effusion on one image and none on the other; 8 have a
mass and 6 a nodule, fewer than the 10 that are needed.
"""

import re

import numpy as np
import polars as pl
import pytest

from labelassemble.evaluation.enough_patients import say_too_few
from labelassemble.experiments.arms import Comparison, Plan, make_arm
from labelassemble.experiments.score_arms import score_arms
from labelassemble.experiments.variants import VARIANTS
from labelassemble.experiments.wording import difference_row, say_difference
from labelassemble.report.experiment.content import ExperimentContent
from labelassemble.report.experiment.markdown import experiment_markdown
from labelassemble.report.experiment.summary import summarise_experiment
from labelassemble.report.experiment.write_experiment import render_experiment
from labelassemble.report.experiment.write_tables import write_tables
from labelassemble.settings import EvaluationSettings

SURE = re.compile(r"\[|\]|\bp [=<]|better|worse|\bholds?\b|not shown")
"""What says more than a number: an interval, a p, an assessment."""
FEW = {"mass": "too few (8 positive patients)", "nodule": "too few (6 positive patients)"}


def answers(table, right, seed):
    """Answers on all test cells: the truth with probability ``right``, else its opposite."""
    test = table.records.filter(pl.col("split") == "test").select("record")
    cells = table.cells.join(test, on="record", how="semi", maintain_order="left")
    generator = np.random.default_rng(seed)
    truth = cells["label"].to_numpy().astype(np.float64)
    told = np.where(generator.random(len(truth)) < right, truth, 1 - truth)
    told = told + 0.1 * generator.random(len(truth))
    return cells.select("record", "class").with_columns(probability=pl.Series(told))


@pytest.fixture(scope="module", params=["holm", "max_t", "fdr"])
def found(request, table, make_recipe):
    """A difference that would be significant by any test, were there patients."""
    good, poor = (
        make_arm(name, VARIANTS["masked"], make_recipe(), tables={0: table}) for name in "gp"
    )
    plan = Plan((poor, good), (Comparison("p", "g", tuple(table.classes)),), table)
    frames = {
        "g": [answers(table, 1.0, seed) for seed in (0, 1, 2)],
        "p": [answers(table, 0.1, seed) for seed in (3, 4, 5)],
    }
    settings = EvaluationSettings(replicates=200, correction=request.param)
    return score_arms(plan, frames, (0, 1, 2), settings), plan


@pytest.fixture(scope="module")
def page(found):
    scored, plan = found
    return ExperimentContent(
        name="partial-labels",
        title="Few patients",
        question="Is g better?",
        answer=("An answer.",),
        arms=tuple(arm.facts() for arm in plan.arms),
        seeds=(0, 1, 2),
        scores=scored.scores,
        differences=scored.differences,
        figures=(),
        papers=(),
        cautions=(),
        settings={},
        versions={},
        command="labelassemble experiment partial-labels",
        titles={name: f"The {name}" for name in plan.reference.classes},
    )


def lines_of(text, name):
    lines = [line for line in text.splitlines() if f"The {name}" in line]
    assert lines
    # The mean's note and a heading may list several classes.
    return [line for line in lines if not re.search(r"of 3 classes", line)]


def test_no_number_of_the_tables_is_sure(found, page, tmp_path):
    write_tables(page, tmp_path)
    for name in ("scores", "differences"):
        rows = pl.read_csv(tmp_path / f"{name}.csv", infer_schema_length=None)
        ends = [one for one in rows.columns if re.search(r"(low|high)|^p$|^p_", one)]
        assert len(ends) >= 4
        enough = (pl.col("class") == "effusion") & (pl.col("source") == "all")
        numbers = rows.select(pl.col(ends).cast(pl.Float64, strict=False))
        few = numbers.filter(rows.select(pl.col("class").is_in(list(FEW))).to_series())
        assert few.height
        assert few.select(pl.all().is_finite().any()).row(0) == (False,) * len(ends)
        # The same columns are filled where there are patients, so the test can fail.
        assert numbers.filter(rows.select(enough).to_series()).to_numpy().min() >= -1


@pytest.mark.parametrize("name", FEW)
def test_page_and_markdown_give_numbers_alone(page, name):
    html = render_experiment(page)
    rows = [re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL)]
    rows = [re.sub(r"\s+", " ", row) for row in rows]
    own = [row for row in rows if f"The {name}" in row and "of 3 classes" not in row]
    assert own
    for row in own:
        assert not SURE.search(row), row
    assert any(FEW[name] in row for row in own)
    for line in lines_of(experiment_markdown(page), name):
        assert not SURE.search(line), line


def test_what_has_patients_is_told_as_before(page):
    html = re.sub(r"<[^>]+>", " ", render_experiment(page))
    assert re.search(r"The effusion\s.{0,400}better", html, re.DOTALL)
    assert "mean AUROC" in summarise_experiment(page)


def test_the_mean_names_what_it_leaves_out_in_words(page):
    assert "too few patients: The mass, The nodule" in render_experiment(page)


@pytest.mark.parametrize("name", FEW)
def test_sentences_say_that_there_is_no_interval(found, name):
    row = difference_row(found[0].differences, "p", "g", name)
    assert say_too_few(row["note"]) == FEW[name]
    words = say_difference(row)
    assert words == f"{row['difference']:+.3f}".replace("0.", ".") + ", no interval"
