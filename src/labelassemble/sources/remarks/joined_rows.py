"""Rows of labels that no image has: a part of the images may be missing."""

from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.match_names import match_file
from labelassemble.sources.problems import Problem, remark


def remark_on_joined_rows(table: LabelTable) -> list[Problem]:
    """Remark on rows of a joined table, needed for every image, that no image has.

    Args:
        table: the source.
    """
    layout = table.manifest.table
    joins = layout.join if layout else ()
    needed = [file for join in joins if join.needed for file in join.file]
    return [
        remark(
            f"{one.unused:,} of the {one.rows:,} rows of {one.path} belong to no image",
            "Is a part of the images missing? Nothing, if a part is meant",
            count=one.unused,
        )
        for one in table.inputs
        if one.unused and any(match_file(one.path, file) for file in needed)
    ]
