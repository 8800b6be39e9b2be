"""The main jobs on simulated hospitals, from nothing to a report."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from labelassemble.phantoms.abdominal_ct.hospitals import simulate_abdominal_hospitals
from labelassemble.phantoms.finding_model import FINDINGS
from labelassemble.phantoms.hospitals import simulate_hospitals
from labelassemble.pipeline.make_report import OutlineOf
from labelassemble.pipeline.progress import show_progress
from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.recipe import read_recipe


def run_demo(output: Path, seed: int, say: Callable[[str], None]) -> Path:
    """Simulate three hospitals below ``output`` and run the recipe that comes with them.

    Hospitals that are there already are used again, and finished steps are not repeated.

    Returns:
        The path of the report.
    """
    hospitals = output / f"hospitals-seed{seed}"
    return _run(
        hospitals,
        "Simulate three hospitals and a fully labelled reference",
        lambda progress: simulate_hospitals(
            hospitals, seed=seed, progress=progress, workers=os.cpu_count() or 1
        ),
        say,
        lambda record, name: read_lesion_mask(hospitals, record, name),
    )


def run_detection_demo(output: Path, seed: int, say: Callable[[str], None]) -> Path:
    """Simulate four hospitals' CT of the pancreas below ``output``, and find their lesions in 3-D.

    As ``run_demo``: what is there already is used again.

    Returns:
        The path of the report.
    """
    hospitals = output / f"abdomens-seed{seed}"
    return _run(
        hospitals,
        "Simulate CT of four hospitals that draw one lesion each, and a fully drawn reference",
        lambda progress: simulate_abdominal_hospitals(
            hospitals,
            60,
            120,
            shape=(64, 64, 32),
            seed=seed,
            progress=progress,
            field="pancreas",
            workers=os.cpu_count() or 1,
        ),
        say,
    )


def _run(
    hospitals: Path,
    what: str,
    simulate: Callable[[Callable[[int, int], None]], Path],
    say: Callable[[str], None],
    outline: OutlineOf | None = None,
) -> Path:
    started = time.monotonic()
    if not hospitals.exists():
        say(what)
        with show_progress("Simulate images") as progress:
            simulate(progress)
    report = run_recipe(read_recipe(hospitals / "recipe.toml"), say, outline)
    say(f"Done in {(time.monotonic() - started) / 60:.1f} minutes.")
    return report


def read_lesion_mask(hospitals: Path, record: str, name: str) -> np.ndarray | None:
    """Read where a finding of a reference image lies; None for other sources' images.

    Args:
        hospitals: the simulated folder.
        image: ``source/image``.
        name: the finding.

    Returns:
        Bool ``height width``.
    """
    source, image = record.split("/", 1)
    path = hospitals / source / "masks" / image
    if not path.is_file() or name not in FINDINGS:
        return None
    with Image.open(path) as packed:
        bits = np.asarray(packed)
    return np.asarray((bits >> FINDINGS.index(name)) & 1 == 1)
