"""Modalities as people write them, and their codes in DICOM."""

import re
from typing import Final

MODALITIES: Final = {
    "xray": {"CR", "DX", "RF", "XA", "RG", "PX", "IO", "MG"},
    "radiograph": {"CR", "DX", "RF", "RG", "PX", "IO", "MG"},
    "mammogra": {"MG", "CR", "DX"},
    "ct": {"CT"},
    "computedtomography": {"CT"},
    "mr": {"MR"},
    "magnetic": {"MR"},
    "ultraso": {"US", "IVUS"},
    "echo": {"US"},
    "pet": {"PT", "CT"},
    "oct": {"OPT"},
    "fundus": {"OP"},
    "endoscop": {"ES"},
    "patholog": {"SM", "GM"},
    "dermo": {"XC", "GM", "DMS", "OP"},
    "photo": {"XC", "GM", "DMS", "OP"},
}
"""Words of a manifest's modality, or how they begin, to the codes of DICOM (PS3.3, C.7.3.1.1.1)."""


def modality_codes(said: str) -> set[str]:
    """Give DICOM's codes of what a manifest calls its modality; none where nobody knows any.

    >>> sorted(modality_codes("MRI, ultrasound"))
    ['IVUS', 'MR', 'US']
    """
    word = re.sub(r"[^a-z]", "", said.lower())
    parts = re.findall(r"[a-z]+", said.lower())
    found = set[str]()
    for begin, those in MODALITIES.items():
        if begin in word if len(begin) > 3 else begin in parts or f"{begin}i" in parts:
            found |= those
    return found
