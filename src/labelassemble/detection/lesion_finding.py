"""Detection: where in images or volumes lesions of each class lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import write_candidates
from labelassemble.detection.data_module import DenseData
from labelassemble.detection.dense_class_sources import find_dense_class_sources
from labelassemble.detection.module import DetectionModule
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.detection.predict_detections import predict_detections
from labelassemble.errors import SettingsError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.metrics.class_mean import class_mean
from labelassemble.model.network import Network
from labelassemble.settings import Recipe, RunSettings
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.training.begin_lineage import begin_lineage
from labelassemble.training.class_sources import set_class_sources
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.run_folder import CANDIDATES
from labelassemble.training.task import Task
from labelassemble.training.trainer import tune_for_gpu


class LesionFinding(Task):
    """Images and what was drawn on them.

    Args:
        recipe: all settings; ``detection.task`` is ``detection``.
        run: method, source and seed of the network.
        table: the assembled table.
        store: decoded images; None where images are volumes.
        progress: called with (volumes done, volumes in all) as they come into the cache.

    Raises:
        SettingsError: another task, images of other dimensions.
        ImageError, SourceError: images or masks that cannot be read.
    """

    def __init__(
        self,
        recipe: Recipe,
        run: RunSettings,
        table: AssembledTable,
        store: ImageStore | None,
        progress: ReadProgress | None = None,
    ) -> None:
        if recipe.detection.task != "detection":
            raise SettingsError(
                "detection.task = 'detection'",
                f"{recipe.detection.task!r}",
                "Set it, or train a network that diagnoses",
            )
        super().__init__(recipe, run, table)
        self.store = store
        names = self.learnable.records["record"].to_list()
        self.annotated = open_annotated(
            recipe,
            table,
            names,
            store=store,
            drawn_on=set(names),
            source=run.source,
            progress=progress,
        )

    def contents(self) -> Mapping[str, str]:
        """Hash of every image, and of what is drawn on it."""
        return {name: annotated.content for name, annotated in self.annotated.items()}

    def check_finished(self, folder: Path) -> None:
        """Nothing but settings and table made it."""

    def prepare(self, folder: Path, first: bool) -> None:
        """Refuse what saw test images, and tell what is seen now."""
        begin_lineage(self.recipe, self.table, self.learnable, self.store, folder, first)

    def make_data(self, seed: int) -> DenseData:
        """Make the batches of patches.

        Raises:
            SettingsError: no lesion drawn anywhere.
        """
        labels = make_labels(self.learnable, self.learnable.classes)
        exclusive = self.recipe.detection.exclusive
        train, validate = (
            make_cases(self.annotated, labels, self.table.classes, labels.rows(split), exclusive)
            for split in ("train", "validate")
        )
        return DenseData(labels, train, validate, self.recipe.detection, seed)

    def validates(self) -> bool:
        """Whether there are validation images, and something is chosen."""
        there = self.learnable.records["split"].eq("validate").any()
        return there and self.recipe.detection.chosen_by != "last"

    def make_learner(
        self, network: Network, description: NetworkDescription, data: DenseData, on_gpu: bool
    ) -> DetectionModule:
        """Make what learns."""
        of = len(data.labels.sources), len(network.classes)
        set_class_sources(network, lambda: find_dense_class_sources(data.train_cases, *of))
        if on_gpu and self.recipe.detection.dimensions == 2:
            tune_for_gpu(network)
        return DetectionModule(network, self.recipe, description, data)

    def predict(self, network: Network, folder: Path) -> pl.DataFrame:
        """Predict for validation and test images, and write the candidates."""
        records = self.table.records
        held_out = records.filter(pl.col("split").is_in(["validate", "test"]))["record"]
        new = [name for name in held_out if name not in self.annotated]
        known = {
            **self.annotated,
            **open_annotated(self.recipe, self.table, new, store=self.store, drawn_on=()),
        }
        detections = predict_detections(
            network, {name: known[name] for name in held_out}, self.recipe.detection
        )
        write_candidates(detections.candidates, folder / CANDIDATES)
        return detections.predictions

    def describe(
        self, best_score: float | None, by_class: Mapping[str, float | None]
    ) -> dict[str, Any]:
        """Both scores, and which of them chose the epoch."""
        mean = class_mean(np.array([np.nan if one is None else one for one in by_class.values()]))
        chosen_by = self.recipe.detection.chosen_by
        return {
            "validation_auroc_score": mean.score if mean.covered else None,
            "validation_froc_score": best_score if chosen_by == "froc" else None,
            "chosen_by": chosen_by,
        }


def open_task(
    recipe: Recipe,
    run: RunSettings,
    table: AssembledTable,
    store: ImageStore | None,
    progress: ReadProgress | None = None,
) -> Task:
    """Open what ``detection.task`` says.

    Args:
        recipe: all settings.
        run: method, source and seed of the network.
        table: the assembled table.
        store: its decoded images; None where images are volumes alone.
        progress: called with (volumes done, volumes in all).

    Raises:
        RunError, SettingsError, ImageError, SourceError: as the task does.
    """
    if recipe.detection.task == "detection":
        records = store if recipe.detection.dimensions == 2 else None
        return LesionFinding(recipe, run, table, records, progress)
    assert store is not None
    return Diagnosis(recipe, run, table, store)
