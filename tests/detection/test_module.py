"""What one dense step of every method lowers, and what it leaves alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple, get_args

import pytest
import torch
from torch import Tensor

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.data_module import DenseData
from labelassemble.detection.dense_batch import DenseBatch, PatchBatches, PatchDataset
from labelassemble.detection.module import DetectionModule, MovedBatch
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.images.batch import make_labels
from labelassemble.losses.bce import bce_loss
from labelassemble.losses.dice import dice_loss
from labelassemble.losses.total import total_loss
from labelassemble.model.build import build_network
from labelassemble.settings import SYSTEMS, Method, Recipe, RunSettings
from labelassemble.training.run import describe_run
from labelassemble.volumes.dense_views import draw_dense_views

ALL_SOURCES = tuple(one for one in get_args(Method) if one not in ("single", *SYSTEMS))


class Step(NamedTuple):
    module: DetectionModule
    batch: DenseBatch
    moved: MovedBatch
    logits: tuple[Tensor, Tensor]
    loss: Tensor

    def means(self) -> list[float]:
        """Total, bce, pseudo, consist, dice, image level, as the module added them up."""
        return (self.module.sums[1:-2] / len(self.batch.row)).tolist()


@pytest.fixture
def take_step(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> Callable[..., Step]:
    def take(method: Method, where_unknown: bool = False, **changes: Any) -> Step:
        recipe = make_recipe(**changes)
        table = volume_table
        labels = make_labels(table, table.classes)
        names = table.records["record"].to_list()
        annotated = open_annotated(recipe, table, names, store=None, drawn_on=set(names))
        cases = make_cases(annotated, labels, table.classes, labels.rows("train"))
        data = DenseData(labels, cases, [], recipe.detection, 0)
        description = describe_run(recipe, RunSettings(method=method), table)

        def build() -> Any:
            return build_network(
                recipe.model, method, table.classes, 0, labels.sources, recipe.detection
            )

        module = DetectionModule(build(), recipe, description, data)
        module.trainer = SimpleNamespace(  # type: ignore[assignment]
            current_epoch=0, global_rank=0, num_training_batches=1
        )
        module.on_fit_start()
        drawn = PatchBatches(cases, recipe.detection, 1).draw(10)
        batch = PatchDataset(cases, recipe.detection.patches.size).__getitems__(drawn)
        assert not batch.known.all()
        # Whatever stands in unknown voxels.
        label = torch.where(batch.known, batch.label, torch.tensor(where_unknown))
        batch = batch._replace(label=label)
        views = draw_dense_views(
            torch.Generator().manual_seed(module.make_seed(1)),
            len(drawn),
            batch.image.shape[2:],
            recipe.detection.augment,
            recipe.detection.volumes.spacing_mm,
        )
        moved = MovedBatch(batch, views)
        loss = module.training_step(batch, 0)
        both = torch.cat([moved.weak, moved.strong])
        logits = build()(both, dense=True, source=batch.source.repeat(2)).chunk(2)
        return Step(module, batch, moved, logits, loss)

    return take


def test_label_assemble_lowers_all_terms_inside_the_image(take_step: Callable[..., Step]) -> None:
    step = take_step("label-assemble", losses={"dice_weight": 0.5})
    inside = step.moved.inside.expand_as(step.moved.known)
    assert not inside.all()
    parts = total_loss(
        *step.logits, step.moved.label, step.moved.known, dice_weight=0.5, inside=inside
    )
    torch.testing.assert_close(step.loss, parts.total)
    total, bce, pseudo, consist, dice, image_level = step.means()
    assert [total, bce, pseudo, consist, dice] == pytest.approx(torch.stack(parts).tolist())
    assert image_level == 0.0
    assert min(parts) > 0.0
    # By hand: voxels inside, known and unknown ones, and no others.
    weak = step.logits[0].sigmoid()[inside]
    sharp = torch.where(weak >= 0.5, weak + (1 - weak) / 4, weak - weak / 4)
    assert pseudo == pytest.approx((weak - sharp).square().mean().item(), rel=1e-4)


@pytest.mark.parametrize("method", [one for one in ALL_SOURCES if one != "label-assemble"])
def test_others_lower_cross_entropy_and_dice(
    method: Method, take_step: Callable[..., Step]
) -> None:
    step = take_step(method, losses={"dice_weight": 0.5})
    label, known = step.moved.label, step.moved.known
    if method == "unknown-as-negative":
        label, known = torch.where(known, label, 0.0), step.moved.inside.expand_as(known)
    expected = [
        bce_loss(logit, label, known) + 0.5 * dice_loss(logit, label, known)
        for logit in step.logits
    ]
    torch.testing.assert_close(step.loss, torch.stack(expected).mean(), rtol=1e-4, atol=1e-6)
    assert step.means()[2:4] == [0.0, 0.0]


@pytest.mark.parametrize("method", ALL_SOURCES)
def test_what_stands_in_unknown_voxels_never_matters(
    method: Method, take_step: Callable[..., Step]
) -> None:
    changes = {"losses": {"dice_weight": 0.5}}
    assert take_step(method, 0.0, **changes).loss == take_step(method, 1.0, **changes).loss


def test_known_moves_with_its_voxels(take_step: Callable[..., Step]) -> None:
    step = take_step("masked")
    moved, batch = step.moved, step.batch
    assert (moved.known <= moved.inside).all(), "known outside the image"
    # A class that is unknown in the whole patch stays so.
    nothing = ~batch.known.flatten(2).any(dim=2)
    assert nothing.any()
    assert not moved.known[nothing].any()
    positive = (moved.label > 0.5) & moved.known
    grey = moved.weak.expand_as(positive)
    assert grey[:, 0][positive[:, 0]].mean() > 0.75
    assert grey[:, 1][positive[:, 1]].mean() < 0.45


def test_images_known_as_a_whole_teach_through_their_pooled_prediction(
    take_step: Callable[..., Step],
) -> None:
    whole = {"patches": {"size": (24, 24, 16)}, "image_level_weight": 2.0}
    step = take_step("masked", detection=whole)
    assert step.batch.image_known.any()
    total, bce, *_, image_level = step.means()
    assert image_level > 0
    assert total == pytest.approx(bce + 2.0 * image_level)
    parts = take_step("masked", detection={"image_level_weight": 2.0})
    assert not parts.batch.image_known.any()
    assert parts.means()[-1] == 0.0


def test_sums_count_voxels_inside(take_step: Callable[..., Step]) -> None:
    step = take_step("masked")
    inside = step.moved.inside.expand_as(step.moved.known)
    assert step.module.sums[-2] == (step.moved.known & inside).sum()
    assert step.module.sums[-2:].sum() == inside.sum()
    assert step.module.sums.isfinite().all()
