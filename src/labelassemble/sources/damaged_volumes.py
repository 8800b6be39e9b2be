"""Volumes whose header does not fit the voxels that are there, told before anything runs."""

from pathlib import Path

import polars as pl

from labelassemble.errors import ImageError, plural
from labelassemble.files.volume_file import VOLUME_HEADERS, open_grid_file
from labelassemble.settings import SourceSettings
from labelassemble.sources.problems import SET_ASIDE, Problems


def find_damaged_volumes(
    images: pl.Series, path: pl.Series, settings: SourceSettings, problems: Problems
) -> pl.Series:
    """Open the headers of MetaImage and NRRD files: are their voxels there, and all of them?

    Packed voxels are counted where they are read; NIfTI files are opened where they are read.

    Args:
        images: names of the images.
        path: the file of each, null where it has none.
        settings: says whether unreadable images may be left out.
        problems: takes the files that are missing or cut.

    Returns:
        Why an image is to be left out, null where it stays.
    """
    reasons: list[str | None] = [None] * len(path)
    wrong: list[tuple[str, ImageError]] = []
    endings = [ending.lstrip(".") for ending in VOLUME_HEADERS]
    asked = path.str.to_lowercase().str.contains(rf"\.({'|'.join(endings)})$").fill_null(False)
    for row in asked.arg_true():
        try:
            open_grid_file(Path(path[row]))
        except ImageError as error:
            wrong.append((images[row], error))
            reasons[row] = f"unreadable: {error.got}"
    if not wrong:
        return pl.Series("damaged", reasons, dtype=pl.String)
    first, told = wrong[0]
    got = f"{plural(len(wrong), 'volume')} that cannot be read"
    example = f"{first}: {told.got}"
    if settings.unreadable_images == "exclude":
        problems.remark(got, "They are left out, as you allow it", len(wrong), example)
    else:
        reasons = [SET_ASIDE + one if one else None for one in reasons]
        problems.note(
            "volumes whose voxels are all there",
            got,
            f"{told.do}, or leave them out: unreadable_images = 'exclude' in that source",
            len(wrong),
            example,
        )
    return pl.Series("damaged", reasons, dtype=pl.String)
