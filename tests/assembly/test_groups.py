import polars as pl

from labelassemble.assembly.assembled_table import GROUP_COLUMNS
from labelassemble.assembly.groups import describe_groups
from labelassemble.assembly.links import LINK_COLUMNS


def test_each_group_says_what_made_it():
    images = pl.DataFrame(
        {
            "row": [0, 1, 2, 3, 4, 5],
            "record_row": [0, 1, 1, 3, 4, 5],
            "group": [0, 0, 0, 1, 2, 2],
            "order": [0, 0, 1, 1, 0, 1],
            "patient": ["a/p", "a/p", "b/q", None, None, "b/r"],
        }
    )
    links = pl.DataFrame(
        [(1, 2, "crosswalk", None), (1, 2, "same file", None), (4, 5, "look-alike", 3.0)],
        schema=LINK_COLUMNS,
        orient="row",
    )
    groups = describe_groups(images, links, ("a", "b"), 3)
    assert dict(groups.schema) == GROUP_COLUMNS
    assert groups.rows() == [
        (0, 2, 3, "a+b", 2, "same patient; crosswalk; same file"),
        (1, 1, 1, "b", 0, ""),
        (2, 2, 2, "a+b", 1, "look-alike"),
    ]
