"""Commands that need no recipe: simulated hospitals, and predictions of a trained network."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from tyro.conf import Positional

from labelassemble.cli.say import say
from labelassemble.cli.streams import complain
from labelassemble.errors import SettingsError
from labelassemble.settings import Settings

USUAL_PATIENTS = {"chest": 400, "abdomen": 60}
"""Patients of a simulated hospital, and held out, where nobody says how many."""


class Demo(Settings):
    """Simulate three hospitals, assemble, train, evaluate, and write a report."""

    output: Path = Path("demo")
    """Folder for everything that is made."""
    seed: int = 0
    """Seed of the simulated hospitals."""
    region: Literal["chest", "abdomen"] = "chest"
    """chest: findings of radiographs. abdomen: lesions of the pancreas found in CT volumes."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.demo import run_demo, run_detection_demo

        (run_demo if self.region == "chest" else run_detection_demo)(self.output, self.seed, say)


class Simulate(Settings):
    """Write simulated hospitals (images with known truth), their labels and a recipe."""

    folder: Positional[Path]
    """Where to write; must not exist."""
    region: Literal["chest", "abdomen"] = "chest"
    """chest: radiographs, tables of findings. abdomen: CT volumes, masks of pancreatic lesions."""
    patients: int | None = None
    """Patients a hospital; none: 400 of the chest, 60 of the abdomen."""
    test_patients: int | None = None
    """Fully labelled patients held out; none: as many as a hospital has by default."""
    size: int = 128
    """Side of the images in pixels; volumes have half as many slices, at least 16."""
    seed: int = 0
    """The same seed gives the same files."""
    field: Literal["abdomen", "pancreas"] = "abdomen"
    """Of the abdomen: the hospital's scan, or a block of 192 mm around the pancreas."""
    complete: bool = False
    """Every hospital writes the truth of all findings: for experiments that hide a part of it."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Processes that simulate at once; 0: one a core. The files are the same."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.progress import show_progress
        from labelassemble.pipeline.simulate import simulate

        if self.region == "chest" and self.field != "abdomen":
            raise SettingsError(
                "--region abdomen for --field pancreas",
                "--region chest, whose images have no pancreas",
                "Leave --field out, or add --region abdomen",
            )
        usual = USUAL_PATIENTS[self.region]
        with show_progress("Simulate") as progress:
            recipe = simulate(
                self.region,
                self.folder,
                usual if self.patients is None else self.patients,
                usual if self.test_patients is None else self.test_patients,
                size=self.size,
                seed=self.seed,
                field=self.field,
                complete=self.complete,
                workers=self.workers,
                progress=progress,
            )
        say(f"Recipe: {recipe}\nNext:   labelassemble run {recipe}")


class Predict(Settings):
    """Predict for image files with a trained run, as CSV: a line an image, or a line a lesion."""

    run_folder: Positional[Path]
    """A run folder that `train` made."""
    images: Positional[tuple[Path, ...]]
    """Image files (PNG, JPEG, DICOM and so on) or folders of them; volumes: NIfTI, or folders with
    a DICOM series."""
    masks: Path | None = None
    """Lesions in volumes: a folder for predictions as NIfTI over each file, and lesions as JSON."""
    ids_key: Path | None = None
    """The key of a recipe (assembly.ids_key): files are called by its hashes, not by name."""

    def run(self) -> int:
        """Carry the command out; 2 where a file could not be read. The others are predicted."""
        from labelassemble.pipeline.predict_images import predict_images
        from labelassemble.pipeline.progress import show_progress

        with show_progress("Find lesions") as progress:
            refused = predict_images(
                self.run_folder,
                self.images,
                masks=self.masks,
                say=say,
                complain=complain,
                progress=progress,
                ids_key=self.ids_key,
            )
        return 2 if refused else 0
