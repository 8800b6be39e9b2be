"""Answer, tables and figures of partial-labels, of answers whose skill is made up."""

import dataclasses
import re

import numpy as np
import polars as pl
import pytest

from labelassemble.experiments import protocol_tables
from labelassemble.experiments.choice import RateTrial
from labelassemble.experiments.experiment import Finished
from labelassemble.experiments.factors import CONTROL
from labelassemble.experiments.heat_map_column import HeatMaps
from labelassemble.experiments.partial_labels import conclude_partial_labels, plan_partial_labels
from labelassemble.experiments.protocol_answer import correct_over_arms, doubt_choices
from labelassemble.experiments.protocol_tables import count_labelled
from labelassemble.experiments.run_arms import list_jobs, read_arm_predictions
from labelassemble.experiments.score_arms import score_arms
from labelassemble.experiments.search import choose, describe_choices, settle
from labelassemble.inference.prediction_file import write_predictions
from labelassemble.metrics.holm import holm
from labelassemble.report.experiment.content import CellGrid, Panels, TextTable

SKILL = {"single": 0.3, "masked-both-views": 0.9, CONTROL: 1.0, "student": 2.0, "full-logsumexp": 9}
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def finished(table, make_recipe, tmp_path_factory):
    recipe = make_recipe(
        experiment={
            "parts": {"north": ["effusion"], "west": ["mass", "nodule"]},
            "variants": list(SKILL),
            "labelled": [1.0, 0.5],
        },
        training={"epochs": 10, "images_per_epoch": 20_000},
        evaluation={"replicates": 100, "min_patients": 2},
    )
    plan = plan_partial_labels(recipe, table, SEEDS)
    choices = []
    arms = []
    for arm in plan.arms:
        rising = arm.runs[0].method == "single"
        curve = np.linspace(0.5, 0.6, 8) if rising else np.array([0.5, 0.6, 0.7, *[0.7] * 5])
        trials = [RateTrial(1.0, curve), RateTrial(3.0, curve - 0.1), RateTrial(0.33, np.empty(0))]
        choices.append(choose(arm.name, trials, 8, 0.001)._replace(epochs=8))
        control = arm.control and settle(arm.control, 1.0, 8)
        arms.append(settle(dataclasses.replace(arm, control=control), 1.0, 8))
    plan = dataclasses.replace(plan, arms=tuple(arms))
    folder = tmp_path_factory.mktemp("runs")
    for job in list_jobs(plan.arms, SEEDS, folder):
        name = re.sub("-(north|west|epochs8).*", "", job.folder.name)
        base, share, _ = name.partition("-50%")
        skill = SKILL[base] * (0.7 if share else 1.0)
        job.folder.mkdir()
        write_predictions(answer(table, skill, job.run), job.folder / "predictions.parquet")
    answers = {arm.name: read_arm_predictions(arm, SEEDS, folder) for arm in plan.arms}
    found = score_arms(plan, answers, SEEDS, recipe.evaluation)
    return Finished(recipe, table, None, SEEDS, plan, found, folder, tuple(choices))


def answer(table, skill, run):
    generator = np.random.default_rng(100 + run.seed)
    held = table.records.filter(pl.col("split") != "train").select("record")
    cells = held.join(table.cells, on="record", maintain_order="left")
    drawn = skill * cells["label"].to_numpy() + generator.normal(size=len(cells))
    return cells.select("record", "class", probability=pl.Series(1 / (1 + np.exp(-drawn))))


@pytest.fixture(scope="module")
def concluded(finished):
    with pytest.MonkeyPatch.context() as patch:
        heat = HeatMaps({"student": ".600"}, "Heat map: of 7 lesions.")
        patch.setattr(protocol_tables, "judge_heat_maps", lambda _: heat)
        return conclude_partial_labels(finished)


def test_the_prediction_takes_seeds_as_random_and_corrects_over_all_arms(finished, concluded):
    rows = correct_over_arms(finished.found.differences)
    assert len(rows) == len(finished.plan.comparisons)
    np.testing.assert_allclose(
        [row["p_corrected"] for row in rows], holm(np.array([row["p_seeds"] for row in rows]))
    )
    text = " ".join(concluded.answer)
    assert "Trained for 8 epochs at its own rate, masked-logsumexp reaches" in text
    assert "With 50 % of the labelled images, trained for 8 epochs" in text
    assert "for other patients and seeds, corrected over all arms" in text
    clear = {row["second"] for row in rows if row["p_corrected"] < 0.05}
    assert {"single", "single-50%"} <= clear
    assert f"Worse than {CONTROL} for other patients" in text
    unclear = [row["second"] for row in rows if row["second"] not in clear]
    assert unclear
    assert "No difference that holds" in text


def test_what_was_not_reached_or_lies_at_an_end_is_said(concluded):
    (plateau,) = concluded.cautions
    assert "not reached in 8 epochs" in plateau
    assert "single, single-50%." in plateau
    assert "student" not in plateau
    curve = np.array([0.5, 0.6, *[0.7] * 6])
    trials = [RateTrial(1.0, curve), RateTrial(3.0, curve + 0.1)]
    (ends,) = doubt_choices([choose("masked", trials, 8, 0.001)])
    assert "lowest or the highest of experiment.rates for masked" in ends
    # One rate was no choice.
    assert not doubt_choices([choose("masked", trials[:1], 8, 0.001)])


def test_costs(finished, concluded):
    table = next(one for one in concluded.figures if isinstance(one, TextTable))
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert rows["masked-both-views"]["passes a seed"] == "0.32 million"
    assert rows["student"]["of the control's"] == "2 times"
    assert rows["student"]["plateau"] == "after 3 epochs"
    assert rows["single"]["plateau"] == "not reached in 8 epochs"
    rates = [rows["single"][f"validation ×{rate}"] for rate in ("1", "3", "0.33")]
    assert rates == [".600", ".500", "diverged"]


def test_worth(finished, concluded):
    table = [one for one in concluded.figures if isinstance(one, TextTable)][1]
    rows = {row[0]: row for row in table.rows}
    assert list(rows) == [arm.name for arm in finished.plan.arms]
    assert rows["full-logsumexp"][1:] == ("–", "–", "–")
    assert rows["single"][1] == "–"
    assert rows["student"][3] == ".600"
    assert "of 7 lesions" in table.note
    shares = [float(rows[name][1].partition(" ")[0]) for name in (CONTROL, "student")]
    assert 0 < shares[0] < shares[1] < 100
    assert rows[CONTROL][2] == "–"
    assert rows["student"][2].startswith("more than was measured (1.0)")
    assert [count_labelled(finished.plan.arm(one)) for one in (CONTROL, f"{CONTROL}-50%")] == [
        48,
        24,
    ]
    assert "[" in rows["masked-both-views-50%"][2]


def test_curves_and_factors(finished, concluded):
    panels = next(one for one in concluded.figures if isinstance(one, Panels))
    assert list(panels.panels) == [arm.name for arm in finished.plan.arms]
    assert panels.marks["student"] == 3.0
    assert "single" not in panels.marks
    factors, fewer = (one for one in concluded.figures if isinstance(one, CellGrid))
    assert factors.rows == ("pooling: log-sum-exp", "teacher: soft labels")
    assert "50 % of the labelled" in fewer.title
    row = finished.found.differences.filter(
        pl.col("first") == CONTROL, pl.col("second") == "student", pl.col("class") == "mean",
        pl.col("source") == "all",
    )  # fmt: skip
    assert factors.value[1, 0] == pytest.approx(row["difference"].item())
    assert factors.low[1, 0] == pytest.approx(row["low_seeds"].item())
    # The control against what it is made of: turned round where it was compared that way.
    assert factors.value[0, 0] > 0
    assert np.isnan(factors.value[:, 1]).all()


def test_choices_as_a_file(finished):
    written = pl.read_csv(describe_choices(finished.choices).encode())
    student = written.filter(pl.col("arm") == "student", pl.col("chosen"))
    assert student["validation_auroc_score"].to_list() == [0.5, 0.6, *[0.7] * 6]
    assert set(student["plateau"]) == {3}
