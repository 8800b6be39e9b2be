"""Files beside a source's images that no image is in, and why, in one line a reason."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from labelassemble.errors import ImageError, SourceError, plural, some
from labelassemble.files.frame_path import FRAME
from labelassemble.files.series_path import SERIES
from labelassemble.files.volume_file import APART, list_parts
from labelassemble.sources.encodings.box_files import BoxFiles
from labelassemble.sources.encodings.lidc_xml import LidcXml
from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.encodings.xml_terms import XmlTerms
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.passed_over import PASSED_OVER
from labelassemble.sources.statements.mask_places import MaskFolders, find_image_masks
from labelassemble.sources.statements.mask_values import list_cases
from labelassemble.sources.strip_suffix import strip_suffix

UNUSED = "an image file that no image of the source has"

EXAMPLES = 3
"""So many names stand behind a reason."""


@dataclass(frozen=True)
class NotTaken:
    """Why some of many were not taken."""

    reason: str
    """In words."""
    count: int
    """How many."""
    examples: tuple[str, ...]
    """The first names, ``EXAMPLES`` at most."""

    def describe(self, noun: str) -> str:
        """Give it in one line.

        >>> NotTaken("hidden", 2, (".a", ".b")).describe("file")
        '2 files not taken: hidden (.a, .b)'
        """
        return f"{plural(self.count, noun)} not taken: {self.reason} ({some(self.examples)})"


def list_not_taken(
    table: LabelTable, files: ImageFolder, folder: Path, known: pl.DataFrame | None = None
) -> pl.DataFrame:
    """List what lies below the folder of the images and no image is in.

    Args:
        table: the source.
        files: what was found below that folder.
        folder: the source's folder; its tables that were read are no news.
        known: ``PASSED_OVER``: image files of which it is known why no image is in them.

    Returns:
        ``PASSED_OVER``, sorted.
    """
    read = {(folder / one.path).as_posix() for one in table.inputs}
    root = files.folder.as_posix().rstrip("/") + "/"
    masks = [root + name for name in _list_masks(table, files)]
    read |= {*masks, *_list_voxels([*table.images["path"].drop_nulls(), *masks])}
    passed = files.passed.filter(~(pl.lit(root) + pl.col("file")).is_in(sorted(read)))
    passed = _leave_label_files(passed, table, files, folder)
    unused = find_unused(table, files)
    if known is not None:
        known = known.filter(pl.col("file").is_in(unused.implode()))
        unused = unused.filter(~unused.is_in(known["file"].implode()))
        passed = pl.concat([passed, known])
    told = pl.DataFrame({"reason": [UNUSED] * len(unused), "file": unused}, schema=PASSED_OVER)
    return pl.concat([passed, told]).sort("reason", "file")


def _leave_label_files(
    passed: pl.DataFrame, table: LabelTable, files: ImageFolder, folder: Path
) -> pl.DataFrame:
    """Take out label files, one an image or a report, which are read under one pattern."""
    labels = table.manifest.labels
    if not isinstance(labels, BoxFiles | XmlTerms | LidcXml):
        return passed
    below = os.path.relpath(files.folder, folder.absolute())
    start = "" if below == "." else f"{below}/"
    lost = [
        any(match_glob(os.path.normpath(start + name), one) for one in labels.file)
        for name in passed["file"]
    ]
    return passed.filter(~pl.Series(lost, dtype=pl.Boolean))


def find_unused(table: LabelTable, files: ImageFolder) -> pl.Series:
    """Find image files that no image has; masks and images that are left out are known.

    Args:
        table: the source.
        files: the files there are.
    """
    used = files.name(table.images["path"].drop_nulls().str.replace(FRAME.pattern, ""))
    masks = pl.Series("path", _list_masks(table, files), dtype=pl.String)
    names = [used, table.excluded["image"].alias("path"), masks]
    unused = files.names.filter(~files.names.is_in(pl.concat(names).implode()))
    unused = _leave_series(unused, table, files)
    lost = _stems(table.excluded["image"])
    return unused.filter(~_stems(unused).is_in(lost.implode()))


def _leave_series(unused: pl.Series, table: LabelTable, files: ImageFolder) -> pl.Series:
    """Take out slices of series that are images, and the objects that were read of them."""
    paths = table.images["path"].drop_nulls()
    series = paths.filter(paths.str.contains(SERIES.pattern))
    if series.is_empty():
        return unused
    root = files.folder.as_posix().rstrip("/") + "/"
    folders = (series.str.replace(SERIES.pattern, "/")).str.strip_prefix(root)
    below = f"{table.manifest.images.folder.strip('/')}/"
    read = pl.Series([one.path.removeprefix(below) for one in table.inputs], dtype=pl.String)
    own = unused.str.replace(r"[^/]*$", "").is_in(folders.implode())
    return unused.filter(~own & ~unused.is_in(read.implode()))


def _list_masks(table: LabelTable, files: ImageFolder) -> list[str]:
    """Masks of the images, as paths below their folder."""
    labels = table.manifest.labels
    if not isinstance(labels, MaskValues):
        return []
    root = files.folder.as_posix().rstrip("/") + "/"
    try:
        rows = list_cases(files.names, labels)
        found = list(find_image_masks(rows, labels, MaskFolders(files.folder)))
    except SourceError:
        return []  # Told as a problem.
    return [
        path.as_posix().removeprefix(root)
        for masks in found
        for one in masks
        for path in (*one.files, *one.elsewhere)
    ]


def _list_voxels(paths: Iterable[str]) -> Iterator[str]:
    """Files of voxels beside the headers among these files."""
    for path in paths:
        if path.lower().endswith(APART):
            with suppress(ImageError):  # Told as a problem.
                yield from (one.as_posix() for one in list_parts(Path(path)))


def count_reasons(rows: pl.DataFrame, name: str, weight: str | None = None) -> list[NotTaken]:
    """Count why things were not taken, the most frequent reason first.

    Reasons that differ in a name or a number only, and are more than three, are one.

    Args:
        rows: column reason, and
        name: the column with the name of each thing.
        weight: column with how many each row stands for; none: one.

    >>> reasons = [f"cut at byte {place}" for place in range(4)]
    >>> rows = pl.DataFrame({"reason": reasons, "file": list("abcd")})
    >>> count_reasons(rows, "file")
    [NotTaken(reason='cut at byte ..., such as: cut at byte 0', count=4, examples=('a', 'b', 'c'))]
    """
    if rows.is_empty():
        return []
    different = rows["reason"].unique().sort().to_list()
    kinds: dict[str, list[str]] = {}
    for reason in different:
        kinds.setdefault(_VARYING.sub("...", reason), []).append(reason)
    title = {
        reason: f"{kind}, such as: {members[0]}" if len(members) > EXAMPLES else reason
        for kind, members in kinds.items()
        for reason in members
    }
    counted = (
        rows.with_columns(
            reason=pl.col("reason").replace_strict(different, [title[one] for one in different])
        )
        .group_by("reason")
        .agg(
            (pl.col(weight).sum() if weight else pl.len()).alias("count"),
            pl.col(name).unique().sort().head(EXAMPLES).alias("examples"),
        )
        .sort("count", "reason", descending=[True, False])
    )
    return [NotTaken(reason, count, tuple(examples)) for reason, count, examples in counted.rows()]


_VARYING = re.compile(
    r"'[^']*'|\"[^\"]*\"|(?<!\w)[^\s,;:]*[/\\][^\s,;:]*|[\w-]+\.\w{2,8}\b|\d[\d,.]*"
)
"""Names in quotes, paths, file names and numbers."""


def _stems(names: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"name": names}, schema={"name": pl.String})
    return frame.select(strip_suffix("name").str.split("/").list.last()).to_series()
