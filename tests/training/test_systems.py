"""Every published system learns from the toy, predicts, and comes back from its checkpoint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.model.backbone import Backbone
from labelassemble.settings import SYSTEMS, Method, Recipe, RunSettings
from labelassemble.training.csv_log import read_log
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.run import train_network

SMALLEST: dict[Method, dict[str, Any]] = {
    "medical-mae": {"backbone": "vit_ti16"},
    "swinchex": {"head_layers": 1},
    "rpsal": {"backbone": "densenet121"},
    "xprotonet": {"prototype_features": 8, "prototypes": 2},
    "ma-reconstructed": {"product_features": 16},
}
"""Model settings with which a system is as small as it can be."""


def test_every_system_is_tried() -> None:
    assert set(SMALLEST) == set(SYSTEMS)


@pytest.mark.parametrize("method", SYSTEMS)
def test_from_the_table_to_predictions(
    method: Method,
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    frame = {"input": {"side": 32, "centre": 0.875}}
    recipe = make_recipe(
        model={**SMALLEST[method], **frame},
        training={
            "epochs": 2 if method == "xprotonet" else 1,
            "images_per_epoch": 32,
            "prototypes": {"extractor_epochs": 0, "joint_epochs": 1},
        },
        augment={"smallest_area": 0.5, "rand_layers": 1, "rand_views": "both"},
    )
    task = Diagnosis(recipe, RunSettings(method=method), toy_table, toy_store)
    run = train_network(task, tmp_path / "run")
    log = read_log(run / "log.csv")
    assert log["total_loss"].is_finite().all()
    assert set(log["pseudo_loss"]) == {0.0}
    network = load_network(run / "checkpoints" / "best.ckpt", torch.device("cpu"))
    assert network.backbone.frame == (32, 0.875)
    predictions = read_predictions(run / "predictions.parquet")
    assert predictions.height == 2 * (24 + 16)
    assert predictions["probability"].is_between(0.0, 1.0).all()


@pytest.mark.parametrize("method", SYSTEMS)
def test_every_head_learns_on_features_that_are_computed_once(
    method: Method,
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = {"head_layers": 1, "prototype_features": 8, "prototypes": 2, "product_features": 16}
    recipe = make_recipe(
        model={**own, "backbone": "small", "pyramid": False},
        training={
            "epochs": 2,
            "images_per_epoch": 32,
            "prototypes": {"extractor_epochs": 0, "joint_epochs": 1},
            "fine_tune": {"frozen_stages": "all", "cached_views": 1},
        },
    )
    learning: list[bool] = []
    forward = Backbone.forward

    def watch(self: Backbone, image: torch.Tensor, whole: bool = False) -> torch.Tensor:
        learning.append(torch.is_grad_enabled())
        return forward(self, image, whole)

    monkeypatch.setattr(Backbone, "forward", watch)
    task = Diagnosis(recipe, RunSettings(method=method), toy_table, toy_store)
    run = train_network(task, tmp_path / "run")
    assert learning
    assert not any(learning)
    assert read_log(run / "log.csv")["total_loss"].is_finite().all()
    assert read_predictions(run / "predictions.parquet").height == 2 * (24 + 16)


def test_a_pyramid_that_learns_is_not_computed_once(
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    probe = {"frozen_stages": "all", "cached_views": 1}
    for model, said in (
        ({}, r"model\.pyramid = false"),
        ({"pyramid": False, "region_backbone": "small"}, "regions are of images"),
    ):
        recipe = make_recipe(model=model, training={"fine_tune": probe})
        task = Diagnosis(recipe, RunSettings(method="rpsal"), toy_table, toy_store)
        with pytest.raises(SettingsError, match=said):
            train_network(task, tmp_path / "run")
