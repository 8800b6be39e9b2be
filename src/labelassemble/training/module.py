"""One step of learning to diagnose, and the predictions on validation: what Lightning calls."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributed import all_reduce, is_available, is_initialized

from labelassemble.images.batch import Batch
from labelassemble.images.make_views import draw_batch_views, make_views
from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.losses.align import align_probabilities, follow_means
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.class_mean import class_mean
from labelassemble.model.network import Network
from labelassemble.settings import LossSettings, Recipe
from labelassemble.training.class_counts import count_classes
from labelassemble.training.class_thresholds import class_prevalence
from labelassemble.training.csv_log import EPOCH_LOSSES, EpochRow
from labelassemble.training.data_module import ImageData
from labelassemble.training.feature_cache import FeatureCache
from labelassemble.training.head_terms import HEAD_TERMS, Asked, HeadTerms
from labelassemble.training.learner import Learner, diverged
from labelassemble.training.system_losses import system_loss
from labelassemble.types import Feature

MEAN_PROBABILITY = "mean_probability"
"""Key of a checkpoint: the running mean prediction of every source and class."""


class TrainingModule(Learner):
    """A network, the views that it sees, and the loss that it lowers.

    The weak and the strong view of a batch go through the network in one pass, so BatchNorm takes
    its statistics from both. The methods other than ``label-assemble`` see the weak view alone,
    unless ``losses.bce_views`` is ``both``; then L_bce is its mean over the two.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        description: NetworkDescription,
        data: ImageData,
    ) -> None:
        super().__init__(network, recipe, description, data, EPOCH_LOSSES)
        self.predictions: list[tuple[Tensor, Tensor]] = []
        self.prevalence = torch.tensor(class_prevalence(data.labels)).float()
        start = self.prevalence.nan_to_num(nan=0.5)
        self.mean_probability = start.repeat(max(1, len(data.labels.sources)), 1)
        self.counts = count_classes(data.labels, data.weight)
        self.features: FeatureCache | None = None

    @property
    def head_terms(self) -> HeadTerms | None:
        """What predicts together with terms of its own in the epoch that runs; None: nothing."""
        return HEAD_TERMS.get(self.description.method)

    @property
    def losses_of_step(self) -> LossSettings:
        """Of the epoch that runs."""
        return self.recipe.losses

    def on_fit_start(self) -> None:
        """Put on the device what every step needs, and compute what is computed once."""
        super().on_fit_start()
        if self.recipe.training.fine_tune.cached_views:
            self.features = self._cache_features()
        self.counts = self.counts.to(self.device)
        self.prevalence = self.prevalence.to(self.device)
        self.mean_probability = self.mean_probability.to(self.device)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the sources' mean predictions too, for a run that resumes."""
        super().on_save_checkpoint(checkpoint)
        checkpoint[MEAN_PROBABILITY] = self.mean_probability.cpu()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take them up again."""
        super().on_load_checkpoint(checkpoint)
        if MEAN_PROBABILITY in checkpoint:
            self.mean_probability = checkpoint[MEAN_PROBABILITY].to(self.mean_probability)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Draw the views of a batch and give its loss."""
        generator = torch.Generator().manual_seed(self.make_seed(batch_idx + 1))
        several = 2 if self.sees_both else 1
        terms, beside = self.head_terms, None
        feature: Tensor | None = None
        views: Sequence[Tensor] = ()
        if self.features is not None:
            view = torch.randint(self.features.views, batch.row.shape, generator=generator)
            read = [
                self.read_features(batch.row, view, strong) for strong in (False, True)[:several]
            ]
            feature = torch.cat(read)
        else:
            image = scale_grey(batch.image)
            side = self.network.backbone.frame.side
            size = side or image.shape[-1]
            drawn = draw_batch_views(generator, len(image), size, self.recipe.augment)
            views = make_views(image, drawn, several, side)
        if terms is not None:
            asked = Asked(views, batch.label, batch.known, self.counts, generator, feature)
            logits, beside = terms(self.network, asked, self.losses_of_step)
        elif feature is not None:
            source = batch.source.repeat(several)
            logits = self.network.predict_feature(feature, source=source).chunk(several)
        else:
            logits = self.predict_views(views, batch.source)
        aligns = self.description.method == "label-assemble" and self.recipe.losses.align != "none"
        pseudo_logit = self._align(logits[0], batch) if aligns else None
        parts = self.lose(logits, batch.label, batch.known, batch_idx, pseudo_logit=pseudo_logit)
        own = system_loss(
            self.description.method,
            logits,
            batch.label,
            batch.known,
            counts=self.counts,
            losses=self.losses_of_step,
        )
        if own is not None:
            parts = parts._replace(total=own if beside is None else own + beside)
        known = batch.known.sum()
        cells = torch.full_like(known, batch.known.numel())
        self.add_step(
            len(batch.row), (parts.total, parts.bce, parts.pseudo, parts.consist), known, cells
        )
        return parts.total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Predict for a batch of validation images."""
        if self.features is not None:
            logit = self.network.predict_feature(self.read_features(batch.row))
        else:
            logit = self.network(scale_grey(batch.image))
        self.predictions.append((batch.row, logit.float()))

    def on_validation_epoch_end(self) -> None:
        """Score what all processes predicted: the mean AUROC over classes that can be scored."""
        row, logit = (torch.cat(parts) for parts in zip(*self.predictions, strict=True))
        self.predictions.clear()
        if self.trainer.world_size > 1:
            row, logit = self._gather(row), self._gather(logit)
        self.validation_score = self._score(row.cpu().numpy(), logit.sigmoid().cpu().numpy())

    def make_row(self, epoch: int, step: int) -> EpochRow:
        """Tell the epoch that has just ended, after validation."""
        score = self.validation_score
        return EpochRow(**self.tell_epoch(epoch, step), validation_auroc_score=score)

    def _cache_features(self) -> FeatureCache:
        """Open the features of all images that are trained and validated with."""
        labels = self.data.labels
        names = [
            name
            for name, split in zip(labels.record, labels.split, strict=True)
            if split in ("train", "validate")
        ]
        assert isinstance(self.data, ImageData)
        cache = FeatureCache(
            self.network.backbone,
            self.data.store,
            self.recipe.augment,
            views=self.recipe.training.fine_tune.cached_views,
            seed=self.description.seed,
            batch_size=self.recipe.evaluation.batch_size,
        )
        cache.fill(names)
        self.feature_row = np.full(len(labels.record), -1, dtype=np.int64)
        for row, name in enumerate(labels.record):
            self.feature_row[row] = cache.row.get(name, -1)
        return cache

    def read_features(self, row: Tensor, view: int | Tensor = -1, strong: bool = False) -> Feature:
        """Features of images that were computed before, on the device.

        Args:
            row: of each image in the labels.
            view: number of each image's view; -1: the image as it is.
            strong: whether of its strong views.
        """
        assert self.features is not None
        rows = self.feature_row[row.cpu().numpy()]
        return self.features.read(rows, view, strong).to(self.device, non_blocking=True)

    def _align(self, weak_logit: Tensor, batch: Batch) -> Tensor:
        """Shift the predictions that are sharpened, and follow their means."""
        probability = weak_logit.detach().float().sigmoid()
        rate = self.recipe.losses.align_rate
        # Of all processes: one of them saves the means for all that resume.
        several = [all_reduce] if is_available() and is_initialized() else []
        self.mean_probability = follow_means(
            self.mean_probability, probability, batch.source, rate, *several
        )
        return align_probabilities(weak_logit, batch.source, self.mean_probability, self.prevalence)

    def _gather(self, own: Tensor) -> Tensor:
        gathered = self.all_gather(own)
        assert isinstance(gathered, Tensor)
        return gathered.flatten(0, 1)

    def _score(self, row: np.ndarray, probability: np.ndarray) -> float | None:
        if not np.isfinite(probability).all():
            raise diverged(self.current_epoch, "predictions", self.recipe.training.learning_rate)
        # Images that two processes predicted, to make their shares equal, count once.
        rows, first = np.unique(row, return_index=True)
        labels = self.data.labels
        by_class = class_auroc(probability[first], labels.label[rows], labels.known[rows])
        mean = class_mean(by_class)
        return mean.score if mean.covered else None
