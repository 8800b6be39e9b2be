"""COCO's form, read by COCO's own library."""

import contextlib
import io
import json

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import AssemblyError
from labelassemble.pipeline.export_table import export_table


@pytest.fixture
def exported(boxed, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    said: list[str] = []
    path, _ = export_table(tmp_path / "assembled", "coco", tmp_path / "mine", say=said.append)
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path)), said[0]


def test_counts_are_the_table_s(boxed, exported):
    coco, said = exported
    used = boxed.records.filter(boxed.records["split"] != "unused")
    assert len(coco.getImgIds()) == used.height == 6
    assert [one["name"] for one in coco.loadCats(coco.getCatIds())] == list(boxed.classes)
    boxes = coco.loadAnns(coco.getAnnIds(iscrowd=False))
    assert len(boxes) == boxed.boxes.height - 1 == 3
    assert "Left out 1 of 4 boxes: drawn on another file" in said
    assert "Left out 1 image: unused" in said
    labels = boxed.labels().join(used.select("record"), on="record")
    images = coco.loadImgs(coco.getImgIds())
    for number, name in enumerate(boxed.classes, start=1):
        for key, label in (("pos", 1.0), ("neg", 0.0)):
            listed = [number in one[f"{key}_category_ids"] for one in images]
            assert sum(listed) == (labels[name] == label).sum()


def test_boxes_are_in_pixels_of_the_file(exported):
    coco, _ = exported
    first, second = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    assert first["bbox"] in ([2.0, 3.0, 5.0, 3.0], [4.0, 6.0, 10.0, 6.0])
    assert second["bbox"] != first["bbox"]
    assert {first["area"], second["area"]} == {15.0, 60.0}
    assert {first["reader"], second["reader"]} == {None, "R1"}
    assert coco.loadImgs([1])[0]["width"] == 40


def test_partial_labels_survive(exported):
    coco, _ = exported
    images = {one["record"]: one for one in coco.dataset["images"]}
    third = images["nih/3.png"]
    assert third["looked_for_category_ids"] == third["pos_category_ids"] == [1]
    assert third["not_exhaustive_category_ids"] == [1]
    assert third["neg_category_ids"] == []
    assert images["rsna/4.png"]["uncertain_category_ids"] == [1]
    assert images["rsna/5.png"]["uncertain_category_ids"] == [1]
    assert images["nih/1.png"]["not_exhaustive_category_ids"] == [1]


def test_sources_that_box_all_are_exhaustive(boxed, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    path, _ = export_table(
        tmp_path / "assembled", "coco", tmp_path / "mine", complete_boxes=["rsna"]
    )
    images = {one["record"]: one for one in json.loads(path.read_text())["images"]}
    assert images["rsna/7.png"]["not_exhaustive_category_ids"] == []
    assert images["nih/1.png"]["not_exhaustive_category_ids"] == [1]


def test_what_is_present_and_nowhere_is_a_crowd_that_costs_nothing(exported):
    coco, _ = exported
    crowds = coco.loadAnns(coco.getAnnIds(iscrowd=True))
    assert [(one["image_id"], one["category_id"]) for one in crowds] == [(3, 1), (4, 2)]
    assert crowds[0]["bbox"] == [0.0, 0.0, 40.0, 30.0]
    found = [
        {"image_id": one["image_id"], "category_id": one["category_id"], "bbox": one["bbox"]}
        | {"score": 0.9}
        for one in coco.loadAnns(coco.getAnnIds(iscrowd=False))
    ]
    # A detection in the crowd's image stands above all others, and is not counted as false.
    found.append({"image_id": 3, "category_id": 1, "bbox": [1.0, 1.0, 5.0, 5.0], "score": 0.99})
    with contextlib.redirect_stdout(io.StringIO()):
        scores = COCOeval(coco, coco.loadRes(found), "bbox")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    assert scores.stats[0] == pytest.approx(1.0)


def test_paths_may_be_relative(boxed, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    from pathlib import Path

    base = Path(boxed.records["path"][0]).parent
    path, _ = export_table(tmp_path / "assembled", "coco", tmp_path / "mine", base=base)
    assert json.loads(path.read_text())["images"][0]["file_name"] == "1.png"


def test_images_that_are_not_there_are_told(table, tmp_path):
    write_table(table, tmp_path / "assembled")
    with pytest.raises(AssemblyError, match=r"no image file: 1(.|\n)*--splits"):
        export_table(tmp_path / "assembled", "coco", tmp_path / "mine")
    assert [one.name for one in tmp_path.iterdir()] == ["assembled"]
