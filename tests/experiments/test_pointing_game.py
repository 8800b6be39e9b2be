"""Peaks of heat maps against masks of simulated patients, and against boxes."""

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelassemble.assembly.assembled_table import make_frame
from labelassemble.experiments import pointing_game
from labelassemble.experiments.pointing_game import LesionMasks, find_lesion_masks, score_pointing
from labelassemble.experiments.truth_masks import find_truth, read_truth, unpack_finding
from labelassemble.experiments.variants import change_settings
from labelassemble.pipeline.run_experiment import open_or_assemble
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pointing") / "hospitals"
    simulate_hospitals(folder, 3, 30, size=64, seed=3, complete=True)
    recipe = change_settings(
        read_recipe(folder / "recipe.toml"),
        {"assembly.allow_unscored_classes": True, "images.size": 32},
    )
    return recipe, *open_or_assemble(recipe, lambda text: None)


def test_masks_of_the_simulation(world):
    recipe, table, store = world
    lesions = find_lesion_masks(recipe, table, store)
    test = table.records.filter(pl.col("split") == "test")
    cells = table.cells.filter(pl.col("label") == 1).join(test, on="record", how="semi")
    assert lesions.number == len(cells) > 20
    assert {(name, one) for name, own in lesions.places.items() for one in own} == set(
        cells.select("record", "class").iter_rows()
    )
    findings = find_truth(recipe.sources[-1].folder)
    for name, path in test.select("record", "path").iter_rows():
        for finding, places in lesions.places.get(name, {}).items():
            whole = unpack_finding(read_truth(Path(path)), findings.index(finding))
            assert places.shape == (32, 32)
            assert places.mean() == pytest.approx(whole.mean(), abs=0.03)
            centre = np.argwhere(whole).mean(axis=0) / 2
            assert np.abs(np.argwhere(places).mean(axis=0) - centre).max() < 2
    assert 0 < lesions.chance < 0.3


def test_boxes_that_a_source_drew(world):
    recipe, table, store = world
    sources = tuple(
        one.model_copy(update={"folder": one.folder / "elsewhere"}) for one in recipe.sources
    )
    elsewhere = recipe.model_copy(update={"sources": sources})
    name, of_class = (
        table.cells.filter(pl.col("label") == 1, pl.col("record").str.starts_with("reference"))
        .select("record", "class")
        .row(0)
    )
    assert not find_lesion_masks(elsewhere, table, store).places
    row = {
        "record": name, "class": of_class, "source": "reference", "image": "", "reader": "",
        "x_min": 16.0, "y_min": 32.0, "x_max": 32.0, "y_max": 64.0,
    }  # fmt: skip
    boxed = dataclasses.replace(table, boxes=make_frame("boxes", [row]))
    lesions = find_lesion_masks(elsewhere, boxed, store)
    (places,) = lesions.places[name].values()
    expected = np.zeros((32, 32), dtype=bool)
    expected[16:, 8:16] = True
    np.testing.assert_array_equal(places, expected)
    assert lesions.chance == pytest.approx(1 / 8)


def test_the_share_of_lesions_that_are_hit_is_a_mean_over_classes(world, monkeypatch):
    _, _, store = world
    names = list(store.row)[:4]
    here = np.zeros((32, 32), dtype=bool)
    here[5, 7] = True
    # mass: hit on two of three; nodule: missed; edema: the network does not know it.
    places = {name: {"mass": here if place else ~here} for place, name in enumerate(names[:3])}
    places[names[3]] = {"nodule": ~here, "edema": here}

    class Network:
        classes = ("nodule", "mass")

    monkeypatch.setattr(pointing_game, "load_network", lambda *_: Network)
    monkeypatch.setattr(
        pointing_game, "find_peaks", lambda _, image: np.full((len(image), 2, 2), (5, 7))
    )
    monkeypatch.setattr(pointing_game, "BATCH", 3)
    assert score_pointing(Path(), store, LesionMasks(places)) == pytest.approx((2 / 3 + 0) / 2)
    assert np.isnan(score_pointing(Path(), store, LesionMasks({names[3]: {"edema": here}})))
