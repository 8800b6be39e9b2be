"""Statements on rows become assessments of readings: whose they are, where from, and how far they
go."""

import numpy as np
import polars as pl
from jaxtyping import Bool

from labelassemble.errors import some
from labelassemble.setting_types import EVIDENCE
from labelassemble.sources.assessments import POSITIVE, UNKNOWN, Assessments, Reason, Statements
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import AT_ONCE, Problems, name_nearest
from labelassemble.sources.rows import FACTS, Rows
from labelassemble.sources.scope import Subset

KIND = pl.Enum(EVIDENCE)


def give_readings(
    rows: Rows, stated: Statements, manifest: Manifest, problems: Problems = AT_ONCE
) -> Assessments:
    """Say whose each row's statements are, and make unknown what that reading did not look for.

    Args:
        rows: one row an image and reader, sorted by image.
        stated: what they say.
        manifest: scopes of readers and subsets, and where assessments come from.
        problems: takes readers of `scope.by_reader` who read nothing, and remarks on subsets
            without a row.
    """
    image = rows.facts.select(pl.col("image").rle_id().cast(pl.Int64))["image"].to_numpy()
    silent = np.zeros(stated.state.shape, dtype=bool)
    evidence = np.full(len(image), EVIDENCE.index(manifest.evidence))
    undecided = np.ones(len(image), dtype=bool)
    for subset in manifest.subsets:
        found = find_members(rows, subset)
        if not found.any():
            where = some(f"{name} = {some(values)}" for name, values in subset.where.items())
            problems.remark(f"the subset of {where} holds no row", "Fix its values")
        member = undecided & found
        undecided &= ~member
        if subset.evidence is not None:
            evidence[member] = EVIDENCE.index(subset.evidence)
        if subset.terms is not None:
            silent |= member[:, None] & _outside(subset.terms, stated)
    readers = rows.facts["reader"]
    for reader, terms in manifest.scope.by_reader.items():
        own = (readers == reader).to_numpy()
        if not own.any():
            near = name_nearest(reader, readers.unique().sort().to_list())
            problems.note(
                "readers of the source in scope.by_reader",
                f"the reader {reader!r} of scope.by_reader read nothing{near}",
                "Fix the name, or take it out",
            )
        silent |= own[:, None] & _outside(terms, stated)
    # What somebody found is there, whether or not it was looked for.
    silent &= stated.state != POSITIVE
    return Assessments(
        columns=stated.columns,
        image=image,
        state=np.where(silent, UNKNOWN, stated.state).astype(np.uint8),
        reason=np.where(silent, 0, stated.reason).astype(np.uint16),
        reasons=stated.reasons,
        reader=readers.replace("", None),
        evidence=pl.Series(EVIDENCE, dtype=KIND).gather(evidence).alias("evidence"),
    )


def add_boxes(
    assessments: Assessments, boxes: pl.DataFrame, images: pl.Series, manifest: Manifest
) -> Assessments:
    """Add what a table of boxes says: a boxed finding is there.

    Boxes belong to the reading on the image that has their reader (or none, as they) and their
    evidence; where there is no such reading, they are one of their own, called ``boxes`` if nobody
    is named.

    Args:
        assessments: what the labels say.
        boxes: ``BOX_COLUMNS``, on images of the source.
        images: names of the images, sorted.
        manifest: where boxes come from; else they come from where the labels on the image do.
    """
    if boxes.is_empty():
        return assessments
    asked = _ask_readings(assessments, boxes, images, manifest)
    columns = tuple(dict.fromkeys([*assessments.columns, *asked["term"].unique().sort()]))
    at = asked["term"].replace_strict(list(columns), range(len(columns)), return_dtype=pl.Int64)
    own = asked.filter(pl.col("reading") >= assessments.readings)
    own = own.unique("reading", maintain_order=True).sort("reading")
    wide = ((0, own.height), (0, len(columns) - len(assessments.columns)))
    state, reason = np.pad(assessments.state, wide), np.pad(assessments.reason, wide)
    box = Reason("box")
    reasons = assessments.reasons if box in assessments.reasons else (*assessments.reasons, box)
    rows, places = asked["reading"].to_numpy(), at.to_numpy()
    new = state[rows, places] != POSITIVE
    state[rows[new], places[new]] = POSITIVE
    reason[rows[new], places[new]] = reasons.index(box)
    image = np.concatenate([assessments.image, own["place"].to_numpy()])
    order = np.argsort(image, kind="stable")
    reader = pl.concat([assessments.reader, own["reader"].fill_null("boxes")])
    evidence = pl.concat([assessments.evidence, own["evidence"].alias("evidence")])
    return Assessments(
        columns=columns,
        image=image[order],
        state=state[order],
        reason=reason[order],
        reasons=reasons,
        reader=reader[pl.Series(order)],
        evidence=evidence[pl.Series(order)],
    )


def _ask_readings(
    assessments: Assessments, boxes: pl.DataFrame, images: pl.Series, manifest: Manifest
) -> pl.DataFrame:
    """Columns reading, place (of the image), term, reader, evidence; one row a box's statement.

    Numbers of readings that are not there yet go on behind those that are.
    """
    readings = pl.DataFrame(
        {
            "place": pl.Series(assessments.image, dtype=pl.Int64),
            "reader": assessments.reader.cast(pl.String),
            "evidence": assessments.evidence,
            "reading": pl.Series(range(assessments.readings), dtype=pl.Int64),
        }
    )
    said = boxes.select("image", "term", "reader").unique().sort("image", "reader", "term")
    said = said.with_columns(place=pl.Series(images).search_sorted(said["image"]).cast(pl.Int64))
    kind = manifest.boxes.evidence if manifest.boxes else None
    by_image = readings.unique("place", keep="first", maintain_order=True)
    said = said.join(
        by_image.select("place", "evidence"), on="place", how="left", maintain_order="left"
    )
    if kind is not None:
        said = said.with_columns(evidence=pl.lit(kind, dtype=KIND))
    said = said.join(
        readings,
        on=["place", "reader", "evidence"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    number = pl.struct("place", "reader").rle_id().cast(pl.Int64)
    lost = said.filter(pl.col("reading").is_null()).with_columns(
        reading=assessments.readings + number
    )
    return pl.concat([said.filter(pl.col("reading").is_not_null()), lost])


def _outside(terms: tuple[str, ...], stated: Statements) -> Bool[np.ndarray, "1 columns"]:
    return np.array([[term not in terms for term in stated.columns]], dtype=bool).reshape(1, -1)


def find_members(rows: Rows, subset: Subset) -> Bool[np.ndarray, " rows"]:
    """Rows that a subset's conditions all hold of."""
    found = np.ones(rows.facts.height, dtype=bool)
    for column, values in subset.where.items():
        cells = rows.facts[column] if column in FACTS else rows.marks[column]
        plain = [value for value in values if "*" not in value]
        fits = cells.is_in(plain)
        for value in values:
            if "*" in value:
                parts = [pl.escape_regex(part) for part in value.split("*")]
                fits |= cells.str.contains(f"^{'.*'.join(parts)}$")
        found &= fits.to_numpy()
    return found
