"""Which DICOM files count, by what their headers say: as data in the manifest."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Final

import polars as pl
from pydantic import AfterValidator, Field

from labelassemble.settings import Settings
from labelassemble.sources.dicom_headers import column_of
from labelassemble.sources.scope import Names
from labelassemble.sources.series_folders import NO_IMAGES

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

_TEXTS: Final = frozenset(
    {
        *("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC"),
        *("UI", "UL", "US", "SL", "SS", "UT"),
    }
)


def _is_keyword(keyword: str) -> str:
    from pydicom.datadict import dictionary_VR, keyword_dict

    if not keyword or keyword not in keyword_dict:
        near = get_close_matches(keyword, list(keyword_dict), n=1)
        raise ValueError(
            f"{keyword!r} is no keyword of DICOM" + (f"; nearest: {near[0]!r}" if near else "")
        )
    if not set(dictionary_VR(keyword).split(" or ")) & _TEXTS:
        raise ValueError(f"{keyword} holds no text or number to compare")
    return keyword


Element = Annotated[str, AfterValidator(_is_keyword)]
"""An element of a DICOM header by its keyword, such as ``ViewPosition``."""


class HeaderRules(Settings):
    """Which DICOM files count as images, by what their headers say.

    Values are compared whatever their case; ``*`` stands for any text, ``""`` for an element that
    is blank or not there. Of an element with several values (``ImageType``) one that fits is
    enough. What does not count is listed with its reason.
    """

    keep: dict[Element, Names] = Field(default={})
    """Keyword of an element to the values whose files count, such as ``{Modality = ["DX", "CR"],
    ViewPosition = ["PA", "AP"]}``; each of the elements has to fit."""
    exclude: dict[Element, Names] = Field(default={})
    """Keyword of an element to the values whose files do not count, such as
    ``{SeriesDescription = ["*LAT*"]}``."""

    @property
    def elements(self) -> tuple[str, ...]:
        """Keywords of all elements that are asked for."""
        return tuple(dict.fromkeys([*self.keep, *self.exclude]))


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


def _judge(values: pl.Series, name: str, patterns: Sequence[str], keeps: bool) -> pl.Series:
    different = values.fill_null("").unique().to_list()
    whole = [re.compile(".*".join(map(re.escape, one.split("*"))), re.I | re.S) for one in patterns]
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
