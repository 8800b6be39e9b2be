"""All terms and their sum."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from torch import Tensor, float32, ones_like, promote_types, stack, zeros_like

from labelassemble.losses.bce import bce_loss
from labelassemble.losses.consist import consist_loss
from labelassemble.losses.dice import dice_loss
from labelassemble.losses.distance import Distance
from labelassemble.losses.pseudo import pseudo_loss
from labelassemble.losses.sharpen import sharpen
from labelassemble.losses.spread import spread_over_space
from labelassemble.types import Known, Label, LogitMap, Scalar


class LossParts(NamedTuple):
    """The weighted sum, and the terms before they were weighted."""

    total: Scalar
    bce: Scalar
    pseudo: Scalar
    consist: Scalar
    dice: Scalar
    """0 where its weight is."""


def total_loss(
    weak_logit: LogitMap,
    strong_logit: LogitMap,
    label: Label,
    known: Known,
    *,
    temperature: float = 4.0,
    threshold: float | Tensor = 0.5,
    bce_weight: float = 1.0,
    pseudo_weight: float = 1.0,
    consist_weight: float = 1.0,
    dice_weight: float = 0.0,
    cells: Literal["unknown", "all"] = "all",
    detach_pseudo_label: bool = False,
    distance: Distance = "mean_square",
    bce_views: Literal["weak", "both"] = "weak",
    inside: Known | None = None,
    pseudo_logit: LogitMap | None = None,
) -> LossParts:
    """Compute L_total = L_bce + L_pseudo + L_consist; in float32 or better.

    Args:
        weak_logit: predictions on the weak view before the sigmoid, pooled or dense.
        strong_logit: predictions on the strong view, of the same shape.
        label: 1 present, 0 absent, between for soft labels; anything where not known.
        known: which cells somebody labelled; ``batch classes`` is spread over space.
        temperature: t of sharpen.
        threshold: tau of sharpen: a number, or a tensor of one number a class.
        bce_weight: weight of L_bce.
        pseudo_weight: weight of L_pseudo.
        consist_weight: weight of L_consist.
        dice_weight: weight of soft Dice on known cells; 0: it is not computed.
        cells: cells of L_pseudo and L_consist: the unknown ones, or all.
        detach_pseudo_label: whether the sharpened prediction is a constant.
        distance: see ``masked_distance``.
        bce_views: L_bce, and Dice, on the weak view, or the mean over both.
        inside: which cells lie in the image, of ``known``'s shape; outside, where nobody can look,
            no term counts. None: all of them.
        pseudo_logit: predictions that are sharpened in place of those on the weak view, such as
            aligned ones, of the same shape.

    Returns:
        The weighted total and the unweighted terms; a term without cells is 0 with zero gradient.

    Examples:
        ```python
        import torch

        weak, strong = torch.zeros(4, 3), torch.zeros(4, 3)    # images x classes
        known = torch.tensor([[True, False, True]] * 4)
        loss = la.total_loss(weak, strong, torch.ones(4, 3), known)
        loss.total, loss.bce, loss.consist
        ```

    Paper: Kang 2023, L_total.
    """
    if inside is not None:
        known = known & inside
    seen = (weak_logit, strong_logit) if bce_views == "both" else (weak_logit,)
    bce, dice = known_losses(seen, label, known, dice_weight)
    precision = promote_types(weak_logit.dtype, float32)
    weak, strong = weak_logit.to(precision).sigmoid(), strong_logit.to(precision).sigmoid()
    if isinstance(threshold, Tensor):
        threshold = spread_over_space(threshold.expand(weak.shape[:2]), weak)
    origin = weak if pseudo_logit is None else pseudo_logit.to(precision).sigmoid()
    pseudo_label = sharpen(
        origin.detach() if detach_pseudo_label else origin, temperature, threshold
    )
    chosen = ones_like(known) if cells == "all" else ~known
    cell = spread_over_space(chosen if inside is None else chosen & inside, weak)
    pseudo = pseudo_loss(weak, pseudo_label, cell, distance)
    consist = consist_loss(strong, pseudo_label, cell, distance)
    total = bce_weight * bce + pseudo_weight * pseudo + consist_weight * consist
    if dice_weight:
        total = total + dice_weight * dice
    return LossParts(total, bce, pseudo, consist, dice)


def known_losses(
    logits: Sequence[LogitMap], label: Label, known: Known, dice_weight: float
) -> tuple[Scalar, Scalar]:
    """L_bce and one minus soft Dice, each its mean over the views.

    Args:
        logits: logits on each view.
        label: 1 present, 0 absent; anything where not known.
        known: which cells somebody labelled.
        dice_weight: where it is 0, Dice is 0 and not computed.
    """
    bce = stack([bce_loss(logit, label, known) for logit in logits]).mean()
    if not dice_weight:
        return bce, zeros_like(bce)
    return bce, stack([dice_loss(logit, label, known) for logit in logits]).mean()
