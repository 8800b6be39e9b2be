"""Copies that are not whole, or whose labels are others than published."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from labelassemble.errors import plural
from labelassemble.sources.assessments import POSITIVE
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.problems import SET_ASIDE, Problem, remark
from labelassemble.sources.published import Published

_SHOWN = 5


def remark_on_published(table: LabelTable, published: Published | None) -> list[Problem]:
    """Remark on a copy that is not whole, or whose labels are others than published.

    Findings are compared where all images are there and were read: of volumes, a check opens some
    masks alone. A part cannot have more of a finding than the whole.

    Args:
        table: the source.
        published: its numbers; none: nobody verified any.
    """
    if published is None or published.images is None:
        return []
    aside = table.excluded.filter(pl.col("reason").str.starts_with(SET_ASIDE))["image"].n_unique()
    count = table.images.height + aside
    here = count_positive(table)
    if count != published.images:
        more = count > published.images
        too_many = {} if more else _compare(here, published, whole=False)
        return [
            *_tell_changed(too_many, published, "more images"),
            remark(
                f"{count:,} of the {published.images:,} images that were published"
                if not more
                else f"{count:,} images, more than the {published.images:,} that were published",
                "Are two versions mixed?" if more else "Nothing, if a part is meant",
                count=abs(published.images - count),
            ),
        ]
    if aside:
        return []
    other = _compare(here, published, whole=True)
    return _tell_changed(other, published, "other numbers of images")


def _compare(
    here: Mapping[str, int], published: Published, whole: bool
) -> dict[str, tuple[int, int]]:
    """Term to its images here and as published, where they differ; of a part, where it has more."""
    both = {term: (here.get(term, 0), number) for term, number in published.positive.items()}
    return {
        term: (now, then)
        for term, (now, then) in both.items()
        if now > then or (whole and now != then)
    }


def _tell_changed(
    other: Mapping[str, tuple[int, int]], published: Published, what: str
) -> list[Problem]:
    if not other:
        return []
    said = [f"{term} on {now:,}, not {then:,}" for term, (now, then) in other.items()]
    return [
        remark(
            f"{plural(len(other), 'finding')} on {what} than published: "
            + ", ".join(said[:_SHOWN]),
            f"Were labels changed in this copy? Published numbers: {published.source}",
            count=len(other),
        )
    ]


def count_positive(table: LabelTable) -> dict[str, int]:
    """Count the images on which somebody says that a term is there.

    Args:
        table: the source.
    """
    said = table.assessments
    if not len(said.image):
        return {}
    first = np.flatnonzero(np.diff(said.image, prepend=-1))
    return {
        term: int((np.maximum.reduceat(said.column(term), first) == POSITIVE).sum())
        for term in said.columns
    }
