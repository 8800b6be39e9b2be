"""Built-in sources whose tables say where lesions lie."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import SimpleITK

from labelassemble.detection.open_cases import open_grounds
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.settings import Recipe
from labelassemble.sources.verdicts import POSITIVE, UNKNOWN

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
        names = table.pictures["picture"].to_list()
        grounds = open_grounds(recipe, table, names, None, set(names))
        for number in range(6):
            ground = grounds[f"luna/{UID.format(number)}"]
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
