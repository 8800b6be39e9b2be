"""Archives in which images may be that cannot be read, and why."""

import polars as pl

from labelassemble.files.archive_file import A_LINK, NEEDS_PASSWORD, TWICE
from labelassemble.sources.archives.archive_tree import NESTED
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.passed_over import LARGE_TABLE, PACKED, UNREADABLE


def tell_packed(files: ImageFolder) -> str:
    """Say in which archives images may be that cannot be read, and why; blank: in none."""
    reason = pl.col("reason")
    known = [NEEDS_PASSWORD, TWICE, A_LINK, NESTED, PACKED, LARGE_TABLE]
    lost = files.passed.filter(reason.str.starts_with(UNREADABLE) | reason.is_in(known))
    told = lost.unique("reason").sort("file").rows()
    return "".join(f"; {name}: {why}" for why, name in told)
