"""What says that two images are the same image, or of the same patient."""

from typing import Any

import polars as pl

from labelassemble.errors import AssemblyError, plural, some
from labelassemble.sources.overlapping_names import OverlappingNames, SharedTable
from labelassemble.sources.strip_suffix import strip_suffix

LINK_EVIDENCE = (
    "shared name",
    "crosswalk",
    "same file",
    "same pixels",
    "same fingerprints",
    "weak crosswalk",
    "shared patient",
    "same sequence",
    "look-alike",
)
"""What a link rests on, the surest first. shared name: a manifest says that two sources use the
same names. crosswalk: a table that the recipe names; weak where the match is worse than the recipe
allows. same file: equal bytes. same pixels: equal after decoding. same fingerprint: perceptual
fingerprints that only one image gives. shared patient: a manifest says that two sources use the
same names of patients. same sequence: frames of one video. look-alike: similar fingerprints,
perhaps of one patient."""

JOINS = LINK_EVIDENCE[:5]
"""Evidence that makes two images one image; the rest only keeps them on one side of a split."""

BY_NAME = LINK_EVIDENCE[:2]
"""Evidence of names: who has the tables needs no image for it."""

LINK_COLUMNS: dict[str, Any] = {
    "left": pl.Int64,
    "right": pl.Int64,
    "evidence": pl.Enum(LINK_EVIDENCE),
    "measure": pl.Float32,
}
"""Two row numbers of ``images``, what links them, and how far apart they are, where that was
measured: a crosswalk's error, or the distance of fingerprints."""

NO_LINKS = pl.DataFrame(schema=LINK_COLUMNS)


def link_equal(images: pl.DataFrame, contents: pl.DataFrame, column: str) -> pl.DataFrame:
    """Link images whose files, or pixels, are identical.

    Args:
        images: columns row, source, image (one row an image).
        contents: columns source, image, and the hash; images without one are not linked.
        column: the hash: ``sha256`` of the file, or ``pixel_sha256``.

    Returns:
        ``LINK_COLUMNS``; each image is linked with the first of the same content.

    >>> images = pl.DataFrame({"row": [0, 1], "source": ["a", "b"], "image": ["1", "2"]})
    >>> contents = pl.DataFrame({"source": ["b", "a"], "image": ["2", "1"], "sha256": ["f", "f"]})
    >>> link_equal(images, contents, "sha256").select("left", "right", "evidence").rows()
    [(0, 1, 'same file')]
    """
    kind = {"sha256": "same file", "pixel_sha256": "same pixels"}[column]
    found = images.select("row", "source", "image").join(
        contents.filter(pl.col(column).is_not_null()), on=["source", "image"], how="inner"
    )
    first = pl.col("row").min().over(column)
    return _finish(found.select(left=first, right="row"), kind)


def link_by_crosswalk(
    images: pl.DataFrame,
    pairs: pl.DataFrame,
    left_source: str,
    right_source: str,
    place: str,
    weakest: float | None = None,
) -> pl.DataFrame:
    """Link images that a crosswalk calls the same image.

    Args:
        images: columns row, source, image (one row an image).
        pairs: columns left, right (names of images of the two sources) and error (Float64, null
            where it was not measured); names of images that the tables do not hold are passed over.
        left_source: source of the left names.
        right_source: source of the right names.
        place: the crosswalk's file, for errors.
        weakest: pairs with a larger error are weak: they keep the images on one side of a split,
            but do not join their assessments. None: none are.

    Returns:
        ``LINK_COLUMNS``.

    Raises:
        AssemblyError: none of the left (or right) names is an image of that source.
    """
    numbered = pairs
    for side, source in (("left", left_source), ("right", right_source)):
        own = images.filter(pl.col("source") == source).select(
            pl.col("image").alias(side), pl.col("row").cast(pl.Int64).alias(f"{side}_row")
        )
        if pairs.join(own, on=side, how="semi").is_empty():
            raise AssemblyError(
                f"names of images of {source!r}, such as {some(own[side].sort(), 2)}, "
                f"on the {side} of the crosswalk {place}",
                f"none among {plural(pairs.height, 'row')}, which name {some(pairs[side].head(2))}",
                f"Check {side}_source and {side}_column of that crosswalk",
            )
        numbered = numbered.join(own, on=side, how="inner")
    weak = pl.lit(False) if weakest is None else (pl.col("error") > weakest).fill_null(False)
    strong = numbered.select(left="left_row", right="right_row", measure="error", weak=weak)
    return pl.concat(
        [
            _finish(strong.filter(~pl.col("weak")), "crosswalk"),
            _finish(strong.filter("weak"), "weak crosswalk"),
        ]
    )


def take_names(images: pl.DataFrame, source: str, kind: str) -> pl.DataFrame:
    """Give names of a source's images (without extension) or patients, with their rows.

    Args:
        images: columns row, source, image, patient (``source/patient``); one row an image.
        source: the source.
        kind: ``image`` or ``patient``.
    """
    own = images.filter(pl.col("source") == source)
    if kind == "image":
        return own.select("row", name=strip_suffix("image"))
    patient = pl.col("patient").str.strip_prefix(f"{source}/")
    return own.select("row", name=patient).drop_nulls("name")


def follow_names(
    names: pl.DataFrame, fact: OverlappingNames, tables: dict[SharedTable, pl.DataFrame]
) -> pl.DataFrame:
    """Give what a fact makes of names; names of which it says nothing are dropped.

    Args:
        names: columns row, name.
        fact: says how a name becomes one of the other source.
        tables: the published tables of names, columns ours and theirs.
    """
    if fact.crosswalk is not None:
        bare = names.with_columns(pl.col("name").str.replace(r"^.*/", ""))
        walked = bare.join(tables[fact.crosswalk], left_on="name", right_on="ours", how="inner")
        return walked.select("row", name="theirs").sort("row")
    if fact.pattern is None:
        return names
    found = pl.col("name").str.extract_groups(f"^(?:{fact.pattern})$").struct.field("name")
    return (
        names.select("row", found=found)
        .drop_nulls("found")
        .select("row", name=strip_suffix("found"))
    )


def pair_names(
    ours: pl.DataFrame, theirs: pl.DataFrame, evidence: str, start: str, other_start: str
) -> pl.DataFrame:
    """Link rows of equal names.

    A name that several images of one source have tells no image: they stay on one side.

    Args:
        ours: columns row, name.
        theirs: the same.
        evidence: of ``LINK_EVIDENCE``.
        start: whether our names were those of images or of patients.
        other_start: the same of theirs.
    """
    if evidence not in JOINS:
        # Of a patient, the first image: the patient's own images are joined anyway.
        first, other_first = _take_first(ours), _take_first(theirs)
        ours = ours if start == "image" else first
        theirs = theirs if other_start == "image" else other_first
        sides = [(ours, other_first), (first, theirs)]
        return _finish(pl.concat([_match(*one) for one in sides]), evidence)
    alone = pl.col("name").is_unique()
    pairs = _match(ours.with_columns(alone=alone), theirs.with_columns(other_alone=alone))
    sure = pl.col("alone") & pl.col("other_alone")
    return pl.concat(
        [
            _finish(pairs.filter(sure), evidence),
            _finish(pairs.filter(~sure), "shared patient"),
        ]
    )


def _match(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    return ours.join(theirs, on="name", how="inner", suffix="_other").with_columns(
        left=pl.min_horizontal("row", "row_other"), right=pl.max_horizontal("row", "row_other")
    )


def _take_first(names: pl.DataFrame) -> pl.DataFrame:
    return names.group_by("name").agg(pl.col("row").min()).select("row", "name")


def link_by_fingerprint(
    images: pl.DataFrame, contents: pl.DataFrame, near: pl.DataFrame
) -> pl.DataFrame:
    """Link images that look the same, or alike.

    Args:
        images: columns row, source, image (one row an image).
        contents: columns source, image; its rows are what ``near`` numbers.
        near: columns left, right (rows of ``contents``), distance, tier (``same record`` or
            ``look-alike``).

    Returns:
        ``LINK_COLUMNS``.
    """
    row = contents.join(
        images.select("row", "source", "image"),
        on=["source", "image"],
        how="left",
        maintain_order="left",
    )["row"]
    placed = near.select(
        one=row.gather(near["left"]), two=row.gather(near["right"]), measure="distance", tier="tier"
    ).drop_nulls(["one", "two"])
    ordered = placed.select(
        "measure",
        "tier",
        left=pl.min_horizontal("one", "two"),
        right=pl.max_horizontal("one", "two"),
    )
    same = pl.col("tier").cast(pl.String) == "same image"
    return pl.concat(
        [
            _finish(ordered.filter(same), "same fingerprints"),
            _finish(ordered.filter(~same), "look-alike"),
        ]
    )


def _finish(pairs: pl.DataFrame, evidence: str) -> pl.DataFrame:
    if "measure" not in pairs.columns:
        pairs = pairs.with_columns(measure=pl.lit(None, pl.Float32))
    return (
        pairs.filter(pl.col("left") != pl.col("right"))
        .group_by("left", "right")
        .agg(pl.col("measure").min())
        .sort("left", "right")
        .with_columns(evidence=pl.lit(evidence))
        .select(pl.col(name).cast(of) for name, of in LINK_COLUMNS.items())
    )
