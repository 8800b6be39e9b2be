"""An assembled table in, its audit out: one page, a few lines of text, and the leaks."""

from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.audit import Leak, find_leaks
from labelassemble.assembly.table_folder import find_table, read_assembled
from labelassemble.errors import AssemblyError, ImageError, SourceError
from labelassemble.pipeline.class_titles import table_titles
from labelassemble.report.audit.content import AuditContent, ForeignSplit
from labelassemble.report.audit.findings import gather_findings
from labelassemble.report.audit.summary import summarise_audit
from labelassemble.report.audit.write_audit import write_audit
from labelassemble.report.number_format import join_words
from labelassemble.sources import table_file

_PACKAGES = ("labelassemble", "polars", "numpy")
THUMBNAIL_SIDE = 200


class Audited(NamedTuple):
    """What an audit came to.

    Attributes:
        page: the page that was written.
        summary: the same in a few lines of text.
        leaks: of the split held against the table, then of the table's own; empty: none.
    """

    page: Path
    summary: str
    leaks: list[Leak]


def audit_assembled(folder: Path, output: Path | None = None, split: Path | None = None) -> Audited:
    """Audit a table that ``assemble`` wrote, or a split that somebody else made of its images.

    Args:
        folder: the table's folder, ``assembled/`` of a recipe's output, or that output itself.
        output: the page to write; None: ``audit.html`` beside the table's folder.
        split: a CSV or TSV file, plain or packed, with the columns image and split (train,
            validate, test or unused), and source where two sources use the same names of images;
            an image may also be written ``source/image``. None: the table's own split alone.

    Raises:
        AssemblyError: the folder holds no assembled table, the split is no such file, or it names
            parts or images that the table does not know.
        RunError: the page cannot be written.
    """
    place = find_table(folder)
    table = read_assembled(place)
    content = AuditContent(
        title=f"Audit of {join_words(list(table.scopes)) or 'a table without sources'}",
        table=table,
        titles=table_titles(table),
        foreign=hold_against(table, split) if split is not None else None,
        thumbnail=read_thumbnail if table.records["path"].is_not_null().any() else None,
        versions={name: version(name) for name in _PACKAGES},
    )
    found = gather_findings(content)
    page = write_audit(content, output or place.absolute().parent / "audit.html", found)
    leaks = [*(content.foreign.leaks if content.foreign else ()), *found.leaks]
    return Audited(page, summarise_audit(content, found), leaks)


def hold_against(table: AssembledTable, split: Path) -> ForeignSplit:
    """Read a split that somebody else made, and look for leaks in it.

    Raises:
        AssemblyError: as in ``audit_assembled``.
    """
    try:
        read = table_file.read_source_table(
            split.parent, (split.name,), ("image", "split", "source"), may_lack=("source",)
        )
    except SourceError as error:
        raise AssemblyError(
            error.expected, error.got, "Give a CSV or TSV file with the columns image and split"
        ) from error
    rows = read.table
    if "source" in read.lacking or (rows["source"] == "").all():
        rows = rows.drop("source")
    return ForeignSplit(split.name, rows, find_leaks(table, rows))


def read_thumbnail(path: str) -> np.ndarray | None:
    """A small grey image of an image file; None where the file is gone or carries none."""
    # Only where there are files: a table without them needs no decoder.
    from labelassemble.files.read_image import read_image
    from labelassemble.images.radiograph import prepare_radiograph

    try:
        image = read_image(Path(path), THUMBNAIL_SIDE)
    except ImageError:
        return None
    return prepare_radiograph(image, THUMBNAIL_SIDE, "pad")
