"""Stages of region proposals: what learns when, and a run with both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError
from labelassemble.images.store import ImageStore
from labelassemble.inference.load_network import load_network
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.settings import LossSettings, ModelSettings, Recipe, RunSettings
from labelassemble.training.class_counts import ClassCounts
from labelassemble.training.csv_log import read_log
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.head_terms import Asked
from labelassemble.training.learner import Learner
from labelassemble.training.region_module import idle_terms, region_terms
from labelassemble.training.run import train_network

SMALL = {"backbone": "small", "pyramid": False, "region_backbone": "small"}
COUNTS = ClassCounts(*(torch.tensor([0.1, 0.3]) for _ in range(3)))


def slope(network: Network, label: torch.Tensor, known: torch.Tensor) -> list[torch.Tensor]:
    """Gradients of the term beside the classification loss, from one fixed state."""
    network.zero_grad()
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(3, 1, 64, 64, generator=torch.Generator().manual_seed(1))
    torch.manual_seed(0)
    asked = Asked((image,), label, known, COUNTS, generator)
    region_terms(network, asked, LossSettings())[1].backward()
    return [one.grad.clone() for one in network.parameters() if one.grad is not None]


def test_what_stands_in_an_unknown_cell_changes_no_gradient() -> None:
    network = build_network(ModelSettings.model_validate(SMALL), "rpsal", ("a", "b"), seed=0)
    known = torch.tensor([[True, False], [False, True], [True, True]])
    label = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    before = slope(network, label, known)
    for unknown in (1.0, float("nan")):
        again = slope(network, torch.where(known, label, unknown), known)
        assert all(torch.equal(one, other) for one, other in zip(before, again, strict=True))
    other = slope(network, 1.0 - label, known)
    assert not all(torch.equal(one, other) for one, other in zip(before, other, strict=True))


def test_before_regions_learn_their_gradients_are_0_for_processes_that_wait_for_them() -> None:
    network = build_network(ModelSettings.model_validate(SMALL), "rpsal", ("a", "b"), seed=0)
    image = torch.rand(3, 1, 64, 64)
    known = torch.ones(3, 2, dtype=torch.bool)
    asked = Asked((image, image), torch.ones(3, 2), known, COUNTS, torch.Generator())
    logits, beside = idle_terms(network, asked, LossSettings())
    torch.testing.assert_close(torch.cat(logits), network(torch.cat([image, image])))
    (torch.cat(logits).sum() + beside).backward()
    assert all(one.grad is not None for one in network.parameters())
    assert not any(one.grad.any() for one in network.head.regions.parameters())


def test_both_stages_learn_what_is_theirs(
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = make_recipe(
        model=SMALL,
        training={
            "epochs": 4,
            "images_per_epoch": 8,
            "batch_size": 8,
            "region_epochs": 2,
            "weight_decay": 0.0,
            "fine_tune": {"norms_first": 1},
        },
    )
    states: list[dict[str, torch.Tensor]] = []
    start = Learner.on_train_epoch_start

    def keep(self: Any) -> None:
        start(self)
        states.append({name: one.clone() for name, one in self.network.named_parameters()})

    monkeypatch.setattr(Learner, "on_train_epoch_start", keep)
    task = Diagnosis(recipe, RunSettings(method="rpsal"), toy_table, toy_store)
    run = train_network(task, tmp_path / "run")
    states.append(dict(load_network(run / "checkpoints" / "last.ckpt").named_parameters()))

    def moved(epoch: int) -> set[str]:
        before, after = states[epoch], states[epoch + 1]
        return {name for name in before if not torch.equal(before[name], after[name])}

    regions = {name for name in states[0] if name.startswith("head.regions.")}
    norms = {name for name in states[0] if ".norm" in name or "bn" in name}
    first = moved(0) | moved(1)
    assert not first & regions
    assert any(name.startswith("backbone.") for name in moved(1))
    # With regions the first stage's weights stay for an epoch; proposals and heads learn.
    begun = moved(2)
    assert {"head.regions.proposals.look.weight", "head.regions.heads.0.2.weight"} <= begun
    still = {name for name in begun - regions if states[0][name].ndim > 1}
    assert still == set()
    assert (
        not {name for name in begun if name.startswith("head.regions.body.")}
        - norms
        - {name for name in regions if states[0][name].ndim == 1}
    )
    assert "pooling.log_sharpness" not in begun
    assert any(states[0][name].ndim > 1 for name in moved(3) - regions)
    log = read_log(run / "log.csv")
    assert log["total_loss"].is_finite().all()
    # The first epochs have no regions yet, and are not chosen.
    best = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["epoch"] >= 2


def test_a_first_stage_without_an_epoch_is_refused(
    make_recipe: Callable[..., Recipe],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    tmp_path: Path,
) -> None:
    recipe = make_recipe(model=SMALL, training={"epochs": 3, "region_epochs": 3})
    task = Diagnosis(recipe, RunSettings(method="rpsal"), toy_table, toy_store)
    with pytest.raises(SettingsError, match=r"above training\.region_epochs"):
        train_network(task, tmp_path / "run")
