"""What one step of every method lowers, and what it leaves alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple, get_args

import pytest
import torch
from torch import Tensor

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.augment_radiograph import draw_views, weak_and_strong
from labelassemble.images.batch import Batch
from labelassemble.images.scale_grey import scale_grey
from labelassemble.images.store import ImageStore
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.losses.bce import bce_loss
from labelassemble.losses.total import LossParts, total_loss
from labelassemble.model.build import build_network
from labelassemble.settings import SYSTEMS, Method, Recipe, RunSettings
from labelassemble.training.data_module import ImageData
from labelassemble.training.module import TrainingModule
from labelassemble.training.select import select_learnable

ALL_SOURCES = tuple(one for one in get_args(Method) if one not in ("single", *SYSTEMS))


class Step(NamedTuple):
    module: TrainingModule
    batch: Batch
    logits: tuple[Tensor, ...]
    """Of the weak and of the strong view, where the step saw both."""
    loss: Tensor

    def parts(self) -> LossParts:
        """What the module added up, an image."""
        total, bce, pseudo, consist = (self.module.sums[1:5] / len(self.batch.row)).float()
        return LossParts(total, bce, pseudo, consist, torch.zeros(()))


@pytest.fixture
def take_step(
    make_recipe: Callable[..., Recipe], toy_table: AssembledTable, toy_store: ImageStore
) -> Callable[..., Step]:
    def take(method: Method, label_where_unknown: float = 0.0, **changes: dict[str, Any]) -> Step:
        recipe = make_recipe(**changes)
        learnable = select_learnable(toy_table, RunSettings(method=method))
        data = ImageData(
            learnable,
            toy_store,
            recipe.training,
            method,
            seed=0,
            validation_batch_size=8,
            bce_views=recipe.losses.bce_views,
        )
        description = NetworkDescription(
            version="1",
            method=method,
            source=None,
            seed=0,
            classes=learnable.classes,
            sources=data.labels.sources,
            vocabulary="toy",
            vocabulary_version="1",
            model=recipe.model,
            images=recipe.images,
        )
        network = build_network(recipe.model, method, learnable.classes, 0, data.labels.sources)
        module = TrainingModule(network, recipe, description, data)
        module.trainer = SimpleNamespace(  # type: ignore[assignment]
            current_epoch=0, global_rank=0, num_training_batches=1
        )
        module.on_fit_start()
        # Images of both sources.
        batch = data.train_records.__getitems__(list(range(0, 48, 3)))
        assert set(batch.source.tolist()) == {0, 1}
        unknown = torch.tensor(label_where_unknown)
        batch = batch._replace(label=torch.where(batch.known, batch.label, unknown))
        image = scale_grey(batch.image)
        generator = torch.Generator().manual_seed(module.make_seed(1))
        views = draw_views(generator, len(image), image.shape[-1], recipe.augment)
        both = torch.cat(weak_and_strong(image, views))
        loss = module.training_step(batch, 0)
        again = build_network(recipe.model, method, learnable.classes, 0, data.labels.sources)
        logits = again(both, source=batch.source.repeat(2)).chunk(2)
        return Step(module, batch, logits, loss)

    return take


@pytest.mark.parametrize("method", [name for name in ALL_SOURCES if name != "label-assemble"])
def test_both_views_go_in_together_and_the_loss_is_their_mean(
    method: Method, take_step: Callable[..., Step]
) -> None:
    step = take_step(method, losses={"bce_views": "both"})
    label, known = step.batch.label, step.batch.known
    if method == "unknown-as-negative":
        assert not known.all()
        known = torch.ones_like(known)
    weak, strong = (bce_loss(logit, label, known) for logit in step.logits)
    assert weak != strong
    torch.testing.assert_close(step.loss, (weak + strong) / 2)
    assert step.parts().pseudo == step.parts().consist == 0.0


def test_masked_on_both_views_is_label_assemble_without_what_is_its_own(
    take_step: Callable[..., Step],
) -> None:
    control = take_step("masked", losses={"bce_views": "both"})
    ours = take_step(
        "label-assemble",
        model={"class_queries": False, "pooling": "logsumexp"},
        losses={"bce_views": "both", "pseudo_weight": 0.0, "consist_weight": 0.0},
    )
    torch.testing.assert_close(control.loss, ours.loss)


@pytest.mark.parametrize("class_queries", [True, False])
def test_label_assemble_lowers_all_three_terms_with_either_head(
    class_queries: bool, take_step: Callable[..., Step]
) -> None:
    as_authors = {"temperature": 4.0, "cells": "all", "detach_pseudo_label": False}
    step = take_step("label-assemble", model={"class_queries": class_queries}, losses=as_authors)
    expected = total_loss(*step.logits, step.batch.label, step.batch.known)
    torch.testing.assert_close(step.loss, expected.total)
    torch.testing.assert_close(step.parts(), expected)
    assert min(expected.pseudo, expected.consist) > 0.0


def test_counting_unknown_as_negative_differs_through_unknown_cells_alone(
    take_step: Callable[..., Step],
) -> None:
    steps = {method: take_step(method) for method in ("masked", "unknown-as-negative")}
    known = steps["masked"].batch.known
    assert 0 < known.sum() < known.numel()
    share = known.sum() / known.numel()
    # The mean over all cells is that over the known ones and that over the others, by their share.
    (gradients, all_gradients) = (
        torch.autograd.grad(step.loss, list(step.module.network.parameters()))
        for step in steps.values()
    )
    module, batch = steps["masked"].module, steps["masked"].batch
    inverted = batch._replace(known=~known, label=torch.zeros_like(batch.label))
    others = module.training_step(inverted, 0)
    torch.testing.assert_close(
        steps["unknown-as-negative"].loss, share * steps["masked"].loss + (1 - share) * others
    )
    other_gradients = torch.autograd.grad(others, list(module.network.parameters()))
    for every, one, other in zip(all_gradients, gradients, other_gradients, strict=True):
        torch.testing.assert_close(every, share * one + (1 - share) * other, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("method", ALL_SOURCES)
def test_what_stands_in_unknown_cells_never_matters(
    method: Method, take_step: Callable[..., Step]
) -> None:
    assert take_step(method).loss == take_step(method, label_where_unknown=1.0).loss


def test_only_the_head_of_the_images_source_learns(take_step: Callable[..., Step]) -> None:
    step = take_step("med3d")
    network, batch = step.module.network, step.batch
    east = batch.source == 1
    logit = network(scale_grey(batch.image), source=batch.source)
    loss = bce_loss(logit[east], batch.label[east], batch.known[east])
    (gradient,) = torch.autograd.grad(loss, network.head.linear.weight)
    west_left, west_right, east_left, east_right = gradient
    assert (west_left == 0).all()
    assert (west_right == 0).all()
    # East looked for squares on the right alone.
    assert (east_left == 0).all()
    assert east_right.abs().sum() > 0
