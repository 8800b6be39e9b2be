"""The extension of an image, taken off its name."""

import polars as pl

from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES


def strip_suffix(column: str) -> pl.Expr:
    """Take the extension of an image off a name; dots within names stay.

    >>> pl.DataFrame({"name": ["a/b.PNG", "1.2.840.1"]}).select(strip_suffix("name")).rows()
    [('a/b',), ('1.2.840.1',)]
    """
    endings = "|".join(suffix[1:] for suffix in (*IMAGE_SUFFIXES, *VOLUME_SUFFIXES))
    return pl.col(column).str.replace(rf"(?i)\.({endings})$", "")
