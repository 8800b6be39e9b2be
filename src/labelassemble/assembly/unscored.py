"""Classes that validation cannot score, as it lacks a known positive or a known negative."""

import numpy as np
from jaxtyping import Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, some


def find_unscored(
    table: AssembledTable, labels: Float[np.ndarray, "pictures classes"]
) -> dict[str, str]:
    """Find classes without a known positive or a known negative in validation.

    Args:
        table: the table.
        labels: its ``label_matrix``.

    Returns:
        Class to what there is, in the table's order; known positives have the label 1, known
        negatives 0.
    """
    part = table.pictures["split"]
    validate, train = ((part == name).to_numpy() for name in ("validate", "train"))
    group = table.pictures["group"].to_numpy()
    unscored: dict[str, str] = {}
    # Column by column: a copy that has them so in memory is worth it.
    columns = np.ascontiguousarray(labels.T)
    for name, label in zip(table.classes, columns, strict=True):
        told = []
        for word, sign in (("positive", 1.0), ("negative", 0.0)):
            trained = train & (label == sign)
            told.append(
                (int((validate & (label == sign)).sum()), word, int(trained.sum()), group[trained])
            )
        if not all(count for count, *_ in told):
            unscored[name] = "; ".join(
                f"{count} {word} in validation, {trained} (of {len(np.unique(groups))} patients) "
                "in train"
                for count, word, trained, groups in told
            )
    return unscored


def refuse_unscored(unscored: dict[str, str]) -> AssemblyError:
    """The error that tells them and what may help."""
    told = some((f"{name} has {counts}" for name, counts in unscored.items()), 5)
    return AssemblyError(
        "a known positive and a known negative of every class in validation",
        told,
        "Name only other classes in `classes`, add a source, raise assembly.validation_fraction, "
        "or set assembly.allow_unscored_classes = true to leave these out of model choice",
    )
