"""Commands that need no recipe: simulated hospitals, and predictions of a trained network."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from tyro.conf import UseAppendAction

from labelassemble.cli.import_quickly import import_quickly
from labelassemble.cli.positionals import (
    FilesWords,
    FolderWord,
    ListWord,
    RunsAndFilesWords,
    RunWord,
)
from labelassemble.cli.say import say
from labelassemble.cli.streams import complain
from labelassemble.errors import SettingsError, as_word
from labelassemble.object_settings import WritePath
from labelassemble.setting_types import Settings
from labelassemble.settings import EvaluationSettings, ThresholdRule

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

    folder: FolderWord
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
        say(f"Recipe: {recipe}\nNext:   labelassemble run {as_word(recipe)}")


class Predict(Settings):
    """Predict with a trained run, or several together: a row an image, or a row a lesion.

    Killed and called again, a file comes out the same. Status 3: an image cannot be read; its row
    says why.
    """

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote (*.laz)."""
    images: RunsAndFilesWords
    """Further runs, whose probabilities are averaged; then what to predict for: files (PNG, JPEG,
    DICOM and so on), folders or archives of them, patterns, lists (CSV, Parquet ...) with a column
    of paths, or - for paths on standard input. One in another file: images.zip#a.png,
    cine.dcm#frame/3. Volumes: NIfTI, or folders with a DICOM series."""
    output: WritePath | None = None
    """A file to write, also to s3://bucket/...: .csv, .jsonl (JSON lines) or .parquet; none: CSV on
    standard output."""
    column: str | None = None
    """Of a list: the column of paths; none: file, path, image or filename."""
    ranked: Annotated[int, Field(ge=0)] = 0
    """So many of the most probable classes in a column of their own."""
    operating: Annotated[tuple[Path, ...], UseAppendAction] = ()
    """Calibration and thresholds that `recalibrate` wrote, once a run in their order; none: each
    run's operating.json."""
    source: str = "all"
    """Whose images they are, of the sources that the run was calibrated on."""
    views: Annotated[int, Field(ge=1)] = 1
    """Of each image: itself, then slightly shifted and zoomed; their probabilities are averaged."""
    strict: bool = False
    """Stop at the first image that cannot be read."""
    batch_size: Annotated[int, Field(ge=1)] = 16
    """Images a forward pass."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Threads that read files; 0: one a core."""
    masks: Path | None = None
    """Lesions in volumes: a folder for predictions as NIfTI over each file, and lesions as JSON."""
    ids_key: Path | None = None
    """The key of a recipe (assembly.ids_key): files are called by its hashes, not by name."""

    def run(self) -> int:
        """Carry the command out; 3 where a file cannot be read. The others are predicted."""
        with import_quickly():
            from labelassemble.pipeline.predict_images import predict_images
            from labelassemble.pipeline.predict_options import PredictOptions
            from labelassemble.pipeline.progress import show_progress
            from labelassemble.pipeline.split_runs import split_runs

        runs, images = split_runs(self.images)
        asked = self.model_dump(exclude={"run_folder", "images"})
        with show_progress("Predict") as progress:
            refused = predict_images(
                [self.run_folder, *runs],
                images,
                say,
                complain,
                PredictOptions(**asked),
                progress,
            )
        return 3 if refused else 0


class Explain(Settings):
    """Write a page on what a run says of images: classes, maps over the image, training images.

    Status 3: an image cannot be read; its part of the page says why.
    """

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote (without training images)."""
    images: FilesWords
    """Files, folders, archives, patterns or lists, as `predict` takes them; at most 100 images."""
    output: Path = Path("explained.html")
    """The page to write; must not be there."""
    source: str = "all"
    """Whose images they are, of the sources that the run was calibrated on."""
    neighbours: Annotated[int, Field(ge=0, le=50)] = 6
    """Nearest training images to show beside each image."""

    def run(self) -> int:
        """Carry the command out; 3 where a file cannot be read. The others are explained."""
        with import_quickly():
            from labelassemble.pipeline.explain_images import explain_images
            from labelassemble.pipeline.progress import show_progress

        with show_progress("Explain") as progress:
            refused = explain_images(
                self.run_folder,
                self.images,
                self.output,
                source=self.source,
                neighbours=self.neighbours,
                complain=complain,
                progress=progress,
            )
        say(f"Page: {self.output}")
        return 3 if refused else 0


class Review(Settings):
    """Rank a run's labels by how likely they are wrong, as networks say that did not see them.

    Writes a list for a reader, which `assembly.corrections` takes back, and a page with images.
    """

    run_folder: RunWord
    """A finished run that predicts whole images; its table lies where its recipe wrote it."""
    output: Path | None = None
    """Folder for review.csv and review.html; none: `review` in the run folder."""
    folds: Annotated[int, Field(ge=2)] = 5
    """Networks to train, each without a part of the patients; finished ones are kept."""
    quick: bool = False
    """Train none: judge by linear heads, cross-fitted on features of the run's own network, which
    has seen the labels. Seconds in place of trainings."""
    share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.05
    """Share of the labels that the list holds."""
    shown: Annotated[int, Field(ge=0, le=1000)] = 60
    """Labels whose images the page shows."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.review_run import describe_review, review_run

        asked = self.model_dump(exclude={"run_folder", "output"})
        say("\n".join(describe_review(review_run(self.run_folder, self.output, **asked))))


class Recalibrate(Settings):
    """Calibrate a finished run for another hospital's images, and tell what that changes."""

    run_folder: RunWord
    """A run folder that `train` made, of a run that predicts whole images."""
    listed: ListWord
    """A list (CSV, Parquet ...) with a column of paths, one a class (1, 0; blank or -1: unknown),
    and `patient` where it is known."""
    output: Path = Path("operating.json")
    """The file to write, for `predict --operating`; must not be there."""
    column: str | None = None
    """The column of paths; none: file, path, image or filename."""
    threshold_rule: ThresholdRule = "youden"
    """By which `predict` calls: the largest sum of both, or the one that reaches what follows."""
    sensitivity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """threshold_rule = sensitivity: the one to reach."""
    specificity: Annotated[float, Field(ge=0.0, le=1.0)] = 0.98
    """threshold_rule = specificity: the one to reach."""
    replicates: Annotated[int, Field(ge=0)] = 1000
    """Bootstrap replicates over patients; 0: no intervals."""

    def run(self) -> None:
        """Carry the command out."""
        with import_quickly():
            from labelassemble.pipeline.progress import show_progress
            from labelassemble.pipeline.recalibrate_run import describe_changes, recalibrate_run

        asked = self.model_dump(exclude={"run_folder", "listed", "output", "column"})
        with show_progress("Predict") as progress:
            changes = recalibrate_run(
                self.run_folder,
                self.listed,
                self.output,
                EvaluationSettings(**asked),
                complain,
                self.column,
                progress=progress,
            )
        say("\n".join(describe_changes(changes)))
        run, output = as_word(self.run_folder), as_word(self.output)
        say(f"Next:   labelassemble predict {run} FILES --operating {output}")
