"""Images whose masks or boxes would lie elsewhere on the other one are not joined."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Bool, Int, UInt8

from labelassemble.assembly.links import JOINS
from labelassemble.assembly.overlap import find_components
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.run_length_rows import RunLengthRows
from labelassemble.vocabulary.class_table import ClassTable

WEAKER = {
    "shared name": "shared patient",
    "crosswalk": "weak crosswalk",
    "same fingerprints": "look-alike",
}
"""What a link becomes that may not join: it still keeps both on one side of the split."""

MOVED = 0.01
"""Share of a side that a border may have moved by."""

PAIRS = 512
"""Pairs that are laid upon each other at a time."""


def keep_places(
    links: pl.DataFrame,
    images: pl.DataFrame,
    tables: Sequence[ClassTable],
    contents: pl.DataFrame,
) -> pl.DataFrame:
    """Weaken links that would carry masks or boxes over to an image of another geometry.

    An image with a mask, and all that would be joined with it, must have the mask's height and
    width. Where only the fingerprints say that two images are the same, they must also agree as
    they lie, within the same borders: masks and boxes fit neither a crop nor a shifted copy. Boxes
        that
    names or crosswalks carry over stay: they have a frame of their own.

    Args:
        links: ``LINK_COLUMNS``.
        images: columns row, source, image; one row an image.
        tables: the sources; their manifests say which have masks.
        contents: ``CONTENT_COLUMNS``.

    Returns:
        The links; some of them weaker.
    """
    masked, placed = _find_placed(images, tables)
    if not placed.any() or "frame" not in contents.columns:
        return links
    known = images.select("row", "source", "image").join(
        contents.select("source", "image", "frame", "fingerprint").drop_nulls(),
        on=["source", "image"],
        how="inner",
    )
    left, right = links["left"].to_numpy(), links["right"].to_numpy()
    kind = links["evidence"].cast(pl.String).to_numpy()
    # What is joined with a mask has the mask: a chain of links may not carry it elsewhere.
    joins = np.isin(kind, JOINS)
    masked, placed = (_spread(one, left[joins], right[joins]) for one in (masked, placed))
    asked = (masked[left] & np.isin(kind, list(WEAKER))) | (
        placed[left] & (kind == "same fingerprints")
    )
    place = np.full(len(images), -1)
    place[known["row"].to_numpy()] = np.arange(known.height)
    asked &= (place[left] >= 0) & (place[right] >= 0)
    at = np.flatnonzero(asked)
    if not len(at):
        return links
    frame = np.frombuffer(b"".join(known["frame"]), dtype="<u4").reshape(-1, 6).astype(np.int64)
    one, two = place[left[at]], place[right[at]]
    differ = masked[left[at]] & (frame[one, :2] != frame[two, :2]).any(axis=1)
    looked = kind[at] == "same fingerprints"
    differ |= looked & _are_framed_otherwise(frame[one], frame[two])
    ask = np.flatnonzero(looked & ~differ)
    fingerprints = known["fingerprint"]
    differ[ask] = ~_agree_as_they_lie(fingerprints.gather(one[ask]), fingerprints.gather(two[ask]))
    weak = np.zeros(links.height, dtype=bool)
    weak[at[differ]] = True
    kinds = pl.col("evidence").cast(pl.String)
    return links.with_columns(
        evidence=pl.when(pl.Series(weak))
        .then(kinds.replace(WEAKER))
        .otherwise(kinds)
        .cast(links.schema["evidence"])
    )


def _find_placed(
    images: pl.DataFrame, tables: Sequence[ClassTable]
) -> tuple[Bool[np.ndarray, " images"], Bool[np.ndarray, " images"]]:
    """Which images have masks, and which have masks or boxes."""
    with_masks = [
        one.source for one in tables if isinstance(one.manifest.labels, MaskValues | RunLengthRows)
    ]
    boxed = pl.concat(
        [
            one.boxes.select(source=pl.lit(one.source, pl.String), image=pl.col("image"))
            for one in tables
        ]
    ).unique()
    masked = images["source"].is_in(with_masks)
    has_box = images.select("source", "image").join(
        boxed.with_columns(box=True), on=["source", "image"], how="left", maintain_order="left"
    )["box"]
    return masked.to_numpy(), (masked | has_box.fill_null(False)).to_numpy()


def _spread(
    marked: Bool[np.ndarray, " images"],
    left: Int[np.ndarray, " links"],
    right: Int[np.ndarray, " links"],
) -> Bool[np.ndarray, " images"]:
    """Mark everything that links lead to from what is marked."""
    component = find_components(len(marked), left, right)
    reached = np.zeros(int(component.max(initial=-1)) + 1, dtype=bool)
    reached[component[marked]] = True
    spread: Bool[np.ndarray, " images"] = reached[component]
    return spread


def _are_framed_otherwise(
    one: Int[np.ndarray, "pairs 6"], two: Int[np.ndarray, "pairs 6"]
) -> Bool[np.ndarray, " pairs"]:
    """Whether the aspects differ, or what is no border lies elsewhere, in shares of the sides."""
    shares = []
    aspects = []
    for frame in (one, two):
        height, width = frame[:, :1], frame[:, 1:2]
        shares.append(np.concatenate([frame[:, 2:4] / height, frame[:, 4:] / width], axis=1))
        aspects.append((height / width)[:, 0])
    moved = np.abs(shares[0] - shares[1]).max(axis=1) > MOVED
    framed: Bool[np.ndarray, " pairs"] = moved | (np.abs(aspects[0] / aspects[1] - 1) > MOVED)
    return framed


def _agree_as_they_lie(one: pl.Series, two: pl.Series) -> Bool[np.ndarray, " pairs"]:
    # Only here: what it needs takes long to import, and few sources have masks.
    from labelassemble.assembly.align_fingerprints import agree_in_place
    from labelassemble.assembly.fingerprints import unpack_fingerprints
    from labelassemble.assembly.near_duplicates import FARTHEST, SAME_RECORD

    def unpack(some: pl.Series) -> UInt8[np.ndarray, "some_pairs bytes"]:
        return np.stack([np.frombuffer(fingerprints, dtype=np.uint8) for fingerprints in some])

    agree = np.zeros(len(one), dtype=bool)
    for start in range(0, len(one), PAIRS):
        rows = slice(start, start + PAIRS)
        left, right = (unpack_fingerprints(unpack(some[rows])) for some in (one, two))
        found = np.maximum(agree_in_place(left, right), agree_in_place(left, -right))
        agree[rows] = 1 - found <= FARTHEST[SAME_RECORD]
    return agree
