"""All remarks on a source that was read."""

from labelassemble.sources.encodings.mask_values import MaskValues
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest import Manifest
from labelassemble.sources.problems import Problems, remark
from labelassemble.sources.remarks.excluded import remark_on_excluded
from labelassemble.sources.remarks.image_files import remark_on_files
from labelassemble.sources.remarks.joined_rows import remark_on_joined_rows
from labelassemble.sources.remarks.like_masks import remark_on_like_masks
from labelassemble.sources.remarks.masks import remark_on_masks
from labelassemble.sources.remarks.patients import remark_on_patients
from labelassemble.sources.remarks.published import remark_on_published
from labelassemble.sources.remarks.split import remark_on_split


def remark_on(
    table: LabelTable, manifest: Manifest, files: ImageFolder, problems: Problems
) -> None:
    """Remark on what breaks no rule and is worth a look.

    Args:
        table: the source, as far as it could be read.
        manifest: as written, with what could not be read.
        files: the image files there are.
        problems: takes the remarks.
    """
    asked = manifest.table is not None and manifest.table.patient is not None
    layout = table.manifest.table
    lost = asked and (layout is None or layout.patient is None)
    problems.add(
        *remark_on_files(table, files),
        *remark_on_joined_rows(table),
        *remark_on_like_masks(table),
        *remark_on_patients(table.images, table.manifest, told=lost),
        *([] if manifest.split.by_date else remark_on_split(table.images)),
        *remark_on_published(table, manifest.published),
        *remark_on_excluded(table.excluded),
    )
    if isinstance(manifest.labels, MaskValues):
        problems.add(*remark_on_masks(manifest.labels, files))
    missing = [key for key in ("licence", "citation") if not getattr(manifest, key)]
    if missing:
        problems.add(
            remark(
                f"the manifest states no {' and no '.join(missing)}",
                "State it: the report lists what each source asks for",
                count=len(missing),
            )
        )
