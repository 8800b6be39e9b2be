"""Classes that validation cannot score, as it lacks a known positive or a known negative."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError, some


def find_unscored(table: AssembledTable) -> dict[str, str]:
    """Find classes without a known positive or a known negative in validation.

    Returns:
        Class to what there is, in the table's order; known positives have the label 1, known
        negatives 0.
    """
    places = table.pictures.select("picture", "group", "split").filter(
        pl.col("split").is_in(["train", "validate"])
    )
    label = pl.col("label")
    counted = (
        table.cells.filter(label.is_in([0.0, 1.0]))
        .join(places, on="picture", how="inner")
        .group_by("class", "split", "label")
        .agg(pl.len(), groups=pl.col("group").n_unique())
    )
    found = {(c, s, y): (count, groups) for c, s, y, count, groups in counted.iter_rows()}
    unscored: dict[str, str] = {}
    for name in table.classes:
        if all((name, "validate", sign) in found for sign in (0.0, 1.0)):
            continue
        parts = []
        for word, sign in (("positive", 1.0), ("negative", 0.0)):
            validate, _ = found.get((name, "validate", sign), (0, 0))
            train, groups = found.get((name, "train", sign), (0, 0))
            parts.append(
                f"{validate} {word} in validation, {train} (of {groups} patients) in train"
            )
        unscored[name] = "; ".join(parts)
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
