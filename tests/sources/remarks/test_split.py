import polars as pl

from labelassemble.sources.label_table import IMAGE_COLUMNS
from labelassemble.sources.remarks.split import remark_on_split


def test_patients_on_two_sides():
    images = pl.DataFrame(
        {
            "image": ["a", "b", "c", "d", "e"],
            "patient": ["p", "p", "q", "q", None],
            "official_split": ["train", "test", "test", None, "train"],
        }
    ).with_columns(pl.lit(None, of).alias(n) for n, of in IMAGE_COLUMNS.items() if n in ("view",))
    (note,) = remark_on_split(images)
    assert note.what == "the published split has 1 patient on two sides, with 2 images"
    assert note.example == "p in test and train"
    assert note.kind == "remark"
    assert remark_on_split(images.filter(pl.col("image") != "b")) == []
