import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import AssemblyError
from labelassemble.export.json_rows import render_json_rows
from labelassemble.export.monai_list import make_monai_list

BOX = {"class": "nodule", "x_min": 1.0, "y_min": 2.5, "x_max": 3.0, "y_max": 4.0}


@pytest.fixture
def boxed(make_table):
    """An image with boxes on its own image, on an equal file, and on another one; one without."""
    other = {"record": "nih/1", "source": "rsna", "image": "x", "evidence": "crosswalk"}
    equal = {"record": "nih/1", "source": "copy", "image": "y", "evidence": "same file"}
    own = {"record": "nih/1", "source": "nih", "image": "1"}
    return make_table(
        ("mass", "nodule"),
        {"nih/1": "+ +", "nih/2": "- -"},
        members=[other, equal],
        boxes=[
            own | BOX | {"frame_width": 1024, "frame_height": 512},
            {"record": "nih/1", "source": "copy", "image": "y"} | BOX | {"class": "mass"},
            {"record": "nih/1", "source": "rsna", "image": "x", "reader": "R1"} | BOX,
        ],
    )


def test_every_cell_of_every_state(table):
    content = make_monai_list(table)
    (test,) = content["test"]
    assert test == {
        "image": "/files/nih/1.png",
        "label": [1.0, 0.0, None],
        "known": [1, 1, 0],
        "fold": 1,
        "facts": {
            "record": "nih/1.png",
            "source": "nih",
            "patient": "nih/7",
            "group": 0,
            "view": "PA",
            "age": 0.5,
            "sex": "F",
        },
    }
    (validation,) = content["validation"]
    assert validation["label"] == [None, 0.5, 0.1]
    assert validation["known"] == [0, 1, 1]


def test_what_cannot_be_listed_is_counted(table):
    content = make_monai_list(table)
    assert content["excluded"] == {"unused": 1, "no image file": 1}
    assert "training" not in content
    assert (content["numTraining"], content["numTest"]) == (0, 1)


def test_classes_stand_by_number(table):
    content = make_monai_list(table)
    assert content["labels"] == {"0": "mass", "1": "nodule", "2": "lung_opacity"}
    assert content["licence"] == "nih: CC0"


def test_an_image_without_a_fold_has_none(make_table):
    (item,) = make_monai_list(make_table(("mass",), {"a/1": "+"}))["training"]
    assert "fold" not in item


def test_no_images_are_an_empty_list(make_table):
    content = make_monai_list(make_table(("mass",), {}))
    assert not {"training", "validation", "test"} & set(content)


def test_images_without_files_are_refused(make_table):
    table = make_table(("mass",), {"a/1": ("+", {"path": None})})
    with pytest.raises(AssemblyError, match="none among 1"):
        make_monai_list(table)


def test_boxes_in_the_image_s_own_pixels(boxed):
    first, second = make_monai_list(boxed)["training"]
    assert first["box"] == [[1.0, 2.5, 3.0, 4.0], [1.0, 2.5, 3.0, 4.0]]
    assert first["box_label"] == [1, 0]
    assert first["box_frame"] == [[1024, 512], None]
    assert second["box"] == second["box_label"] == second["box_frame"] == []


def test_boxes_on_other_images_stand_apart(boxed):
    first, second = make_monai_list(boxed)["training"]
    assert first["facts"]["other_boxes"] == [
        {
            "corners": [1.0, 2.5, 3.0, 4.0],
            "label": 1,
            "frame": None,
            "source": "rsna",
            "image": "x",
            "reader": "R1",
        }
    ]
    assert second["facts"]["other_boxes"] == []


def test_by_fold_training_holds_validation(make_table):
    table = make_table(
        ("mass",),
        {
            "a/1": ("+", {"fold": 2}),
            "a/2": ("-", {"fold": 0, "split": "validate"}),
            "a/3": ("-", {}),
            "a/4": ("-", {"split": "test"}),
        },
    )
    content = make_monai_list(table, by_fold=True)
    assert [item.get("fold") for item in content["training"]] == [2, 0, None]
    assert content["training"][0]["cells"] == {"label": [1.0], "known": [1]}
    assert [item["image"] for item in content["testing"]] == ["/files/a/4"]
    assert "validation" not in content


def test_by_fold_without_folds_the_validation_is_fold_0(make_table):
    rows = {"a/1": "+", "a/2": ("-", {"split": "validate"}), "a/3": ("-", {"split": "test"})}
    content = make_monai_list(make_table(("mass",), rows), by_fold=True)
    assert [item["fold"] for item in content["training"]] == [1, 0]
    assert "fold" not in content["testing"][0]


def test_json_comes_back_whole(boxed, table):
    for content in (make_monai_list(boxed), make_monai_list(table), make_monai_list(table, True)):
        text = render_json_rows(content)
        assert json.loads(text) == content
        assert text == render_json_rows(content)


def test_any_labels_and_names_come_back(make_table):
    name = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map("a/{}".format)
    word = st.sampled_from(["+", "-", "?", ".", "?+", "?-", "0.5", "0.1"])

    @given(st.dictionaries(name, st.lists(word, min_size=2, max_size=2), min_size=1, max_size=5))
    def hold(rows):
        table = make_table(("mass", "nodule"), {key: " ".join(two) for key, two in rows.items()})
        items = json.loads(render_json_rows(make_monai_list(table)))["training"]
        assert [item["facts"]["record"] for item in items] == list(rows)
        label = np.array([item["label"] for item in items], dtype=np.float32)
        np.testing.assert_array_equal(label, table.labels().drop("record").to_numpy())
        np.testing.assert_array_equal([item["known"] for item in items], ~np.isnan(label))

    hold()


def test_monai_reads_it(boxed, table, tmp_path):
    """One test for all of MONAI: importing it takes long."""
    from monai.auto3dseg.utils import datafold_read
    from monai.data import load_decathlon_datalist
    from monai.transforms import Compose, FlattenSubKeysd, Lambdad, SelectItemsd, ToTensord

    path = tmp_path / "list.json"
    # MONAI rewrites any text of an item that is the name of a file; facts are safe from it.
    (tmp_path / "nih").mkdir()
    (tmp_path / "nih" / "1").touch()
    path.write_text(render_json_rows(make_monai_list(boxed)), encoding="utf-8")
    for is_segmentation in (False, True):
        items = load_decathlon_datalist(path, is_segmentation)
        assert items == make_monai_list(boxed)["training"]
    (item,) = load_decathlon_datalist(_write(table, path), False, "test", base_dir="/moved")
    assert item["image"] == "/files/nih/1.png"
    read = Compose(
        [
            SelectItemsd(["label", "known"]),
            Lambdad("label", lambda label: np.array(label, dtype=np.float32)),
            ToTensord(["label", "known"]),
        ]
    )
    np.testing.assert_array_equal(read(item)["label"], np.float32([1, 0, np.nan]))
    assert read(item)["known"].tolist() == [1, 1, 0]

    training, validation = datafold_read(make_monai_list(table, True), "/files", fold=0)
    assert training == []
    assert [FlattenSubKeysd("cells")(one)["known"] for one in validation] == [[0, 1, 1]]
    path.write_text(render_json_rows(make_monai_list(boxed, True)), encoding="utf-8")
    training, _ = datafold_read(str(path), "/files", fold=0)
    assert FlattenSubKeysd("cells")(training[0])["box_label"] == [1, 0]


def _write(table, path):
    path.write_text(render_json_rows(make_monai_list(table)), encoding="utf-8")
    return path
