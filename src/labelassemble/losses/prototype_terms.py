"""What XProtoNet lowers beside its classification loss."""

from jaxtyping import Float
from torch import Tensor, where

from labelassemble.losses.balanced_focal import PerClass
from labelassemble.types import Known, Label, Scalar

_Similarity = Float[Tensor, "batch classes prototypes"]
_Occurrence = Float[Tensor, "batch classes prototypes *space"]


def cluster_loss(
    similarity: _Similarity, label: Label, known: Known, positives: PerClass | None = None
) -> Scalar:
    """Draw each positive to the nearest prototype of its class.

    -sum_c (1 / |P_c|) sum_{i in P_c} max_k s_ick.

    Args:
        similarity: s.
        label: 1 present, 0 absent; anything where not known.
        known: which cells count.
        positives: in place of |P_c|; None: those of the batch.

    Paper: Kim 2021, cluster loss.
    """
    present = where(known, label, 0.0)
    return -_nearest(similarity, present, positives)


def separation_loss(
    similarity: _Similarity, label: Label, known: Known, negatives: PerClass | None = None
) -> Scalar:
    """Draw each negative away from all prototypes of the class.

    sum_c (1 / |N_c|) sum_{i in N_c} max_k s_ick.

    Args:
        similarity: s.
        label: 1 present, 0 absent; anything where not known.
        known: which cells count.
        negatives: in place of |N_c|; None: those of the batch.

    Paper: Kim 2021, separation loss.
    """
    absent = where(known, 1.0 - label, 0.0)
    return _nearest(similarity, absent, negatives)


def transform_loss(moved_occurrence: _Occurrence, occurrence_of_moved: _Occurrence) -> Scalar:
    """Let what shows move with the image: mean_i sum_ck mean_u |A(M(x)) - M(A(x))|.

    Args:
        moved_occurrence: A(M(x)), the occurrence moved as the image is.
        occurrence_of_moved: M(A(x)), that of the moved image.

    Paper: Kim 2021, transform loss: here the mean over places, in the paper maybe their sum.
    """
    return _size(moved_occurrence - occurrence_of_moved)


def sparsity_loss(occurrence: _Occurrence) -> Scalar:
    """Let little show: mean_i sum_ck mean_u |M(x)|.

    Args:
        occurrence: M.

    Paper: Kim 2021, sparsity loss: here the mean over places, in the paper maybe their sum.
    """
    return _size(occurrence)


def _size(values: _Occurrence) -> Scalar:
    return values.abs().flatten(3).mean(dim=3).sum(dim=(1, 2)).mean()


def _nearest(
    similarity: _Similarity, cell: Float[Tensor, "batch classes"], count: PerClass | None
) -> Scalar:
    count = cell.sum(dim=0) if count is None else count
    total = (similarity.amax(dim=2) * cell).sum(dim=0)
    return where(count > 0.0, total / where(count > 0.0, count, 1.0), 0.0).sum()
