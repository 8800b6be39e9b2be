"""Diagnosis: one probability a class of whole images."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.inference.predictions import predict_records
from labelassemble.model.network import Network
from labelassemble.model.prototype_head import PrototypeHead
from labelassemble.model.saliency_head import SaliencyHead
from labelassemble.settings import Method, Recipe, RunSettings
from labelassemble.storage.write_aside import write_text
from labelassemble.training.begin_lineage import begin_lineage
from labelassemble.training.class_sources import find_class_sources, set_class_sources
from labelassemble.training.data_module import ImageData
from labelassemble.training.frozen_teachers import learn_from_teachers
from labelassemble.training.module import TrainingModule
from labelassemble.training.new_classes import find_new_classes
from labelassemble.training.prototype_module import PrototypeModule
from labelassemble.training.prototype_stages import PROTOTYPE_COLUMNS, describe_prototypes
from labelassemble.training.region_module import RegionModule
from labelassemble.training.run_folder import PROTOTYPES
from labelassemble.training.same_teachers import refuse_other_teachers
from labelassemble.training.task import Task
from labelassemble.training.trainer import tune_for_gpu
from labelassemble.training.unlike_images import learn_unlike


def refuse_cached_features(recipe: Recipe, method: Method) -> None:
    """Refuse features that are computed once where a method changes how they are made.

    Raises:
        SettingsError: says so.
    """
    if not recipe.training.fine_tune.cached_views or method != "rpsal":
        return
    if recipe.model.pyramid or recipe.model.region_backbone is not None:
        what = "whose pyramid learns" if recipe.model.pyramid else "whose regions are of images"
        do = "set model.pyramid = false" if recipe.model.pyramid else "model.region_backbone"
        raise SettingsError(
            f"training.fine_tune.cached_views = 0 for the method rpsal, {what}",
            f"{recipe.training.fine_tune.cached_views}",
            f"Leave cached_views out, or {do}",
        )


class Diagnosis(Task):
    """Images of a store, and what somebody knows of them or teachers say.

    Args:
        recipe: all settings.
        run: method, source and seed of the network.
        table: the assembled table.
        store: its decoded images.
    """

    def __init__(
        self, recipe: Recipe, run: RunSettings, table: AssembledTable, store: ImageStore
    ) -> None:
        super().__init__(recipe, run, table)
        self.store = store
        self.soft: pl.DataFrame | None = None

    def contents(self) -> Mapping[str, str]:
        """Hash of every image's file."""
        return self.store.content

    def check_finished(self, folder: Path) -> None:
        """Refuse a student of other teachers."""
        refuse_other_teachers(self.recipe, folder)

    def prepare(self, folder: Path, first: bool) -> None:
        """Find all images, refuse what saw test images, and let teachers predict."""
        refuse_cached_features(self.recipe, self.run.method)
        used = self.table.records.filter(pl.col("split") != "unused")
        self.store.find_rows(used["record"].to_list())
        begin_lineage(self.recipe, self.table, self.learnable, self.store, folder, first)
        self.soft = learn_from_teachers(
            self.recipe, self.table, self.learnable, self.store, folder, first
        )

    def make_data(self, seed: int) -> ImageData:
        """Make the batches."""
        return ImageData(
            self.learnable,
            self.store,
            self.recipe.training,
            self.run.method,
            seed=seed,
            validation_batch_size=self.recipe.evaluation.batch_size,
            bce_views=self.recipe.losses.bce_views,
            soft=self.soft,
            only=find_new_classes(self.recipe, self.learnable.classes),
        )

    def validates(self) -> bool:
        """Whether there are validation images, with a label that is learned."""
        images = self.learnable.records.filter(pl.col("split") == "validate")
        only = find_new_classes(self.recipe, self.learnable.classes)
        if only is not None:
            known = self.learnable.cells.drop_nulls("label").filter(pl.col("class").is_in(only))
            images = images.join(known, on="record", how="semi")
        return not images.is_empty()

    def make_learner(
        self, network: Network, description: NetworkDescription, data: ImageData, on_gpu: bool
    ) -> TrainingModule:
        """Make what learns."""
        set_class_sources(network, lambda: find_class_sources(data.labels))
        if on_gpu:
            tune_for_gpu(network)
        make = TrainingModule
        if description.method == "xprotonet":
            make = PrototypeModule
        elif isinstance(network.head, SaliencyHead) and network.head.regions is not None:
            make = RegionModule
        return make(network, self.recipe, description, data)

    def predict(self, network: Network, folder: Path) -> pl.DataFrame:
        """Predict for validation and test images, and learn what unlike ones are."""
        batch_size = self.recipe.evaluation.batch_size
        learn_unlike(network, self.learnable, self.store, batch_size, folder)
        if isinstance(network.head, PrototypeHead):
            labels = make_labels(self.learnable, self.learnable.classes)
            told = describe_prototypes(network, labels, self.store)
            write_text(pl.DataFrame(told, PROTOTYPE_COLUMNS).write_csv(), folder / PROTOTYPES)
        held_out = self.table.records.filter(pl.col("split").is_in(["validate", "test"]))
        return predict_records(
            network,
            self.store,
            held_out["record"].to_list(),
            batch_size,
            next(network.parameters()).device,
        )

    def describe(
        self, best_score: float | None, by_class: Mapping[str, float | None]
    ) -> dict[str, Any]:
        """The score by which the epoch was chosen."""
        return {"validation_auroc_score": best_score}
