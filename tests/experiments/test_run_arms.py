from pathlib import Path

import pytest

from labelassemble.errors import SettingsError
from labelassemble.experiments.arms import make_arm, teacher_seeds
from labelassemble.experiments.run_arms import list_jobs
from labelassemble.experiments.variants import VARIANTS


def test_seed_by_seed_so_that_a_part_has_whole_seeds(table, make_recipe):
    tables = {0: table, 4: table}
    arms = [
        make_arm("single", VARIANTS["single"], make_recipe(), tables, ["north", "west"]),
        make_arm("masked", VARIANTS["masked"], make_recipe(), tables),
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
    control = make_arm("control", VARIANTS["masked-logsumexp"], recipe, tables)
    students = [
        make_arm(name, VARIANTS[name], recipe, tables, control=control)
        for name in ("student", "student-of-three")
    ]
    jobs = list_jobs([control, *students], (0, 1), Path("runs"))
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
        make_arm("student", VARIANTS["student"], recipe, tables)
