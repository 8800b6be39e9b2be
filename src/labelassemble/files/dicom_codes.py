"""Coded concepts of DICOM objects as words."""

from collections.abc import Iterator
from typing import Any


def code_of(item: Any) -> tuple[str, str]:
    """Give a code as ``SCHEME:VALUE`` and its meaning; blank where nothing is said.

    SNOMED's older schemes (SRT, SNM3, 99SDM) stay as they are written.
    """
    value = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue") or ""
    scheme = str(item.get("CodingSchemeDesignator", "") or "")
    meaning = str(item.get("CodeMeaning", "") or "").strip()
    return (f"{scheme}:{value}" if value else ""), meaning


def words_of(sequence: Any) -> Iterator[str]:
    """Give the meanings of a code sequence, then its codes, those that are not blank."""
    codes = [code_of(item) for item in sequence or ()]
    yield from (meaning for _, meaning in codes if meaning)
    yield from (code for code, _ in codes if code)


def text_of(dataset: Any, keyword: str) -> str:
    """Give an element as text; blank where it is not there."""
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip().strip("\0").strip()
