import polars as pl

from labelassemble.assembly.assemble import assemble_table
from labelassemble.assembly.assembled_table import fits_columns
from labelassemble.settings import AssemblySettings

READERS = [("R1", "+"), ("R2", "+"), ("R3", "-"), ("R4", "?")]


def test_readers_images_and_sources_each_have_their_conflicts(make_table, make_source, vocabulary):
    rows = [("1", "mass", sign, "r", reader) for reader, sign in READERS]
    a = make_table("a", ["1", "2"], [*rows, ("2", "mass", "-")])
    b = make_table("b", ["1"], [("1", "mass", "-")])
    # All three images are one image.
    files = [("a", "1", "f"), ("a", "2", "f"), ("b", "1", "f")]
    contents = pl.DataFrame(files, schema=["source", "image", "sha256"], orient="row").with_columns(
        pixel_sha256=pl.lit(None, pl.String), fingerprint=pl.lit(None, pl.Binary)
    )
    table = assemble_table(
        [a, b],
        vocabulary,
        AssemblySettings(allow_unscored_classes=True),
        sources=[make_source("a"), make_source("b")],
        contents=contents,
    )
    assert fits_columns(table.conflicts, "conflicts")
    assert fits_columns(table.agreement, "agreement")
    listed = table.conflicts.select(
        "between", "left_source", "left_assessment", "right_source", "right_assessment"
    )
    assert set(listed.rows()) == {
        ("readers", "a", "positive", "a", "negative"),
        ("readers", "a", "positive", "a", "uncertain"),
        ("readers", "a", "negative", "a", "uncertain"),
        ("images", "a", "positive", "a", "negative"),
        ("sources", "a", "positive", "b", "negative"),
    }
    counts = table.agreement.select(
        "left_source", "right_source", "both_positive", "left_positive", "both_negative"
    )
    # Of the readers, three are sure: three pairs. The sources meet in two images of a.
    assert counts.rows() == [("a", "a", 1, 2, 0), ("a", "b", 0, 1, 1)]
