"""UIDs that follow from what an object is made of: the same input gives the same object."""

import hashlib
import re
from uuid import UUID

UID_FORM = re.compile(r"[0-9]+(\.[0-9]+)+")
"""Digits and dots, which can be no path."""

MAX_UID = 64
"""Characters of a UID."""


def derive_uid(*parts: str) -> str:
    """Give the UID of what is made of these parts: a hash of them, written as DICOM writes UUIDs.

    Source: DICOM PS3.5, B.2; RFC 4122, version 5, with SHA-256 in place of SHA-1.

    >>> derive_uid("a", "b") == derive_uid("a", "b") != derive_uid("ab")
    True
    >>> derive_uid("report").startswith("2.25.")
    True
    """
    told = b"".join(len(one.encode()).to_bytes(8, "big") + one.encode() for one in parts)
    return f"2.25.{UUID(bytes=hashlib.sha256(told).digest()[:16], version=5).int}"


def is_uid(text: str) -> bool:
    """Tell whether a text has the form of a UID.

    >>> is_uid("1.2.840.10008.1.1"), is_uid("../../etc/passwd"), is_uid("1..2")
    (True, False, False)
    """
    return len(text) <= MAX_UID and UID_FORM.fullmatch(text) is not None
