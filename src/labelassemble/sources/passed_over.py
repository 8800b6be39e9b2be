"""Files and folders that were not taken, and why."""

from typing import NamedTuple

import polars as pl

PASSED_OVER = {"reason": pl.String, "file": pl.String}
"""Files and folders that were not taken: why, and their path below the folder; a folder's ends in
``/``."""


UNREADABLE = "an archive that cannot be looked into: "


class PassedOver(NamedTuple):
    """A file or folder that was not taken.

    Attributes:
        reason: why, in words that many files share.
        name: its path below the folder, fit to be printed; a folder's ends in ``/``.
    """

    reason: str
    name: str


LARGE_TABLE = (
    "images in a Parquet file of more than 512 MiB within an archive are read once that archive is "
    "unpacked (labelassemble unpack)"
)


PACKED = "masks are read from folders: unpack it, labelassemble unpack"
