"""The main jobs on simulated hospitals, from nothing to a report."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from labelassemble.experiments.truth_masks import find_truth, read_truth, unpack_finding
from labelassemble.pipeline.make_report import OutlineOf
from labelassemble.pipeline.progress import show_progress
from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.pipeline.simulate import simulate
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
        partial(simulate, "chest", hospitals, 400, 400, seed=seed),
        say,
        partial(read_lesion_mask, hospitals),
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
        partial(simulate, "abdomen", hospitals, 60, 120, size=64, seed=seed, field="pancreas"),
        say,
    )


def _run(
    hospitals: Path,
    what: str,
    simulate_them: Callable[..., Path],
    say: Callable[[str], None],
    outline: OutlineOf | None = None,
) -> Path:
    started = time.monotonic()
    if not hospitals.exists():
        say(what)
        with show_progress("Simulate images") as progress:
            simulate_them(progress=progress)
    report = run_recipe(read_recipe(hospitals / "recipe.toml"), say, outline)
    say(f"Done in {(time.monotonic() - started) / 60:.1f} minutes.")
    return report


def read_lesion_mask(
    hospitals: Path, record: str, name: str
) -> Bool[np.ndarray, "height width"] | None:
    """Read where a finding of a reference image lies; None for other sources' images.

    Args:
        hospitals: the simulated folder.
        record: ``source/image``.
        name: the finding.
    """
    source, image = record.split("/", 1)
    findings = find_truth(hospitals / source)
    if name not in findings:
        return None
    packed = read_truth(hospitals / source / "images" / image)
    return unpack_finding(packed, findings.index(name))
