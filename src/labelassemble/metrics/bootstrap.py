"""Bootstrap over patients: what the scores would have been with other patients."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real

from labelassemble.errors import MetricError
from labelassemble.metrics.ranking import Ranking, rank_cells, score_replicates

CHUNK_BYTES = 64 * 2**20
"""Memory that one chunk of replicates may take, about."""
LARGEST_CHUNK = 128
"""Replicates a chunk: more than this leaves the processor's cache and is slower."""


class BootstrapScores(NamedTuple):
    """Scores of every prediction, replicate and class; nan where one cannot be scored."""

    auroc: Float[np.ndarray, "predictions replicates classes"]
    average_precision: Float[np.ndarray, "predictions replicates classes"]


def draw_multiplicities(
    generator: np.random.Generator, patients: int, replicates: int
) -> Int[np.ndarray, "replicates patients"]:
    """Draw, with replacement, as many patients as there are; say how often each was drawn.

    Drawing 3 replicates and then 2 gives the same numbers as drawing 5.

    >>> draw_multiplicities(np.random.default_rng(0), patients=4, replicates=2)
    array([[0, 1, 2, 1],
           [3, 1, 0, 0]])
    """
    drawn = generator.integers(patients, size=(replicates, patients))
    drawn += patients * np.arange(replicates)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=replicates * patients)
    return counts.reshape(replicates, patients)


def bootstrap_scores(
    score: Real[np.ndarray, "predictions images classes"],
    label: Real[np.ndarray, "images classes"],
    known: Bool[np.ndarray, "images classes"],
    patient: Int[np.ndarray, " images"],
    replicates: int,
    generator: np.random.Generator,
) -> BootstrapScores:
    """AUROC and average precision of every class in bootstrap replicates clustered by patient.

    All images of a drawn patient are drawn with it. All predictions see the same replicates, so
    their differences, replicate by replicate, are paired.

    Args:
        score: one or several predictions of the same images, any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        patient: any number that says whose image it is.
        replicates: how many to draw; at least 0.
        generator: where randomness comes from; the same state gives the same scores.

    Returns:
        Scores per prediction, replicate and class; nan where a replicate holds no known positive
        or no known negative of the class.

    Raises:
        MetricError: there is no image; see also ``known_cells``.

    Source: Efron and Tibshirani 1993, bootstrap; Field and Welsh 2007, of clusters.

    >>> score = np.array([[[0.1], [0.4], [0.3], [0.8]]])
    >>> label = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> drawn = bootstrap_scores(
    ...     score, label, label >= 0, np.array([1, 1, 2, 3]), 5, np.random.default_rng(1)
    ... )
    >>> drawn.auroc[0, :, 0]
    array([ nan, 1.  , 1.  , 0.75, 1.  ])
    """
    if label.shape[0] == 0:
        raise MetricError("at least one image", "none", "Check which images are to be scored")
    names, owner = np.unique(patient, return_inverse=True)
    rankings = [
        [
            rank_cells(prediction[:, place], label[:, place], known[:, place], owner, names.size)
            for place in range(label.shape[1])
        ]
        for prediction in score
    ]
    shape = (score.shape[0], replicates, label.shape[1])
    drawn = BootstrapScores(np.empty(shape), np.empty(shape))
    chunk = chunk_size(rankings, names.size)
    for start in range(0, replicates, chunk):
        rows = slice(start, min(start + chunk, replicates))
        counts = draw_multiplicities(generator, names.size, rows.stop - start)
        multiplicity = np.ascontiguousarray(counts.T, dtype=np.float64)
        for prediction, classes in enumerate(rankings):
            for place, ranking in enumerate(classes):
                scores = score_replicates(ranking, multiplicity)
                drawn.auroc[prediction, rows, place] = scores.auroc
                drawn.average_precision[prediction, rows, place] = scores.average_precision
    return drawn


def chunk_size(rankings: list[list[Ranking]], patients: int) -> int:
    """How many replicates to hold at once, so that memory does not grow with their number."""
    values = max((one.positives.shape[0] for each in rankings for one in each), default=0)
    # Per replicate: the patients' counts as drawn, counted and transposed, and six arrays of the
    # longest class while it is scored.
    bytes_each = 8 * (3 * patients + 6 * values)
    return int(np.clip(CHUNK_BYTES // bytes_each, 1, LARGEST_CHUNK))
