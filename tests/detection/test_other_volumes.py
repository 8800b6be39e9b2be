"""Volumes as MetaImage and their masks as NRRD take the way that NIfTI takes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.lesion_finding import LesionFinding
from labelassemble.detection.open_cases import open_annotated
from labelassemble.detection.predict_files import predict_each
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.run import train_network


@pytest.fixture(scope="module")
def converted(hospitals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hospitals, images as .mhd with .raw or .zraw, masks as packed .nrrd."""
    folder = tmp_path_factory.mktemp("converted")
    for source in ("north", "south", "truth"):
        for part, ending in (("images", ".mhd"), ("masks", ".nrrd")):
            (folder / source / part).mkdir(parents=True)
            for number, path in enumerate(sorted((hospitals / source / part).iterdir())):
                target = folder / source / part / path.name.replace(".nii.gz", ending)
                image = SimpleITK.ReadImage(str(path))
                SimpleITK.WriteImage(image, str(target), part == "masks" or number % 2 == 1)
        text = (hospitals / source / "manifest.toml").read_text()
        case = text.replace(r"images/(?P<case>.+)\.nii\.gz", r"images/(?P<case>.+)\.mhd")
        case = case.replace("masks/{case}.nii.gz", "masks/{case}.nrrd")
        text = case.replace("images/*.nii.gz", "images/*.mhd")
        (folder / source / "manifest.toml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def recipe(make_recipe: Callable[..., Recipe], converted: Path) -> Recipe:
    brief = {"patches_per_epoch": 8, "candidates": {"rule": "dynamic_threshold", "threshold": 0.05}}
    made = make_recipe(training={"epochs": 1}, detection=brief).model_dump()
    for source in made["sources"]:
        source["folder"] = converted / source["name"]
        source["manifest"] = str(converted / source["name"] / "manifest.toml")
    return Recipe.model_validate({**made, "output": converted / "out"})


@pytest.fixture(scope="module")
def table(recipe: Recipe) -> AssembledTable:
    return assemble_sources(recipe)


def test_tables_and_grounds_are_those_of_nifti(
    recipe: Recipe,
    table: AssembledTable,
    make_recipe: Callable[..., Recipe],
    volume_table: AssembledTable,
) -> None:
    ours = table.cells.with_columns(table.cells["record"].str.replace(r"\.mhd$", ""))
    true = volume_table.cells.with_columns(
        volume_table.cells["record"].str.replace(r"\.nii\.gz$", "")
    )
    keys = ["record", "class", "label", "state"]
    assert ours.select(keys).sort(keys).equals(true.select(keys).sort(keys))
    names = table.records["record"].to_list()[::5]
    annotated = open_annotated(recipe, table, names, store=None, drawn_on=set(names))
    other = [name.replace(".mhd", ".nii.gz") for name in names]
    truth = open_annotated(make_recipe(), volume_table, other, store=None, drawn_on=set(other))
    for name, same in zip(names, other, strict=True):
        assert np.array_equal(annotated[name].state(), truth[same].state())
        assert np.array_equal(annotated[name].image(), truth[same].image())
        np.testing.assert_allclose(annotated[name].affine, truth[same].affine, atol=1e-5)


def test_a_run_learns_and_predictions(
    recipe: Recipe, table: AssembledTable, tmp_path: Path
) -> None:
    folder = train_network(LesionFinding(recipe, RunSettings(), table, None), tmp_path / "run")
    paths = [Path(path) for path in table.records.filter(split="test")["path"][:2]]
    assert len(list(predict_each(Predictor(folder), paths, tmp_path / "out"))) == 2
    for path in paths:
        probability = SimpleITK.ReadImage(str(tmp_path / "out" / f"{path.stem}.nii.gz"))
        image = SimpleITK.ReadImage(str(path))
        assert probability.GetSize()[:3] == image.GetSize()
        np.testing.assert_allclose(probability.GetOrigin()[:3], image.GetOrigin(), atol=1e-4)


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_voxels_that_are_not_all_there_are_told_by_check(
    converted: Path, tmp_path: Path, damage: str
) -> None:
    folder = shutil.copytree(converted / "north", tmp_path / "north")
    raw = sorted((folder / "images").glob("*.raw"))[0]
    if damage == "cut":
        raw.write_bytes(raw.read_bytes()[:-50])
    else:
        raw.unlink()
    found = check_source(str(folder / "manifest.toml"), folder)
    (problem,) = found.problems
    assert "1 volume that cannot be read" in str(problem)
    assert raw.stem in str(problem)
    assert found.table is not None
    assert found.table.images.height == 11
    told = found.table.not_taken["file"].to_list()
    assert told == ["manifest.toml", *([f"images/{raw.name}"] if damage == "cut" else [])]


def test_equal_headers_beside_other_voxels_are_two_volumes(
    recipe: Recipe, converted: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "hospital"
    for place, source in enumerate(("north", "south")):
        image = sorted((converted / source / "images").glob("*.mhd"))[0]
        other = folder / f"case{place}"
        other.mkdir(parents=True)
        (other / "ct.mhd").write_text(image.read_text().replace(image.stem, "ct"))
        shutil.copy(image.with_suffix(".raw"), other / "ct.raw")
    assert len({path.read_text() for path in folder.glob("*/ct.mhd")}) == 1
    (folder / "m.toml").write_text(
        'name = "two"\nimages.glob = "*/ct.mhd"\nlabels.encoding = "every_image"\n'
        'labels.positive = ["pdac"]\n'
    )
    source = {"name": "two", "manifest": str(folder / "m.toml"), "folder": folder}
    content = {**recipe.model_dump(), "sources": [source], "output": tmp_path / "out"}
    content |= {"classes": ("pdac",), "assembly": {"allow_unscored_classes": True}}
    table = assemble_sources(Recipe.model_validate(content))
    assert table.records.height == 2
