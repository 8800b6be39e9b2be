"""The commands that are killed, on small simulated hospitals."""

import csv
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.torture.crash import Trial
from benchmarks.torture.killed import run

SHORT = (
    *("--training.epochs", "2", "--methods", "masked", "--training.batch-size", "8"),
    *("--evaluation.replicates", "20", "--assembly.allow-unscored-classes"),
)
FEWER = ("--classes", "effusion", "mass")
EXPERIMENT, ARMS = "partial-labels", ("masked", "full")
RUN = Path("runs", "masked-seed0")


class Hospitals:
    """Simulated sources, a recipe, and outputs in every state.

    Args:
        folder: where they lie; made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.output = folder, folder / "results"
        self.recipe = str(folder / "new" / "recipe.toml")
        self.at = ("--output", str(self.output))
        sizes = ("--patients", "10", "--test-patients", "10", "--size", "32")
        sizes += ("--workers", "1")
        self._must("simulate", str(folder / "new"), *sizes)

    def words(self, command: str, *more: str) -> list[str]:
        """Give a command on the recipe."""
        return [command, self.recipe, *SHORT, *self.at, *more]

    def state(self, name: str, *commands: list[str]) -> Path:
        """Give a copy of the output as some commands leave it."""
        shutil.rmtree(self.output, ignore_errors=True)
        for words in commands:
            self._must(*words)
        kept = self.folder / "states" / name
        if self.output.exists():
            shutil.copytree(self.output, kept, symlinks=True)
        return kept

    def _must(self, *words: str) -> None:
        ended = run(words, self.folder)
        assert ended.status == 0, ended.told

    def mixed(self, output: Path) -> str | None:
        """Say whether a table of one recipe lies there with the settings of another."""
        if not (output / "assembled").exists():
            return None
        name = self.folder / "seen.csv"
        for path in self.folder.glob("seen*"):
            path.unlink()
        ended = run(["export", str(output), "csv", str(name)], self.folder / "none")
        if ended.status != 0:
            return f"the table cannot be exported: {ended.told}"
        with name.open(newline="") as file:
            few = "nodule" not in next(csv.reader(file))
        taken = {more: run(self.words("advise", *more), output).told for more in ((), FEWER)}
        accepted = {more for more, told in taken.items() if "assembled with" not in told}
        return None if accepted == {FEWER if few else ()} else f"few {few}, taken by {accepted}"

    def assemble(self) -> Trial:
        """Other settings over a table."""
        return Trial(
            self.words("assemble", *FEWER),
            self.state("assembled", self.words("assemble")),
            [self.words("evaluate")],
            self.mixed,
            lambda output: (output / "assembled").iterdir(),
        )

    def train(self) -> Trial:
        """A network, from a table."""
        words = self.words("train")
        pack = ["pack", str(self.output / RUN), str(self.folder / "killed.laz")]
        return Trial(
            words,
            self.state("trained from", self.words("assemble")),
            [self.words("evaluate"), pack],
            lambda output: None,
            _run_files,
        )

    def evaluate(self) -> Trial:
        """Results of a network."""
        return Trial(
            self.words("evaluate"),
            self.state("evaluated from", self.words("assemble"), self.words("train")),
            [self.words("report")],
            lambda output: None,
            lambda output: (output / "results").iterdir(),
        )

    def predict(self) -> Trial:
        """Predictions of files, into a table beside the run."""
        images = str(self.folder / "new" / "reference" / "images")
        table = self.output / "mine.csv"
        words = ["predict", str(self.output / RUN), images, "--output", str(table)]
        start = self.state("predicted from", self.words("assemble"), self.words("train"))
        return Trial(words, start, [self.words("evaluate")], lambda output: None, _only(table))

    def pack(self) -> Trial:
        """A model in one file."""
        file = self.output / "mine.laz"
        words = ["pack", str(self.output / RUN), str(file)]
        start = self.state("packed from", self.words("assemble"), self.words("train"))
        card = ["card", str(self.output / RUN)]
        return Trial(words, start, [card], lambda output: None, _only(file))

    def export(self) -> Trial:
        """A table for others."""
        file = self.output / "theirs.csv"
        words = ["export", str(self.output), "csv", str(file)]
        start = self.state("exported from", self.words("assemble"))
        return Trial(words, start, [self.words("evaluate")], lambda output: None, _only(file))

    def experiment(self) -> Trial:
        """An experiment of two networks."""
        words = self.words("experiment", "--experiment.quick", "--experiment.variants", *ARMS)
        words.insert(1, EXPERIMENT)
        start = self.state("compared from", self.words("assemble"))
        audit = ["audit", str(self.output)]
        return Trial(words, start, [audit], lambda output: None, _compared)


def _only(path: Path) -> Callable[[Path], Iterator[Path]]:
    return lambda output: iter([path])


def _run_files(output: Path) -> Iterator[Path]:
    names = ("predictions.parquet", "table.json", "settings.json", "learned.parquet")
    yield from (output / RUN / name for name in names)


def _compared(output: Path) -> Iterator[Path]:
    folder = output / "experiments" / EXPERIMENT
    yield from sorted((folder / "tables").glob("*.csv"))
    yield from sorted(folder.glob("runs/*/predictions.parquet"))


TRIALS: dict[str, Callable[[Hospitals], Trial]] = {
    "assemble": Hospitals.assemble,
    "train": Hospitals.train,
    "evaluate": Hospitals.evaluate,
    "predict": Hospitals.predict,
    "pack": Hospitals.pack,
    "export": Hospitals.export,
    "experiment": Hospitals.experiment,
}
