"""From a recipe's sources to what is known of each voxel, through real files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.errors import RunError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.settings import Recipe
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN


def test_masks_of_two_hospitals(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable, hospitals: Path
) -> None:
    names = volume_table.records["record"].to_list()
    said: list[tuple[int, int]] = []
    annotated = open_annotated(
        make_recipe(),
        volume_table,
        names,
        store=None,
        drawn_on=set(names),
        source=None,
        progress=lambda *n: said.append(n),
    )
    assert said[-1] == (len(names), len(names))
    labels = make_labels(volume_table, volume_table.classes)
    cases = make_cases(annotated, labels, volume_table.classes, np.arange(len(names)))
    for case in cases:
        source, image = case.record.split("/", 1)
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
        names = own.records["record"].to_list()
        annotated = open_annotated(one, own, names, store=None, drawn_on=set(names))
        drawn.append(
            sorted(int((annotated.state() == POSITIVE).sum()) for annotated in annotated.values())
        )
    assert drawn[0] == drawn[1]
    assert sum(drawn[0]) > 0
    assert not set(table.members["image"]) & set(volume_table.members["image"])


def test_a_cell_that_the_table_hides_is_hidden_in_the_mask(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    kept = (pl.col("class") != "pdac") | (pl.col("record").str.starts_with("north"))
    table = replace(volume_table, cells=volume_table.cells.filter(kept))
    names = table.records["record"].to_list()
    annotated = open_annotated(make_recipe(), table, names, store=None, drawn_on=set(names))
    labels = make_labels(table, table.classes)
    south = [row for row, name in enumerate(labels.record) if name.startswith("south")]
    for case in make_cases(annotated, labels, table.classes, np.array(south)):
        assert (case.state()[0] == UNKNOWN).all()
        assert len(case.places.lesions[0]) == 0
        assert not case.read((8, 8, 8), (6, 6, 6)).known[0].any()


def test_masks_that_may_not_be_looked_at_are_not(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    names = volume_table.records["record"].to_list()[:2]
    annotated = open_annotated(make_recipe(), volume_table, names, store=None, drawn_on={names[0]})
    assert (annotated[names[0]].state() != UNKNOWN).any()
    assert not annotated[names[1]].state().any()
    other = open_annotated(
        make_recipe(), volume_table, names, store=None, drawn_on=set(names), source="south"
    )
    assert not other[names[0]].state().any(), "a mask of another source than the one asked for"


def test_boxes_complete_or_not(
    make_flat_recipe: Callable[..., Recipe],
    record_table: AssembledTable,
    record_store: ImageStore,
) -> None:
    names = record_table.records["record"].to_list()
    labels = make_labels(record_table, record_table.classes)
    for complete in ((), ("west",)):
        recipe = make_flat_recipe(complete_boxes=complete)
        annotated = open_annotated(
            recipe, record_table, names, store=record_store, drawn_on=set(names)
        )
        cases = make_cases(annotated, labels, record_table.classes, np.arange(len(names)))
        for number, case in enumerate(cases):
            nodule, mass = case.state()
            assert (mass == UNKNOWN).all()
            own = record_table.boxes.filter(pl.col("record") == case.record)
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
    record_table: AssembledTable,
    record_store: ImageStore,
) -> None:
    name = record_table.boxes["record"][0]
    moved = record_table.boxes.with_columns(x_max=pl.col("x_max") + 1.0)
    contents = [
        open_annotated(make_flat_recipe(), table, [name], store=record_store, drawn_on={name})[
            name
        ].content
        for table in (record_table, replace(record_table, boxes=moved), record_table)
    ]
    assert contents[0] == contents[2] != contents[1]


def test_an_image_without_a_file(
    make_recipe: Callable[..., Recipe], volume_table: AssembledTable
) -> None:
    lost = volume_table.records.with_columns(path=pl.lit(None, pl.String))
    table = replace(volume_table, records=lost)
    names = lost["record"].to_list()
    with pytest.raises(RunError, match="an image file for every image"):
        open_annotated(make_recipe(), table, names, store=None, drawn_on=())
