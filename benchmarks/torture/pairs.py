"""Two of any commands at once: ``python -m benchmarks.torture.pairs``.

One is paused at a file-changing call, which is drawn; the other one runs meanwhile; the first goes
on. ``CASES=200`` says how many, ``FIRST=0`` from which seed on. Prints a table, then what was
found.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.torture.killed import run, start
from benchmarks.torture.trials import FEWER, RUN, Hospitals

REFUSED = 2


@dataclass(frozen=True)
class Command:
    """A command, and the file that it makes.

    Attributes:
        words: the command.
        made: below the output; None: what it makes is a table, a run or results.
    """

    words: Sequence[str]
    made: Path | None = None


class Pairs:
    """Commands on one output, and what each of them makes alone."""

    def __init__(self, hospitals: Hospitals) -> None:
        self.hospitals, output = hospitals, hospitals.output
        images, run_folder = str(hospitals.folder / "new" / "reference" / "images"), output / RUN
        words = hospitals.words
        model, table = output / "model.laz", output / "mine.csv"
        self.commands = {
            "assemble": Command(words("assemble")),
            "assemble other": Command(words("assemble", *FEWER)),
            "train": Command(words("train")),
            "train anew": Command(words("train", "--training.no-resume")),
            "evaluate": Command(words("evaluate")),
            "report": Command(words("report")),
            "audit": Command(["audit", str(output)]),
            "pack": Command(["pack", str(run_folder), str(model)], Path(model.name)),
            "export": Command(["export", str(output), "csv", str(output / "t.csv")], Path("t.csv")),
            "predict": Command(
                ["predict", str(run_folder), images, "--output", str(table)], Path(table.name)
            ),
        }
        self.start = hospitals.state("pairs from", *map(words, ("assemble", "train", "evaluate")))
        other = hospitals.state("other table", words("assemble", *FEWER))
        self.alone: dict[str, set[str]] = {}
        for name, command in self.commands.items():
            for state in (self.start, other) if name == "export" else (self.start,):
                self._from(state)
                run(command.words, output)
                if command.made:
                    self.alone.setdefault(name, set()).add(_hash(output / command.made))

    def _from(self, state: Path) -> None:
        shutil.rmtree(self.hospitals.output, ignore_errors=True)
        shutil.copytree(state, self.hospitals.output, symlinks=True)

    def interleave(self, names: tuple[str, str], draw: np.random.Generator) -> Iterator[str]:
        """Run two commands at once; say what is wrong."""
        output = self.hospitals.output
        first, second = (self.commands[name] for name in names)
        self._from(self.start)
        calls = max(run(first.words, output).calls, 1)
        self._from(self.start)
        at = int(draw.integers(1, calls + 1))
        running = start(first.words, output, at, "pause")
        ends = []
        if running.await_pause():
            ends.append((names[1], run(second.words, output)))
            running.wake()
        else:
            ends.append((names[1], run(second.words, output)))
        ends.append((names[0], running.end()))
        where = f"{names[0]} paused at call {at} of {calls}, {names[1]}"
        for name, ended in ends:
            if ended.status not in (0, REFUSED) or "Traceback" in ended.told:
                told = " ".join(ended.told.split())[-300:]
                yield f"{where}: {name} ended {ended.status}: {told}"
            made = self.commands[name].made
            there = made is not None and ended.status == 0 and (output / made).exists()
            if made and there and not self._is_made_alone(name, output / made):
                yield f"{where}: {made} has other bytes than any that {name} makes alone"
        if said := self.hospitals.mixed(output):
            yield f"{where}: {said}"
        again = run(self.commands["evaluate"].words, output)
        if again.status not in (0, REFUSED) or "Traceback" in again.told:
            yield f"{where}: then evaluate ended {again.status}: {again.told[-300:]}"

    def _is_made_alone(self, name: str, made: Path) -> bool:
        """Whether the command makes these bytes of what lay there before, or lies there now."""
        came = _hash(made)
        if came in self.alone[name]:
            return True
        for path in made.parent.glob(f"{made.name}*"):
            path.unlink()
        run(self.commands[name].words, self.hospitals.output)
        return made.exists() and _hash(made) == came


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Run the interleavings; give the number of faults."""
    # Once, for all that are forked from here.
    import labelassemble.cli
    import labelassemble.training.run  # noqa: F401

    count, first = int(os.environ.get("CASES") or 200), int(os.environ.get("FIRST") or 0)
    cases, told = Counter[str](), list[str]()
    faults = Counter[str]()
    with tempfile.TemporaryDirectory() as place:
        pairs = Pairs(Hospitals(Path(place).resolve() / "pairs"))
        names = list(pairs.commands)
        for case in range(first, first + count):
            draw = np.random.default_rng(case)
            one, two = (names[int(draw.integers(len(names)))] for _ in range(2))
            found = list(pairs.interleave((one, two), draw))
            cases[one] += 1
            faults[one] += len(found)
            told += [f"case {case}: {line}" for line in found]
            print(f"case {case}: {one}, {two}", *found, sep="\n  ", file=sys.stderr, flush=True)
    print(f"{'paused':<16} {'cases':>6} {'faults':>7}")
    for name in names:
        print(f"{name:<16} {cases[name]:>6} {faults[name]:>7}")
    print(f"{'in all':<16} {sum(cases.values()):>6} {sum(faults.values()):>7}")
    print("\n".join(told))
    return len(told)


if __name__ == "__main__":
    sys.exit(min(1, main()))
