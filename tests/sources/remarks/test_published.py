"""A copy of a source beside what was published."""

from dataclasses import replace

import polars as pl
import pytest

from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.problems import SET_ASIDE
from labelassemble.sources.published import Published
from labelassemble.sources.read import read_source
from labelassemble.sources.remarks.published import count_positive, remark_on_published

MANIFEST = """
name = "mine"
[table]
file = "labels.csv"
[labels]
encoding = "delimited_list"
column = "findings"
separator = "|"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["none"]
"""


@pytest.fixture
def table(tmp_path):
    rows = pl.DataFrame({"image": ["a", "b", "c"], "findings": ["Mass|Edema", "Mass", "none"]})
    rows.write_csv(tmp_path / "labels.csv")
    settings = SourceSettings(name="mine", manifest="mine", folder=tmp_path, missing_images="keep")
    return read_source(settings, parse_manifest(MANIFEST, "mine"))


def say(table, images, **positive):
    published = Published(images=images, positive=positive, source="a paper")
    return [one.what for one in remark_on_published(table, published)]


def test_the_same_numbers_say_nothing(table):
    assert count_positive(table) == {"Mass": 2, "Edema": 1}
    assert say(table, 3, Mass=2, Edema=1) == []
    assert remark_on_published(table, None) == []


def test_labels_that_were_changed(table):
    assert say(table, 3, Mass=3, Edema=1) == [
        "1 finding on other numbers of images than published: Mass on 2, not 3"
    ]


def test_a_part_and_more_than_all(table):
    """Findings of a part are compared with nothing."""
    assert say(table, 6, Mass=7) == ["3 of the 6 images that were published"]
    assert say(table, 2) == ["3 images, more than the 2 that were published"]


def test_images_that_the_check_set_aside_are_there(table):
    aside = pl.DataFrame(
        {"source": ["mine"], "image": ["d"], "reason": [f"{SET_ASIDE}not opened"], "rows": [1]}
    )
    some = replace(table, excluded=pl.concat([table.excluded, aside]))
    assert say(some, 4, Mass=9) == []
    assert say(some, 5) == ["4 of the 5 images that were published"]


def test_a_part_with_more_of_a_finding_than_the_whole_was_changed(table):
    assert say(table, 9, Mass=1, Edema=1) == [
        "1 finding on more images than published: Mass on 2, not 1",
        "3 of the 9 images that were published",
    ]
