from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import FRAMES, fits_columns, make_frame


def test_every_frame_has_its_columns_even_without_rows(two_hospitals):
    for name in FRAMES:
        assert fits_columns(getattr(two_hospitals, name), name)
        assert fits_columns(make_frame(name), name)
    assert not fits_columns(two_hospitals.members, "records")
    as_text = two_hospitals.cells.with_columns(pl.col("reason").cast(pl.String))
    assert not fits_columns(as_text, "cells")


def test_labels_are_null_where_nobody_looked(two_hospitals):
    labels = two_hospitals.labels()
    assert labels.columns == ["record", "mass", "hernia"]
    assert labels.schema["hernia"] == pl.Float32
    assert labels["record"].to_list() == two_hospitals.records["record"].to_list()
    expected = {
        (row["record"], row["class"]): row["label"] for row in two_hospitals.cells.to_dicts()
    }
    got = {
        (row["record"], name): row[name] for row in labels.to_dicts() for name in ("mass", "hernia")
    }
    assert got == {cell: expected.get(cell) for cell in got}
    # Hernia: 8 definite assessments of nih, 4 uncertain ones, and nobody looked at the other 23.
    assert labels["hernia"].null_count() == 27
    assert labels["hernia"].is_nan().sum() == 0


def test_labels_of_no_cell_are_all_unknown(two_hospitals):
    labels = replace(two_hospitals, cells=two_hospitals.cells.clear()).labels()
    assert labels["mass"].null_count() == 35
