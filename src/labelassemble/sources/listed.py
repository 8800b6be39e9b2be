"""A source's rows before they are gathered."""

from typing import NamedTuple

import polars as pl

from labelassemble.sources.input_file import InputFile
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.mask_legend import NO_MASKS
from labelassemble.sources.match_image_files import MatchedFiles
from labelassemble.sources.rows import Rows


class Listed(NamedTuple):
    """A source's rows before they are gathered.

    Attributes:
        rows: as written.
        manifest: how they are written: without what is not there.
        inputs: the files that they come from.
        files: which file each image is in, where the encoding says it; none: found by name.
        headers: ``dicom_headers.HEADERS`` of all DICOM files, where they were read for the rows.
        passed: ``PASSED_OVER``: image files that are known to be no images, and why.
        pieces: ``SOURCE_MASK_COLUMNS``: what DICOM objects draw.
    """

    rows: Rows
    manifest: Manifest
    inputs: tuple[InputFile, ...]
    files: MatchedFiles | None = None
    headers: pl.DataFrame | None = None
    passed: pl.DataFrame | None = None
    pieces: pl.DataFrame = NO_MASKS
