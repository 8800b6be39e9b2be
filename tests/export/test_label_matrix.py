from dataclasses import replace

import numpy as np
import polars as pl

from labelassemble.export.label_matrix import find_values, label_matrix


def test_every_state(table):
    matrix = label_matrix(table)
    nan = np.nan
    expected = [[1, 0, nan], [nan, 0.5, 0.1], [1, 0, nan], [nan, nan, nan]]
    np.testing.assert_array_equal(matrix.label, np.array(expected, dtype=np.float32))
    assert np.argwhere(matrix.uncertain).tolist() == [[1, 0]]


def test_the_same_labels_as_the_table_gives(table):
    labels = table.labels().drop("record").to_numpy()
    np.testing.assert_array_equal(label_matrix(table).label, labels)


def test_texts_may_be_stored_as_numbers(table):
    words = pl.Enum(["other", "nodule", "lung_opacity", "mass"])
    cells = table.cells.with_columns(pl.col("class").cast(pl.String).cast(words))
    other = replace(table, cells=cells)
    np.testing.assert_array_equal(label_matrix(other).label, label_matrix(table).label)


def test_no_classes_and_no_cells(make_table):
    assert label_matrix(make_table((), {"a/1": ""})).label.shape == (1, 0)
    assert np.isnan(label_matrix(make_table(("mass",), {"a/1": "."})).label).all()


def test_values_are_listed_once(table):
    label = label_matrix(table).label
    values = find_values(label)
    np.testing.assert_array_equal(values.value, np.float32([np.nan, 0, 1, 0.1, 0.5]))
    np.testing.assert_array_equal(values.value[values.code], label)
