"""Predictions together with what their heads say of themselves, for losses that ask for that."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from labelassemble.images.augment_radiograph import Affine2D, make_view_affine
from labelassemble.losses.attention_overlap import attention_overlap_loss
from labelassemble.losses.prototype_terms import (
    cluster_loss,
    separation_loss,
    sparsity_loss,
    transform_loss,
)
from labelassemble.model.network import Network
from labelassemble.model.product_head import ProductHead
from labelassemble.model.prototype_head import PrototypeHead
from labelassemble.settings import LossSettings, Method
from labelassemble.training.class_counts import ClassCounts
from labelassemble.types import Feature, Image, Known, Label, Logit, Scalar

DEGREES, ZOOM = 10.0, 0.1
"""How far XProtoNet's transform turns and zooms, plus or minus; the paper's range is not known."""


class Asked(NamedTuple):
    """A training step's images and what is known of them.

    Attributes:
        views: of every image, one or two; none where there are features.
        label: 1 present, 0 absent; anything where not known.
        known: which cells somebody labelled.
        counts: of the training cells.
        generator: of the step, on the CPU.
        feature: f(x) of all views, one view after the other, where it was computed before.
    """

    views: Sequence[Image]
    label: Label
    known: Known
    counts: ClassCounts
    generator: torch.Generator
    feature: Feature | None = None


def prototype_terms(
    network: Network, asked: Asked, losses: LossSettings
) -> tuple[tuple[Logit, ...], Scalar]:
    """Predict with prototypes, and give the weighted terms of XProtoNet beside classification.

    The transform is of the image: of features that were computed before there is no such term.
    """
    head = network.head
    assert isinstance(head, PrototypeHead)
    affine = draw_transform(asked.generator)
    first, second = asked.feature, None
    if first is None:
        images = torch.cat(list(asked.views))
        moved = transform_maps(images, affine)
        first, second = network.backbone(torch.cat([images, moved])).chunk(2)
    found = head.describe(first)
    several = len(first) // len(asked.label)
    label, known = asked.label.repeat(several, 1), asked.known.repeat(several, 1)
    expected = expected_counts(asked.counts, len(label), losses)
    positives, negatives = expected or (None, None)
    alike = found.similarity.float()
    sides = first.shape[2:]
    occurrence = found.occurrence.reshape(*found.occurrence.shape[:3], *sides)
    terms = losses.cluster_weight * cluster_loss(alike, label, known, positives)
    terms = terms + losses.separation_weight * separation_loss(alike, label, known, negatives)
    occur = sparsity_loss(occurrence)
    if second is not None:
        there = transform_maps(occurrence.flatten(1, 2), affine).view_as(occurrence)
        here = head.find_occurrence(second).reshape(occurrence.shape)
        occur = occur + transform_loss(there, here)
    logits: Sequence[Logit] = head.weigh(found.similarity).chunk(several)
    return tuple(logits), terms + losses.occurrence_weight * occur


def product_terms(
    network: Network, asked: Asked, losses: LossSettings
) -> tuple[tuple[Logit, ...], Scalar]:
    """Predict with the product of two maps, and give the weighted overlap of their attentions."""
    head = network.head
    assert isinstance(head, ProductHead)
    feature = asked.feature
    if feature is None:
        feature = network.backbone(torch.cat(list(asked.views)))
    several = len(feature) // len(asked.label)
    logits: Sequence[Logit] = network.predict_feature(feature).chunk(several)
    overlap = attention_overlap_loss(*head.attend(feature))
    return tuple(logits), losses.attention_weight * overlap


HeadTerms = Callable[[Network, Asked, LossSettings], tuple[tuple[Logit, ...], Scalar]]
HEAD_TERMS: Mapping[Method, HeadTerms] = {
    "xprotonet": prototype_terms,
    "ma-reconstructed": product_terms,
}
"""By the method: predictions on each view, and terms beside the loss of ``system_losses.py``."""


def expected_counts(
    counts: ClassCounts, images: int, losses: LossSettings
) -> tuple[Tensor, Tensor] | None:
    """Positives and negatives of each class that so many images have in the mean.

    Returns:
        None where ``losses.class_counts`` says that a batch's own count.
    """
    if losses.class_counts == "batch":
        return None
    return images * counts.positive, images * counts.negative


def draw_transform(generator: torch.Generator) -> Affine2D:
    """Draw one motion, on the CPU: a turn and a zoom."""
    turn, zoom = 2.0 * torch.rand(2, 1, generator=generator) - 1.0
    still = torch.zeros(1)
    return make_view_affine(DEGREES * turn, still, still, 1.0 + ZOOM * zoom, still > 0.0)


def transform_maps(maps: Tensor, affine: Affine2D) -> Tensor:
    """Move images or maps, linearly interpolated; 0 from outside.

    Args:
        maps: ``batch channels height width``.
        affine: the one motion of all.
    """
    if math.prod(maps.shape) == 0:
        return maps
    theta = affine.to(maps.device, maps.dtype).expand(len(maps), -1, -1)
    grid = affine_grid(theta, list(maps.shape), align_corners=False)
    return grid_sample(maps, grid, align_corners=False)
