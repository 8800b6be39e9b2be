import math
from pathlib import Path

import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.arms import make_arm, teacher_seeds
from labelassemble.experiments.run_arms import list_jobs, read_arm_predictions
from labelassemble.experiments.variants import VARIANTS
from labelassemble.inference.prediction_file import write_predictions


def test_seed_by_seed_so_that_a_part_has_whole_seeds(table, make_recipe):
    tables = {0: table, 4: table}
    arms = [
        make_arm(
            "single", VARIANTS["single"], make_recipe(), tables=tables, sources=["north", "west"]
        ),
        make_arm("masked", VARIANTS["masked"], make_recipe(), tables=tables),
    ]
    jobs = list_jobs(arms, (0, 4), Path("runs"))
    assert [job.folder.as_posix() for job in jobs] == [
        "runs/single-north-seed0",
        "runs/single-west-seed0",
        "runs/masked-seed0",
        "runs/single-north-seed4",
        "runs/single-west-seed4",
        "runs/masked-seed4",
    ]
    assert [job.run.seed for job in jobs] == [0, 0, 0, 4, 4, 4]
    assert all(arm.runs[0].seed == 0 for arm in arms)


def test_teachers_come_once_and_are_never_of_the_students_seed(table, make_recipe):
    tables = {0: table, 1: table}
    recipe = make_recipe()
    control = make_arm("control", VARIANTS["masked-logsumexp"], recipe, tables=tables)
    students = [
        make_arm(name, VARIANTS[name], recipe, tables=tables, control=control)
        for name in ("student", "student-of-three")
    ]
    mean = make_arm("mean", VARIANTS["ensemble-of-three"], recipe, tables=tables, control=control)
    jobs = list_jobs([control, *students, mean], (0, 1), Path("runs"))
    assert {job.folder.name.rsplit("-", 1)[0] for job in list_jobs([mean], (0,), Path("runs"))} == {
        "control"
    }
    folders = [job.folder.name for job in jobs]
    assert len(set(folders)) == len(folders)
    assert sorted(name for name in folders if name.startswith("control")) == [
        f"control-seed{seed}" for seed in range(5)
    ]
    taught = {job.folder.name: job.recipe.training.teachers for job in jobs}
    assert taught["student-seed1"] == (Path("runs/control-seed2"),)
    assert [one.name for one in taught["student-of-three-seed0"]] == [
        "control-seed1",
        "control-seed2",
        "control-seed3",
    ]
    assert taught["control-seed0"] == ()
    assert all(seed not in teacher_seeds(seed, 4) for seed in range(12))
    with pytest.raises(SettingsError, match="student, which needs networks of the control"):
        make_arm("student", VARIANTS["student"], recipe, tables=tables)


def test_an_ensemble_predictions_with_the_mean_logit_of_its_networks(table, make_recipe, tmp_path):
    recipe = make_recipe()
    control = make_arm("control", VARIANTS["masked-logsumexp"], recipe, tables={0: table})
    mean = make_arm(
        "mean", VARIANTS["ensemble-of-three"], recipe, tables={0: table}, control=control
    )
    logits = {1: (2.0, -1.0), 2: (0.0, 3.0), 3: (1.0, 1.0)}
    for seed, (mass, nodule) in logits.items():
        place = tmp_path / f"control-seed{seed}"
        place.mkdir()
        frame = pl.DataFrame(
            {
                "record": ["a", "a"],
                "class": ["mass", "nodule"],
                "probability": [1 / (1 + math.exp(-mass)), 1 / (1 + math.exp(-nodule))],
            }
        )
        # In any order.
        write_predictions(frame.reverse() if seed == 2 else frame, place / "predictions.parquet")
    (answers,) = read_arm_predictions(mean, (0,), tmp_path)
    assert answers.columns == ["record", "class", "probability"]
    expected = {"mass": 1 / (1 + math.exp(-1)), "nodule": 1 / (1 + math.exp(-1))}
    for _, of_class, answer in answers.rows():
        assert answer == pytest.approx(expected[of_class])
