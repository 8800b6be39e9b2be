"""Every fault at every file-changing call of every command: ``make torture``.

``EVERY=5`` takes every fifth call, ``TRIALS="assemble train"`` some commands, ``FAULTS="kill"``
some faults. Prints a table, then what was found; the exit status is 1 where anything was.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

from benchmarks.torture.crash import crash
from benchmarks.torture.killed import Fault
from benchmarks.torture.trials import TRIALS, Hospitals


def main() -> int:
    """Run the trials; give the number of faults."""
    # Once, for all that are forked from here.
    import labelassemble.cli
    import labelassemble.training.run  # noqa: F401

    every = int(os.environ.get("EVERY") or 1)
    names = (os.environ.get("TRIALS") or " ".join(TRIALS)).split()
    faults: list[Fault] = [
        one for one in get_args(Fault) if one in (os.environ.get("FAULTS") or str(get_args(Fault)))
    ]
    told = []
    print(f"{'command':<12} {'fault':<8} {'cases':>6} {'faults':>7} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as place:
        hospitals = Hospitals(Path(place).resolve() / "torture")
        for name in names:
            trial = TRIALS[name](hospitals)
            for fault in faults:
                began = time.perf_counter()
                found = crash(trial, hospitals.output, fault, every)
                seconds = time.perf_counter() - began
                counts = f"{found.cases:>6} {len(found.faults):>7} {seconds:>8.0f}"
                print(f"{name:<12} {fault:<8} {counts}", flush=True)
                told += [f"{name}: {one}" for one in found.faults]
    print("\n".join(told))
    return len(told)


if __name__ == "__main__":
    sys.exit(min(1, main()))
