"""Image files that no image of the source has."""

from labelassemble.errors import plural, some
from labelassemble.sources.files_not_taken import UNUSED
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.problems import Problem, remark


def remark_on_files(table: LabelTable, files: ImageFolder) -> list[Problem]:
    """Remark on image files that no image has; masks and images that are left out are known.

    Args:
        table: the source.
        files: the files there are.
    """
    unused = table.not_taken.filter(reason=UNUSED)["file"].sort()
    if unused.is_empty() or not table.images["path"].count():
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
