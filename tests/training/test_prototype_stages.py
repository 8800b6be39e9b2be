"""Stages of XProtoNet: what learns when, and prototypes that become training images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, SettingsError
from labelassemble.images.batch import make_labels
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.settings import ModelSettings, PrototypeSettings, Recipe, RunSettings
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.prototype_stages import (
    check_prototypes,
    forget_other_gradients,
    replace_prototypes,
)
from labelassemble.training.run import train_network

TINY = ModelSettings(backbone="small", prototype_features=8, prototypes=2)
STAGES = {"extractor_epochs": 1, "joint_epochs": 1, "weight_epochs": 1}


def make_network() -> Network:
    return build_network(TINY, "xprotonet", ("left", "right"), seed=0)


def test_what_learns_in_which_stage() -> None:
    network = make_network()
    for stage, learning, still in (
        ("extractor", "head.narrow.0.weight", {"head.prototype", "head.share"}),
        ("joint", "head.prototype", {"head.share"}),
    ):
        for parameter in network.parameters():
            parameter.grad = torch.ones_like(parameter)
        forget_other_gradients(network, stage)  # type: ignore[arg-type]
        without = {name for name, one in network.named_parameters() if one.grad is None}
        assert without == still
        assert learning not in without
    forget_other_gradients(network, "weights")
    assert {name for name, one in network.named_parameters() if one.grad is not None} == set()


def test_every_prototype_becomes_the_nearest_positive_training_image(
    toy_table: AssembledTable, toy_store: ImageStore
) -> None:
    network = make_network().train()
    labels = make_labels(toy_table, toy_table.classes)
    before = network.head.prototype.detach().clone()

    def look(row: torch.Tensor) -> torch.Tensor:
        names = [labels.record[one] for one in row.tolist()]
        return network.backbone(
            scale_grey(torch.from_numpy(toy_store.read(toy_store.find_rows(names))))
        )

    replace_prototypes(network, labels, look, 7)
    assert network.training
    head = network.head
    rows = labels.rows("train")
    stored = torch.from_numpy(toy_store.read(toy_store.find_rows([labels.record[r] for r in rows])))
    with torch.no_grad():
        found = head.describe(network.eval().backbone(scale_grey(stored)))
        alike = torch.nn.functional.cosine_similarity(found.vector, before[None], dim=-1)
    for name in range(2):
        positive = labels.known[rows, name] & (labels.label[rows, name] > 0.5)
        for number in range(2):
            own = np.where(positive, alike[:, name, number].numpy(), -2.0)
            best = int(own.argmax())
            assert int(head.origin[name, number]) == rows[best]
            torch.testing.assert_close(
                head.prototype[name, number], found.vector[best, name, number]
            )


def test_a_run_says_which_training_image_each_prototype_is(
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe = make_recipe(
        model={"prototype_features": 8, "prototypes": 2},
        training={"epochs": 4, "images_per_epoch": 16, "prototypes": STAGES},
    )
    task = Diagnosis(recipe, RunSettings(method="xprotonet"), toy_table, toy_store)
    run = train_network(task, tmp_path / "run")
    network = load_network(run / "checkpoints" / "best.ckpt", torch.device("cpu"))
    # The third of the epochs is the only one whose prototypes are images.
    assert (network.head.origin >= 0).all()
    assert (network.head.share >= 0.0).all()
    told = pl.read_csv(run / "prototypes.csv")
    assert told.select("class", "prototype").rows() == [
        ("left", 1),
        ("left", 2),
        ("right", 1),
        ("right", 2),
    ]
    positive = toy_table.cells.filter(state="positive").select("record", "class")
    train = toy_table.records.filter(split="train")["record"]
    assert told.join(positive, on=["record", "class"], how="semi").height == 4
    assert told["record"].is_in(train.implode()).all()
    assert told["row"].is_between(0, 1).all()


def test_bad_input(toy_table: AssembledTable) -> None:
    labels = make_labels(toy_table, toy_table.classes)
    settings = PrototypeSettings.model_validate(STAGES)
    none = labels._replace(label=labels.label * np.array([1.0, 0.0], dtype=np.float32))
    with pytest.raises(RunError, match="none of right"):
        check_prototypes(none, 9, settings)
    with pytest.raises(SettingsError, match="3 or more"):
        check_prototypes(labels, 2, settings)
