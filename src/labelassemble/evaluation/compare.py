"""Is the second method better than the first? Paired over patients, class by class."""

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError, plural
from labelassemble.evaluation.correct import correct_p
from labelassemble.evaluation.enough_patients import (
    count_sides,
    each_class_and_mean,
)
from labelassemble.evaluation.evaluate import (
    describe_class,
    describe_interval,
    draw_scores,
    mean_replicates,
    positives_and_negatives,
)
from labelassemble.evaluation.scored_sample import MEAN, ScoredSample, take_samples
from labelassemble.metrics.auroc import class_auroc
from labelassemble.metrics.class_mean import class_mean
from labelassemble.metrics.clustered_delong import clustered_delong_test
from labelassemble.metrics.delong import delong_test
from labelassemble.metrics.interval import percentile_interval, two_sided_p
from labelassemble.metrics.random_seeds import SeedsTest, seeds_test
from labelassemble.settings import EvaluationSettings

FEW_SEEDS = 3
"""With fewer seeds of a method than this, the note says so: its p over seeds is then too small."""

COMPARISON_COLUMNS: dict[str, type[pl.DataType]] = {
    "class": pl.String,
    "source": pl.String,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "p": pl.Float64,
    "p_corrected": pl.Float64,
    "p_delong": pl.Float64,
    "p_clustered": pl.Float64,
    "low_seeds": pl.Float64,
    "high_seeds": pl.Float64,
    "p_seeds": pl.Float64,
    "p_seeds_corrected": pl.Float64,
    "seed_sd": pl.Float64,
    "seed_share": pl.Float64,
    "first_score": pl.Float64,
    "second_score": pl.Float64,
    "n_positive": pl.Int64,
    "n_negative": pl.Int64,
    "n_patients": pl.Int64,
    "note": pl.String,
}
"""Columns of a comparison; a number that could not be made is nan, and ``note`` says why."""


def compare_predictions(
    first: pl.DataFrame | Sequence[pl.DataFrame],
    second: pl.DataFrame | Sequence[pl.DataFrame],
    table: AssembledTable,
    settings: EvaluationSettings,
    *,
    split: str = "test",
    without: Collection[str] = (),
    seeds: tuple[Sequence[int], Sequence[int]] | None = None,
) -> pl.DataFrame:
    """Difference of AUROCs, second minus first, on the same cells, with intervals and p values.

    Of several networks (seeds) of a method the mean of their AUROCs is compared. ``low``, ``high``
    and ``p`` say what other patients would have changed; ``low_seeds``, ``high_seeds`` and
    ``p_seeds`` what other patients and training anew would have changed.

    Args:
        first: image, class, prediction of the first method; a sequence for several seeds.
        second: the same of the second method.
        table: the assembled table: labels, splits, sources, patients.
        settings: replicates, confidence and seed of the bootstrap; correction for many classes.
        split: the images to score.
        without: images to leave out, such as those whose file cannot be read.
        seeds: the seeds of each method, in the order of its frames. The same seeds of both are
            paired by number; others are not paired. None: as many frames of both are paired in
            their order.

    Returns:
        One row a source (``all`` first) and class (``mean`` last), columns ``COMPARISON_COLUMNS``.
        ``low``, ``high`` and ``p`` are of the bootstrap over patients, both methods seeing the same
        replicates. ``p_corrected`` is corrected over the classes of one source as the settings say;
        the mean is one question by itself and keeps its p. ``p_delong`` takes images as independent
        and is for comparison, ``p_clustered`` is the same for dependent images of a patient.
        ``*_seeds`` take the seeds as random too, ``p_seeds_corrected`` is corrected by ``holm``
        where the settings say ``max_t``, which knows of no seeds; ``seed_sd`` is the sample
        standard deviation of the difference over seeds and ``seed_share`` the share of its squared
        standard error that more seeds would bring down. All are nan with one seed of a method.
        With fewer than ``settings.min_patients`` patients on a side there is a difference, and
        neither interval nor p; such a class is no test that others are corrected for. ``mean``
        covers the classes that both methods predict and that have enough patients; where none
        has, those that can be scored, without interval and p.

    Raises:
        MetricError: a method without predictions, seeds that do not fit them, or predictions and
            table do not fit; see ``take_samples``.

    Source: Efron and Tibshirani 1993, bootstrap; DeLong, DeLong and Clarke-Pearson 1988; Obuchowski
    1997; Obuchowski and Rockette 1995 with Hillis 2007; ``correct_p`` for the correction.
    """
    firsts = [first] if isinstance(first, pl.DataFrame) else list(first)
    seconds = [second] if isinstance(second, pl.DataFrame) else list(second)
    if not firsts or not seconds:
        raise MetricError(
            "predictions of both methods",
            f"{len(firsts)} of the first, {len(seconds)} of the second",
            "Pass at least one frame of each",
        )
    paired = len(firsts) == len(seconds)
    if seeds is not None:
        _refuse_seeds(seeds, len(firsts), len(seconds))
        paired = set(seeds[0]) == set(seeds[1])
        firsts, seconds = (
            [frames[place] for place in np.argsort(numbers)]
            for frames, numbers in zip((firsts, seconds), seeds, strict=True)
        )
    rows = []
    for sample in take_samples([*firsts, *seconds], table, split, without):
        rows += _compare(sample, len(firsts), paired, settings)
    return pl.DataFrame(rows, schema=COMPARISON_COLUMNS)


def _refuse_seeds(seeds: tuple[Sequence[int], Sequence[int]], firsts: int, seconds: int) -> None:
    for numbers, frames in zip(seeds, (firsts, seconds), strict=True):
        if len(numbers) != frames or len(set(numbers)) != frames:
            raise MetricError(
                f"a seed of its own for each of the {frames} frames of a method",
                f"seeds {', '.join(map(str, numbers)) or 'none'}",
                "Pass the seeds of each method in the order of its frames",
            )


def _compare(
    sample: ScoredSample, firsts: int, paired: bool, settings: EvaluationSettings
) -> list[dict[str, object]]:
    scores = np.stack(
        [class_auroc(each, sample.label, sample.scored) for each in sample.probability]
    )
    before, after = scores[:firsts].mean(axis=0), scores[firsts:].mean(axis=0)
    scored = np.asarray(~np.isnan(after))
    enough = count_sides(sample).enough(settings.min_patients)
    tested = np.asarray(scored & enough)
    drawn = draw_scores(sample, settings).auroc
    positive, negative = positives_and_negatives(sample)
    rows: list[dict[str, object]] = []
    replicates = []
    describe = partial(describe_class, sample, min_patients=settings.min_patients)
    for place, name, classes, notes in each_class_and_mean(
        sample.classes, scored, enough, describe
    ):
        patients = sample.count_patients(sample.scored[:, classes])
        networks = np.stack([mean_replicates(each, classes & scored) for each in drawn])
        difference = networks[firsts:].mean(axis=0) - networks[:firsts].mean(axis=0)
        replicates.append(difference)
        interval = percentile_interval(difference, settings.confidence)
        if (tested & classes).any():
            notes += describe_interval(interval, settings.replicates)
            notes += _describe_seeds(firsts, len(scores) - firsts)
        means = class_mean(before[classes]).score, class_mean(after[classes]).score
        seeds = _test_seeds(scores, networks, classes & scored, firsts, paired, settings)
        rows.append(
            {
                "class": name,
                "source": sample.source,
                "difference": means[1] - means[0],
                "low": interval.low,
                "high": interval.high,
                "p": two_sided_p(difference),
                "p_delong": float("nan")
                if name == MEAN or not tested[place]
                else _delong(sample, firsts, place),
                "p_clustered": _clustered(sample, firsts, classes & tested),
                "low_seeds": seeds.low,
                "high_seeds": seeds.high,
                "p_seeds": seeds.p,
                "seed_sd": seeds.seed_deviation,
                "seed_share": seeds.seed_share,
                "first_score": means[0],
                "second_score": means[1],
                "n_positive": int(positive[:, classes].sum()),
                "n_negative": int(negative[:, classes].sum()),
                "n_patients": patients,
                "note": "; ".join(notes),
            }
        )
    return _add_corrected(rows, np.stack(replicates, axis=1), settings)


def _describe_seeds(firsts: int, seconds: int) -> list[str]:
    """Say why there is no test of the seeds, or how far to trust it."""
    fewest = min(firsts, seconds)
    if fewest < 2:
        return ["one seed: what training anew changes cannot be known"]
    return [f"{plural(fewest, 'seed')} only"] if fewest < FEW_SEEDS else []


def _test_seeds(
    scores: Float[np.ndarray, "networks classes"],
    replicate: Float[np.ndarray, "networks replicates"],
    classes: Bool[np.ndarray, " classes"],
    firsts: int,
    paired: bool,
    settings: EvaluationSettings,
) -> SeedsTest:
    means = np.full(len(scores), np.nan)
    if classes.any():
        means = scores[:, classes].mean(axis=1)
    return seeds_test(
        means[:firsts],
        means[firsts:],
        replicate[:firsts],
        replicate[firsts:],
        settings.confidence,
        paired,
    )


def _delong(sample: ScoredSample, firsts: int, place: int) -> float:
    probability = sample.probability[:, :, place]
    test = delong_test(
        probability[:firsts], probability[firsts:], sample.label[:, place], sample.scored[:, place]
    )
    return test.p


def _clustered(sample: ScoredSample, firsts: int, classes: Bool[np.ndarray, " classes"]) -> float:
    probability = sample.probability[:, :, classes]
    test = clustered_delong_test(
        probability[:firsts],
        probability[firsts:],
        sample.label[:, classes],
        sample.scored[:, classes],
        sample.patient,
    )
    return test.p


def _add_corrected(
    rows: list[dict[str, object]],
    replicate: Float[np.ndarray, "replicates rows"],
    settings: EvaluationSettings,
) -> list[dict[str, object]]:
    """Correct the p values of the classes; the mean, in the last row, keeps its own."""
    p, p_seeds, difference = (
        np.array([row[name] for row in rows], dtype=np.float64)
        for name in ("p", "p_seeds", "difference")
    )
    p[:-1] = correct_p(p[:-1], difference[:-1], replicate[:, :-1], settings.correction)
    p_seeds[:-1] = correct_p(p_seeds[:-1], None, None, settings.correction)
    return [
        {**row, "p_corrected": p[place], "p_seeds_corrected": p_seeds[place]}
        for place, row in enumerate(rows)
    ]
