"""Which DICOM files count, and which hold no image, by their headers."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from labelassemble.sources.compile_pattern import Expression, compile_pattern
from labelassemble.sources.header_columns import column_of
from labelassemble.sources.header_rules import HeaderRules

NO_PIXELS: Final = (
    *("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"),
    *("1.2.840.10008.5.1.4.1.1.30", "1.2.840.10008.5.1.4.1.1.481.2"),
)
"""Classes of objects that hold rows and columns of numbers which are no image: segmentations,
label maps, parametric maps, doses (DICOM PS3.6, annex A)."""


NO_IMAGE_CLASSES: Final = (
    r"^1\.2\.840\.10008\.5\.1\.4\.1\.1\."
    r"(8|9|10|11|66|67|68|78|79|80|88|90|91|104|129|131|200|201|481)(\.|$)"
)
"""Classes of reports, presentation states, waveforms, documents, plans and the like, which hold
rows and columns only where they are images of that kind (DICOM PS3.6, annex A)."""


UNREADABLE_HEADER: Final = "its DICOM header cannot be read"


def judge_headers(headers: pl.DataFrame, rules: HeaderRules) -> pl.Series:
    """Say why files do not count, by the rules; null where they do.

    Args:
        headers: ``dicom_headers.HEADERS``, with the elements that the rules ask for.
        rules: what is kept and left out.

    >>> headers = pl.DataFrame({"modality": ["DX", "CT", None]})
    >>> judge_headers(headers, HeaderRules(keep={"Modality": ["dx"]})).to_list()
    [None, 'its Modality is CT', 'its header has no Modality']
    """
    asked = [(name, values, True) for name, values in rules.keep.items()]
    asked += [(name, values, False) for name, values in rules.exclude.items()]
    reasons = [
        _judge(headers[column_of(name)], name, values, keeps) for name, values, keeps in asked
    ]
    nothing = pl.Series("reason", [None] * headers.height, dtype=pl.String)
    return pl.select(pl.coalesce([*reasons, nothing])).to_series().alias("reason")


def find_no_images(headers: pl.DataFrame, sure: bool = False) -> pl.Series:
    """Say which DICOM objects hold no image: reports, presentation states, segmentations, ...

    Args:
        headers: ``dicom_headers.HEADERS``.
        sure: an object without rows and columns that calls itself an image stays: it is damaged.

    Returns:
        Why, in words; null where there may be an image.
    """
    empty = pl.all_horizontal(
        pl.col(name).is_null()
        for name in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "modality", "Rows")
    )
    told = pl.col("modality").fill_null("unknown")
    bare = pl.col("Rows").is_null() | pl.col("Columns").is_null()
    if sure:
        other = pl.col("SOPClassUID").str.contains(NO_IMAGE_CLASSES)
        bare = bare & (other | pl.col("modality").is_in(NO_IMAGES)).fill_null(False)
    return headers.select(
        reason=pl.when(empty)
        .then(pl.lit(UNREADABLE_HEADER))
        .when(bare | pl.col("SOPClassUID").is_in(NO_PIXELS).fill_null(False))
        .then(pl.format("a DICOM object without an image (Modality {})", told))
    )["reason"]


def _read_stars(pattern: str) -> Expression:
    """Give a pattern in which a star is anything."""
    return compile_pattern(f"(?s:{'.*'.join(map(re.escape, pattern.split('*')))})", True)


def _judge(values: pl.Series, name: str, patterns: Sequence[str], keeps: bool) -> pl.Series:
    different = values.fill_null("").unique().to_list()
    whole = [_read_stars(one) for one in patterns]
    fits: Mapping[str, bool] = {
        value: any(one.fullmatch(part) for one in whole for part in {value, *value.split("\\")})
        for value in different
    }
    why = {
        value: None
        if fits[value] == keeps
        else f"its {name} is {value}"
        if value
        else f"its header has no {name}"
        for value in different
    }
    return values.fill_null("").replace_strict(
        list(why), list(why.values()), return_dtype=pl.String
    )


NO_IMAGES = (
    *("SEG", "RTSTRUCT", "RTDOSE", "RTPLAN", "RTRECORD", "SR", "PR", "KO", "REG", "DOC", "AU"),
    *("ECG", "PLAN", "FID", "RWV", "M3D"),
)
"""Modalities of objects that are no images."""
