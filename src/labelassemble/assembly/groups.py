"""What made each group: persons, and the links between their images."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Int

from labelassemble.assembly.assembled_table import GROUP_COLUMNS
from labelassemble.assembly.links import LINK_EVIDENCE

SAME_PATIENT = "same patient"


def describe_groups(
    images: pl.DataFrame, links: pl.DataFrame, sources: Sequence[str], groups: int
) -> pl.DataFrame:
    """Say what made each group.

    Args:
        images: columns row, record_row, group (from 0), order (of the source), patient (may be
            null); one row an image.
        links: ``LINK_COLUMNS``.
        sources: names, in recipe order.
        groups: how many there are.

    Returns:
        ``GROUP_COLUMNS``, sorted by group.
    """
    group = images["group"].to_numpy()
    names_it = (images["record_row"] == images["row"]).to_numpy()
    named = images.select("group", "patient", "record_row").drop_nulls()
    persons = named.select("group", "patient").unique()
    shared = named.unique(["patient", "record_row"]).filter(pl.col("patient").is_duplicated())
    linked = links.join(images.select("group", left="row"), on="left", how="inner")
    kinds = linked["evidence"].to_physical().cast(pl.Int64).to_numpy() + 1
    evidence = [(shared["group"].to_numpy(), np.zeros(shared.height, dtype=np.int64))]
    evidence.append((linked["group"].to_numpy(), kinds))
    return pl.DataFrame(
        {
            "group": np.arange(groups),
            "records": np.bincount(group[names_it], minlength=groups),
            "images": np.bincount(group, minlength=groups),
            "sources": _join_words(group, images["order"].to_numpy(), sources, groups, "+"),
            "patients": np.bincount(persons["group"].to_numpy(), minlength=groups),
            "evidence": _join_words(
                np.concatenate([at for at, _ in evidence]),
                np.concatenate([kind for _, kind in evidence]),
                (SAME_PATIENT, *LINK_EVIDENCE),
                groups,
                "; ",
            ),
        },
        schema=GROUP_COLUMNS,
    )


def _join_words(
    group: Int[np.ndarray, " told"],
    word: Int[np.ndarray, " told"],
    words: Sequence[str],
    groups: int,
    between: str,
) -> pl.Series:
    """Join the words told of each group, each once, in their order."""
    has = np.zeros((groups, len(words)), dtype=bool)
    has[group, word] = True
    # Few combinations occur: each text is made once.
    kinds, which = np.unique(np.packbits(has, axis=1), axis=0, return_inverse=True)
    told = np.unpackbits(kinds, axis=1, count=len(words)).astype(bool)
    texts = [between.join(np.array(words)[row].tolist()) for row in told]
    return pl.Series(texts, dtype=pl.String).gather(which.reshape(-1))
