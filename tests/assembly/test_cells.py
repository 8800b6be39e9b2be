import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import CELL_COLUMNS, fits_columns
from labelassemble.assembly.cells import Cells
from labelassemble.assembly.conflicts import decide_cells
from labelassemble.assembly.gather import gather_assessments
from labelassemble.settings import AssemblySettings

CLASSES = ("mass", "hernia")


def make(make_table, settings, *tables):
    """Cells of sources whose images of one name are one image."""
    made = [make_table(name, sorted({row[0] for row in rows}), rows) for name, rows in tables]
    names = sorted({row[0] for _, rows in tables for row in rows})
    images = [
        (name, row, names.index(row))
        for name, rows in tables
        for row in sorted({r[0] for r in rows})
    ]
    frame = pl.DataFrame(images, schema=["source", "image", "record"], orient="row")
    frame = frame.with_columns(number=pl.int_range(pl.len(), dtype=pl.Int64))
    said = gather_assessments(made, frame, CLASSES)
    sources = tuple(name for name, _ in tables)
    decisions = decide_cells(said, CLASSES, sources, settings)
    return Cells(said, decisions, CLASSES, sources, settings), pl.Series(names)


def test_cells_are_in_the_order_of_images_and_classes(make_table):
    cells, names = make(
        make_table,
        AssemblySettings(uncertain="soft"),
        ("a", [("1", "hernia", "+"), ("1", "mass", "-"), ("3", "mass", "?")]),
        ("b", [("1", "mass", "+"), ("2", "mass", "+")]),
    )
    frame = cells.frame(names)
    assert fits_columns(frame, "cells")
    assert frame.columns == list(CELL_COLUMNS)
    assert frame.select("record", "class", "state", "label", "source", "policy").rows() == [
        ("1", "mass", "negative", 0.0, "a", "source_order, a first"),
        ("1", "hernia", "positive", 1.0, "a", None),
        ("2", "mass", "positive", 1.0, "b", None),
        ("3", "mass", "uncertain", 0.5, "a", "uncertain, soft"),
    ]
    known = cells.known()
    assert known.record.tolist() == [0, 0, 1, 2]
    assert known.place.tolist() == [0, 1, 0, 0]
    np.testing.assert_array_equal(known.label, [0.0, 1.0, 1.0, 0.5])


def test_texts_are_the_ones_in_use_in_a_fixed_order(make_table):
    rows = [("1", "mass", "+", "zeta"), ("2", "mass", "+", "alpha")]
    cells, names = make(make_table, AssemblySettings(), ("a", rows))
    frame = cells.frame(names)
    assert frame.schema["reason"] == pl.Enum(["alpha", "zeta"])
    assert frame.schema["policy"] == pl.Enum([])
    assert frame["reason"].to_list() == ["zeta", "alpha"]


def test_two_rules_on_one_cell_stand_behind_each_other(make_table):
    rows = [("1", "mass", "+", "r", "R1"), ("1", "mass", "-", "r", "R2")]
    from labelassemble.assembly.readers import settle_readers

    table = make_table("a", ["1"], rows)
    frame = pl.DataFrame({"source": ["a"], "image": ["1"], "record": [0], "number": [0]})
    settings = AssemblySettings(uncertain="negative")
    said, _ = settle_readers(gather_assessments([table], frame, CLASSES), CLASSES, settings)
    cells = Cells(said, decide_cells(said, CLASSES, ("a",), settings), CLASSES, ("a",), settings)
    assert cells.frame(pl.Series(["1"]))["policy"].to_list() == [
        "readers, majority: 1 positive, 1 negative; uncertain, negative"
    ]
