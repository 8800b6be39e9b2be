"""A short turn of ``make torture``: some of the calls of two commands."""

import os
import subprocess
import sys

import pytest
from tests.code_files import ROOT


@pytest.mark.parametrize(
    ("trial", "every", "faults"), [("assemble", 12, ["kill"]), ("pack", 2, ["kill", "full"])]
)
def test_commands_that_go_wrong_anywhere_lose_and_mix_nothing(
    trial: str, every: int, faults: list[str]
) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.torture"],
        cwd=ROOT,
        env={
            **os.environ,
            "TRIALS": trial,
            "EVERY": str(every),
            "FAULTS": " ".join(faults),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    rows = [line.split() for line in found.stdout.splitlines()[1:] if line]
    assert [(row[0], row[1], row[3]) for row in rows] == [(trial, one, "0") for one in faults]
    assert all(int(row[2]) >= 1 for row in rows)
