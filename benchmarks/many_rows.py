"""Assembling, auditing and exporting 10^5, 10^6 and 10^7 rows of twelve simulated sources.

Each command is a process of its own; ROWS_TO=100000 stops there.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.row import Row
from benchmarks.twelve_sources import write_sources

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
STEPS = {
    "assemble": ("assemble", "recipe.toml"),
    "audit": ("audit", "results"),
    "export as CSV": ("export", "results/assembled", "csv", "wide.csv"),
}
AIM_SECONDS, AIM_BYTES = 900.0, 8e9
"""Aims for all three steps at 10^7 rows, on two cores."""


class Taken(NamedTuple):
    """What a process took: processor and wall time in seconds, and its peak memory in MB."""

    processor: float
    wall: float
    peak: float


def measure() -> Iterator[Row]:
    """Each size beside ten times a tenth of it: a ratio of 1 is linear, more is better."""
    last: dict[str, Taken] = {}
    for size in SIZES:
        if size > int(os.environ.get("ROWS_TO", SIZES[-1])):
            return
        with tempfile.TemporaryDirectory() as name:
            rows = write_sources(Path(name), size)
            taken = {step: run(Path(name), words) for step, words in STEPS.items()}
        for step, one in taken.items() if last else ():
            note = (
                f"whole process, once; {one.wall:.0f} s by the clock under a load of "
                f"{os.getloadavg()[1]:.0f}; plain: ten times that of a tenth of the rows"
            )
            what = f"{step}, {rows:,} rows of 12 sources"
            before = last[step]
            yield Row(what, note, "s of processor", [one.processor], [10 * before.processor])
            yield Row(f"{what}, peak memory", note, "MB", [one.peak], [10 * before.peak])
        last = taken


def run(folder: Path, words: tuple[str, ...]) -> Taken:
    """Run a command of labelassemble in a folder.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "labelassemble", *words], cwd=folder, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)}: status {process.returncode}")
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Taken(used.ru_utime + used.ru_stime, time.perf_counter() - began, peak)
