"""Image files that no image of the source has."""

import polars as pl

from labelassemble.errors import some
from labelassemble.files.frame_path import FRAME
from labelassemble.sources.encodings.mask_values import MaskValues, list_cases
from labelassemble.sources.image_files import ImageFolder, strip_suffix
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.problems import Problem, plural, remark


def remark_on_files(table: LabelTable, files: ImageFolder) -> list[Problem]:
    """Remark on image files that no image has; masks and images that are left out are known.

    Args:
        table: the source.
        files: the files there are.
    """
    root = files.folder.as_posix().rstrip("/") + "/"
    paths = table.images["path"].drop_nulls()
    used = paths.str.replace(FRAME.pattern, "").str.strip_prefix(root)
    names = [used, table.left_out["image"].alias("path")]
    labels = table.manifest.labels
    if isinstance(labels, MaskValues):
        names += [one.alias("path") for one in list_cases(files.names, labels).cells]
    unused = files.names.filter(~files.names.is_in(pl.concat(names).implode()))
    lost = _stems(table.left_out["image"])
    unused = unused.filter(~_stems(unused).is_in(lost.implode()))
    if unused.is_empty() or used.is_empty():
        return []
    folders = unused.str.extract(r"^(.*)/").fill_null("the folder itself").unique().sort()
    return [
        remark(
            f"{plural(len(unused), 'image file')} of {len(files.names):,} that no image of the "
            f"source has, in {some(folders, 3)}",
            "Are rows missing? Where those are no images of it (masks), name the folder of the "
            "images: images.folder",
            count=len(unused),
            example=unused[0],
        )
    ]


def _stems(names: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"name": names}, schema={"name": pl.String})
    return frame.select(strip_suffix("name").str.split("/").list.last()).to_series()
