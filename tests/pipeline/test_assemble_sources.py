"""Assembling from a recipe: what is checked, what is left out, what is refused."""

import dataclasses
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import polars as pl
import pytest

from labelassemble.errors import AssemblyError, BusyError, ImageError, LabelAssembleError, RunError
from labelassemble.pipeline.assemble_sources import assemble_sources, needed_labels, open_assembled
from labelassemble.pipeline.write_description import write_description
from labelassemble.recipe import read_recipe
from labelassemble.settings import Recipe
from labelassemble.storage.hold_folder import hold_place


@pytest.fixture
def own(hospitals: Path, recipe: Recipe, tmp_path: Path) -> Recipe:
    """A copy of the hospitals that a test may damage."""
    shutil.copytree(hospitals.parent, tmp_path / "own", ignore=shutil.ignore_patterns("results"))
    copied = read_recipe(tmp_path / "own" / "recipe.toml")
    return copied.model_copy(update={"images": recipe.images, "assembly": recipe.assembly})


def first_image(recipe: Recipe, source: str) -> Path:
    return sorted((recipe.output.parent / source / "images").glob("*.png"))[0]


def with_source(recipe: Recipe, name: str, **changes: object) -> Recipe:
    sources = tuple(
        source.model_copy(update=changes) if source.name == name else source
        for source in recipe.sources
    )
    return recipe.model_copy(update={"sources": sources})


def test_the_table_says_what_came_in(finished: Any) -> None:
    table, store = open_assembled(finished.recipe)
    assert table.scopes["north"] == ("cardiomegaly", "effusion", "mass", "nodule")
    assert set(table.records["record"]) <= set(store.row)
    words = write_description(table)
    assert "from 4 sources" in words
    assert "pneumothorax" in words
    assert "would leak" not in words
    # What is kept out of every part is said, each reason with its number.
    some = table.records["record"].head(3).implode()
    out = pl.col("record").is_in(some)
    records = table.records.with_columns(
        split=pl.when(out).then(pl.lit("unused")).otherwise("split"),
        split_reason=pl.when(out).then(pl.lit("its patient is in test")).otherwise("split_reason"),
    )
    told = write_description(dataclasses.replace(table, records=records))
    assert "3 unused, as they would leak: its patient is in test" in told


@pytest.mark.parametrize("damage", ["truncate", "empty"])
def test_an_unreadable_image_is_an_error_or_listed(own: Recipe, damage: str) -> None:
    path = first_image(own, "north")
    path.write_bytes(path.read_bytes()[:500] if damage == "truncate" else b"")
    with pytest.raises(ImageError) as caught:
        assemble_sources(own)
    assert path.name in str(caught.value) or path.stem in str(caught.value)
    assert "unreadable_images" in str(caught.value)
    assert not (own.output / "assembled").exists()
    table = assemble_sources(with_source(own, "north", unreadable_images="exclude"))
    (listed,) = table.excluded.filter(pl.col("reason").str.starts_with("unreadable")).iter_rows()
    assert path.stem in listed[1]
    assert path.name not in "".join(table.records["path"])


def test_other_settings_are_refused_and_none_too(own: Recipe) -> None:
    with pytest.raises(RunError, match="Assemble first"):
        open_assembled(own)
    assemble_sources(own)
    open_assembled(own)
    # A table of before a setting came, at whatever depth, is a table all the same: its settings
    # lay beside it, and it had no checksums.
    saved = own.output / "settings.json"
    before = json.loads((own.output / "assembled" / "settings.json").read_text())
    for name in ("settings.json", "sums.json", "contents.parquet"):
        (own.output / "assembled" / name).unlink()
    with pytest.raises(RunError, match=r"no settings\.json there"):
        open_assembled(own)
    del before["assembly"]["licence"], before["images"]["fit"]
    saved.write_text(json.dumps(before))
    open_assembled(own)
    other = own.model_copy(update={"classes": own.classes[:3]})
    with pytest.raises(RunError, match="others: classes"):
        open_assembled(other)
    assemble_sources(other)
    assert not saved.exists()
    open_assembled(other)


def test_a_file_that_changed_since_is_told_with_its_name(own: Recipe) -> None:
    table = assemble_sources(own)
    path = Path(table.records["path"][3])
    before, times = path.read_bytes(), path.stat()
    other = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert other is not None
    cv2.imwrite(str(path), 255 - other)
    with pytest.raises(RunError) as caught:
        open_assembled(own)
    assert caught.value.got == f"1 file changed since: {path}."[:-1]
    assert "labelassemble assemble" in caught.value.do
    path.write_bytes(before)
    open_assembled(own)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    open_assembled(own)
    cv2.imwrite(str(path), 255 - other)
    assemble_sources(own)
    open_assembled(own)


def test_the_second_of_two_assemblies_is_refused_or_waits(
    own: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    waiting = own.model_copy(update={"when_busy": "wait"})
    with ThreadPoolExecutor(1) as pool, hold_place(own.output / "assembled", work="assembly"):
        with pytest.raises(BusyError, match="one assembly at a time"):
            assemble_sources(own)
        later = pool.submit(assemble_sources, waiting)
        said = ""
        while "Waiting: another process works in" not in said:
            time.sleep(0.01)
            said += capsys.readouterr().err
        assert not later.done()
        assert not (own.output / "assembled").exists()
    assert later.result().classes
    open_assembled(own)


def test_a_refused_assembly_leaves_no_folder(own: Recipe) -> None:
    missing = with_source(own, "north", folder=own.output.parent / "none")
    with pytest.raises(LabelAssembleError):
        assemble_sources(missing)
    assert not own.output.exists()


def test_no_image_at_all(own: Recipe) -> None:
    shutil.rmtree(own.output.parent / "north" / "images")
    (own.output.parent / "north" / "images").mkdir()
    alone = own.model_copy(update={"sources": own.sources[:1]})
    with pytest.raises(AssemblyError, match="at least one image file"):
        assemble_sources(with_source(alone, "north", missing_images="exclude"))


@pytest.mark.parametrize(
    ("detection", "needs"),
    [
        ({}, ("positive", "negative")),
        ({"chosen_by": "froc"}, ("positive", "negative")),
        ({"task": "detection"}, ("positive", "negative")),
        ({"task": "detection", "chosen_by": "froc"}, ("positive",)),
        ({"task": "detection", "chosen_by": "last"}, ()),
    ],
)
def test_choosing_an_epoch_needs_no_more_labels_than_its_score(
    detection: dict[str, Any], needs: tuple[str, ...], recipe: Recipe
) -> None:
    own = recipe.detection.model_copy(update=detection)
    asked = recipe.model_copy(update={"detection": own})
    assert needed_labels(asked) == needs
    # Of volumes nothing is diagnosed; where lesions lie in them is learned.
    assert needed_labels(asked, images=False) == (needs if own.task == "detection" else ())
