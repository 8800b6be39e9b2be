"""Which DICOM files count, by what their headers say: as data in the manifest."""

from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from labelassemble.setting_types import Names, Settings

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
