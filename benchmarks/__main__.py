"""Run every benchmark, print a table, save ``benchmarks/out/bench.json``."""

import importlib
import json
import os
import platform
import sys
from pathlib import Path

NAMES = (
    "loss",
    "store",
    "training_step",
    "bootstrap",
    "command_line",
    "reading",
    "containers",
    "assembly",
    "fingerprints",
    "sliding_window",
    "training_patches",
)


def main(names: tuple[str, ...]) -> None:
    """Each module's ``measure()`` gives rows: what, ours, plain, unit, ratio, note.

    A row without ``ours`` was not measured; its note says why.
    """
    rows = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").measure()
    width = max(len(row["what"]) for row in rows)
    print(f"{'what':<{width}} {'ours':>12} {'plain':>12} {'unit':<10} {'ratio':>8}  note")
    for row in rows:
        if "ours" not in row:
            print(f"{row['what']:<{width}} {row['note']}")
            continue
        print(
            f"{row['what']:<{width}} {row['ours']:>12.4g} {row['plain']:>12.4g} "
            f"{row['unit']:<10} {row['ratio']:>8.3g}  {row['note']}"
        )
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    out = Path(__file__).parent / "out" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")
    print(f"Saved {out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out}")


main(tuple(sys.argv[1:]) or NAMES)
