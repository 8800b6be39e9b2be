import polars as pl
import pytest

from labelassemble.report.audit.seen_images import SeenImages, count_seen, place_split
from labelassemble.report.placed_members import place_members


def test_held_out_images_that_an_earlier_part_shows():
    images = pl.DataFrame(
        [
            (0, 0, "train"),
            (0, 0, "test"),
            (1, 0, "validate"),
            (2, 1, "validate"),
            (2, 1, "test"),
            (3, 2, "test"),
            (3, 2, "unused"),
        ],
        schema=["row", "group", "split"],
        orient="row",
    )
    assert count_seen(images) == [
        SeenImages("validate", 2, 0, 1),
        SeenImages("test", 3, 2, 2),
    ]
    assert count_seen(images.clear()) == [
        SeenImages("validate", 0, 0, 0),
        SeenImages("test", 0, 0, 0),
    ]


def test_a_split_without_a_leak_shows_nothing_twice(table, leaking):
    for one in count_seen(place_members(table)):
        assert one.images > 0
        assert (one.record, one.person) == (0, 0)
    # South holds the image too.
    assert count_seen(place_members(leaking))[1].person == 2


@pytest.mark.parametrize("named", ["image", "source/image", "both"])
def test_names_are_found_however_they_are_written(table, named):
    placed = place_members(table)
    image = placed["image"] if named != "source/image" else placed["source"] + "/" + placed["image"]
    split = pl.DataFrame({"image": image, "split": placed["split"]})
    if named == "both":
        split = split.with_columns(source=placed["source"])
    found = place_split(placed, split.reverse())
    assert found.sort("row", "split").equals(
        placed.select("row", "group", "split").sort("row", "split")
    )


def test_what_the_table_does_not_hold_is_passed_over(table):
    split = pl.DataFrame({"image": ["nowhere.png", "000.png"], "split": ["train", "test"]})
    assert place_split(place_members(table), split).rows() == [(0, 0, "test")]
