from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import AssemblyError
from labelassemble.images.batch import Batch, make_labels

Make = Callable[..., AssembledTable]
RECORDS = [("a/1", "a", "train"), ("b/1", "b", "test"), ("a/2", "a", "train")]
CELLS = [
    ("a/1", "edema", 1.0),
    ("a/1", "nodule", 0.0),
    ("b/1", "nodule", 0.5),
    ("a/2", "edema", None),
]


def test_null_becomes_not_known(make_table: Make) -> None:
    labels = make_labels(
        make_table(RECORDS, CELLS, ("edema", "nodule", "hernia")), ["nodule", "edema"]
    )
    assert labels.classes == ("nodule", "edema")
    assert labels.known.tolist() == [[True, True], [True, False], [False, False]]
    assert labels.label.tolist() == [[0.0, 1.0], [0.5, 0.0], [0.0, 0.0]]
    assert labels.label.dtype == np.float32
    assert labels.source.tolist() == [0, 1, 0]
    assert labels.source.dtype == np.int64
    assert labels.sources == ("a", "b")
    assert labels.record == ("a/1", "b/1", "a/2")
    assert labels.split == ("train", "test", "train")


def test_a_class_that_nobody_looked_for_is_nowhere_known(make_table: Make) -> None:
    labels = make_labels(make_table(RECORDS, CELLS, ("edema", "nodule", "hernia")), ["hernia"])
    assert not labels.known.any()


@given(
    st.lists(st.lists(st.sampled_from([None, 0.0, 1.0, 0.25]), min_size=3, max_size=3), max_size=12)
)
def test_known_is_exactly_what_is_not_null(rows: list[list[float | None]]) -> None:
    classes = ("x", "y", "z")
    wide = pl.DataFrame(
        {name: [row[place] for row in rows] for place, name in enumerate(classes)},
        schema=dict.fromkeys(classes, pl.Float32),
    )
    names = [f"a/{number}" for number in range(len(rows))]

    class Table(AssembledTable):
        def labels(self) -> pl.DataFrame:
            return wide.with_columns(pl.Series("record", names, dtype=pl.String))

    records = pl.DataFrame(
        {"record": names, "source": ["a"] * len(rows), "split": ["train"] * len(rows)},
        schema=dict.fromkeys(("record", "source", "split"), pl.String),
    )
    empty = pl.DataFrame()
    table = Table(
        classes=classes,
        records=records,
        cells=empty,
        members=empty,
        scopes={"a": classes},
        manifest={},
    )
    labels = make_labels(table, classes)
    assert labels.known.shape == labels.label.shape == (len(rows), 3)
    for row, known, label in zip(rows, labels.known, labels.label, strict=True):
        assert known.tolist() == [value is not None for value in row]
        assert label.tolist() == [value or 0.0 for value in row]


def test_rows_of_a_split(make_table: Make) -> None:
    labels = make_labels(make_table(RECORDS, CELLS, ("edema", "nodule")), ["edema"])
    assert labels.rows("train").tolist() == [0, 2]
    assert labels.rows("test").tolist() == [1]
    assert labels.rows("unused").tolist() == []
    with pytest.raises(AssemblyError, match="no split 'tests'; nearest: test"):
        labels.rows("tests")


def test_sources_are_numbered_in_recipe_order_though_some_have_no_image(make_table: Make) -> None:
    table = make_table(RECORDS, CELLS, ("edema", "nodule"), sources=("z", "b", "a"))
    labels = make_labels(table, ["edema"])
    assert labels.sources == ("z", "b", "a")
    assert labels.source.tolist() == [2, 1, 2]


def test_no_classes_and_no_images(make_table: Make) -> None:
    labels = make_labels(make_table(RECORDS, CELLS, ("edema", "nodule")), [])
    assert labels.label.shape == labels.known.shape == (3, 0)
    nothing = make_labels(make_table([], [], ("edema",)), ["edema"])
    assert nothing.label.shape == (0, 1)
    assert nothing.rows("train").tolist() == []


def test_what_cannot_be_made_into_labels(make_table: Make) -> None:
    table = make_table(RECORDS, CELLS, ("edema", "nodule"))
    with pytest.raises(AssemblyError, match="no class 'oedema'; nearest: edema"):
        make_labels(table, ["oedema"])
    for wrong in (1.5, -0.1):
        odd = make_table(RECORDS, [("b/1", "nodule", wrong)], ("edema", "nodule"))
        with pytest.raises(AssemblyError, match=rf"{wrong} for nodule on b/1"):
            make_labels(odd, ["edema", "nodule"])
    stranger = make_table(RECORDS, CELLS, ("edema", "nodule"), sources=("a",))
    with pytest.raises(AssemblyError, match="images of b too"):
        make_labels(stranger, ["edema"])


def test_a_batch_moves_as_a_whole() -> None:
    batch = Batch(
        image=torch.zeros(2, 4, 4, dtype=torch.uint8),
        label=torch.zeros(2, 3),
        known=torch.ones(2, 3, dtype=torch.bool),
        source=torch.tensor([0, 1]),
        row=torch.tensor([5, 6]),
    )
    moved = batch.to("meta")
    assert isinstance(moved, Batch)
    assert all(part.is_meta for part in moved)
    assert [part.dtype for part in moved] == [part.dtype for part in batch]
    assert not any(part.is_meta for part in batch)
