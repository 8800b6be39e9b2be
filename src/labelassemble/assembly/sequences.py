"""Frames of one video: told by a manifest, told by names, or suspected where neighbours look alike.

Neighbouring frames are nearly the same image and yet two: they stay on one side of the split, and
what is said of one is not said of the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from labelassemble.assembly.links import LINK_COLUMNS, NO_LINKS
from labelassemble.assembly.told_patients import tells_patient
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.strip_suffix import strip_suffix
from labelassemble.vocabulary.class_table import ClassTable

SAYS_SO = (
    r"(?i)^(?P<sequence>.+?)[ _.\-/]*(?:frame|frm|fr)[ _.\-]*\d+$",
    r"(?i)^(?P<sequence>(?:.*[ _.\-/])?(?:video|vid|cine|clip|movie|loop)[ _.\-]*[a-z]*\d+)"
    r"[ _.\-/]+[a-z]*[ _.\-]*\d+$",
    r"^(?:.*/)?(?P<sequence>[^/]+)\.rf\.[0-9A-Za-z]{6,}$",
)
"""Names of images, without extension, that say themselves which video a frame is of, or of which
image they are an altered copy (``7_png.rf.9f0e3c.jpg``, as Roboflow writes), wherever it lies."""

NUMBERED = r"^(?P<stem>.*?)(?P<number>\d+)\D{0,2}$"
"""Names that end in a number."""

MIN_PAIRS, MIN_SHARE = 5, 0.6
"""Neighbouring numbers that must look alike, and their share among all neighbours of one stem,
before numbered names are suspected to be frames."""


class Suspected(NamedTuple):
    """Numbered images of one source whose neighbours look alike.

    Attributes:
        source: the source.
        alike: pairs of neighbours that look alike, or the same.
        neighbours: pairs of neighbouring numbers in all.
        example: names of one such pair.
    """

    source: str
    alike: int
    neighbours: int
    example: tuple[str, str]


def link_sequences(images: pl.DataFrame, tables: Sequence[ClassTable]) -> pl.DataFrame:
    """Link the frames of each video with its first one.

    Args:
        images: columns row, source, image, patient; one row an image.
        tables: the sources; their manifests may say how names tell the sequence.

    Returns:
        ``LINK_COLUMNS``.
    """
    named = _name_sequences(images, tables).drop_nulls("sequence")
    if named.is_empty():
        return NO_LINKS
    first = pl.col("row").min().over("source", "sequence")
    return (
        named.select(left=first, right="row")
        .filter(pl.col("left") != pl.col("right"))
        .sort("left", "right")
        .with_columns(evidence=pl.lit("same sequence"), measure=pl.lit(None))
        .select(pl.col(name).cast(of) for name, of in LINK_COLUMNS.items())
    )


def keep_frames_apart(
    links: pl.DataFrame, images: pl.DataFrame, tables: Sequence[ClassTable]
) -> pl.DataFrame:
    """Let looks not join what may be two frames of one video.

    That is: images of one sequence, and neighbouring numbers where numbered names are suspected to
    be frames.

    Args:
        links: ``LINK_COLUMNS``.
        images: columns row, source, image, patient; one row an image.
        tables: the sources.
    """
    looked = links.filter(
        pl.col("evidence").cast(pl.String).is_in(["same fingerprints", "look-alike"])
    )
    if looked.is_empty():
        return links
    named = _name_sequences(images, tables).select("row", "source", "sequence")
    stems = _find_suspected_stems(looked, images)
    numbered = _number_names(images).join(stems, on=["source", "stem"], how="semi")
    named = named.join(
        numbered.select("row", stem=pl.format("numbered {}", "stem")), on="row", how="left"
    ).select("row", "source", frame=pl.coalesce("sequence", "stem"))
    sides = links.select("left", "right").with_row_index("link")
    for side in ("left", "right"):
        told = named.select(
            pl.col("row").alias(side), pl.struct("source", "frame").alias(f"{side}_frame"),
            pl.col("frame").is_not_null().alias(f"{side}_known"),
        )  # fmt: skip
        sides = sides.join(told, on=side, how="left", maintain_order="left")
    one_video = sides.select(
        pl.col("left_known") & (pl.col("left_frame") == pl.col("right_frame"))
    ).to_series()
    kind = pl.col("evidence").cast(pl.String)
    apart = (one_video | _are_second_best(links, sides)) & links.select(
        kind == "same fingerprints"
    ).to_series()
    return links.with_columns(
        evidence=pl.when(apart)
        .then(pl.lit("look-alike"))
        .otherwise(kind)
        .cast(links.schema["evidence"])
    )


def _are_second_best(links: pl.DataFrame, sides: pl.DataFrame) -> pl.Series:
    """Links of an image to a frame, where it is nearer to another frame of the same video.

    An image that looks the same as several frames would join them; it joins the nearest.
    """
    looked = links.select(pl.col("evidence").cast(pl.String) == "same fingerprints").to_series()
    ranked = links.select("left", "right", "measure", looked=looked).hstack(
        sides.select("left_frame", "right_frame", "left_known", "right_known")
    )
    second = [
        (
            pl.when(known & pl.col("looked"))
            .then(
                pl.struct("measure", "left", "right").rank("ordinal").over(other, frame, "looked")
            )
            .otherwise(0)
            > 1
        )
        for known, frame, other in (
            (pl.col("left_known"), "left_frame", "right"),
            (pl.col("right_known"), "right_frame", "left"),
        )
    ]
    return ranked.select(second[0] | second[1]).to_series()


def suspect_sequences(
    links: pl.DataFrame, images: pl.DataFrame, tables: Sequence[ClassTable]
) -> list[Suspected]:
    """Find sources without patients whose numbered images look like frames of a video.

    Args:
        links: ``LINK_COLUMNS``.
        images: columns row, source, image, patient; one row an image.
        tables: the sources; what their manifests or names say is no suspicion.
    """
    looked = links.filter(
        pl.col("evidence").cast(pl.String).is_in(["same fingerprints", "look-alike"])
    )
    if looked.is_empty():
        return []
    told = _name_sequences(images, tables).filter(pl.col("sequence").is_not_null())
    open_ = images.join(told.select("row"), on="row", how="anti")
    stems = _find_suspected_stems(looked, open_)
    return [
        Suspected(source, alike, neighbours, (one, two))
        for source, alike, neighbours, one, two in stems.group_by("source", maintain_order=True)
        .agg(
            pl.col("alike", "neighbours").sum(),
            pl.col("one").first(),
            pl.col("two").first(),
        )
        .iter_rows()
    ]


def _name_sequences(images: pl.DataFrame, tables: Sequence[ClassTable]) -> pl.DataFrame:
    """Columns row, source, sequence; null where nothing tells one."""
    parts = []
    for table in tables:
        own = images.filter(pl.col("source") == table.source)
        pattern = table.manifest.images.sequence
        if pattern is not None:
            named = own.select("row", sequence=_search(own["image"], pattern))
        else:
            name = pl.col("name")
            tries = [name.str.extract_groups(one).struct.field("sequence") for one in SAYS_SO]
            named = (
                own.filter(~tells_patient())
                .select("row", name=strip_suffix("image"))
                .filter(pl.any_horizontal(name.str.contains(one) for one in SAYS_SO))
                .select("row", sequence=pl.coalesce(tries))
            )
        told = own.select("row", "source").join(named, on="row", how="left", maintain_order="left")
        parts.append(told)
    return pl.concat(parts)


def _search(names: pl.Series, pattern: str) -> pl.Series:
    """The group ``sequence`` of a pattern of Python's; null where it does not match."""
    expression = compile_pattern(pattern)
    found = [expression.search(name) for name in names]
    return pl.Series([match["sequence"] if match else None for match in found], dtype=pl.String)


def _number_names(images: pl.DataFrame) -> pl.DataFrame:
    """Columns row, source, image, stem, number of images without a patient that end in one."""
    groups = strip_suffix("image").str.extract_groups(NUMBERED)
    return (
        images.filter(~tells_patient())
        .select(
            "row", "source", "image",
            stem=groups.struct.field("stem"),
            number=groups.struct.field("number").cast(pl.Int64, strict=False),
        )
        .drop_nulls(["stem", "number"])
    )  # fmt: skip


def _find_suspected_stems(looked: pl.DataFrame, images: pl.DataFrame) -> pl.DataFrame:
    """Columns source, stem, alike, neighbours, one, two: stems of names that may be a video's."""
    numbered = _number_names(images).sort("source", "stem", "number", "row")
    following = numbered.with_columns(
        next_row=pl.col("row").shift(-1).over("source", "stem"),
        step=(pl.col("number").shift(-1) - pl.col("number")).over("source", "stem"),
        two=pl.col("image").shift(-1).over("source", "stem"),
    ).filter(pl.col("step") == 1)
    pairs = looked.select(
        low=pl.min_horizontal("left", "right"), high=pl.max_horizontal("left", "right")
    ).unique()
    return (
        following.with_columns(
            low=pl.min_horizontal("row", "next_row"), high=pl.max_horizontal("row", "next_row")
        )
        .join(pairs.with_columns(alike=True), on=["low", "high"], how="left", maintain_order="left")
        .with_columns(pl.col("alike").fill_null(False))
        .group_by("source", "stem", maintain_order=True)
        .agg(
            pl.col("alike").sum().cast(pl.Int64),
            neighbours=pl.len().cast(pl.Int64),
            one=pl.col("image").filter("alike").first(),
            two=pl.col("two").filter("alike").first(),
        )
        .filter(
            (pl.col("alike") >= MIN_PAIRS) & (pl.col("alike") >= MIN_SHARE * pl.col("neighbours"))
        )
    )
