import os
import signal
import subprocess
import sys
import time
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


POOL = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from labelassemble.experiments.run_arms import start_worker

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), start_worker, (1,)) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 600).result()
"""


def test_workers_end_with_the_process_that_started_them(tmp_path):
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _runs(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")
