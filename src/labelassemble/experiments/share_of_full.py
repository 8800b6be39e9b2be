"""How much of what full labels add an arm reaches: (arm − single) / (full − single)."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.enough_patients import averaged_classes, count_sides
from labelassemble.evaluation.evaluate import draw_scores, mean_replicates
from labelassemble.evaluation.scored_sample import take_samples
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.interval import Interval, percentile_interval
from labelassemble.settings import EvaluationSettings

Share = tuple[float, float, float]
"""Value, low, high; nan where it cannot be reported."""


def shares_of_full(
    predictions: Mapping[str, Sequence[pl.DataFrame]],
    nothing: str,
    everything: str,
    table: AssembledTable,
    settings: EvaluationSettings,
) -> dict[str, Share]:
    """Give the share of every arm, with an interval over patients and seeds.

    Replicates draw patients with replacement, and of every arm its seeds too.

    Args:
        predictions: arm to its predictions, one frame a seed.
        nothing: the arm whose share is 0.
        everything: the arm whose share is 1.
        table: the test labels.
        settings: replicates, confidence and seed of the bootstrap.

    Returns:
        A share for every other arm; without an interval where one replicate in forty or more finds
        full labels no better than ``nothing``, so that the share may be anything.

    Source: Efron and Tibshirani 1993, percentile interval; a two-level bootstrap.
    """
    frames = [frame for own in predictions.values() for frame in own]
    sample = take_samples(frames, table)[0]
    scores = np.stack(
        [class_auroc(each, sample.label, sample.scored) for each in sample.probability]
    )
    scored = np.asarray(~np.isnan(scores).any(axis=0))
    covered = averaged_classes(scored, count_sides(sample).enough(settings.min_patients))
    if not covered.any():
        return {}
    drawn = draw_scores(sample, settings).auroc
    replicate = np.stack([mean_replicates(each, covered & scored) for each in drawn])
    generator = np.random.default_rng(settings.seed)
    mean: dict[str, float] = {}
    means: dict[str, Float[np.ndarray, " replicates"]] = {}
    start = 0
    for name, own in predictions.items():
        place = slice(start, start + len(own))
        start += len(own)
        mean[name] = float(scores[place][:, covered].mean())
        means[name] = _draw_seeds(replicate[place], generator)
    gap = mean[everything] - mean[nothing]
    gaps = means[everything] - means[nothing]
    told = gaps[~np.isnan(gaps)]
    steady = gap > 0 and told.size > 0 and float((told <= 0).mean()) < 1 / 40
    found = {}
    for name in predictions:
        if name in (nothing, everything):
            continue
        share = (mean[name] - mean[nothing]) / gap if gap > 0 else float("nan")
        interval = Interval(float("nan"), float("nan"), 0)
        if steady:
            ratio = (means[name] - means[nothing]) / gaps
            interval = percentile_interval(ratio, settings.confidence)
        found[name] = (share, interval.low, interval.high)
    return found


def _draw_seeds(
    replicate: Float[np.ndarray, "seeds replicates"], generator: np.random.Generator
) -> Float[np.ndarray, " replicates"]:
    """Average as many seeds as there are, drawn with replacement in every replicate."""
    seeds, count = replicate.shape
    drawn = generator.integers(0, seeds, size=(seeds, count))
    return np.asarray(np.take_along_axis(replicate, drawn, axis=0).mean(axis=0))
