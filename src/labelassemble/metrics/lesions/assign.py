"""Who is whom: one candidate a truth, one truth a candidate."""

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from labelassemble.metrics.lesions.closeness import Closeness


def assign_greedily(
    pairs: Closeness, score: Float[np.ndarray, " candidates"]
) -> Int[np.ndarray, " candidates"]:
    """The best candidate takes the closest truth that it may have and that is free; then the next.

    Candidates of one score choose in the order of closeness. So what a threshold on the score
    leaves is assigned as it would be alone, as long as no two scores are equal.

    Args:
        pairs: who may be whom.
        score: of the candidates.

    Returns:
        Each candidate's truth; -1 for none.

    Source: Lin 2014, COCO.
    """
    truth = np.full(score.size, -1, dtype=np.int64)
    free = np.full(pairs.allowed.shape[1], True)
    row, column = np.nonzero(pairs.allowed)
    # Rows and columns come in the order of their geometry (match_lesions sorts them), and lexsort
    # keeps it: what is equal in score and closeness is still settled the same way.
    for pair in np.lexsort((-pairs.closeness[row, column], -score[row])):
        if truth[row[pair]] < 0 and free[column[pair]]:
            truth[row[pair]] = column[pair]
            free[column[pair]] = False
    return truth


def assign_optimally(pairs: Closeness) -> Int[np.ndarray, " candidates"]:
    """As many pairs as can be, and of all such ways the closest in sum; scores do not matter.

    Args:
        pairs: who may be whom.

    Returns:
        Each candidate's truth; -1 for none.

    Source: Kuhn 1955, assignment; so matched by Saha 2024, PI-CAI.
    """
    truth = np.full(pairs.allowed.shape[0], -1, dtype=np.int64)
    # One more pair outweighs all closeness together.
    one_more = min(pairs.allowed.shape) + 1
    gain = np.where(pairs.allowed, one_more + pairs.closeness, 0.0)
    row, column = linear_sum_assignment(gain, maximize=True)
    taken = pairs.allowed[row, column]
    truth[row[taken]] = column[taken]
    return truth
