"""The one door to simulated hospitals, which are a package of their own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from labelassemble_phantoms.abdominal_ct.hospitals import simulate_abdominal_hospitals
from labelassemble_phantoms.hospitals import simulate_hospitals

MIN_SLICES = 16


def simulate(
    region: Literal["chest", "abdomen"],
    folder: Path,
    patients: int,
    test_patients: int,
    *,
    size: int = 128,
    seed: int = 0,
    field: Literal["abdomen", "pancreas"] = "abdomen",
    complete: bool = False,
    workers: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write simulated hospitals of a region below ``folder``; return the path of their recipe.

    Args:
        region: ``chest`` for radiographs, ``abdomen`` for CT volumes.
        folder: must not exist, or be empty.
        patients: of a hospital, 1 or more.
        test_patients: of the fully labelled reference, 1 or more.
        size: side in pixels; volumes have half as many slices, at least ``MIN_SLICES``.
        seed: 0 or more.
        field: of the abdomen: the hospital's scan, or a block around the pancreas.
        complete: every hospital writes the truth of all findings.
        workers: processes that simulate at once; 0: one a core.
        progress: called after every patient.

    Raises:
        SettingsError: a number out of range, or a folder that holds something already.
    """
    workers = workers or os.cpu_count() or 1
    if region == "chest":
        return simulate_hospitals(
            folder,
            patients,
            test_patients,
            size=size,
            seed=seed,
            progress=progress,
            complete=complete,
            workers=workers,
        )
    return simulate_abdominal_hospitals(
        folder,
        patients,
        test_patients,
        shape=(size, size, max(MIN_SLICES, size // 2)),
        seed=seed,
        progress=progress,
        complete=complete,
        field=field,
        workers=workers,
    )
