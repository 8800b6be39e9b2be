"""Labels of a table ranked by how likely they are wrong, per source and class."""

from typing import NamedTuple

import numpy as np
import polars as pl

from labelassemble.metrics.auroc import auroc
from labelassemble.metrics.calibration import calibration_error
from labelassemble.metrics.label_faults import count_confident, self_confidence
from labelassemble.metrics.platt import Platt, apply_platt, fit_platt

GIVEN_COLUMNS = {
    "record": pl.String,
    "source": pl.String,
    "class": pl.String,
    "label": pl.Float64,
    "patient": pl.String,
    "probability": pl.Float64,
}
"""A row a label, 1 or 0, with its out-of-fold probability."""

RANKED_COLUMNS = {
    **GIVEN_COLUMNS,
    "calibrated": pl.Float64,
    "score": pl.Float64,
    "likely": pl.Boolean,
    "reason": pl.String,
}
"""``GIVEN_COLUMNS`` and: calibrated for the source; score: of the given label, low where it is
likely to be wrong; likely: whether confident learning takes it for wrong; reason: in words."""

COUNT_COLUMNS = {
    "source": pl.String,
    "class": pl.String,
    "present": pl.Int64,
    "absent": pl.Int64,
    "wrong_present": pl.Float64,
    "wrong_absent": pl.Float64,
    "likely": pl.Int64,
    "auroc": pl.Float64,
    "error_before": pl.Float64,
    "error_after": pl.Float64,
    "calibrated_on": pl.String,
}
"""A row a source and class: labels, how many of them are expected to be wrong, of how many
confident learning believes the other, how well the networks tell the labels apart, calibration
error of out-of-fold probabilities before and after, and what they were calibrated on: the source,
all sources, or nothing."""


class RankedLabels(NamedTuple):
    """Labels, the likeliest faults first, and what was counted.

    Attributes:
        labels: ``RANKED_COLUMNS``.
        counts: ``COUNT_COLUMNS``.
    """

    labels: pl.DataFrame
    counts: pl.DataFrame


def rank_labels(given: pl.DataFrame, min_patients: int) -> RankedLabels:
    """Rank labels by the calibrated probability of what they say.

    Out-of-fold probabilities are calibrated (Platt) by source and class, where both kinds of label
    have ``min_patients`` patients there; else by class over all sources; else not at all. So .1 of
    a rare finding that one hospital calls sparingly is held against what that hospital calls. If
    labels are wrong at random, as often in every class, this order finds the most faults in any
    number of labels that are looked at.

    Args:
        given: ``GIVEN_COLUMNS``.
        min_patients: on either side, below which nothing is calibrated.

    Source: Platt 1999; Northcutt 2021.
    """
    ordered = given.select(list(GIVEN_COLUMNS)).sort("class", "source", "record")
    parts, counts = [], []
    for (name,), of_class in ordered.group_by("class", maintain_order=True):
        every = _fit(of_class, min_patients)
        for (source,), own in of_class.group_by("source", maintain_order=True):
            platt = _fit(own, min_patients)
            ranked, told = _rank_one(own, platt or every)
            parts.append(ranked)
            on = str(source) if platt else "all sources" if every else ""
            counts.append({"source": source, "class": name, **told, "calibrated_on": on})
    labels = pl.concat([pl.DataFrame(schema=RANKED_COLUMNS), *parts])
    return RankedLabels(
        labels.sort("score", "class", "source", "record"),
        pl.DataFrame(counts, schema=COUNT_COLUMNS),
    )


def _fit(own: pl.DataFrame, min_patients: int) -> Platt | None:
    patients = [own.filter(label=side)["patient"].n_unique() for side in (0.0, 1.0)]
    if min(patients) < max(1, min_patients):
        return None
    label = own["label"].to_numpy()
    return fit_platt(own["probability"].to_numpy(), label, np.full(len(label), True))


def _rank_one(own: pl.DataFrame, platt: Platt | None) -> tuple[pl.DataFrame, dict[str, object]]:
    """The labels of one source and class."""
    label, probability = own["label"].to_numpy(), own["probability"].to_numpy()
    calibrated = probability if platt is None else apply_platt(probability, platt)
    both = len(set(label.tolist())) == 2
    found = count_confident(calibrated, label) if both else None
    likely = np.full(len(label), False) if found is None else found.likely
    reasons = []
    for one, given, taken in zip(calibrated, label, likely, strict=True):
        words = f"labelled {'present' if given else 'absent'}, present with probability {one:.3f}"
        if found is not None and taken:
            side = f"present from {found.present_from:.3f}"
            if given:
                side = f"absent up to {1 - found.absent_from:.3f}"
            words += f"; believed {side}"
        reasons.append(words)
    ranked = own.with_columns(
        calibrated=pl.Series(calibrated),
        score=pl.Series(self_confidence(calibrated, label)),
        likely=pl.Series(likely),
        reason=pl.Series(reasons, dtype=pl.String),
    )
    present = int(label.sum())
    known = np.full(len(label), True)
    return ranked, {
        "present": present,
        "absent": len(label) - present,
        "wrong_absent": None if found is None else found.faults[0],
        "wrong_present": None if found is None else found.faults[1],
        "likely": int(likely.sum()),
        "auroc": auroc(probability, label, known) if both else None,
        "error_before": calibration_error(probability, label, known),
        "error_after": calibration_error(calibrated, label, known),
    }
