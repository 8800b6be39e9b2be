from pathlib import Path

from labelassemble.experiments.arms import make_arm
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
