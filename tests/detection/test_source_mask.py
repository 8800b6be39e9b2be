"""Masks that assembly found, read from its table: also hidden, moved, in other forms, or gone."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import read_assembled
from labelassemble.detection.source_mask import read_source_masks
from labelassemble.errors import RunError
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import Recipe
from labelassemble.volumes.ball_mask import BallMask

NUMBERS = range(4)


def draw(path: Path, value: int, side: int = 8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(value).integers(0, 99, (side, side)).astype(np.uint8)
    if "img" not in path.parts:
        pixels[:] = 0
        pixels[2:4] = value
    Image.fromarray(pixels).save(path)
    return path


def make_flat(folder: Path, manifest: str, **assembly: object) -> Recipe:
    (folder / "m.toml").write_text(manifest)
    return Recipe.model_validate(
        {
            "name": "Toy",
            "output": folder / "out",
            "classes": ["mass"],
            "vocabulary": "chest_radiograph",
            "images": {"size": 16},
            "sources": [{"name": "own", "manifest": str(folder / "m.toml"), "folder": folder}],
            "assembly": {"allow_unscored_classes": True, "similar_images": "ignore", **assembly},
            "detection": {
                "task": "detection",
                "dimensions": 2,
                "patches": {"size": (16, 16)},
                "augment": {"flip": (0.0, 0.0), "rotation_degrees": (5.0,)},
            },
        }
    )


MOVED = r"""
name = "own"
[recognise]
[labels]
encoding = "mask_values"
case = '(?P<root>(?:.*/)?)img/(?P<case>c\d+)\.png'
mask = "{root}masks/{case}_mask.png"
values = { "255" = "mass" }
[images]
glob = "**/img/*.png"
[[variants]]
[variants.labels]
mask = "{root}gt/{case}.png"
values = { "7" = "mass" }
"""


@pytest.mark.parametrize(
    ("place", "value"),
    [("masks/{}_mask.png", 255), ("gt/{}.png", 7), ("deep/other/{}_mask.png", 255)],
)
def test_masks_that_assembly_found_elsewhere_are_drawn(
    tmp_path: Path, place: str, value: int
) -> None:
    for number in NUMBERS:
        draw(tmp_path / "img" / f"c{number}.png", number)
        draw(tmp_path / place.format(f"c{number}"), value * (number % 2))
    recipe = make_flat(tmp_path, MOVED)
    table = assemble_sources(recipe)
    masks = read_source_masks(recipe, table, table.records["record"].to_list())
    files = {name: own[0].files for name, own in masks.items()}
    assert files == {
        f"own/img/c{number}.png": ((tmp_path / place.format(f"c{number}"),),) for number in NUMBERS
    }
    assert masks["own/img/c1.png"][0].meaning.states == {0: (1,), value: (3,)}
    assert read_source_masks(recipe, table, ["own/img/c1.png"], "another") == {}


OWN = """
name = "own"
labels.encoding = "mask_values"
labels.case = 'img/(?P<case>c\\d+)\\.png'
labels.masks = { Mass = "mass/{case}*.png", Thing = "thing/{case}.png" }
images.glob = "img/*.png"
terms.Thing = ""
"""


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    for number in NUMBERS:
        draw(tmp_path / "img" / f"c{number}.png", number)
        for name in (f"mass/c{number}.png", f"mass/c{number}_b.png", f"thing/c{number}.png"):
            draw(tmp_path / name, number)
    return tmp_path


@pytest.mark.parametrize("key", [None, "key/ids.key"])
def test_files_that_are_gone_or_others_are_told_together(drawn: Path, key: str | None) -> None:
    recipe = make_flat(drawn, OWN, ids_key=key and drawn / key)
    assemble_sources(recipe)
    table = read_assembled(recipe.output / "assembled")
    assert set(table.masks["class"]) == {"mass"}, "nobody asks about organs"
    records = table.records["record"].to_list()
    masks = read_source_masks(recipe, table, records)
    assert sorted(len(own[0].files[0]) for own in masks.values()) == [2, 2, 2, 2]
    assert ("c1_b" in table.masks.write_csv()) is (key is None)

    shutil.rmtree(drawn / "thing")
    draw(drawn / "mass/c1.png", 3)
    draw(drawn / "mass/c2_b.png", 9)
    with pytest.raises(RunError) as caught:
        read_source_masks(recipe, table, records)
    assert caught.value.got.startswith("2 files of 8 with another content: ")
    assert "c1.png" in caught.value.got
    assert "assemble again" in caught.value.do

    (drawn / "mass/c1.png").unlink()
    with pytest.raises(RunError, match=r"1 file of 8 that are not there: .*c1\.png"):
        read_source_masks(recipe, table, records)
    without = [name for name, own in masks.items() if own[0].files[0][0].resolve().name == "c0.png"]
    assert len(read_source_masks(recipe, table, without)) == 1, "others need not be there"


def test_balls_of_images_whose_names_are_hashes(tmp_path: Path) -> None:
    rows = ["scan,x,y,z,mm"]
    for number in NUMBERS:
        values = np.random.default_rng(number).normal(0, 50, (9, 9, 9)).astype(np.int16)
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / f"s{number}.nii.gz")
        rows += [f"s{number},4,4,4,3", f"s{number},1,{number},2,"] if number % 2 else []
    (tmp_path / "points.csv").write_text("\n".join([*rows, "s0,,,,", "s2,,,,"]))
    (tmp_path / "m.toml").write_text(
        'name = "own"\ntable.file = "points.csv"\ntable.image = "scan"\nimages.glob = "*.nii.gz"\n'
        'labels = { encoding = "point_rows", term = "nodule", point = ["x", "y", "z"], '
        'space = "voxel", diameter = "mm" }\n'
    )
    recipe = Recipe.model_validate(
        {
            "name": "Toy",
            "output": tmp_path / "out",
            "classes": ["nodule"],
            "sources": [{"name": "own", "manifest": str(tmp_path / "m.toml"), "folder": tmp_path}],
            "assembly": {"allow_unscored_classes": True, "ids_key": tmp_path / "key/ids.key"},
            "detection": {"task": "detection", "complete_boxes": ["own"]},
        }
    )
    table = assemble_sources(recipe)
    masks = read_source_masks(recipe, table, table.records["record"].to_list())
    assert len(masks) == 2
    for (mask,) in masks.values():
        (balls,) = mask.files
        assert isinstance(balls, BallMask)
        assert {ball.diameter_mm for ball in balls.balls} == {0.0, 3.0}
        assert "s1" not in balls.place
        assert mask.meaning.states == {0: (1,), 1: (3,)}


def test_a_written_table_says_what_its_masks_mean(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    folder = make_recipe().output / "assembled"
    table = read_assembled(folder)
    assert table.legends == volume_table.legends
    assert [one.of_class for one in table.legends["south"].terms] == ["pdac", "pancreatic_cyst"]
    assert set(table.masks["kind"]) == {"file"}
    assert table.masks["sha256"].null_count() == 0
