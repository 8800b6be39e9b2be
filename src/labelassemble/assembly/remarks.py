"""What the one who assembles should look into: it breaks no rule, and may be a mistake."""

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.kinship import find_kinship
from labelassemble.assembly.links import JOINS
from labelassemble.assembly.remark_no_class import remark_no_class
from labelassemble.assembly.sequences import suspect_sequences
from labelassemble.errors import some
from labelassemble.sources.strip_suffix import strip_suffix
from labelassemble.vocabulary.class_table import ClassTable

BY_FINGERPRINT = r"same fingerprints|look-alike"

FEWEST, MIN_SHARE = 10, 0.05
"""Images in groups that fingerprints made, and their share of all, from which it is remarked that
they are unused, or that one group holds them."""


def list_remarks(
    table: AssembledTable, tables: Sequence[ClassTable], images: pl.DataFrame, links: pl.DataFrame
) -> list[str]:
    """List remarks, each one sentence or two that say what to do.

    Args:
        table: the table.
        tables: the sources, in recipe order.
        images: columns row, source, image, patient; one row an image that an image holds.
        links: ``links.LINK_COLUMNS``.
    """
    return [
        *(() if table.classes else ["{}. {}.".format(*remark_no_class(tables))]),
        *_remark_equal_names(tables, images, links),
        *_remark_sequences(tables, images, links),
        *_remark_chains(table),
    ]


def _remark_equal_names(
    tables: Sequence[ClassTable], images: pl.DataFrame, links: pl.DataFrame
) -> list[str]:
    """Two sources use equal names of images, and nothing says what that means."""
    named = images.select("row", "source", "image", name=strip_suffix("image"))
    several = named.filter(pl.col("source").n_unique().over("name") > 1)
    joined = links.filter(pl.col("evidence").cast(pl.String).is_in(JOINS)).select(
        low=pl.min_horizontal("left", "right"), high=pl.max_horizontal("left", "right")
    )
    by_table = links.filter(
        pl.col("evidence").cast(pl.String).is_in(["shared name", "crosswalk", "weak crosswalk"])
    )
    sides = by_table.select("left", "right")
    for side in ("left", "right"):
        whose = images.select(pl.col("row").alias(side), pl.col("source").alias(f"{side}_source"))
        sides = sides.join(whose, on=side, how="left")
    settled = {
        frozenset(pair) for pair in sides.select("left_source", "right_source").unique().iter_rows()
    }
    told = find_kinship({one.source: one.manifest for one in tables}).told_pairs
    remarks = []
    for one, other in combinations(tables, 2):
        both = frozenset((one.source, other.source))
        if both in told or both in settled:
            continue
        pairs = several.filter(source=one.source).join(
            several.filter(source=other.source), on="name", suffix="_other"
        )
        if pairs.is_empty():
            continue
        same = pairs.select(
            low=pl.min_horizontal("row", "row_other"), high=pl.max_horizontal("row", "row_other")
        ).join(joined.unique(), on=["low", "high"], how="semi")
        count = pairs["name"].n_unique()
        remarks.append(
            f"{count:,} {'image has' if count == 1 else 'images have'} equal names in "
            f"{one.source} and {other.source}, such as {some(pairs['name'].sort(), 2)}; "
            f"{same.height:,} of these pairs are joined as the same image. If equal names mean "
            f"the same image, say so in the manifest of {other.source}: "
            f'[[overlaps]] source = "{one.manifest.name}"'
        )
    return remarks


def _remark_sequences(
    tables: Sequence[ClassTable], images: pl.DataFrame, links: pl.DataFrame
) -> list[str]:
    return [
        f"{one.alike:,} of {one.neighbours:,} neighbouring numbers in {one.source} look alike, "
        f"such as {one.example[0]} and {one.example[1]}: perhaps frames of videos. They are not "
        "joined, but frames that do not look alike may stand in train and test: name the "
        "patients, or tell the video in its manifest, such as [images] sequence = "
        r"'^(?P<sequence>.+)_\d+'"
        for one in suspect_sequences(links, images, tables)
    ]


def _remark_chains(table: AssembledTable) -> list[str]:
    """Groups that looks alone chain together, so that much is unused or on one side."""
    # A group of one known patient needs no look-alikes.
    by_fingerprint = table.groups.filter(
        pl.col("evidence").str.contains(BY_FINGERPRINT) & pl.col("patients").ne_missing(1)
    )
    records = table.records.join(by_fingerprint.select("group"), on="group", how="semi")
    unused = records.filter(split="unused").height
    every = table.records.height
    remarks: list[str] = []
    advice = (
        "Look at its images in the audit; if they are not of one person, set "
        '[assembly] similar_images = "ignore"'
    )
    if by_fingerprint.is_empty():
        return remarks
    largest = by_fingerprint.sort("records", "group", descending=[True, False]).row(0, named=True)
    size = largest["records"]
    if unused >= max(FEWEST, MIN_SHARE * every):
        remarks.append(
            f"{unused:,} of {every:,} images are unused in groups that look-alikes made; the "
            f"largest such group holds {size:,} images. {advice}"
        )
    elif size >= max(FEWEST, MIN_SHARE * every):
        remarks.append(
            f"Look-alikes helped to make one group of {size:,} of {every:,} images, which stands "
            f"on one side of the split. {advice}"
        )
    return remarks
