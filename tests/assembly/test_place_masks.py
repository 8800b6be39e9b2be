from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import MASK_COLUMNS
from labelassemble.assembly.place_masks import place_masks
from labelassemble.vocabulary.class_table import CLASS_MASK_COLUMNS

IMAGES = pl.DataFrame(
    {
        "source": ["one", "two", "two"],
        "image": ["1", "a", "b"],
        "record": ["one/1", "one/1", "two/b"],
    }
)


def test_masks_of_all_sources_come_to_the_record_that_their_image_is(make_table):
    def draw(source, *rows):
        pieces = pl.DataFrame(
            [{"image": image, "path": path, "kind": "file", "number": 0} for image, path in rows],
            schema=CLASS_MASK_COLUMNS,
        )
        return replace(make_table(source, sorted({image for image, _ in rows})), masks=pieces)

    tables = [
        draw("two", ("b", "/2/b"), ("lost", "/2/c"), ("a", "/2/a")),
        draw("one", ("1", "/1/1")),
        make_table("none", ["9"]),
    ]
    placed = place_masks(tables, IMAGES)
    assert dict(placed.schema) == MASK_COLUMNS
    assert placed.select("record", "source", "path").rows() == [
        ("one/1", "one", "/1/1"),
        ("one/1", "two", "/2/a"),
        ("two/b", "two", "/2/b"),
    ]
    assert place_masks(tables[::-1], IMAGES).equals(placed)
