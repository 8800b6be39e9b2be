"""What is frozen and left out, in a network as in a run; averaged weights in a run that resumes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.store import ImageStore
from labelassemble.model.build import build_network
from labelassemble.model.stochastic_depth import StochasticDepth
from labelassemble.settings import ModelSettings, Recipe, RunSettings
from labelassemble.training import model_choice
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.fine_tune import prepare_fine_tuning
from labelassemble.training.run import train_network
from labelassemble.weights_settings import FineTuneSettings


def test_a_network_is_made_ready_as_asked() -> None:
    network = build_network(ModelSettings(backbone="small"), "masked", ("a",))
    prepare_fine_tuning(network, FineTuneSettings())
    assert all(parameter.requires_grad for parameter in network.parameters())
    prepare_fine_tuning(network, FineTuneSettings(frozen_stages="all", stochastic_depth=0.2))
    learning = {name for name, one in network.named_parameters() if one.requires_grad}
    assert learning == {"head.linear.weight", "head.linear.bias", "pooling.log_sharpness"}
    assert not network.train().backbone.layers.training
    drops = [one for one in network.modules() if isinstance(one, StochasticDepth)]
    assert drops[-1].rate == 0.2


CACHED = {"frozen_stages": "all", "cached_views": 1}


def read_states(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    held: Any = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    return held["state_dict"], held["learning_weights"]


def test_averaged_weights_are_the_runs_and_resume_with_it(
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fine_tune = {"average_decay": 0.9, "frozen_stages": 1, "stochastic_depth": 0.2}
    recipe = make_recipe(training={"epochs": 2, "fine_tune": fine_tune})
    task = Diagnosis(recipe, RunSettings(method="masked"), toy_table, toy_store)
    whole = train_network(task, tmp_path / "whole")
    average, learning = read_states(whole)
    stem = {name for name in average if ".stem." in name}
    same = {name for name in average if torch.equal(average[name], learning[name])}
    assert stem <= same
    assert "network.head.linear.weight" not in same
    say = model_choice.EpochLines.write_epoch

    def stop(self: Any, row: Any, is_best: bool) -> None:
        say(self, row, is_best)
        if row.epoch == 1:
            raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(model_choice.EpochLines, "write_epoch", stop)
        with pytest.raises(InterruptedError):
            train_network(task, tmp_path / "broken")
    broken = train_network(task, tmp_path / "broken")
    for first, second in zip(read_states(whole), read_states(broken), strict=True):
        assert first.keys() == second.keys()
        different = [name for name in first if not torch.equal(first[name], second[name])]
        assert different == []


@pytest.mark.parametrize(
    "change",
    [
        {"detection": {"task": "detection"}, "training": {"fine_tune": CACHED}},
        {"training": {"strategy": "fsdp", "fine_tune": {"average_decay": 0.9}}},
        {"training": {"fine_tune": {"stochastic_depth": 1.0}}},
        {"training": {"fine_tune": {"frozen_stages": "some"}}},
    ],
)
def test_what_does_not_go_together(
    change: dict[str, Any], make_recipe: Callable[..., Recipe]
) -> None:
    with pytest.raises(ValidationError, match="fine_tune"):
        make_recipe(**change)
