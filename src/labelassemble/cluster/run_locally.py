"""Work done by processes of this machine, as many at once as it has cores."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from labelassemble.cluster.work import Work, begin_work, finish_work, run_part
from labelassemble.errors import SettingsError


def run_locally(work: Work, at_once: int, say: Callable[[str], None]) -> int:
    """Do work on this machine, and wait for its end.

    Args:
        work: what there is to do.
        at_once: parts at once; not more than there are cores.
        say: takes progress in words.

    Returns:
        The exit status.

    Raises:
        SettingsError: parts that need several machines.
        RunError: a part did not end well.
    """
    if work.machines > 1:
        raise SettingsError(
            "networks that one machine trains, for --local",
            f"training.nodes = {work.machines}",
            "Set training.nodes to 1, or leave --local out",
        )
    begin_work(work)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    several = max(1, min(at_once, (cores or 1) // work.processes))
    # As many threads in all as there are cores.
    threads = str(max(1, (cores or 1) // (several * work.processes)))
    python = ("-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={work.processes}")
    ended = 0
    for wave in work.waves:
        with ThreadPoolExecutor(several) as pool:
            running = {
                pool.submit(
                    run_part,
                    part,
                    work.folder,
                    python if work.processes > 1 else (),
                    {"OMP_NUM_THREADS": threads},
                ): part
                for part in wave
            }
            for one in as_completed(running):
                ended += 1
                say(
                    f"{ended:,} of {len(work.parts):,}: {running[one].name} "
                    f"ended with status {one.result()}"
                )
    return finish_work(work, say)
