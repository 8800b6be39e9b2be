"""One class, sorted once, scored for many bootstrap replicates at a time.

A replicate counts every image as often as its patient was drawn, so only sums over patients are
needed. Between one positive score and the next, all negatives of a patient move together: they are
one entry of a sparse matrix (positive scores x patients), and the weights of all replicates come
from one product with the patients' counts. That is a pass over the images without any sorting, and
the cumulative sums run over the positives only, which are few.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy import sparse

from labelassemble.metrics.known_cells import known_cells


class Ranking(NamedTuple):
    """The known cells of one class; rows are the distinct scores of positives, falling."""

    positives: sparse.csr_array
    """Scores x patients: positives of a patient at a score."""
    negatives: sparse.csr_array
    """Scores x patients: negatives at or above a score, and below the one before."""
    ties: sparse.csr_array
    """Scores x patients: negatives exactly at a score."""
    all_negatives: Float[np.ndarray, " patients"]
    """Negatives of a patient, wherever they score."""


def rank_cells(
    score: Real[np.ndarray, " images"],
    label: Real[np.ndarray, " images"],
    known: Bool[np.ndarray, " images"],
    patient: Int[np.ndarray, " images"],
    patients: int,
) -> Ranking:
    """Sort one class's known cells for ``score_replicates``.

    Args:
        score: higher means more likely present; any finite scale.
        label: 1 present, 0 absent; soft labels count as unknown; anything where not known.
        known: whether somebody judged this class on this image.
        patient: whose image it is, from 0 to ``patients - 1``.
        patients: how many patients there are.

    Raises:
        MetricError: see ``known_cells``.
    """
    cells = known_cells(score, label, known)
    owner = patient[cells.image]
    falling = -cells.score
    values, place = np.unique(falling[cells.positive], return_inverse=True)
    passed, passer = falling[~cells.positive], owner[~cells.positive]
    row = np.searchsorted(values, passed)
    above = row < values.size
    tied = above.copy()
    tied[above] = values[row[above]] == passed[above]
    shape = (values.size, patients)
    return Ranking(
        positives=_count(place, owner[cells.positive], shape),
        negatives=_count(row[above], passer[above], shape),
        ties=_count(row[tied], passer[tied], shape),
        all_negatives=np.bincount(passer, minlength=patients).astype(np.float64),
    )


class ReplicateScores(NamedTuple):
    """Scores of one class in each of several replicates; nan where one cannot be scored."""

    auroc: Float[np.ndarray, " replicates"]
    average_precision: Float[np.ndarray, " replicates"]


def score_replicates(
    ranking: Ranking, multiplicity: Float[np.ndarray, "patients replicates"]
) -> ReplicateScores:
    """Score one class for every replicate, as ``auroc`` and ``average_precision`` would.

    Args:
        ranking: what ``rank_cells`` made.
        multiplicity: how often each patient counts in each replicate; contiguous rows are fastest.

    Returns:
        Both scores of every replicate; nan where no positive or no negative was drawn.
    """
    positive = ranking.positives @ multiplicity
    negative_above = np.cumsum(ranking.negatives @ multiplicity, axis=0)
    positives = positive.sum(axis=0)
    negatives = ranking.all_negatives @ multiplicity
    unscored = (positives == 0) | (negatives == 0)

    won = positives * negatives - np.einsum("gr,gr->r", positive, negative_above)
    if ranking.ties.nnz:
        won += np.einsum("gr,gr->r", positive, ranking.ties @ multiplicity) / 2

    precision = np.cumsum(positive, axis=0)
    # Where nothing is passed yet the numerator is 0 too; 1 keeps the division silent.
    np.divide(precision, np.maximum(negative_above + precision, 1), out=precision)
    gained = np.einsum("gr,gr->r", positive, precision)
    return ReplicateScores(
        auroc=np.where(unscored, np.nan, won / np.where(unscored, 1, positives * negatives)),
        average_precision=np.where(unscored, np.nan, gained / np.where(unscored, 1, positives)),
    )


def _count(row: np.ndarray, patient: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    """Cells per row and patient; cells of one patient in one row become one entry."""
    return sparse.coo_array((np.ones(row.size), (row, patient)), shape=shape).tocsr()
