"""What the published systems lower in place of L_bce."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from torch import stack

from labelassemble.losses.balanced_focal import PerClass, balanced_focal_loss
from labelassemble.losses.smoothed_bce import smoothed_bce_loss
from labelassemble.losses.weighted_bce import weighted_bce_loss
from labelassemble.settings import LossSettings, Method
from labelassemble.training.class_counts import ClassCounts
from labelassemble.training.head_terms import expected_counts
from labelassemble.types import Known, Label, Logit, Scalar


class Judged(NamedTuple):
    """A view's predictions, and what is known of the images.

    Attributes:
        logit: before the sigmoid.
        label: 1 present, 0 absent; anything where not known.
        known: which cells somebody labelled.
        counts: of the training cells.
    """

    logit: Logit
    label: Label
    known: Known
    counts: ClassCounts


def swinchex_loss(judged: Judged, losses: LossSettings) -> Scalar:
    """That of Taslimi 2022."""
    return smoothed_bce_loss(*judged[:3], smoothing=losses.smoothing)


def rpsal_loss(judged: Judged, losses: LossSettings) -> Scalar:
    """That of Hermoza 2020."""
    return weighted_bce_loss(*judged[:3], judged.counts.share, losses.weighted_factor)


def xprotonet_loss(judged: Judged, losses: LossSettings) -> Scalar:
    """Classification of Kim 2021: a sum over the classes."""
    return _balanced(judged, losses).sum()


def ma_loss(judged: Judged, losses: LossSettings) -> Scalar:
    """Balance loss of a reconstruction of Ma 2019: a mean over the classes."""
    return _balanced(judged, losses).mean()


def _balanced(judged: Judged, losses: LossSettings) -> PerClass:
    expected = expected_counts(judged.counts, len(judged.label), losses)
    return balanced_focal_loss(*judged[:3], expected, losses.focus)


SYSTEM_LOSSES: Mapping[Method, Callable[[Judged, LossSettings], Scalar]] = {
    "ma-reconstructed": ma_loss,
    "rpsal": rpsal_loss,
    "swinchex": swinchex_loss,
    "xprotonet": xprotonet_loss,
}
"""By the method; a system that is not here lowers L_bce."""


def system_loss(
    method: Method,
    logits: Sequence[Logit],
    label: Label,
    known: Known,
    *,
    counts: ClassCounts,
    losses: LossSettings,
) -> Scalar | None:
    """Give the mean over the views of what a system lowers.

    Args:
        method: of the run.
        logits: predictions on each view.
        label: 1 present, 0 absent; anything where not known.
        known: which cells somebody labelled.
        counts: of the training cells.
        losses: settings.

    Returns:
        None: the method lowers L_bce.
    """
    lower = SYSTEM_LOSSES.get(method)
    if lower is None:
        return None
    return stack([lower(Judged(logit, label, known, counts), losses) for logit in logits]).mean()
