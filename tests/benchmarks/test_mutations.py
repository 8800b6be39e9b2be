"""A short turn of ``python -m benchmarks.mutations``: inputs with changed bytes."""

import os
import subprocess
import sys

import numpy as np
import pytest
from benchmarks.mutations.change import change
from tests.code_files import ROOT


def test_a_seed_makes_the_same_changes_again() -> None:
    data = bytes(range(256)) * 4
    made = [change(data, np.random.default_rng(seed), b"other") for seed in range(50)]
    assert made == [change(data, np.random.default_rng(seed), b"other") for seed in range(50)]
    assert sum(one != data for one in made) >= 48


@pytest.mark.parametrize(("kinds", "cases"), [("images volumes", 90), ("sources manifests", 24)])
def test_changed_inputs_give_a_result_or_an_error(kinds: str, cases: int) -> None:
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.mutations"],
        cwd=ROOT,
        env={
            **os.environ,
            "KINDS": kinds,
            "CASES": str(cases),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr[-3000:]
    rows = [line.split() for line in found.stdout.splitlines()[1:3]]
    assert [row[0] for row in rows] == kinds.split()
    assert sum(int(row[2]) for row in rows) > 3, "some are read"
    assert sum(int(row[3]) for row in rows) > 8, "and many refused"
