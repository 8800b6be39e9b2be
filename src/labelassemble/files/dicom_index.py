"""Whether a DICOM file lists other files (DICOMDIR) and is no image itself."""

INDEX_BYTES = 1024
"""Enough of a file to tell."""

_INDEX_CLASS = b"1.2.840.10008.1.3.10"
_GOES_ON = [b".", *(b"%d" % digit for digit in range(10))]


def is_dicom_index(name: str, start: bytes = b"") -> bool:
    """Whether a file is an index of DICOM files.

    Args:
        name: of the file, without its folder.
        start: its first bytes, as far as they were read.

    Source: DICOM PS3.10 section 8.6; PS3.6 annex A for the class of its content.

    >>> is_dicom_index("DICOMDIR"), is_dicom_index("IM0001")
    (True, False)
    """
    if name.upper() == "DICOMDIR":
        return True
    at = start.find(_INDEX_CLASS)
    return at >= 0 and start[at + len(_INDEX_CLASS) :][:1] not in _GOES_ON
