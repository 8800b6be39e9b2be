"""Data frames and arrays in memory as sources."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image

import labelassemble as la


def test_cells_are_those_of_the_frames(two_sources, table):
    labels = table.labels()
    assert table.classes == ("mass", "nodule", "edema")
    for source, (frame, _) in two_sources.items():
        for row in frame.to_dict("records"):
            mine = labels.row(
                by_predicate=pl.col("record") == f"{source}/{row['image']}", named=True
            )
            for name in table.classes:
                said = row.get(name)
                expected = said if said in (0, 1) else None
                assert mine[name] == expected, (source, row, name)
    patients = table.records.filter(source="north")["patient"].n_unique()
    assert patients == two_sources["north"][0]["patient"].nunique()


def test_pixels_are_those_of_the_arrays(tmp_path, two_sources):
    frame, arrays = two_sources["north"]
    recipe = la.recipe_from_frames({"a": frame}, tmp_path, image_data={"a": arrays})
    table = la.assemble(recipe)
    for name, path in table.records.select("record", "path").head(5).iter_rows():
        with Image.open(path) as opened:
            assert np.array_equal(np.asarray(opened), arrays[name.partition("/")[2]])


def test_frames_of_polars_and_of_pandas_are_the_same(tmp_path):
    columns = {"image": ["a", "b", "c"], "mass": [1, None, -1], "edema": [True, False, None]}
    tables = [
        la.assemble(la.recipe_from_frames({"x": frame}, tmp_path / kind, assembly=UNSCORED))
        for kind, frame in (("polars", pl.DataFrame(columns)), ("pandas", pd.DataFrame(columns)))
    ]
    assert tables[0].cells.equals(tables[1].cells)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"file": ["a"], "mass": [1]}, "a column image"),
        ({"image": [None], "mass": [1]}, "with a name in every row"),
        ({"image": ["a"], "patient": ["p"]}, "a column per finding"),
        ({"image": ["a"], "mass": [1], "foo": [1]}, "not known: foo"),
        ({"image": ["a"], "mass": [1], "No Finding": [0]}, "not known: No Finding"),
        ({"image": ["a"], "mass": [2]}, "1, 0, -1 or NaN in the column 'mass'"),
        ({"image": ["a"], "mass": [0.5]}, "1, 0, -1 or NaN in the column 'mass'"),
        ({"image": ["a"], "mass": ["yes"]}, "the words yes"),
        ({"image": ["a"], "mass": [1], "split": ["dev"]}, "train, validate, test or nothing"),
    ],
)
def test_frames_that_are_refused_leave_nothing(tmp_path, columns, said):
    with pytest.raises(la.LabelAssembleError, match=said):
        la.recipe_from_frames({"x": pd.DataFrame(columns)}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


UNSCORED = {"allow_unscored_classes": True}
FRAME = pd.DataFrame({"image": ["a"], "mass": [1]})


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ({"y": {}}, "of y"),
        ({"x": {"b": np.eye(4)}}, "no row for b"),
        ({"x": {"a": np.ones((4, 4))}}, "one value"),
        ({"x": {"a": np.full((4, 4), np.nan)}}, "not finite"),
        ({"x": {"a": np.zeros((2, 4, 4))}}, "shape"),
        ({"x": {"a": np.array([["a"]])}}, "kind"),
    ],
)
def test_arrays_that_are_refused_leave_nothing(tmp_path, images, said):
    with pytest.raises(la.LabelAssembleError, match=said):
        la.recipe_from_frames({"x": FRAME}, tmp_path / "out", image_data=images)
    assert not (tmp_path / "out").exists()


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path):
    frame = pd.DataFrame({"image": ["../../a"], "mass": [1]})
    with pytest.raises(la.LabelAssembleError, match="no ways out"):
        la.recipe_from_frames(
            {"x": frame}, tmp_path / "out", image_data={"x": {"../../a": np.eye(4)}}
        )
    assert not (tmp_path / "a.tif").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("names", [range(6), [f"i{n}.png" for n in range(6)]])
def test_names_that_are_numbers_or_have_extensions(tmp_path, two_sources, names):
    arrays = dict(zip(names, two_sources["north"][1].values(), strict=False))
    frame = pd.DataFrame({"image": list(names), "mass": [0, 1] * 3})
    recipe = la.recipe_from_frames(
        {"x": frame}, tmp_path, image_data={"x": arrays}, assembly=UNSCORED
    )
    assert la.assemble(recipe).records["path"].null_count() == 0


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"image": ["a"]}, "a data frame of pandas or polars"),
        (None, "a data frame of pandas or polars"),
        (pd.DataFrame([["a", 1, 0]], columns=["image", "mass", "mass"]), "mass twice"),
    ],
)
def test_what_is_no_frame(tmp_path, frame, said):
    with pytest.raises(la.LabelAssembleError, match=said):
        la.recipe_from_frames({"x": frame}, tmp_path)


def test_a_column_can_mean_a_class(tmp_path):
    frame = pd.DataFrame({"image": ["a", "b"], "Herzvergr.": [1, 0], "Tubus": [0, 1]})
    terms = {"Herzvergr.": "cardiomegaly", "Tubus": ""}
    recipe = la.recipe_from_frames({"x": frame}, tmp_path, terms=terms, assembly=UNSCORED)
    assert la.assemble(recipe).classes == ("cardiomegaly",)


def test_a_published_split_and_a_folder_of_images(tmp_path, two_sources):
    frame, arrays = two_sources["north"]
    folder = tmp_path / "images"
    folder.mkdir()
    for name, array in arrays.items():
        Image.fromarray(array).save(folder / f"{name}.png")
    parts = np.where(np.arange(len(frame)) < 40, "train", "test")
    recipe = la.recipe_from_frames(
        {"a": frame.assign(split=parts)}, tmp_path / "out", image_data={"a": folder}
    )
    table = la.assemble(recipe)
    test = set(table.records.filter(split="test")["record"])
    assert test == {f"a/{name}" for name in frame["image"][40:]}
