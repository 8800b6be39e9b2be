"""Processes of both environments that measure when they are asked to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
PEERS = Path(os.environ.get("LABELASSEMBLE_PEERS", ROOT / ".venv-peers")) / "bin" / "python"
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "OPENCV_FOR_THREADS_NUM", "NUMEXPR_MAX_THREADS"), "1"
)
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""glibc keeps what was freed. By itself it gives it back or not as its heap happens to lie, and
a network of large layers then takes twice as long or not, whoever calls it."""


class Worker:
    """One way of one comparison in a process of its own, on one thread.

    Raises:
        RuntimeError: it ended before it was ready, such as where its package is not installed.
    """

    def __init__(self, comparison: str, way: str, folder: Path) -> None:
        python = sys.executable if way == "ours" else str(PEERS)
        if not Path(python).is_file():
            raise RuntimeError(f"no environment of the peers at {PEERS}; make bench-peers makes it")
        paths = [str(ROOT), str(ROOT / "src")] if way == "ours" else [str(ROOT)]
        self.errors = folder / f"errors_{way}.txt"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [python, "-W", "ignore", "-m", "benchmarks.peers.work", comparison, way, folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=folder,
                env={
                    **os.environ,
                    **ONE_THREAD,
                    **KEPT_MEMORY,
                    "PYTHONPATH": os.pathsep.join(paths),
                },
            )
        try:
            self._read()
        except RuntimeError:
            self._end()
            raise

    def measure(self) -> tuple[float, float]:
        """Processor seconds of a call, and MB at its peak above what was held before."""
        assert self.process.stdin is not None
        self.process.stdin.write("measure\n")
        self.process.stdin.flush()
        told = json.loads(self._read())
        return told["seconds"], told["peak"]

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            said = self.errors.read_text().strip().splitlines() or ["nothing"]
            raise RuntimeError(f"it ended and said: {said[-1]}")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        self.process.kill()
        self.process.communicate()
