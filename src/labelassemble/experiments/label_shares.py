"""A share of the labelled training images keeps its labels; the others stay, without any."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, some


def read_shares(labelled: Sequence[int | float]) -> tuple[float, ...]:
    """Give shares from the settings, the largest first; none: all labels.

    Raises:
        SettingsError: counts, which another experiment takes.
    """
    counts = [one for one in labelled if one > 1]
    if counts:
        raise SettingsError(
            "shares of the labelled training images, above 0 and at most 1, in experiment.labelled",
            f"{some(f'{one:,}' for one in counts)}, which are counts of images, as novel-disease "
            "takes them",
            "Give shares, such as --experiment.labelled 1.0 0.3 0.1, or --experiment.labelled 1.0",
        )
    return tuple(sorted({float(one) for one in labelled} or {1.0}, reverse=True))


def draw_patients(table: AssembledTable, share: float, seed: int) -> pl.Series:
    """Draw training images whose labels stay.

    Of every source the same share of its groups (all images of a person) with a label, at least
    one; a smaller share is a part of a larger one.

    Args:
        table: the assembled table.
        share: in (0, 1].
        seed: of the order.

    Returns:
        Images that keep their labels: those of the groups drawn.
    """
    generator = np.random.default_rng(seed)
    known = table.cells.filter(pl.col("label").is_not_null()).select("record")
    train = table.records.filter(pl.col("split") == "train")
    labelled = train.join(known, on="record", how="semi").unique("group", keep="first")
    drawn = []
    for source in sorted(labelled["source"].unique()):
        groups = labelled.filter(pl.col("source") == source)["group"].sort()
        order = generator.permutation(len(groups))
        drawn.append(groups.gather(order[: max(1, round(share * len(groups)))]))
    kept = pl.concat(drawn) if drawn else pl.Series("group", [], dtype=pl.Int64)
    return train.filter(pl.col("group").is_in(kept.implode()))["record"]


def hide_other_records(table: AssembledTable, kept: pl.Series) -> AssembledTable:
    """Make unknown all that is said of training images but these; other splits stay."""
    train = table.records.filter(pl.col("split") == "train").select("record")
    hidden = train.filter(~pl.col("record").is_in(kept.implode()))
    cells = table.cells.join(hidden, on="record", how="anti", maintain_order="left")
    return replace(table, cells=cells)


def refuse_lost_classes(table: AssembledTable, thinned: AssembledTable, share: float) -> None:
    """Refuse a share that leaves a class without a known positive training image.

    Raises:
        SettingsError: names share and classes.
    """
    left = classes_with_positives(thinned)
    gone = [name for name in classes_with_positives(table) if name not in left]
    if gone:
        raise SettingsError(
            "a positive training image of every class with the share "
            f"{share:g} in experiment.labelled",
            f"none of {some(gone)}",
            "Give a larger share, more training images, or leave these classes out of `classes`",
        )


def classes_with_positives(table: AssembledTable) -> list[str]:
    """Classes with a known positive training image, in the table's order."""
    train = table.records.filter(pl.col("split") == "train").select("record")
    positive = table.cells.filter(pl.col("label") >= 0.5).join(train, on="record", how="semi")
    there = set(positive["class"])
    return [name for name in table.classes if name in there]


def with_share(name: str, share: float) -> str:
    """Name of an arm at a share of the labels.

    >>> with_share("masked", 1.0), with_share("masked", 0.3)
    ('masked', 'masked-30%')
    """
    return name if share == 1.0 else f"{name}-{100 * share:g}%"
