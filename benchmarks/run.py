"""Run benchmarks one after the other; what one of them breaks stops no other."""

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.row import Row
from benchmarks.save import SavedRows

Measure = Callable[[], Iterable[Row]]


def run(benchmarks: Mapping[str, Callable[[], Measure]], path: Path) -> list[str]:
    """Measure, print and save row by row; gives the names of those that failed.

    Args:
        benchmarks: by name, what gives ``measure``; it is asked for only when its turn comes.
        path: of the JSON file that holds the rows.
    """
    saved, failed = SavedRows(path), []
    for number, (name, load) in enumerate(benchmarks.items(), start=1):
        print(f"[{number}/{len(benchmarks)}] {name} ...", file=sys.stderr, flush=True)
        saved.begin(name)
        begin = time.perf_counter()
        try:
            for row in load()():
                saved.add(name, row.as_dict())
                print(f"  {row}", flush=True)
        except Exception as error:
            failed.append(name)
            traceback.print_exc()
            saved.add(name, {"what": name, "failed": f"{type(error).__name__}: {error}"})
        seconds = time.perf_counter() - begin
        print(f"    {name}: {seconds:.0f} s", file=sys.stderr, flush=True)
    return failed


def choose(names: Sequence[str], default: Sequence[str], others: Sequence[str] = ()) -> list[str]:
    """The benchmarks that are asked for; all of ``default`` where none is."""
    unknown = [name for name in names if name not in (*default, *others)]
    if unknown:
        raise SystemExit(
            f"Expected: names of benchmarks.\nGot: {', '.join(unknown)}.\n"
            f"Do this: choose from {', '.join((*default, *others))}."
        )
    return list(dict.fromkeys(names)) or list(default)


def end(failed: Sequence[str], path: Path) -> None:
    """Say where the rows are and what failed; failures end the process with 1."""
    print(f"Saved {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    if failed:
        raise SystemExit(f"Failed: {', '.join(failed)}; the reasons stand above.")
