"""Candidates and predictions laid over the table: one sample per source, and one of all sources."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError, some
from labelassemble.evaluation.scored_sample import ALL, ScoredSample, take_samples
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches
from labelassemble.metrics.lesions.patient_probabilities import patient_probabilities


@dataclass(frozen=True)
class DetectionSample:
    """The scans of one source (or all) in one split, and their patients.

    Attributes:
        scans: labels and largest predictions of the scans.
        matches: of each prediction's candidates, the scans in the order of ``scans``; none where
            the source has no scan.
        patient: the patients' numbers, rising.
        score: each patient's largest prediction on a known scan.
        label: 1 where a known scan of the patient is positive, else 0.
        known: whether a scan of the patient is known; never of a class that nobody predicts.
    """

    scans: ScoredSample
    matches: tuple[Matches, ...]
    patient: Int[np.ndarray, " patients"]
    score: Float[np.ndarray, "predictions patients classes"]
    label: Float[np.ndarray, "patients classes"]
    known: Bool[np.ndarray, "patients classes"]

    @property
    def source(self) -> str:
        """Name of the source, or ``all``."""
        return self.scans.source

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the table."""
        return self.scans.classes


def take_detection_samples(
    predictions: Sequence[pl.DataFrame],
    matches: Sequence[Mapping[str, Matches]],
    table: AssembledTable,
    split: str = "test",
    without: Collection[str] = (),
) -> list[DetectionSample]:
    """Lay predictions over the scans of one split: first all of them, then source by source.

    Args:
        predictions: image, class, prediction: the largest prediction of each scan; see
            ``take_samples``.
        matches: of each prediction's candidates, by image (``match_tables``), with the classes of
            the table.
        table: the assembled table.
        split: which scans.
        without: images to leave out.

    Raises:
        MetricError: a scan without matches, or predictions do not fit; see ``take_samples``.
    """
    samples = take_samples(predictions, table, split, without)
    inside = pl.col("split").eq(split) & ~pl.col("record").is_in(list(without))
    names = table.records.filter(inside)["record"]
    for each in matches:
        if lost := [name for name in names if name not in each]:
            raise MetricError(
                "matches of every scan of the split, those without candidates too",
                f"none for {len(lost):,} of {names.len():,}: {some(lost, 3)}",
                "Match all of them: labelassemble.detection.match_candidates.match_tables",
            )
    by_sample = [_names_of(sample.source, names, table) for sample in samples]
    return [_take(sample, matches, own) for sample, own in zip(samples, by_sample, strict=True)]


def _names_of(source: str, names: pl.Series, table: AssembledTable) -> list[str]:
    if source == ALL:
        return names.to_list()
    members = set(table.members.filter(pl.col("source") == source)["record"])
    return [name for name in names if name in members]


def _take(
    scans: ScoredSample, matches: Sequence[Mapping[str, Matches]], names: Sequence[str]
) -> DetectionSample:
    predictions = [
        patient_probabilities(probability, scans.label, scans.scored, scans.patient)
        for probability in scans.probability
    ]
    return DetectionSample(
        scans=scans,
        matches=tuple(join_matches([each[name] for name in names]) for each in matches)
        if names
        else (),
        patient=predictions[0].patient,
        score=np.stack([each.score for each in predictions]),
        label=predictions[0].label,
        known=predictions[0].known,
    )
