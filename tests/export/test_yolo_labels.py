"""YOLO's form, read as its text format is published: class, middle, width and height a line."""

from pathlib import Path

import pytest
import yaml
from PIL import Image

from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import AssemblyError, SettingsError
from labelassemble.pipeline.export_table import export_table


def read_yolo(folder: Path) -> dict[str, list[tuple[str, list[float]]]]:
    """Image to its boxes in pixels, found as trainers do, from ``data.yaml``."""
    data = yaml.safe_load((folder / "data.yaml").read_text())
    found: dict[str, list[tuple[str, list[float]]]] = {}
    for part in ("train", "val", "test"):
        for image in sorted((folder / data["path"] / data[part]).iterdir() if part in data else ()):
            lines = folder / "labels" / part / f"{image.stem}.txt"
            with Image.open(image) as opened:
                width, height = opened.size
            boxes = []
            for line in lines.read_text().splitlines():
                number, x, y, w, h = line.split()
                across, down = float(w) * width, float(h) * height
                left, top = float(x) * width - across / 2, float(y) * height - down / 2
                boxes.append((data["names"][int(number)], [left, top, across, down]))
            found[image.name] = boxes
    return found


@pytest.fixture
def folder(boxed, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    return tmp_path / "assembled"


def test_only_what_is_known_and_boxed_is_in_it(folder, tmp_path):
    said: list[str] = []
    written, record = export_table(folder, "yolo", tmp_path / "mine", say=said.append)
    found = read_yolo(written)
    assert sorted(found) == ["nih_1_png.png", "nih_2_png.png", "rsna_7_png.png"]
    assert found["nih_2_png.png"] == []
    assert [name for name, _ in found["nih_1_png.png"]] == ["mass", "mass"]
    (_, box), *_ = sorted(found["nih_1_png.png"], key=lambda one: one[1][0])
    assert box == pytest.approx([2.0, 3.0, 5.0, 3.0], abs=1e-4)
    assert "Wrote 3 images" in said[0]
    assert "Left out 3 images: not every class is known" in said[0]
    assert record.name == "mine.export.json"


def test_fewer_classes_hold_more_images(folder, tmp_path):
    written, _ = export_table(folder, "yolo", tmp_path / "mine", classes=["nodule"])
    # Image 4 is positive without a box, image 3 unknown.
    assert len(read_yolo(written)) == 4
    with pytest.raises(SettingsError, match="no class 'noduls'; nearest: nodule"):
        export_table(folder, "yolo", tmp_path / "other", classes=["noduls"])


def test_an_empty_form_says_why(folder, tmp_path):
    with pytest.raises(AssemblyError, match="no box says where"):
        export_table(folder, "yolo", tmp_path / "mine", splits=["validate"], classes=["mass"])
    assert not (tmp_path / "mine").exists()


def test_images_are_links_and_no_base_is_taken(folder, tmp_path):
    written, _ = export_table(folder, "yolo", tmp_path / "mine")
    assert (written / "images" / "train" / "nih_1_png.png").is_symlink()
    with pytest.raises(SettingsError, match="no --base"):
        export_table(folder, "yolo", tmp_path / "other", base=tmp_path)
