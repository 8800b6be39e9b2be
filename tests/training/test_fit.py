"""A run takes over how images are scaled for its first weights; so do those that go on from it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import describe_network, read_checkpoint
from labelassemble.inference.load_network import load_network
from labelassemble.model.backbone import build_backbone
from labelassemble.model.input_scale import TORCHXRAYVISION
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.fit import build_first
from labelassemble.training.run import describe_run, train_network
from labelassemble.weights_settings import InputSettings


def test_the_scale_of_first_weights_goes_with_the_run(
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    weights = tmp_path / "published.pt"
    torch.save(
        {**build_backbone("small").layers.state_dict(), "op_threshs": torch.rand(18)}, weights
    )
    recipe = make_recipe(model={"pretrained": str(weights)}, training={"epochs": 1})
    run = RunSettings()
    folder = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "run")
    weights.unlink()
    best = folder / "checkpoints" / "best.ckpt"
    assert load_network(best).backbone.scale == TORCHXRAYVISION
    assert "-1024 to 1024, mean 0, deviation 1, 1 channel" in (folder / "card.md").read_text()
    told = describe_network(read_checkpoint(best), best)
    assert told.model.input == TORCHXRAYVISION.to_settings()
    # Resumed, and started from, without the weights.
    first = describe_run(recipe, run, toy_table)
    assert build_first(recipe, first, best).backbone.scale == TORCHXRAYVISION
    after = make_recipe(training={"start_from": str(best)})
    assert build_first(after, first).backbone.scale == TORCHXRAYVISION
    other = after.model_copy(
        update={"model": after.model.model_copy(update={"input": InputSettings(range=(0.0, 1.0))})}
    )
    with pytest.raises(RunError, match=r"model\.input is set otherwise"):
        build_first(other, first)
