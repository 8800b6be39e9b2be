"""Classes that validation cannot score, as it lacks a known positive or a known negative."""

import numpy as np
from jaxtyping import Float

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, plural, some

KINDS = ("positive", "negative")
"""What AUROC, the usual score of an epoch, needs of a class; FROC needs positives alone."""


def find_unscored(
    table: AssembledTable,
    labels: Float[np.ndarray, "images classes"],
    needs: tuple[str, ...] = KINDS,
) -> dict[str, str]:
    """Find classes that lack in validation a known label that choosing the best epoch needs.

    Args:
        table: the table.
        labels: its ``label_matrix``.
        needs: of ``KINDS``, what is needed of every class.

    Returns:
        Class to what there is, in the table's order; known positives have the label 1, known
        negatives 0.
    """
    part = table.records["split"]
    validate, train = ((part == name).to_numpy() for name in ("validate", "train"))
    group = table.records["group"].to_numpy()
    unscored: dict[str, str] = {}
    for place, name in enumerate(table.classes):
        label = labels[:, place].copy()  # Together in memory, which is quicker to go through.
        told = []
        for word, sign in zip(KINDS, (1.0, 0.0), strict=True):
            trained = train & (label == sign)
            told.append(
                (int((validate & (label == sign)).sum()), word, int(trained.sum()), group[trained])
            )
        if not all(count for count, word, *_ in told if word in needs):
            unscored[name] = "; ".join(
                f"{count} {word} in validation, {trained} "
                f"(of {plural(len(np.unique(groups)), 'patient')}) in train"
                for count, word, trained, groups in told
            )
    return unscored


def refuse_unscored(unscored: dict[str, str], needs: tuple[str, ...] = KINDS) -> AssemblyError:
    """The error that tells them and what may help; ``needs`` as ``find_unscored`` had them."""
    told = some((f"{name} has {counts}" for name, counts in unscored.items()), 5)
    return AssemblyError(
        f"{' and '.join(f'a known {word}' for word in needs)} of every class in validation",
        told,
        "Name only other classes in `classes`, add a source, raise assembly.validation_fraction, "
        "or set assembly.allow_unscored_classes = true to leave these out of model choice",
    )
