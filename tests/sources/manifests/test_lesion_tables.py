"""Built-in sources whose tables say where lesions lie."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import SimpleITK

from labelassemble.detection.open_cases import open_annotated
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import POSITIVE, UNKNOWN

UID = "1.3.6.1.4.1.14519.5.2.1.6279.6001.{}"
VOXELS = {0: [(12, 9, 5)], 2: [(15, 12, 8), (30, 20, 12)], 4: [(25, 10, 6)]}
"""Scan to the middles of its nodules; scans 1, 3 and 5 have none."""


def write_luna16(folder: Path, below: str = "subset{}") -> None:
    """Scan 2 is stored turned round, as some of the published are."""
    rows = ["seriesuid,coordX,coordY,coordZ,diameter_mm"]
    candidates = ["seriesuid,coordX,coordY,coordZ,class"]
    for number in range(6):
        place = folder / below.format(number % 3)
        for one in (place, folder / "seg-lungs-LUNA16"):
            one.mkdir(parents=True, exist_ok=True)
        generator = np.random.default_rng(number)
        voxels = generator.integers(-1000, 100, (20, 30, 40)).astype(np.int16)
        image = SimpleITK.GetImageFromArray(voxels)
        image.SetSpacing((0.7, 0.7, 2.0))
        image.SetOrigin((-100.0, -200.0, -300.5))
        if number == 2:
            image.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
            image.SetOrigin((100.0, 50.0, -10.0))
        name = f"{UID.format(number)}.mhd"
        SimpleITK.WriteImage(image, str(place / name))
        SimpleITK.WriteImage(image > 0, str(folder / "seg-lungs-LUNA16" / name))
        for voxel in VOXELS.get(number, ()):
            point = ",".join(map(str, image.TransformIndexToPhysicalPoint(voxel)))
            rows.append(f"{UID.format(number)},{point},6.5")
        candidates.append(f"{UID.format(number)},0.0,0.0,0.0,1")
    (folder / "annotations.csv").write_text("\n".join(rows) + "\n")
    (folder / "candidates.csv").write_text("\n".join(candidates) + "\n")
    (folder / "sampleSubmission.csv").write_text("seriesuid,coordX,coordY,coordZ,probability\n")


@pytest.mark.parametrize("below", ["subset{}", "subset{0}/subset{0}", "."])
def test_luna16_is_read_by_the_plain_command(tmp_path, below):
    write_luna16(tmp_path, below)
    found = check_source("luna16", tmp_path)
    assert not found.problems
    (nodule,) = found.terms
    assert (nodule.positive, nodule.negative, nodule.unknown) == (3, 3, 0)
    assert found.table is not None
    assert found.table.images["image"].to_list() == [UID.format(n) for n in range(6)]


def test_candidates_are_no_labels(tmp_path):
    write_luna16(tmp_path)
    (tmp_path / "annotations.csv").unlink()
    found = check_source("luna16", tmp_path)
    assert found.problems
    assert found.table is None


def test_nodules_of_luna16_become_balls_on_the_scan_s_grid(tmp_path):
    folder = tmp_path / "luna"
    write_luna16(folder)
    for complete in ((), ("luna",)):
        recipe = Recipe.model_validate(
            {
                "name": "Toy",
                "output": tmp_path / "out",
                "classes": ("nodule",),
                "assembly": {"allow_unscored_classes": True},
                "sources": [{"name": "luna", "manifest": "luna16", "folder": folder}],
                "detection": {
                    "task": "detection",
                    "complete_boxes": complete,
                    "volumes": {"spacing_mm": None, "window_hu": (-1000.0, 400.0)},
                },
            }
        )
        table = assemble_sources(recipe)
        names = table.records["record"].to_list()
        annotated = open_annotated(recipe, table, names, store=None, drawn_on=set(names))
        for number in range(6):
            ground = annotated[f"luna/{UID.format(number)}"]
            path = folder / f"subset{number % 3}" / f"{UID.format(number)}.mhd"
            image = SimpleITK.ReadImage(str(path))
            drawn = ground.state()[0] == POSITIVE
            # Every voxel's place as ITK has it, x first, turned into the order of right and front.
            matrix = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
            index = np.stack(np.meshgrid(*map(np.arange, image.GetSize()), indexing="ij"), axis=-1)
            place = index @ matrix.T + image.GetOrigin()
            true = np.zeros(image.GetSize(), dtype=bool)
            for voxel in VOXELS.get(number, ()):
                middle = np.array(image.TransformIndexToPhysicalPoint(voxel))
                true |= np.linalg.norm(place - middle, axis=-1) <= 3.25
            flip = 1 if number == 2 else -1
            assert np.array_equal(drawn, true[::flip, ::flip])
            assert drawn.any() == (number in VOXELS)
            rest = ~drawn
            expected = UNKNOWN if not complete or number not in VOXELS else 1
            assert (ground.state()[0][rest] == expected).all()
    assert table.cells.filter(pl.col("class") == "nodule")["label"].sum() == 3


CHESTX_DET = """[{"file_name": "36199.png", "syms": [], "boxes": [], "polygons": []},
{"file_name": "36302.png", "syms": ["Effusion", "Diffuse Nodule"], "boxes": [[799, 666, 937, 761],
[10, 20, 30, 40]], "polygons": [[[799, 678], [799, 680]], [[10, 20], [30, 40]]]}]"""


def test_chestx_det(read):
    test = CHESTX_DET.replace("36199", "1").replace("36302", "2")
    found = read("chestx_det", {"ChestX_Det_train.json": CHESTX_DET, "ChestX_Det_test.json": test})
    assert set(found.found("36199.png").values()) == {"-"}
    assert len(found.terms("36199.png")) == 13
    said = found.found("36302.png")
    assert {said[one] for one in ("effusion", "multiple_nodules", "nodule")} == {"+"}
    assert said["mass"] == "-"
    assert found.column("official_split")["36302.png"] == "train"
    assert found.column("official_split")["2.png"] == "test"
    box = found.table.boxes.filter(image="36302.png", term="Effusion").row(0, named=True)
    corners = [box[one] for one in ("x_min", "y_min", "x_max", "y_max", "frame_width")]
    assert corners == [799.0, 666.0, 937.0, 761.0, 1024]


def test_chestx_det10_is_told_by_its_files(read):
    ten = CHESTX_DET.replace("36302", "00000042_006").replace("Diffuse Nodule", "Nodule")
    test = ten.replace("36199", "1").replace("00000042_006", "00000043_000")
    found = read("chestx_det", {"train.json": ten, "test.json": test})
    assert len(found.terms("36199.png")) == 10
    assert found.column("official_split")["00000043_000.png"] == "test"


def test_object_cxr(read):
    header = "image_name,annotation\n"
    found = read(
        "object_cxr",
        {
            "train.csv": header + "1.jpg,0 10 20 30 40;2 5 6 9 6 9 12\n2.jpg,\n",
            "dev.csv": header + "3.jpg,1 1 2 3 4\n",
        },
    )
    assert found.found("1.jpg")["foreign_object"] == "+"
    assert found.found("2.jpg") == {"foreign_object": "-"}, "devices and bodies stay unknown"
    assert found.column("official_split") == {
        "1.jpg": "train",
        "2.jpg": "train",
        "3.jpg": "validate",
    }
    assert found.table.boxes.filter(image="1.jpg")["x_max"].to_list() == [30.0, 9.0]


DL_HEADER = (
    "File_name,Patient_index,Study_index,Series_ID,Key_slice_index,Measurement_coordinates,"
    "Bounding_boxes,Lesion_diameters_Pixel_,Normalized_lesion_location,Coarse_lesion_type,"
    "Possibly_noisy,Slice_range,Spacing_mm_px_,Image_size,DICOM_windows,Patient_gender,"
    "Patient_age,Train_Val_Test\n"
)


def row(name, box, kind, noisy=0, part=1):
    start = f'{name},89,1,1,37,"1, 2, 3, 4, 5, 6, 7, 8","{box}","33.8, 24.7","0.2, 0.3, 0.5",'
    return f'{start}{kind},{noisy},"31, 43","0.8, 0.8, 5","512, 512","-175, 275",F,71,{part}\n'


def test_deeplesion_denies_nothing_and_takes_slices_by_their_folders(tmp_path):
    for name in ("000089_01_01/037", "000089_01_01/038", "000090_01_02/037"):
        path = tmp_path / "Images_png" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "Key_slices").mkdir()
    (tmp_path / "Key_slices" / "000089_01_01_037.png").touch()
    (tmp_path / "DL_info.csv").write_text(
        DL_HEADER
        + row("000089_01_01_037.png", "132.977, 171.808, 165.939, 214.029", 5, part=3)
        + row("000089_01_01_037.png", "10, 20, 30, 40", -1, part=3)
        + row("000090_01_02_037.png", "1, 2, 3, 4", 4, part=2)
        + row("000089_01_01_038.png", "1, 2, 3, 4", 2, noisy=1)
    )
    found = check_source("deeplesion", tmp_path)
    assert not found.problems
    assert found.table is not None
    paths = dict(found.table.images.select("image", "path").iter_rows())
    assert Path(paths["000089_01_01_037.png"]) == tmp_path / "Images_png/000089_01_01/037.png"
    assert list(paths) == ["000089_01_01_037.png", "000090_01_02_037.png"]
    cells = {one: counts for one, counts in found.cells.items() if counts[0]}
    assert {one: counts[0] for one, counts in cells.items()} == {
        "lesion": 2,
        "lung_lesion": 1,
        "liver_lesion": 1,
    }
    assert all(counts[1] == 0 for counts in found.cells.values())
    assert found.table.boxes.height == 3
    assert found.table.images["official_split"].to_list() == ["test", "validate"]
    # The same slices once more, under their own names: those of the series come first.
    more = tmp_path / "Key_slices_png"
    more.mkdir()
    for name in ("000089_01_01_037.png", "000090_01_02_037.png"):
        (more / name).touch()
    again = check_source("deeplesion", tmp_path)
    assert not again.problems
    assert again.table is not None
    assert again.table.images["path"].str.contains("Images_png").all()
    for path in more.iterdir():
        path.unlink()
    # Key slices under their own names, without the folders of the series.
    for path in sorted((tmp_path / "Images_png").rglob("*.png")):
        path.rename(tmp_path / f"{path.parent.name}_{path.name}")
    assert not check_source("deeplesion", tmp_path).problems
