"""Inputs and own files with changed bytes: ``python -m benchmarks.mutations``.

``CASES=50000`` says how many, ``KINDS="images own"`` of what, ``FIRST=0`` from which seed on,
``SHARE=0.5`` how much of a core. Prints a table, then what was found; the exit status is 1 where
anything was.
"""

import os
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.mutations.subject import Subject
from benchmarks.mutations.trial import OUTCOMES, run_cases
from benchmarks.torture.trials import RUN, Hospitals

PARTS = {
    "images": 0.36,
    "volumes": 0.14,
    "sources": 0.24,
    "manifests": 0.12,
    "recipes": 0.04,
    "own": 0.1,
}
"""What part of all cases each kind has."""


def main() -> int:
    """Run the cases; give the number of faults."""
    count, share = int(os.environ.get("CASES") or 50_000), float(os.environ.get("SHARE") or 1)
    first = int(os.environ.get("FIRST") or 0)
    kinds = (os.environ.get("KINDS") or " ".join(PARTS)).split()
    whole = sum(PARTS[kind] for kind in kinds)
    told, faults = [], 0
    print(f"{'kind':<10} {'cases':>6}", *(f"{one:>11}" for one in OUTCOMES), f"{'seconds':>8}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        hospitals = _make_hospitals(folder / "hospitals", kinds)
        for kind in kinds:
            make, begun = partial(_make, kind, folder, hospitals), time.perf_counter()
            cases = range(first, first + max(1, round(count * PARTS[kind] / whole)))
            counts = Counter[str]()
            for one in run_cases(make, cases, folder / "case", share):
                counts[one.outcome] += 1
                if one.case % 100 == 99:
                    print(f"{kind}: {dict(counts)}", file=sys.stderr, flush=True)
                if one.outcome not in ("read", "refused"):
                    told.append(f"{kind} {one.case}: {one.outcome}: {one.what}")
                    print(told[-1], file=sys.stderr, flush=True)
            faults += sum(counts[one] for one in OUTCOMES[2:])
            seconds = time.perf_counter() - begun
            row = (f"{counts[one]:>11}" for one in OUTCOMES)
            print(f"{kind:<10} {len(cases):>6}", *row, f"{seconds:>8.0f}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    print(f"most memory of a process: {peak:,} MiB")
    print("\n".join(told))
    return faults


def _make_hospitals(folder: Path, kinds: Sequence[str]) -> Path | None:
    """Simulated sources with a table, a run and results beside them, where they are wanted."""
    if not {"recipes", "own"} & {*kinds}:
        return None
    # Once, for all that are forked from here; which reads no table itself, for the threads that
    # do are not forked.
    import labelassemble.cli
    import labelassemble.training.run  # noqa: F401

    hospitals = Hospitals(folder)
    if "own" in kinds:
        pack = ["pack", str(hospitals.output / RUN), str(folder / "states" / "made.laz")]
        words = [hospitals.words(one) for one in ("assemble", "train", "evaluate")]
        (folder / "states").mkdir()
        hospitals.state("made", *words, pack)
    return folder


def _make(kind: str, folder: Path, hospitals: Path | None) -> Sequence[Subject]:
    from benchmarks.mutations import subjects

    place = folder / kind
    shutil.rmtree(place, ignore_errors=True)
    if kind in ("recipes", "own"):
        assert hospitals is not None
        if kind == "recipes":
            return subjects.make_recipes(hospitals / "new" / "recipe.toml")
        images = sorted((hospitals / "new" / "reference" / "images").iterdir())
        return subjects.make_own(hospitals / "states" / "made", images[0])
    if kind in ("sources", "manifests"):
        return (subjects.make_sources if kind == "sources" else subjects.make_manifests)(place)
    return subjects.make_images() if kind == "images" else subjects.make_volumes()


if __name__ == "__main__":
    sys.exit(min(1, main()))
