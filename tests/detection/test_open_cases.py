"""From a recipe's sources to what is known of each voxel, through real files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.open_cases import make_cases, open_grounds
from labelassemble.errors import RunError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import Recipe
from labelassemble.sources.verdicts import NEGATIVE, POSITIVE, UNKNOWN


def test_masks_of_two_hospitals(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable, hospitals: Path
) -> None:
    names = volume_table.pictures["picture"].to_list()
    said: list[tuple[int, int]] = []
    grounds = open_grounds(
        make_recipe(), volume_table, names, None, set(names), None, lambda *n: said.append(n)
    )
    assert said[-1] == (len(names), len(names))
    labels = make_labels(volume_table, volume_table.classes)
    cases = make_cases(grounds, labels, volume_table.classes, np.arange(len(names)))
    for case in cases:
        source, image = case.picture.split("/", 1)
        mask = nibabel.load(hospitals / source / image.replace("images", "masks"))
        drawn = np.asarray(mask.dataobj)[::-1]  # Stored from right to left.
        pdac, cyst = case.state()
        assert np.array_equal(pdac == POSITIVE, drawn == 1)
        assert (pdac != UNKNOWN).all()
        if source == "north":
            assert (cyst == UNKNOWN).all()
        else:
            assert np.array_equal(cyst == POSITIVE, drawn == 2)
            assert ((cyst == NEGATIVE) == (drawn != 2)).all()


def test_masks_of_images_whose_names_are_hashes(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable, tmp_path: Path
) -> None:
    recipe = make_recipe()
    assembly = recipe.assembly.model_copy(update={"ids_key": tmp_path / "ids.key"})
    hidden = recipe.model_copy(update={"output": tmp_path / "out", "assembly": assembly})
    table = assemble_sources(hidden)
    drawn = []
    for one, own in ((recipe, volume_table), (hidden, table)):
        names = own.pictures["picture"].to_list()
        grounds = open_grounds(one, own, names, None, set(names))
        drawn.append(sorted(int((ground.state() == POSITIVE).sum()) for ground in grounds.values()))
    assert drawn[0] == drawn[1]
    assert sum(drawn[0]) > 0
    assert not set(table.members["image"]) & set(volume_table.members["image"])


def test_a_cell_that_the_table_hides_is_hidden_in_the_mask(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    kept = (pl.col("class") != "pdac") | (pl.col("picture").str.starts_with("north"))
    table = replace(volume_table, cells=volume_table.cells.filter(kept))
    names = table.pictures["picture"].to_list()
    grounds = open_grounds(make_recipe(), table, names, None, set(names))
    labels = make_labels(table, table.classes)
    south = [row for row, name in enumerate(labels.picture) if name.startswith("south")]
    for case in make_cases(grounds, labels, table.classes, np.array(south)):
        assert (case.state()[0] == UNKNOWN).all()
        assert len(case.places.lesions[0]) == 0
        assert not case.read((8, 8, 8), (6, 6, 6)).known[0].any()


def test_masks_that_may_not_be_looked_at_are_not(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    names = volume_table.pictures["picture"].to_list()[:2]
    grounds = open_grounds(make_recipe(), volume_table, names, None, {names[0]})
    assert (grounds[names[0]].state() != UNKNOWN).any()
    assert not grounds[names[1]].state().any()
    other = open_grounds(make_recipe(), volume_table, names, None, set(names), "south")
    assert not other[names[0]].state().any(), "a mask of another source than the one asked for"


def test_boxes_complete_or_not(
    make_flat_recipe: Callable[..., Recipe],
    picture_table: AssembledTable,
    picture_store: ImageStore,
) -> None:
    names = picture_table.pictures["picture"].to_list()
    labels = make_labels(picture_table, picture_table.classes)
    for complete in ((), ("west",)):
        recipe = make_flat_recipe(complete_boxes=complete)
        grounds = open_grounds(recipe, picture_table, names, picture_store, set(names))
        cases = make_cases(grounds, labels, picture_table.classes, np.arange(len(names)))
        for number, case in enumerate(cases):
            nodule, mass = case.state()
            assert (mass == UNKNOWN).all()
            own = picture_table.boxes.filter(pl.col("picture") == case.picture)
            if own.height:
                box = own.row(0, named=True)
                inside = np.zeros_like(nodule, dtype=bool)
                columns = slice(int(box["x_min"]), int(box["x_max"]))
                inside[int(box["y_min"]) : int(box["y_max"]), columns] = True
                assert np.array_equal(nodule == POSITIVE, inside)
                assert (nodule[~inside] == (NEGATIVE if complete else UNKNOWN)).all()
            elif labels.label[number, 0] > 0:
                assert (nodule == UNKNOWN).all()
                assert case.unplaced.tolist() == [True, False]
            else:
                assert (nodule == NEGATIVE).all()


def test_a_box_changes_what_a_run_learned_from(
    make_flat_recipe: Callable[..., Recipe],
    picture_table: AssembledTable,
    picture_store: ImageStore,
) -> None:
    name = picture_table.boxes["picture"][0]
    moved = picture_table.boxes.with_columns(x_max=pl.col("x_max") + 1.0)
    contents = [
        open_grounds(make_flat_recipe(), table, [name], picture_store, {name})[name].content
        for table in (picture_table, replace(picture_table, boxes=moved), picture_table)
    ]
    assert contents[0] == contents[2] != contents[1]


def test_a_picture_without_a_file(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    lost = volume_table.pictures.with_columns(path=pl.lit(None, pl.String))
    table = replace(volume_table, pictures=lost)
    names = lost["picture"].to_list()
    with pytest.raises(RunError, match="an image file for every picture"):
        open_grounds(make_recipe(), table, names, None, ())
