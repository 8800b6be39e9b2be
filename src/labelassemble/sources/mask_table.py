"""What a source drew on its images as rows: mask files, segments, regions, outlines and balls."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from labelassemble.sources.dicom_items import Item
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.mask_legend import NO_MASKS, SOURCE_MASK_COLUMNS
from labelassemble.sources.rows import Rows
from labelassemble.sources.statements.lidc_xml import NODULE
from labelassemble.sources.statements.mask_places import ImageMasks

PieceRow = tuple[str, str | None, str, str, int]
"""The columns image to number."""


def list_mask_files(
    image: str, masks: Sequence[ImageMasks], labels: MaskValues
) -> Iterator[PieceRow]:
    """Give a row a mask file of one image.

    Args:
        image: its name.
        masks: as ``find_image_masks`` gives them.
        labels: whose terms have masks of their own, or share one.
    """
    terms: tuple[str | None, ...] = tuple(labels.masks) or (None,)
    for term, own in zip(terms, masks, strict=True):
        for number, file in enumerate(own.files):
            yield image, term, "file", str(file), number


def list_objects(items: Sequence[tuple[Item, str]]) -> pl.DataFrame:
    """List segments and regions on the series that they speak of; reports draw nothing.

    Args:
        items: with the word that each means.
    """
    kinds = {"seg": "segment", "rtstruct": "region"}
    return list_pieces(
        [
            (series, word, kinds[item.kind], str(item.path), item.number)
            for item, word in items
            if item.kind in kinds
            for series in item.series
        ]
    )


def list_outlines(rows: Rows, folder: Path) -> pl.DataFrame:
    """List the files in which readers outlined nodules, by the series that they speak of.

    Args:
        rows: as ``read_lidc`` gives them.
        folder: the source's folder.
    """
    outlined = rows.facts.filter(rows.cells["words"] == NODULE).select("image", "file").unique()
    return list_pieces(
        [
            (image, NODULE, "outlines", str(folder / file), 0)
            for image, file in outlined.sort("image", "file").iter_rows()
        ]
    )


def list_balls(points: pl.DataFrame) -> pl.DataFrame:
    """List balls around points; what several readers marked alike is one.

    Args:
        points: ``POINT_COLUMNS``.
    """
    balls = points.drop("reader").with_columns(kind=pl.lit("ball")).unique(maintain_order=True)
    return pl.concat([NO_MASKS, balls], how="diagonal")


def list_pieces(rows: Sequence[PieceRow]) -> pl.DataFrame:
    """Make ``SOURCE_MASK_COLUMNS`` of what lies in files."""
    schema = dict(list(SOURCE_MASK_COLUMNS.items())[:5])
    pieces = pl.DataFrame(list(rows), schema=schema, orient="row")
    return pl.concat([NO_MASKS, pieces], how="diagonal")
