"""Commands that need no recipe: simulated hospitals, and answers of a trained network."""

import sys
from pathlib import Path

from tyro.conf import Positional

from labelassemble.cli.say import say
from labelassemble.errors import SettingsError
from labelassemble.settings import Settings


class Demo(Settings):
    """Simulate three hospitals, assemble, train, evaluate, and write a report."""

    output: Path = Path("demo")
    """Folder for everything that is made."""
    seed: int = 0
    """Seed of the simulated hospitals."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.demo import run_demo

        run_demo(self.output, self.seed, say)


class Simulate(Settings):
    """Write simulated hospitals (chest radiographs with known truth), their tables and a recipe."""

    folder: Positional[Path]
    """Where to write; must not exist."""
    patients: int = 400
    """Patients a hospital."""
    test_patients: int = 400
    """Fully labelled patients held out."""
    size: int = 128
    """Side of the images in pixels."""
    seed: int = 0
    """The same seed gives the same files."""
    complete: bool = False
    """Every hospital writes the truth of all findings: for experiments that hide a part of it."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.phantoms.hospitals import simulate_hospitals
        from labelassemble.pipeline.progress import show_progress

        with show_progress("Simulate") as progress:
            recipe = simulate_hospitals(
                self.folder,
                self.patients,
                self.test_patients,
                self.size,
                self.seed,
                progress,
                self.complete,
            )
        say(f"Recipe: {recipe}\nNext:   labelassemble run {recipe}")


class Predict(Settings):
    """Answer for image files with a trained run, one line an image, as CSV."""

    run_folder: Positional[Path]
    """A run folder that `train` made."""
    images: Positional[tuple[Path, ...]]
    """Image files: PNG, JPEG or DICOM."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.inference.predictor import Predictor

        if not self.images:
            raise SettingsError("at least one image file", "none", "Name the files to answer for")
        answers = Predictor(self.run_folder).predict_files(self.images)
        sys.stdout.write(answers.write_csv())
