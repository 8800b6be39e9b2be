"""One step of learning to find lesions, and whole images on validation: what Lightning calls."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from labelassemble.detection.data_module import DenseData
from labelassemble.detection.dense_batch import DenseBatch
from labelassemble.detection.image_level import image_level_loss
from labelassemble.detection.predict_image import predict_image
from labelassemble.detection.validation_scores import SeenImage, look_at, score_images
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.losses.total import LossParts
from labelassemble.model.network import Network
from labelassemble.settings import Recipe, choose_bce_views
from labelassemble.training.csv_log import DENSE_LOSSES, DenseRow
from labelassemble.training.learner import Learner, diverged
from labelassemble.types import DenseImage, LogitMap
from labelassemble.volumes.dense_views import DenseViews, dense_weak_and_strong, draw_dense_views


class MovedBatch:
    """The views of a batch, and what is known of their places, which moved with them."""

    def __init__(self, batch: DenseBatch, views: DenseViews) -> None:
        # What is outside the image moves too: it rides along as one class more.
        label = batch.label.to(batch.image.dtype)
        pair = dense_weak_and_strong(
            batch.image,
            torch.cat([label, torch.zeros_like(label[:, :1])], dim=1),
            torch.cat([batch.known, batch.inside], dim=1),
            views,
        )
        self.weak: DenseImage = pair.weak
        self.strong: DenseImage = pair.strong
        self.label: Float[Tensor, "batch classes *space"] = pair.label[:, :-1]
        self.known: Bool[Tensor, "batch classes *space"] = pair.known[:, :-1]
        self.inside: Bool[Tensor, "batch 1 *space"] = pair.known[:, -1:]


class DetectionModule(Learner):
    """A network that predicts densely, the views that it sees, and the loss that it lowers.

    The weak and the strong view are moved alike, so that their predictions correspond place by
    place; ``known`` moves with them. As in diagnosis, the methods other than ``label-assemble`` see
    the weak view alone, unless ``losses.bce_views`` is ``both``. Outside the image no term counts.

    On validation whole images are predicted; ``detection.chosen_by`` says what chooses the epoch.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        description: NetworkDescription,
        data: DenseData,
    ) -> None:
        super().__init__(network, recipe, description, data, DENSE_LOSSES)
        self.dense_data = data
        self.seen: list[SeenImage] = []
        self.scores: tuple[float | None, float | None] = (None, None)

    def training_step(self, batch: DenseBatch, batch_idx: int) -> Tensor:
        """Draw the views of a batch of patches and give its loss."""
        detection = self.recipe.detection
        generator = torch.Generator().manual_seed(self.make_seed(batch_idx + 1))
        size = batch.image.shape[2:]
        spacing = detection.volumes.spacing_mm if detection.dimensions == 3 else None
        views = draw_dense_views(generator, len(batch.row), size, detection.augment, spacing)
        moved = MovedBatch(batch, views)
        seen: tuple[DenseImage, ...] = (moved.weak,)
        if self.sees_both:
            seen = (moved.weak, moved.strong)
        logits = self.predict_views(seen, batch.source, dense=True)
        inside = moved.inside.expand_as(moved.known)
        dice_weight = self.recipe.losses.dice_weight
        parts = self.lose(
            logits, moved.label, moved.known, batch_idx, inside=inside, dice_weight=dice_weight
        )
        image_level = self._learn_images(logits, moved, batch, parts)
        total = parts.total + detection.image_level_weight * image_level
        losses = (total, parts.bce, parts.pseudo, parts.consist, parts.dice, image_level)
        self.add_step(len(batch.row), losses, (moved.known & inside).sum(), inside.sum())
        return total

    def validation_step(self, batch: Tensor, batch_idx: int) -> None:
        """Predict whole validation images."""
        for place in batch.tolist():
            case = self.dense_data.validation_cases[place]
            probability = predict_image(self.network, case.annotated.image(), self.recipe.detection)
            self.seen.append(look_at(probability, case, self.recipe.detection))

    def on_validation_epoch_end(self) -> None:
        """Score what all processes predicted."""
        seen: list[SeenImage] = list(self.seen)
        self.seen.clear()
        if self.trainer.world_size > 1:
            gathered: list[Any] = [None] * self.trainer.world_size
            torch.distributed.all_gather_object(gathered, seen)
            seen = [one for part in gathered for one in part]
        if not all(np.isfinite(one.probability).all() for one in seen):
            raise diverged(self.current_epoch, "predictions", self.recipe.training.learning_rate)
        self.scores = score_images(seen, self.data.labels)
        auroc, found = self.scores
        self.validation_score = auroc if self.recipe.detection.chosen_by == "auroc" else found

    def on_train_epoch_start(self) -> None:
        """Forget the last epoch."""
        super().on_train_epoch_start()
        self.scores = (None, None)

    def make_row(self, epoch: int, step: int) -> DenseRow:
        """Tell the epoch that has just ended, after validation."""
        auroc, found = self.scores
        return DenseRow(
            **self.tell_epoch(epoch, step),
            validation_auroc_score=auroc,
            validation_froc_score=found,
        )

    def _learn_images(
        self,
        logits: tuple[LogitMap, ...],
        moved: MovedBatch,
        batch: DenseBatch,
        parts: LossParts,
    ) -> Tensor:
        """L_bce of pooled predictions, on the views that L_bce sees; 0 where its weight is."""
        detection = self.recipe.detection
        if not detection.image_level_weight:
            return torch.zeros_like(parts.bce)
        views = choose_bce_views(self.recipe.losses.bce_views, self.description.method)
        seen = logits if views == "both" else logits[:1]
        return torch.stack(
            [
                image_level_loss(
                    logit,
                    moved.inside,
                    batch.image_label,
                    batch.image_known,
                    detection.image_level_pooling,
                )
                for logit in seen
            ]
        ).mean()
