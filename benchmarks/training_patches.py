"""A whole training step on patches of volumes against the bare network, forward and backward."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.rivals import Rivals, tell_race
from benchmarks.row import Row
from labelassemble.detection.data_module import DenseData
from labelassemble.detection.module import DetectionModule
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.experiments.variants import change_settings
from labelassemble.images.batch import make_labels
from labelassemble.model.build import build_network
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.recipe import read_recipe
from labelassemble.settings import RunSettings
from labelassemble.training.run import describe_run
from labelassemble.training.trainer import build_trainer, quiet_lightning
from labelassemble_phantoms.abdominal_ct.hospitals import simulate_abdominal_hospitals

PATIENTS, SHAPE, SPACING = 6, (64, 64, 64), 3.0
PATCH, WIDTH, LEVELS, BATCH, EPOCHS = (32, 32, 16), 16, 3, 4, 3


def measure() -> Iterator[Row]:
    """Patches a second: ours cuts patches out, moves and changes them, steps and logs.

    Plain runs forward and backward on as many views (two a patch) that lie in memory.
    """
    size = " x ".join(map(str, PATCH))
    return tell_race(_race, "training on patches, two views", "patches/s", BATCH, size)


def _race() -> Rivals:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = simulate_abdominal_hospitals(
            folder / "abdomens", PATIENTS, 1, shape=SHAPE, field="pancreas"
        )
        recipe = change_settings(
            read_recipe(path),
            {
                "detection.volumes": {"spacing_mm": [SPACING] * 3, "window_hu": [-100.0, 240.0]},
                "detection.patches": {"size": PATCH},
                "detection.width": WIDTH,
                "detection.levels": LEVELS,
                "detection.batch_size": BATCH,
                "detection.patches_per_epoch": 12 * BATCH,
                "training.epochs": EPOCHS,
            },
        )
        table = assemble_sources(recipe)
        labels = make_labels(table, table.classes)
        own = labels.rows("train")
        names = [labels.record[row] for row in own]
        annotated = open_annotated(recipe, table, names, store=None, drawn_on=set(names))
        cases = make_cases(annotated, labels, table.classes, own, recipe.detection.exclusive)
        data = DenseData(labels, cases, [], recipe.detection, 0)
        description = describe_run(recipe, RunSettings(method="label-assemble"), table)
        torch.manual_seed(0)
        network, plain = (
            build_network(
                recipe.model,
                "label-assemble",
                table.classes,
                sources=labels.sources,
                detection=recipe.detection,
            )
            for _ in range(2)
        )
        module = DetectionModule(network, recipe, description, data)
        rivals = Rivals(plain, (2 * BATCH, 1, *PATCH), dense=True)
        with quiet_lightning():
            trainer = build_trainer(recipe.training, folder, [rivals], validates=False)
            trainer.fit(module, datamodule=data)
    return rivals
